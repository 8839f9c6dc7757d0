//! Two-dimensional Gaussian mixtures: data whose denoiser is known exactly.
//!
//! `p(x) = sum_k w_k N(x; mean_k, std^2 I)`. The named ones are centred and have standard deviation
//! 0.5 in each dimension, like the image data that the coefficients are made for.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::DataError;
use crate::math::seed::{Purpose, Seed, gaussian, uniform};

type Make = fn() -> Mixture;
/// The mixtures that have a name: 8 components on a circle, and 5 times 5.
const NAMED: [(&str, Make); 2] =
    [("ring", || Mixture::ring(8, 0.04)), ("grid", || Mixture::grid(5, 0.025))];
/// Standard deviation of the whole mixture in each dimension.
const TOTAL_STD: f64 = 0.5;
/// More than can be told apart in the plane; refused where a mixture comes from elsewhere.
const MOST_COMPONENTS: usize = 64;
/// What densities can be computed with: how far from 0 components lie, and how wide they are.
const FARTHEST: f64 = 1e3;
const WIDTHS: RangeInclusive<f64> = 1e-4..=1e3;
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
    /// The probability of each component, as shares of their sum, which is 1 but for digits left out.
    pub weights: Vec<f64>,
}

impl Mixture {
    /// The mixture of that name: `ring` (8 components on a circle) or `grid` (5 times 5).
    ///
    /// # Errors
    /// Another name, with the names there are.
    pub fn named(name: &str) -> Result<Self, DataError> {
        let found = NAMED.into_iter().find(|(known, _)| *known == name);
        found.map(|(_, mixture)| mixture()).ok_or_else(|| DataError::UnknownMixture {
            name: name.to_owned(),
            known: Self::names().join(", "),
        })
    }

    /// The names that [`Self::named`] knows.
    pub fn names() -> Vec<&'static str> {
        NAMED.map(|(name, _)| name).to_vec()
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
    pub fn equal(means: Vec<[f64; 2]>, std: f64) -> Self {
        let weights = vec![1.0 / means.len() as f64; means.len()];
        Self { means, std, weights }
    }

    /// A sentence that says why this is no mixture, for one that came from elsewhere.
    pub fn problem(&self) -> Option<&'static str> {
        let is_near = |mean: &[f64; 2]| mean.iter().all(|m| m.abs() <= FARTHEST);
        let is_weight = |weight: &f64| *weight > 0.0 && weight.is_finite();
        let total: f64 = self.weights.iter().sum();
        let rules = [
            (!self.means.is_empty(), "a mixture needs a component"),
            (self.means.len() <= MOST_COMPONENTS, "a mixture has at most 64 components"),
            (self.means.iter().all(is_near), "components lie within 1000 of 0"),
            (WIDTHS.contains(&self.std), "components are 0.0001 to 1000 wide"),
            (self.weights.len() == self.means.len(), "each component has one weight"),
            (self.weights.iter().all(is_weight), "weights are above 0"),
            // Written with as few digits as anyone would.
            ((total - 1.0).abs() < 1e-2, "weights sum to 1"),
        ];
        rules.into_iter().find(|(holds, _)| !holds).map(|(_, problem)| problem)
    }

    /// The root of the mean square in each dimension: the standard deviation of a centred mixture.
    pub fn spread(&self) -> f64 {
        let squares = self.means.iter().zip(&self.weights);
        let between: f64 = squares.map(|([x, y], weight)| weight * (x * x + y * y) / 2.0).sum();
        (between / self.total() + self.std * self.std).sqrt()
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

    /// The component whose centre is nearest, for each of `points` (`[n, 2]`).
    pub fn nearest(&self, points: &[f32]) -> Vec<u32> {
        let distance = |mean: &[f64; 2], p: &[f32]| {
            (mean[0] - f64::from(p[0])).powi(2) + (mean[1] - f64::from(p[1])).powi(2)
        };
        let nearest = |p: &[f32]| {
            let order = |a: &usize, b: &usize| {
                distance(&self.means[*a], p).total_cmp(&distance(&self.means[*b], p))
            };
            (0..self.means.len()).min_by(order).unwrap_or(0) as u32
        };
        points.chunks_exact(2).map(nearest).collect()
    }

    fn total(&self) -> f64 {
        self.weights.iter().sum()
    }

    /// The component in whose share of `[0, 1)` the number `u` falls.
    fn component(&self, u: f64) -> usize {
        let (mut upper, total) = (0.0, self.total());
        let is_below = |weight: &f64| {
            upper += weight;
            u < upper / total
        };
        // Rounding may leave a gap, which the last one fills.
        self.weights.iter().position(is_below).unwrap_or(self.weights.len() - 1)
    }
}
