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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_training_is_set_to_all_that_its_recipe_says() {
        let optimisation = Optimisation {
            steps: 7,
            batch: 3,
            optimiser: Optimiser::Muon,
            rate: 0.2,
            warmup: 5,
            decay: Decay::Cosine,
            ema: 0.9,
            weight_decay: 0.3,
            clip: 4.0,
        };
        let Settings { optimiser, adamw, rate, ema, scale } = optimisation.settings();
        assert_eq!(optimiser, Optimiser::Muon);
        assert_eq!((adamw.weight_decay, adamw.clip), (0.3, 4.0));
        assert_eq!(rate, Rate { peak: 0.2, warmup: 5, decay: Decay::Cosine, steps: 7 });
        assert_eq!((ema, scale), (0.9, 1.0));
    }
}
