//! Two-dimensional Gaussian mixtures: data whose denoiser is known exactly.
//!
//! `p(x) = sum_k w_k N(x; mean_k, std^2 I)`. The named ones are centred and have standard deviation
//! 0.5 in each dimension, like the image data that the coefficients are made for.

use serde::{Deserialize, Serialize};

use super::DataError;
use crate::math::seed::{Purpose, Seed, gaussian, uniform};

/// The names that [`Mixture::named`] knows.
const NAMES: [&str; 2] = ["ring", "grid"];
/// Standard deviation of the whole mixture in each dimension.
const TOTAL_STD: f64 = 0.5;
/// Draws of one sample are told apart by the step: first the component, then the noise.
const COMPONENT_STEP: u64 = 0;
const NOISE_STEP: u64 = 1;

/// A mixture of round Gaussians of one width.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Mixture {
    /// The centres of the components.
    pub means: Vec<[f64; 2]>,
    /// The standard deviation of every component, in each dimension.
    pub std: f64,
    /// The probability of each component; they sum to 1.
    pub weights: Vec<f64>,
}

impl Mixture {
    /// The mixture of that name: `ring` (8 components on a circle) or `grid` (5 times 5).
    ///
    /// # Errors
    /// Another name, with the names there are.
    pub fn named(name: &str) -> Result<Self, DataError> {
        match name {
            "ring" => Ok(Self::ring(8, 0.04)),
            "grid" => Ok(Self::grid(5, 0.025)),
            _ => Err(DataError::UnknownMixture { name: name.to_owned(), known: NAMES.join(", ") }),
        }
    }

    /// The names that [`Self::named`] knows.
    pub fn names() -> &'static [&'static str] {
        &NAMES
    }

    /// `count` equal components evenly on a circle around 0, the first at angle 0.
    fn ring(count: usize, std: f64) -> Self {
        // A circle of radius r has variance r^2 / 2 in each dimension.
        let radius = (2.0 * (TOTAL_STD * TOTAL_STD - std * std)).sqrt();
        let at = |k: usize| {
            let angle = std::f64::consts::TAU * k as f64 / count as f64;
            // libm, not std: the same digits on every platform.
            [radius * libm::cos(angle), radius * libm::sin(angle)]
        };
        Self::equal((0..count).map(at).collect(), std)
    }

    /// `side` times `side` equal components on a square grid around 0, row by row.
    fn grid(side: usize, std: f64) -> Self {
        // Whole numbers -m..=m, m = (side - 1) / 2, have variance (side^2 - 1) / 12.
        let variance = (side * side - 1) as f64 / 12.0;
        let spacing = ((TOTAL_STD * TOTAL_STD - std * std) / variance).sqrt();
        let at = |i: usize| (i as f64 - (side - 1) as f64 / 2.0) * spacing;
        Self::equal((0..side * side).map(|k| [at(k % side), at(k / side)]).collect(), std)
    }

    /// Components of equal weight.
    fn equal(means: Vec<[f64; 2]>, std: f64) -> Self {
        let weights = vec![1.0 / means.len() as f64; means.len()];
        Self { means, std, weights }
    }

    /// Writes sample number `index` to `out` and returns its component, which is its label.
    pub fn sample(&self, seed: Seed, index: u64, out: &mut [f32; 2]) -> u32 {
        let component = self.component(uniform(seed, Purpose::Mixture, index, COMPONENT_STEP));
        gaussian(seed, Purpose::Mixture, index, NOISE_STEP, out);
        for (value, mean) in out.iter_mut().zip(self.means[component]) {
            *value = (mean + self.std * f64::from(*value)) as f32;
        }
        component as u32
    }

    /// The component in whose share of `[0, 1)` the number `u` falls.
    fn component(&self, u: f64) -> usize {
        let mut upper = 0.0;
        let is_below = |weight: &f64| {
            upper += weight;
            u < upper
        };
        // Weights that sum to a little less than 1 leave a gap, which the last one fills.
        self.weights.iter().position(is_below).unwrap_or(self.weights.len() - 1)
    }
}
