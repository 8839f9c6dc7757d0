//! Chart x solver: the named samplers, and the teacher's solution of its ODE.
//!
//! DDIM is Euler in the sigma chart (Song et al. 2021), the paper's Euler and Heun live in the VP-time
//! chart, EDM's sampler is Heun in the sigma chart.

use burn::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Chart, Denoiser, ProbabilityFlow};
use crate::solver::{Euler, Heun, Multistep, Solver, column, integrate};

/// Which named sampler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Euler in the sigma chart.
    Ddim,
    /// Euler in the VP-time chart.
    VpEuler,
    /// Heun in the VP-time chart.
    VpHeun,
    /// Heun in the sigma chart.
    EdmHeun,
    /// DPM-Solver++(2M) in the sigma chart.
    Dpm2m,
}

/// A chart and a solver.
pub struct OdeSolver {
    /// Coordinates.
    pub chart: Chart,
    /// Steps.
    pub solver: Box<dyn Solver>,
}

impl Method {
    /// Its chart and solver.
    pub fn parts(self) -> OdeSolver {
        let (chart, solver): (Chart, Box<dyn Solver>) = match self {
            Self::Ddim => (Chart::Sigma, Box::new(Euler)),
            Self::VpEuler => (Chart::VpTime, Box::new(Euler)),
            Self::VpHeun => (Chart::VpTime, Box::new(Heun)),
            Self::EdmHeun => (Chart::Sigma, Box::new(Heun)),
            Self::Dpm2m => (Chart::Sigma, Box::new(Multistep)),
        };
        OdeSolver { chart, solver }
    }
}

/// A step of a solve, in the original coordinates; only the samples that took it.
pub struct Sight<'a> {
    /// Steps done before.
    pub round: usize,
    /// Time a sample.
    pub t: &'a [f64],
    /// `x_t`, `[m, d]`.
    pub state: Tensor<2>,
    /// `x0_hat` there, `[m, d]`.
    pub denoised: Tensor<2>,
}

impl OdeSolver {
    /// Follows the ODE from `x` `[n, d]` along a path of times a sample, longest path first;
    /// returns the states at the paths' ends.
    pub fn solve(
        &self,
        denoiser: &dyn Denoiser,
        paths: &[Vec<f64>],
        x: Tensor<2>,
        labels: &[u32],
    ) -> Tensor<2> {
        self.solve_observed(denoiser, paths, x, labels, None)
    }

    /// [`OdeSolver::solve`] with an observer of every state and every x0_hat.
    pub fn solve_observed(
        &self,
        denoiser: &dyn Denoiser,
        paths: &[Vec<f64>],
        x: Tensor<2>,
        labels: &[u32],
        mut observe: Option<&mut dyn FnMut(Sight<'_>)>,
    ) -> Tensor<2> {
        let (process, chart, device) = (denoiser.process(), self.chart, x.device());
        let coordinates: Vec<Vec<f64>> = paths
            .iter()
            .map(|path| path.iter().map(|&t| chart.coordinate(process, t)).collect())
            .collect();
        let scale = |times: &[f64], power: i32| {
            let factors: Vec<f64> =
                times.iter().map(|&t| chart.scale(process, t).powi(power)).collect();
            column(&factors, &device)
        };
        let starts: Vec<f64> = paths.iter().map(|p| p[0]).collect();
        let ends: Vec<f64> = paths.iter().map(|p| p[p.len() - 1]).collect();

        let flow = ProbabilityFlow { denoiser, chart, labels };
        let y = x * scale(&starts, 1);
        let y = integrate(&flow, self.solver.as_ref(), &coordinates, y, |seen| {
            let Some(observe) = observe.as_mut() else { return };
            let t: Vec<f64> = seen.at.iter().map(|&u| chart.time(process, u)).collect();
            let factors: Vec<[f64; 2]> =
                seen.at.iter().map(|&u| chart.denoised(process, u)).collect();
            let factor =
                |i: usize| column(&factors.iter().map(|f| f[i]).collect::<Vec<f64>>(), &device);
            observe(Sight {
                round: seen.round,
                t: &t,
                state: seen.state.clone() * scale(&t, -1),
                denoised: seen.state.clone() * factor(0) + seen.slope.clone() * factor(1),
            });
        });
        y * scale(&ends, -1)
    }
}
