//! The probability-flow ODE (Song et al. 2021, eq. 13) as a vector field in one of two charts.
//!
//! * sigma chart: `y = x/alpha`, `u = s = sigma/alpha`, `dy/ds = (y - D)/s`;
//! * VP-time chart: `y = x`, `u = t`, `dx/dt = (-b/2 x + b/(2 sigma) eps) / 1000`.

use burn::prelude::*;

use super::Denoiser;
use crate::{
    math::schedule::Process,
    solver::{VectorField, scale_rows},
};

/// Coordinates in which the ODE is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chart {
    /// `(x/alpha, sigma/alpha)`
    Sigma,
    /// `(x, t)`
    VpTime,
}

impl Chart {
    /// The coordinate of time `t`.
    pub fn coordinate(self, process: Process, t: f64) -> f64 {
        match self {
            Self::Sigma => process.level(t).ratio(),
            Self::VpTime => t,
        }
    }

    /// The time of a coordinate.
    pub fn time(self, process: Process, at: f64) -> f64 {
        match self {
            Self::Sigma => process.time_of_ratio(at),
            Self::VpTime => at,
        }
    }

    /// The factor of a state on its way in: `y = factor x`.
    pub fn scale(self, process: Process, t: f64) -> f64 {
        match self {
            Self::Sigma => 1.0 / process.level(t).alpha,
            Self::VpTime => 1.0,
        }
    }

    /// `D = state_factor y + slope_factor v`: the denoised state that a slope implies.
    pub fn denoised(self, process: Process, at: f64) -> [f64; 2] {
        match self {
            Self::Sigma => [1.0, -at],
            Self::VpTime => {
                // eps = (1000 v + b/2 x) 2 sigma / b, D = (x - sigma eps) / alpha
                let (level, b) = (process.network_level(at), process.drift(at));
                let (alpha, variance) = (level.alpha, level.sigma * level.sigma);
                [(1.0 - variance) / alpha, -2000.0 * variance / (b * alpha)]
            }
        }
    }
}

/// The ODE that a denoiser defines, for samples with these labels.
pub struct ProbabilityFlow<'a> {
    /// Gives the slope.
    pub denoiser: &'a dyn Denoiser,
    /// Its coordinates.
    pub chart: Chart,
    /// One a sample; the samples evaluated are always the first.
    pub labels: &'a [u32],
}

impl ProbabilityFlow<'_> {
    /// `y` `[n, d]` times the chart's scale at each coordinate to some power.
    pub(super) fn scaled(&self, y: Tensor<2>, at: &[f64], power: i32) -> Tensor<2> {
        let process = self.denoiser.process();
        let factor = |&u: &f64| self.chart.scale(process, self.chart.time(process, u)).powi(power);
        scale_rows(y, at.iter().map(factor))
    }
}

impl VectorField for ProbabilityFlow<'_> {
    fn velocity(&self, y: Tensor<2>, at: &[f64]) -> Tensor<2> {
        let process = self.denoiser.process();
        let labels = &self.labels[..at.len()];
        let t: Vec<f64> = at.iter().map(|&u| self.chart.time(process, u)).collect();
        // The inverse of `Chart::denoised`: v = (D - state_factor y) / slope_factor.
        let factors: Vec<[f64; 2]> = at.iter().map(|&u| self.chart.denoised(process, u)).collect();
        let state = factors.iter().map(|f| -f[0] / f[1]);
        let slope = factors.iter().map(|f| 1.0 / f[1]);
        let alpha = t.iter().map(|&t| 1.0 / self.chart.scale(process, t));
        let denoised = self.denoiser.denoise(scale_rows(y.clone(), alpha), &t, labels);
        scale_rows(y, state) + scale_rows(denoised, slope)
    }

    fn is_regular(&self, at: f64) -> bool {
        at > 0.0 || self.chart == Chart::VpTime
    }
}
