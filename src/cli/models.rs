//! The models that a command is asked about.

use anyhow::bail;

use super::args;
use crate::engine::{
    LabError, Opened,
    shipped::{DEFAULT_MODELS, ModelSet},
};

/// The models asked for, on a device.
pub(super) async fn open(args: &args::Models, opened: &Opened) -> Result<ModelSet, LabError> {
    let mut set = match &args.run {
        Some(run) => ModelSet::of_run(run, &opened.device)?,
        None => {
            let preset = args.preset.as_deref().unwrap_or(DEFAULT_MODELS);
            ModelSet::shipped(preset, &opened.device).await?
        }
    };
    set.in_half(opened.is_half);
    Ok(set)
}

/// Refuses a class that the models do not have.
pub(super) fn check_class(class: Option<u32>, classes: u32) -> anyhow::Result<()> {
    match class {
        Some(_) if classes == 0 => bail!("this model has no classes: leave --class out"),
        Some(class) if class >= classes => {
            bail!("there is no class {class}: this model's are numbered from 0 to {}", classes - 1)
        }
        _ => Ok(()),
    }
}
