//! How long a network is trained, and by which optimiser.

use serde::{Deserialize, Serialize};

use super::student::is_usual;
use crate::train::{Optimiser, Rate, Settings, adamw::AdamW, rate::Decay};

/// Steps, batch and optimiser of one training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Optimisation {
    /// Optimiser steps.
    pub steps: u64,
    /// Samples a step.
    pub batch: usize,
    /// What moves weights along gradients.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub optimiser: Optimiser,
    /// Peak learning rate.
    pub rate: f64,
    /// Steps of linear warm-up.
    pub warmup: u64,
    /// After the warm-up.
    pub decay: Decay,
    /// Decay of the averaged weights.
    pub ema: f64,
    /// Share of a weight taken away a step, times the learning rate.
    pub weight_decay: f64,
    /// Largest global gradient norm.
    pub clip: f64,
}

impl Optimisation {
    /// As the trainer takes it.
    pub fn settings(&self) -> Settings {
        let (weight_decay, clip) = (self.weight_decay, self.clip);
        let Self { optimiser, rate: peak, warmup, decay, steps, ema, .. } = *self;
        Settings {
            optimiser,
            adamw: AdamW { weight_decay, clip, ..AdamW::default() },
            rate: Rate { peak, warmup, decay, steps },
            ema,
            scale: 1.0,
        }
    }
}
