//! The exact denoiser of a Gaussian mixture: a teacher without an approximation error.
//!
//! For components `N(m_k, v I)` with weights `w_k`, at `x_t = alpha x_0 + sigma eps` and with
//! `T = alpha^2 v + sigma^2`:
//! `D(x, t) = sum_k r_k (m_k + alpha v / T (x - alpha m_k))`, `r_k ~ w_k N(x; alpha m_k, T I)`.

use burn::{
    prelude::*,
    tensor::{TensorData, activation::softmax},
};

use super::Denoiser;
use crate::{
    data::Mixture,
    math::schedule::{Level, Process},
    solver::scale_rows,
};

/// See the module. Unconditional: labels do not matter.
#[derive(Clone, Debug)]
pub struct MixtureDenoiser {
    means: Vec<Vec<f64>>,
    variance: f64,
    weights: Vec<f64>,
    process: Process,
}

impl MixtureDenoiser {
    /// Components at `means` with standard deviation `std` each.
    pub fn new(means: Vec<Vec<f64>>, std: f64, weights: Vec<f64>, process: Process) -> Self {
        assert!(!means.is_empty() && means.len() == weights.len(), "one weight a component");
        Self { means, variance: std * std, weights, process }
    }

    /// The denoiser of a two-dimensional data set.
    pub fn of(mixture: &Mixture, process: Process) -> Self {
        let means = mixture.means.iter().map(|m| m.to_vec()).collect();
        Self::new(means, mixture.std, mixture.weights.clone(), process)
    }

    fn level(&self, t: f64) -> Level {
        // A true time between 0 and 1 is meaningful to an exact denoiser, zero itself is not.
        if t > 0.0 { self.process.level(t) } else { self.process.network_level(t) }
    }
}

impl Denoiser for MixtureDenoiser {
    fn denoise(&self, x: Tensor<2>, t: &[f64], _: &[u32]) -> Tensor<2> {
        let [n, d] = x.dims();
        let (k, device) = (self.means.len(), x.device());
        let levels: Vec<Level> = t.iter().map(|&t| self.level(t)).collect();
        let total = |l: &Level| l.alpha * l.alpha * self.variance + l.sigma * l.sigma;
        let means: Vec<f32> = self.means.iter().flatten().map(|&m| m as f32).collect();
        let means: Tensor<3> = Tensor::from_data(TensorData::new(means, [1, k, d]), &device);

        let centres = scale_rows(means.clone().expand([n, k, d]), levels.iter().map(|l| l.alpha));
        let offset = x.reshape([n, 1, d]) - centres; // [n, k, d]
        let square = offset.clone().square().sum_dim(2);
        let distance = scale_rows(square, levels.iter().map(|l| -0.5 / total(l)));
        let log_weights: Vec<f32> = self.weights.iter().map(|w| w.ln() as f32).collect();
        let log_weights = Tensor::<1>::from_floats(log_weights.as_slice(), &device);
        let log_odds = distance.reshape([n, k]) + log_weights.reshape([1, k]);
        let odds = softmax(log_odds, 1).reshape([n, k, 1]);
        let shrunk = scale_rows(offset, levels.iter().map(|l| l.alpha * self.variance / total(l)));
        ((means + shrunk) * odds).sum_dim(1).reshape([n, d])
    }

    fn process(&self) -> Process {
        self.process
    }
}
