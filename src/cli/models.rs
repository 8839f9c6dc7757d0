//! The models that a command is asked about.

use std::path::Path;

use anyhow::bail;

use super::args;
use crate::{
    engine::{
        LabError, Model, Opened,
        shipped::{DEFAULT_MODELS, ModelSet},
    },
    store::RunFolder,
};

/// The models asked for, on a device.
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
    Ok(set)
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

/// The class that is `asked` for, by its name or by its number; refused where the model has no such class.
pub(super) fn class_of(asked: Option<&str>, model: &Model) -> anyhow::Result<Option<u32>> {
    let Some(asked) = asked else { return Ok(None) };
    let classes = model.classes();
    if classes == 0 {
        bail!("this model has no classes: leave --class out");
    }
    let names = model.manifest.data.as_ref().map_or(&[][..], |data| &data.classes);
    let named = names.iter().position(|name| name == asked).map(|place| place as u32);
    match named.or_else(|| asked.parse().ok()) {
        Some(class) if class < classes => Ok(Some(class)),
        _ => bail!(
            "there is no class `{asked}`: this model's are called {}, or numbered from 0 to {}",
            names.join(", "),
            classes - 1
        ),
    }
}
