//! The learning rate over a run: a linear warm-up, then constant or a half cosine to zero.

use serde::{Deserialize, Serialize};

/// What follows the warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decay {
    /// Nothing.
    Constant,
    /// A half cosine that ends at zero with the run.
    Cosine,
}

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// The highest rate.
    pub peak: f64,
    /// Steps of warm-up.
    pub warmup: u64,
    /// After it.
    pub decay: Decay,
    /// Steps of the whole run.
    pub steps: u64,
}

impl Rate {
    /// The rate of step `step`, counted from 0.
    pub fn at(&self, step: u64) -> f64 {
        if step < self.warmup {
            return self.peak * (step + 1) as f64 / self.warmup as f64;
        }
        match self.decay {
            Decay::Constant => self.peak,
            Decay::Cosine => {
                let span = self.steps.saturating_sub(self.warmup).max(1) as f64;
                let done = ((step - self.warmup) as f64 / span).min(1.0);
                self.peak * 0.5 * (1.0 + (std::f64::consts::PI * done).cos())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_linearly_and_falls_to_zero_with_the_run() {
        let rate = Rate { peak: 2.0, warmup: 4, decay: Decay::Cosine, steps: 104 };
        assert_eq!([rate.at(0), rate.at(1), rate.at(3), rate.at(4)], [0.5, 1.0, 2.0, 2.0]);
        assert!((rate.at(54) - 1.0).abs() < 1e-12, "half way down in the middle");
        assert!(rate.at(104) < 1e-12 && rate.at(1000) < 1e-12);
    }
}
