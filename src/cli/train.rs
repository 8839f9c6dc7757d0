//! `train`: a recipe from presets, file and flags, then its stages one after the other.

use std::path::PathBuf;

use anyhow::{Context as _, anyhow, bail};

use super::{
    args, output,
    progress::{Progress, tell},
    text,
    trusted::trusted,
};
use crate::{
    distill::Horizon,
    engine::{
        Cancel, Lab, LabError, Recipe, StageName, data, device, recipe::DEFAULT_PRESET,
        training::free_folder,
    },
    store::{RunFolder, StoreError},
};

/// The preset that a software rasteriser gets through in minutes.
const SMALL_PRESET: &str = "tiny";

pub(super) async fn run(args: args::Train, cancel: Cancel) -> anyhow::Result<()> {
    let only = args.stage.as_deref().map(StageName::parse);
    let only = only.transpose().map_err(anyhow::Error::msg)?;
    if args.dry_run {
        return dry_run(&args).await;
    }
    let mut progress = Progress::new();
    let is_chosen_by_device = chooses_by_device(&args);
    // What cannot be trained is refused before a device is opened.
    let planned = (!is_chosen_by_device).then(|| plan(&args, only, false)).transpose()?;
    let opened = trusted(args.on, &mut progress, &cancel).await?;
    if is_chosen_by_device && opened.is_software {
        tell(format_args!(
            "this device is a software rasteriser: training the preset `{SMALL_PRESET}` (choose \
             another with --preset; the CPU backend is faster)"
        ));
    }
    let (recipe, out) = planned.map_or_else(|| plan(&args, only, opened.is_software), Ok)?;
    tell(format_args!("training `{}` on {}, into {}", recipe.name, opened.name, out.display()));
    let source = recipe.data.source.clone();
    let mut show = |event| progress.show(event);
    let lab = Lab::open(recipe, &out, &opened, cancel, &mut show);
    let lab = lab.map_err(|error| explain(error, &source))?;
    progress.close();
    // Only the data tell the classes.
    if only == Some(StageName::Features)
        && let Some(Err(why)) = lab.recipe.feature_config()
    {
        bail!("--stage features: {why}");
    }
    let stages = only.map_or_else(|| StageName::of(&lab.recipe), |stage| vec![stage]);
    if let Some(from) = &args.from {
        lab.take_over(from, &stages, &mut |event| progress.show(event))?;
    }
    tell_of(&lab, &stages);
    lab.require_targets(&stages)?;
    for stage in &stages {
        lab.train(*stage, &mut |event| progress.show(event)).await?;
        progress.close();
    }
    if stages.iter().any(|stage| stage.horizon().is_some()) {
        tell(format_args!("done; `compare --run {}` shows them beside each other", out.display()));
    } else {
        tell("done");
    }
    Ok(())
}

/// What is learnt, and the folder of the run.
fn plan(
    args: &args::Train,
    only: Option<StageName>,
    is_software: bool,
) -> anyhow::Result<(Recipe, PathBuf)> {
    let mut recipe = recipe(args, is_software)?;
    only.map_or(Ok(()), |stage| require_in(&recipe, stage))?;
    // A run is measured from other folders too.
    if let Some(path) = data::absolute(&recipe) {
        recipe.data.source = path;
    }
    let out = place(args, &recipe)?;
    Ok((recipe, out))
}

/// The folder of the run; refused where none can be, or none is to be gone on with.
fn place(args: &args::Train, recipe: &Recipe) -> anyhow::Result<PathBuf> {
    let usual = || PathBuf::from("runs").join(&recipe.name);
    let out = args.out.clone().unwrap_or_else(usual);
    output::check_names("--out", &out)?;
    if args.resume && !RunFolder::at(&out).config().exists() {
        bail!("--resume: there is no run in {}; without --resume one is started", out.display());
    }
    Ok(out)
}

/// Refuses a stage that `recipe` does not have.
fn require_in(recipe: &Recipe, stage: StageName) -> anyhow::Result<()> {
    let intervals = recipe.student.intervals;
    if let Some(Horizon::Steps(steps)) = stage.horizon()
        && steps.get() > intervals
    {
        bail!(
            "--stage horizon:{steps}: the teacher takes {intervals} steps (student.intervals): choose fewer, or the \
             stage direct, which is all of them"
        );
    }
    if stage.is_in(recipe) {
        return Ok(());
    }
    let why = match stage {
        StageName::Strong => {
            "this recipe has no table [strong], which says what differs from [student]; --set \
             strong.from=direct makes one"
        }
        _ => "points are measured by their coordinates, without a feature network",
    };
    bail!("--stage {}: {why}", stage.file_name())
}

/// Says what is learnt from, and what of it and of the recipe can hardly be meant.
fn tell_of(lab: &Lab<'_>, stages: &[StageName]) {
    tell(format_args!("data: {}", lab.data.summary(lab.recipe.teacher.mirror)));
    for text in lab.warnings(stages) {
        tell(format_args!("note: {text}"));
    }
}

/// Prints what a run with these flags would train.
async fn dry_run(args: &args::Train) -> anyhow::Result<()> {
    // A device that cannot be opened makes way for the CPU, which is told at the training.
    let is_software = chooses_by_device(args)
        && device::open(args.on.place.into()).await.is_ok_and(|opened| opened.is_software);
    print!("{}", toml::to_string(&recipe(args, is_software)?.table())?);
    Ok(())
}

/// Whether nothing typed says what to train.
fn chooses_by_device(args: &args::Train) -> bool {
    args.preset.is_none() && args.overlay.config.is_none()
}

/// Says how to get out of a folder that holds another run.
fn explain(error: LabError, source: &str) -> anyhow::Error {
    let LabError::Store(StoreError::DifferentConfig { path, keys }) = &error else {
        return error.into();
    };
    if is_of_data(keys) {
        return anyhow!(
            "{} holds a run that began when `{source}` had other classes or channels than it has now; bring those \
             images back, or start a new run with --out {}",
            path.display(),
            free_folder(path).display()
        );
    }
    let cause = match Recipe::of_run(path) {
        Ok(run) if keys.iter().any(|key| key == "data.source") => {
            format!(
                ": it learns from `{}`, and --data or --preset now says `{source}`",
                run.data.source
            )
        }
        _ => String::new(),
    };
    anyhow!(
        "{} holds a run with other settings ({}){cause}; go on with the same settings, or start a \
         new run with --out {}",
        path.display(),
        keys.join(", "),
        free_folder(path).display()
    )
}

/// Whether settings differ in what the data says alone. Of some images the recipe says the channels, but never the
/// classes.
fn is_of_data(keys: &[String]) -> bool {
    let classes = "model.network.classes";
    keys.iter().any(|key| key == classes)
        && keys.iter().all(|key| key == classes || key == "model.network.channels")
}

fn recipe(args: &args::Train, is_software: bool) -> anyhow::Result<Recipe> {
    // A file is laid over the same preset on every device.
    let fallback =
        if is_software && chooses_by_device(args) { SMALL_PRESET } else { DEFAULT_PRESET };
    let source = args.data.clone().map(|data| format!("data.source={}", toml::Value::String(data)));
    let seed = args.seed.map(|seed| format!("seed={seed}"));
    let last = source.into_iter().chain(seed).collect();
    args.overlay.over(args.preset.as_deref().unwrap_or(fallback), last)
}

impl args::Overlay {
    /// The preset `name` with all that lies over it, `last` on top.
    pub(super) fn over(&self, name: &str, last: Vec<String>) -> anyhow::Result<Recipe> {
        let over = self.config.as_ref().map(|path| {
            text::read(path).with_context(|| format!("the configuration {}", path.display()))
        });
        let set: Vec<String> = self.set.iter().cloned().chain(last).collect();
        Ok(Recipe::resolve(name, over.transpose()?.as_deref(), &set)?)
    }
}
