//! Denoisers and the probability-flow ODE.
//!
//! | file | holds |
//! |---|---|
//! | `model` | a network, preconditioned: the learnt denoiser |
//! | `mixture` | the exact denoiser of a Gaussian mixture |
//! | `guidance` | classifier-free guidance |
//! | `flow` | the ODE in two charts, as a vector field |
//! | `ode` | chart x solver = the named samplers, and the teacher's solution |
//! | `preconditioning` | the four coefficients of a batch, in tensors |
//! | `replay` | evaluations on a GPU, recorded |

pub mod flow;
pub mod guidance;
pub mod mixture;
pub mod model;
pub mod ode;
pub mod preconditioning;
mod replay;

use burn::prelude::*;

pub use flow::{Chart, ProbabilityFlow};
pub use guidance::Guided;
pub use mixture::MixtureDenoiser;
pub use model::{ModelConfig, Preconditioned, Prediction};
pub use ode::{Method, OdeSolver};
pub use preconditioning::Preconditioning;
pub use replay::Replay;

use crate::{math::schedule::Process, solver::scale_rows};

/// The posterior mean `D(x, t) = E[x_0 | x_t = x]`, written x0_hat.
pub trait Denoiser: Sync {
    /// `x` `[n, d]`, a time and a label a sample -> `[n, d]`.
    fn denoise(&self, x: Tensor<2>, t: &[f64], labels: &[u32]) -> Tensor<2>;

    /// The process whose states this denoises.
    fn process(&self) -> Process;
}

impl<D: Denoiser + ?Sized> Denoiser for &D {
    fn denoise(&self, x: Tensor<2>, t: &[f64], labels: &[u32]) -> Tensor<2> {
        (**self).denoise(x, t, labels)
    }

    fn process(&self) -> Process {
        (**self).process()
    }
}

/// Noises clean data: `x_t = alpha_t x_0 + sigma_t eps`; all `[n, d]`.
pub fn diffuse(process: Process, x0: Tensor<2>, noise: Tensor<2>, t: &[f64]) -> Tensor<2> {
    let levels: Vec<_> = t.iter().map(|&t| process.level(t)).collect();
    scale_rows(x0, levels.iter().map(|l| l.alpha))
        + scale_rows(noise, levels.iter().map(|l| l.sigma))
}
