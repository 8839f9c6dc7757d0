//! Golden outputs of the shipped models, which the CPU wrote into their files.

use super::Check;
use crate::engine::{LabError, Model, Opened, shipped};

/// Difference accepted of images of f16, in model space (measured on lavapipe: at most 2.8e-3).
const HALF: f64 = 2e-2;

/// The golden outputs of a shipped model; of images of f16 as well, where the device is to keep them so.
pub(super) async fn checked(
    preset: &str,
    name: &str,
    opened: &Opened,
) -> Result<Vec<Check>, LabError> {
    let (device, mut checks) = (&opened.device, Vec::new());
    let Some(bytes) = shipped::bytes(preset, name) else { return Ok(checks) };
    let mut model = Model::from_bytes(bytes, device)?;
    let name = format!("golden outputs of {preset} {name}");
    if let Some([difference, tolerance]) = model.golden_difference(device).await? {
        checks.push(Check { name: name.clone(), difference, tolerance });
    }
    model.in_half(opened.is_half);
    if opened.is_half
        && let Some([difference, _]) = model.golden_difference(device).await?
    {
        let (name, tolerance) = (format!("{name}, images of f16"), HALF);
        checks.push(Check { name, difference, tolerance });
    }
    Ok(checks)
}
