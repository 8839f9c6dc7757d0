//! Steps by Muon, which a GPU replays, beside those of the CPU.

use burn::prelude::*;

use super::{
    Check, TOLERANCE,
    compared::{check_all, require},
    lesson, of_kind, scrambled,
};
use crate::{
    engine::{LabError, Opened, recipe::Recipe},
    math::seed::Seed,
    nn::Initial,
    train::{Optimiser, Rate, Settings, Trainer, adamw::AdamW, rate::Decay},
};

/// Some, so that the momentum is of several gradients.
const STEPS: usize = 3;

/// Refuses a GPU whose steps are not the CPU's, before a network learns by them.
pub async fn require_muon(opened: &Opened) -> Result<(), LabError> {
    if opened.is_gpu() { require(&[checked(&opened.device).await?]) } else { Ok(()) }
}

/// Weights, average and momentum of a small U-Net after some steps.
pub(super) async fn checked(device: &Device) -> Result<Check, LabError> {
    let config = Recipe::resolve("tiny", None, &[])?.model.network;
    let on = async |device: &Device| {
        let tracked = device.clone().autodiff();
        let network = scrambled(config.init(&mut Initial::new(Seed(9), &tracked)));
        let rate = Rate { peak: 0.01, warmup: 0, decay: Decay::Constant, steps: 1 };
        let adamw = AdamW { epsilon: 1.0, ..AdamW::default() };
        let settings = Settings { optimiser: Optimiser::Muon, adamw, rate, ema: 0.5, scale: 1.0 };
        let (mut trainer, lesson) =
            (Trainer::new(network, settings, tracked), lesson(&config, false, device));
        (0..STEPS).for_each(|_| drop(trainer.learn(&lesson)));
        let state = trainer.export().await?;
        let kinds = ["live.", "ema.", "momentum."].map(|kind| of_kind(&state, kind));
        Ok::<_, LabError>(kinds)
    };
    let (found, expected) = (on(device).await?, on(&Device::flex()).await?);
    let name = format!("network of tiny: {STEPS} steps by Muon");
    Ok(check_all(name, &found, &expected, 10.0 * TOLERANCE))
}
