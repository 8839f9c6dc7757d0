//! The learnt denoiser: a network between preconditioning coefficients.
//!
//! `D(x, t) = skip x + out F(input x, noise)`. What the network predicts decides the four numbers.

use burn::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    Denoiser,
    replay::{Batch, Replay, Source},
};
use crate::{
    math::{
        precondition::{self, Coefficients},
        schedule::Process,
    },
    nn::{Network, NetworkConfig},
    solver::scale_rows,
};

/// What the network's output means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prediction {
    /// The noise (Ho et al. 2020), fed with x and t: the paper's teacher.
    Eps,
    /// `alpha eps - sigma x_0` (Salimans and Ho 2022), fed with x and t.
    V,
    /// The clean data, fed with x and t.
    X0,
    /// EDM's F (Karras et al. 2022), fed with `y = x/alpha` and `ln s`, `s = sigma/alpha`.
    F,
}

impl Prediction {
    /// The coefficients at time `t`, of the state x itself; `sigma_data` is the data's standard deviation.
    pub fn affine(self, process: Process, t: f64, sigma_data: f64) -> Coefficients {
        let level = process.network_level(t);
        let (alpha, sigma) = (level.alpha, level.sigma);
        match self {
            Self::Eps => {
                Coefficients { skip: 1.0 / alpha, out: -sigma / alpha, input: 1.0, noise: t }
            }
            Self::V => {
                // One where the process preserves variance.
                let variance = alpha * alpha + sigma * sigma;
                let (skip, out) = (alpha / variance, -sigma / variance);
                Coefficients { skip, out, input: 1.0, noise: t }
            }
            Self::X0 => Coefficients { skip: 0.0, out: 1.0, input: 1.0, noise: t },
            Self::F => {
                let edm = precondition::edm(level.ratio(), sigma_data);
                Coefficients {
                    skip: edm.skip / alpha,
                    out: edm.out,
                    input: edm.input / alpha,
                    noise: 1000.0 * edm.noise, // 250 ln s, the range that the sinusoids resolve
                }
            }
        }
    }
}

/// Everything that makes a denoiser out of weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// The network's shape.
    pub network: NetworkConfig,
    /// The noising process.
    pub process: Process,
    /// What the network predicts.
    pub prediction: Prediction,
    /// Standard deviation of the data, in model space.
    pub sigma_data: f64,
}

impl ModelConfig {
    /// The coefficients at each of these times.
    pub fn affine(&self, t: &[f64]) -> Vec<Coefficients> {
        let Self { process, prediction, sigma_data, .. } = *self;
        t.iter().map(|&t| prediction.affine(process, t, sigma_data)).collect()
    }
}

/// A network as a [`Denoiser`].
#[derive(Clone, Debug)]
pub struct Preconditioned {
    /// The weights.
    pub network: Network,
    /// How they are read.
    pub config: ModelConfig,
    /// Whether a U-Net's images are of f16 between its layers: for GPUs that have it.
    pub is_half: bool,
    /// On a GPU, records launches and replays them; only for a network whose weights stay as they are.
    pub replay: Option<Replay>,
}

impl Preconditioned {
    /// The network's raw output: `x` `[n, d]` -> `[n, d]`.
    pub fn raw(&self, x: Tensor<2>, t: &[f64], labels: &[u32]) -> Tensor<2> {
        let affine = self.affine(&x, t, labels);
        self.output(x, &affine, labels)
    }

    fn affine(&self, x: &Tensor<2>, t: &[f64], labels: &[u32]) -> Vec<Coefficients> {
        let [n, _] = x.dims();
        assert!(t.len() == n && labels.len() == n, "one time and one label a sample");
        self.config.affine(t)
    }

    fn output(&self, x: Tensor<2>, affine: &[Coefficients], labels: &[u32]) -> Tensor<2> {
        let time: Vec<f64> = affine.iter().map(|a| a.noise).collect();
        let x = scale_rows(x, affine.iter().map(|a| a.input));
        let condition = self.config.network.condition(&time, labels, &x.device());
        self.network.in_its_type(self.is_half, x, |x| self.network.infer(x, condition))
    }
}

impl Denoiser for Preconditioned {
    fn denoise(&self, x: Tensor<2>, t: &[f64], labels: &[u32]) -> Tensor<2> {
        let affine = self.affine(&x, t, labels);
        if let Some(replay) = &self.replay {
            let Self { network, config: ModelConfig { network: config, .. }, is_half, .. } = self;
            let model = Source { network, config, is_half: *is_half };
            let batch = Batch { x: &x, affine: &affine, labels };
            if let Some(denoised) = replay.denoise(model, batch) {
                return denoised;
            }
        }
        let output = self.output(x.clone(), &affine, labels);
        scale_rows(x, affine.iter().map(|a| a.skip))
            + scale_rows(output, affine.iter().map(|a| a.out))
    }

    fn process(&self) -> Process {
        self.config.process
    }
}
