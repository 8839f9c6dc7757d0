//! The models that a command is asked about.

use anyhow::bail;

use super::args;
use crate::engine::{
    LabError, Model, Opened,
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
