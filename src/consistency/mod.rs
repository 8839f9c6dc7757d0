//! Consistency functions: from any point of an ODE path to its end (Song et al. 2023).
//!
//! `f(x, t) = skip(t) x + out(t) D(x, t)` with `skip(0) = 1`, `out(0) = 0`.

pub mod sample;

use burn::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    diffusion::{Denoiser, ModelConfig},
    math::{
        precondition::{self, Coefficients},
        schedule::Process,
    },
    solver::scale_rows,
};

/// The end point of the ODE path through (x, t).
pub trait ConsistencyFunction: Sync {
    /// `x` `[n, d]`, a time and a label a sample -> `[n, d]`.
    fn endpoint(&self, x: Tensor<2>, t: &[f64], labels: &[u32]) -> Tensor<2>;

    /// The process whose states this maps.
    fn process(&self) -> Process;
}

/// How the identity at t = 0 is built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Boundary {
    /// The latent consistency models' coefficients of t, as in the paper.
    Paper,
    /// The consistency models' coefficients of sigma / alpha.
    Edm,
}

impl Boundary {
    /// skip and out at time `t` of `process`, the factors of the state and of x0_hat.
    pub fn coefficients(self, process: Process, t: f64, sigma_data: f64) -> [f64; 2] {
        match self {
            Self::Paper => precondition::boundary(t),
            Self::Edm => {
                let level = process.level(t);
                let [skip, out] = precondition::edm_boundary_of_denoised(level.ratio(), sigma_data);
                [skip / level.alpha, out] // of y = x / alpha
            }
        }
    }
}

/// The coefficients of the consistency function that a network of `config` is at each of these times: the denoiser's within
/// those of the boundary.
pub fn affine(config: &ModelConfig, boundary: Boundary, t: &[f64]) -> Vec<Coefficients> {
    let bounded = |(&t, inner): (&f64, Coefficients)| {
        let [skip, out] = boundary.coefficients(config.process, t, config.sigma_data);
        Coefficients { skip: skip + out * inner.skip, out: out * inner.out, ..inner }
    };
    t.iter().zip(config.affine(t)).map(bounded).collect()
}

/// A denoiser made a consistency function by a boundary condition.
#[derive(Clone, Debug)]
pub struct Bounded<D> {
    /// Gives x0_hat.
    pub denoiser: D,
    /// The boundary.
    pub boundary: Boundary,
    /// Standard deviation of the data, in model space.
    pub sigma_data: f64,
}

impl<D: Denoiser> ConsistencyFunction for Bounded<D> {
    fn endpoint(&self, x: Tensor<2>, t: &[f64], labels: &[u32]) -> Tensor<2> {
        let process = self.process();
        let coefficients: Vec<[f64; 2]> =
            t.iter().map(|&t| self.boundary.coefficients(process, t, self.sigma_data)).collect();
        let times = |x, i: usize| scale_rows(x, coefficients.iter().map(|c| c[i]));
        let denoised = self.denoiser.denoise(x.clone(), t, labels);
        times(x, 0) + times(denoised, 1)
    }

    fn process(&self) -> Process {
        self.denoiser.process()
    }
}
