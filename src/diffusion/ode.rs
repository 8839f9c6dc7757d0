//! Chart x solver: the named samplers, and the teacher's solution of its ODE.
//!
//! DDIM is Euler in the sigma chart (Song et al. 2021), the paper's Euler and Heun live in the VP-time
//! chart, EDM's sampler is Heun in the sigma chart.

use burn::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Chart, Denoiser, ProbabilityFlow};
use crate::{
    math::schedule::Process,
    solver::{Euler, Heun, Integration, Multistep, Solver, scale_rows},
};

/// Which named sampler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Ddim, Self::VpEuler, Self::VpHeun, Self::EdmHeun, Self::Dpm2m];

    /// The name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Ddim => "DDIM",
            Self::VpEuler => "Euler in time",
            Self::VpHeun => "Heun in time",
            Self::EdmHeun => "Heun in sigma",
            Self::Dpm2m => "DPM-Solver++(2M)",
        }
    }

    /// Whether a step remembers the one before. Students learn from single steps, and would be taught another solution
    /// than the one they are held against.
    pub fn has_memory(self) -> bool {
        self == Self::Dpm2m
    }

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
        self.solve_while(denoiser, paths, x, labels, || true).expect("nothing stops it")
    }

    /// [`OdeSolver::solve`], asking before each step whether it `goes_on`; none where it does not.
    pub fn solve_while(
        &self,
        denoiser: &dyn Denoiser,
        paths: &[Vec<f64>],
        x: Tensor<2>,
        labels: &[u32],
        goes_on: impl Fn() -> bool,
    ) -> Option<Tensor<2>> {
        let coordinates = self.coordinates(denoiser.process(), paths);
        let mut solution = self.begin(denoiser, &coordinates, x, labels);
        while goes_on() {
            if !solution.advance(None) {
                return Some(solution.end());
            }
        }
        None
    }

    /// Paths of times as paths of this chart's coordinates.
    pub fn coordinates(&self, process: Process, paths: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let path = |path: &Vec<f64>| {
            path.iter().map(|&t| self.chart.coordinate(process, t)).collect::<Vec<f64>>()
        };
        paths.iter().map(path).collect()
    }

    /// [`OdeSolver::solve`] one step at a time, along [`OdeSolver::coordinates`].
    pub fn begin<'a>(
        &'a self,
        denoiser: &'a dyn Denoiser,
        coordinates: &'a [Vec<f64>],
        x: Tensor<2>,
        labels: &'a [u32],
    ) -> Solution<'a> {
        let flow = ProbabilityFlow { denoiser, chart: self.chart, labels };
        let starts: Vec<f64> = coordinates.iter().map(|path| path[0]).collect();
        let walk = Integration::new(coordinates, flow.scaled(x, &starts, 1));
        Solution { flow, solver: self.solver.as_ref(), coordinates, walk }
    }
}

/// A solution under way.
pub struct Solution<'a> {
    flow: ProbabilityFlow<'a>,
    solver: &'a dyn Solver,
    coordinates: &'a [Vec<f64>],
    walk: Integration<'a>,
}

impl Solution<'_> {
    /// One step of every sample still under way; false where none is.
    pub fn advance(&mut self, observe: Option<&mut dyn FnMut(Sight<'_>)>) -> bool {
        let Self { flow, solver, walk, .. } = self;
        let Some(observe) = observe else { return walk.advance(flow, *solver, &mut |_| {}) };
        let (process, chart) = (flow.denoiser.process(), flow.chart);
        walk.advance(flow, *solver, &mut |seen| {
            let t: Vec<f64> = seen.at.iter().map(|&u| chart.time(process, u)).collect();
            let factors: Vec<[f64; 2]> =
                seen.at.iter().map(|&u| chart.denoised(process, u)).collect();
            let times =
                |x: &Tensor<2>, i: usize| scale_rows(x.clone(), factors.iter().map(|f| f[i]));
            observe(Sight {
                t: &t,
                state: flow.scaled(seen.state.clone(), seen.at, -1),
                denoised: times(seen.state, 0) + times(seen.slope, 1),
            });
        })
    }

    /// The states at the paths' ends, `[n, d]`, once no sample is under way.
    pub fn end(self) -> Tensor<2> {
        let ends: Vec<f64> = self.coordinates.iter().map(|path| path[path.len() - 1]).collect();
        self.flow.scaled(self.walk.end(), &ends, -1)
    }
}
