//! The models that a command is asked about.

use std::path::{Path, PathBuf};

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
