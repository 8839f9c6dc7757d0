//! The models that a command is asked about.

use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};

use super::{args, progress::tell};
use crate::{
    engine::{
        LabError, Model, Opened,
        shipped::{DEFAULT_MODELS, ModelSet},
    },
    store::{RunFolder, archive},
};

/// The models asked for, on a device; says which of them cannot be read.
pub(super) async fn open(args: &args::Models, opened: &Opened) -> Result<ModelSet, LabError> {
    let mut set = match &args.run {
        Some(run) => {
            // Weights alone are enough to draw samples.
            if !RunFolder::at(run).weights("teacher").exists() {
                require_run(run)?;
            }
            ModelSet::of_run(run, &opened.device)?
        }
        None => {
            let preset = args.preset.as_deref().unwrap_or(DEFAULT_MODELS);
            ModelSet::shipped(preset, &opened.device).await?
        }
    };
    set.in_half(opened.is_half);
    set.left_out.iter().for_each(|why| tell(format_args!("note: {why}")));
    Ok(set)
}

/// The student called `name` in a run, alone: its samples take neither its teacher nor other students, whose files may be
/// damaged.
pub(super) fn open_student(run: &Path, name: &str, opened: &Opened) -> anyhow::Result<Model> {
    let folder = RunFolder::at(run);
    let mut known = folder.finished()?;
    known.retain(|known| known != "features");
    if !known.iter().any(|known| known == name) {
        if known.is_empty() {
            require_run(run)?;
        }
        return Err(unknown(name, &known));
    }
    let path = folder.weights(name);
    let model = Model::from_bytes(&archive::read_bounded(&path)?, &opened.device);
    let mut model = model.map_err(|error| anyhow!("{}: {error}", path.display()))?;
    if model.file_name() != name {
        bail!("{}: it holds the model `{}`", path.display(), model.file_name());
    }
    model.in_half(opened.is_half);
    Ok(model)
}

/// Says that no model is called `name`, and which there are.
pub(super) fn unknown(name: &str, known: &[String]) -> anyhow::Error {
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    anyhow!("there is no model `{name}` here; there are {known}")
}

/// Refuses a folder that is no run's.
pub(super) fn require_run(run: &Path) -> Result<(), LabError> {
    if RunFolder::at(run).config().exists() {
        return Ok(());
    }
    Err(LabError::Request(format!(
        "--run {}: there is no run in this folder (it has no config.toml)",
        run.display()
    )))
}

/// Where `asked` says, or a file called `name`: in the folder of the run, where these are a run's.
pub(super) fn place(
    args: &args::Models,
    asked: Option<&PathBuf>,
    name: &str,
) -> Result<PathBuf, LabError> {
    match (asked, &args.run) {
        (Some(asked), _) => Ok(asked.clone()),
        (None, Some(run)) if run.is_dir() => Ok(run.join(name)),
        (None, Some(run)) => require_run(run).map(|()| run.join(name)),
        (None, None) => Ok(name.into()),
    }
}

/// Lets the teacher of `set` be guided by `scale`, for which it has to have learnt without a class, too.
pub(super) fn guide(set: &mut ModelSet, scale: f64) -> anyhow::Result<()> {
    let learnt = &set.teacher.recipe.teacher;
    if set.teacher.classes() == 0 || (learnt.label_drop == 0.0 && scale != 1.0) {
        bail!("--guidance: this teacher did not learn to do without a class, as guidance needs");
    }
    set.teacher.recipe.student.guidance = scale;
    Ok(())
}

/// The class that is `asked` for, by its name or by its number; refused where the model has no such class.
pub(super) fn class_of(asked: Option<&str>, model: &Model) -> anyhow::Result<Option<u32>> {
    let Some(asked) = asked else { return Ok(None) };
    let classes = model.classes();
    if classes == 0 {
        bail!("this model has no classes: leave --class out");
    }
    let names = model.manifest.data.as_ref().map_or(&[][..], |data| &data.classes);
    let named = names
        .iter()
        .position(|name| name.to_lowercase() == asked.to_lowercase())
        .map(|place| place as u32);
    match named.or_else(|| asked.parse().ok()) {
        Some(class) if class < classes => Ok(Some(class)),
        _ => bail!(
            "there is no class `{asked}`: this model's are called {}, or numbered from 0 to {}",
            names.join(", "),
            classes - 1
        ),
    }
}
