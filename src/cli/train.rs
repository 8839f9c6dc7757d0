//! `train`: a recipe from presets, file and flags, then its stages one after the other.

use std::path::PathBuf;

use anyhow::{Context as _, bail};

use super::{args, progress::Progress};
use crate::{
    engine::{
        Cancel, Event, Lab, Opened, Recipe, StageName, device,
        recipe::{DEFAULT_PRESET, PRESETS},
        selftest,
    },
    store::RunFolder,
};

/// The preset that a software rasteriser gets through in minutes.
const SMALL_PRESET: &str = "tiny";

pub(super) async fn run(args: args::Train, cancel: Cancel) -> anyhow::Result<()> {
    let stages = match &args.stage {
        Some(text) => vec![StageName::parse(text).map_err(anyhow::Error::msg)?],
        None => StageName::ALL.to_vec(),
    };
    if args.dry_run {
        let recipe = recipe(&args, DEFAULT_PRESET)?;
        print!("{}", toml::to_string(&recipe.table())?);
        return Ok(());
    }
    let mut progress = Progress::new();
    let opened = trusted(args.on.backend.into(), &mut progress).await?;
    let fallback = if opened.is_software { SMALL_PRESET } else { DEFAULT_PRESET };
    if opened.is_software && args.preset.is_none() {
        eprintln!(
            "this device is a software rasteriser: training the preset `{SMALL_PRESET}` (choose \
             another with --preset; the CPU backend is faster)"
        );
    }
    let recipe = recipe(&args, fallback)?;
    let out = args.out.unwrap_or_else(|| PathBuf::from("runs").join(&recipe.name));
    if args.resume && !RunFolder::at(&out).config().exists() {
        bail!("--resume: there is no run in {}; without --resume one is started", out.display());
    }
    eprintln!("training `{}` on {}, into {}", recipe.name, opened.name, out.display());
    let lab = Lab::open(recipe, &out, &opened, cancel)?;
    for stage in stages {
        lab.train(stage, &mut |event| progress.show(event)).await?;
        progress.close();
    }
    eprintln!("done; compare with `skipstone compare --run {}`", out.display());
    Ok(())
}

fn recipe(args: &args::Train, fallback: &str) -> anyhow::Result<Recipe> {
    let name = args.preset.as_deref().unwrap_or(fallback);
    let over = match &args.config {
        Some(path) => Some(
            std::fs::read_to_string(path)
                .with_context(|| format!("the configuration {}", path.display()))?,
        ),
        None => None,
    };
    let mut set = args.set.clone();
    if let Some(data) = &args.data {
        set.push(format!("data.source={}", toml::Value::String(data.clone())));
    }
    debug_assert!(PRESETS.iter().any(|(known, _)| *known == fallback));
    Ok(Recipe::resolve(name, over.as_deref(), &set)?)
}

/// The device of `choice` if it passes the quick self-test, else the CPU, with a line that says so.
pub(super) async fn trusted(
    choice: device::DeviceChoice,
    progress: &mut Progress,
) -> anyhow::Result<Opened> {
    let opened = device::open(choice).await?;
    if !opened.is_gpu() {
        if choice == device::DeviceChoice::Auto {
            progress.show(Event::Note("no GPU found: computing on the CPU".into()));
        }
        return Ok(opened);
    }
    let failed = match selftest::run(&opened.device, true).await {
        Ok(checks) => checks.into_iter().find(|check| !check.passes()).map(|check| check.name),
        Err(error) => Some(error.to_string()),
    };
    let Some(failed) = failed else { return Ok(opened) };
    let text = format!("{} computes wrongly ({failed}): computing on the CPU", opened.name);
    progress.show(Event::Note(text));
    Ok(Opened::cpu())
}
