//! The references: Dormand and Prince's pair with error control, once in each chart.
//!
//! The charts have slightly different solutions: the VP-time chart steps with the paper's discrete
//! coefficients (`b(t) = 1000 beta_t`, and those of index 0 at clean data), the sigma chart with the levels
//! themselves. Below the smallest level that a network knows (t = 1) a chart's limit goes on as the finest
//! grid does; the exact solution of an exact denoiser is followed all the way.

use burn::prelude::*;

use super::{Reference, root_mean_square, solve};
use crate::{
    diffusion::{Chart, Denoiser, Method, ProbabilityFlow},
    engine::{LabError, model::Body, sampling::at_start, shipped::ModelSet},
    math::{grid::TimeGrid, schedule::Process, seed::Seed},
    solver::{Adaptive, AdaptiveError, Heun, Solver as _, host},
};

/// Error allowed a step, in data units: f32 carries no more through a solve.
const EXACT_TOLERANCE: f64 = 3e-6;
/// The same for a trained network, whose slope is rough in time at finer scales.
const NETWORK_TOLERANCE: f64 = 1e-4;
/// Steps after which a reference is given up.
const MOST_STEPS: usize = 2000;
/// Intervals of the grid that stands in where the adaptive solver gives up.
const FINEST: usize = 1000;
/// An exact denoiser is followed to this share of the smallest level; the rest is one step.
const REST: f64 = 0.01;

/// What all solvers solve, for some noises. These share the reference's steps, so that the reference of a noise depends
/// on which others are solved with it, within its tolerance.
pub(super) struct Problem<'a> {
    pub(super) teacher: &'a dyn Denoiser,
    pub(super) set: &'a ModelSet,
    pub(super) labels: &'a [u32],
    /// Noise of unit variance, `[n, d]`.
    pub(super) z: Tensor<2>,
    /// The last time that all grids share, before clean data.
    pub(super) common: Option<f64>,
}

/// States in data units, rows of `d` values.
#[derive(Default)]
pub(super) struct Solution {
    /// At the common time.
    pub(super) common: Option<Vec<f32>>,
    /// At clean data.
    pub(super) end: Vec<f32>,
}

impl Solution {
    /// The states of more noises behind these.
    pub(super) fn extend(&mut self, more: Self) {
        if let Some(common) = more.common {
            self.common.get_or_insert_default().extend(common);
        }
        self.end.extend(more.end);
    }
}

/// All references.
pub(super) struct References {
    /// The solution that all would agree on.
    pub(super) exact: Solution,
    /// What solvers in the sigma chart converge to on finer and finer grids.
    sigma: Solution,
    /// What solvers in the VP-time chart converge to.
    vp: Option<Solution>,
    common: Option<f64>,
    is_adaptive: bool,
}

impl References {
    /// Of all noises.
    pub(super) async fn of(problems: &[Problem<'_>]) -> Result<Self, LabError> {
        let (first, others) = problems.split_first().expect("one noise at least");
        let mut all = first.references().await?;
        for problem in others {
            let more = problem.references().await?;
            all.exact.extend(more.exact);
            all.sigma.extend(more.sigma);
            if let (Some(vp), Some(more)) = (&mut all.vp, more.vp) {
                vp.extend(more);
            }
            all.is_adaptive &= more.is_adaptive;
        }
        Ok(all)
    }

    /// What solvers in `chart` converge to.
    pub(super) fn limit(&self, chart: Chart) -> &Solution {
        match chart {
            Chart::Sigma => &self.sigma,
            Chart::VpTime => self.vp.as_ref().expect("planned only where the chart is usable"),
        }
    }

    /// For the shell; the first `shown` values.
    pub(super) fn told(&self, shown: usize) -> Reference {
        // The interval is not used: any number of samples and any seed give the same mean.
        let apart = |a: &[f32], b: &[f32]| root_mean_square(a, b, 1, Seed(0)).mean;
        let distance = |vp: &Solution| {
            let common = vp.common.as_deref().zip(self.exact.common.as_deref());
            [common.map_or(0.0, |(a, b)| apart(a, b)), apart(&vp.end, &self.exact.end)]
        };
        Reference {
            common: self.common,
            is_adaptive: self.is_adaptive,
            apart: self.vp.as_ref().map(distance),
            shown: self.exact.end[..shown.min(self.exact.end.len())].to_vec(),
        }
    }
}

impl Problem<'_> {
    fn process(&self) -> Process {
        self.teacher.process()
    }

    fn is_exact(&self) -> bool {
        matches!(self.set.teacher.body, Body::Mixture(_))
    }

    /// Solves all references of these noises.
    async fn references(&self) -> Result<References, LabError> {
        let mut is_adaptive = true;
        let [sigma, exact] = match self.in_sigma().await {
            Ok(found) => found,
            Err(AdaptiveError::Device(error)) => return Err(error.into()),
            Err(_) => {
                is_adaptive = false;
                let grid = self.set.teacher.recipe.grid_of(FINEST)?;
                let found = solve(self, Method::EdmHeun, &grid).await?;
                [Solution { common: found.common.clone(), end: found.end.clone() }, found]
            }
        };
        let vp = match self.process() {
            Process::Edm => None,
            Process::ScaledLinear => match self.in_vp_time().await {
                Ok(found) => Some(found),
                Err(AdaptiveError::Device(error)) => return Err(error.into()),
                Err(_) => {
                    is_adaptive = false;
                    Some(solve(self, Method::VpHeun, &TimeGrid::uniform(FINEST)?).await?)
                }
            },
        };
        Ok(References { exact, sigma, vp, common: self.common, is_adaptive })
    }

    /// Follows one chart from the start through `times`; the state at each, in the chart's coordinates.
    async fn follow(&self, chart: Chart, times: &[f64]) -> Result<Vec<Tensor<2>>, AdaptiveError> {
        let process = self.process();
        let tolerance = if self.is_exact() { EXACT_TOLERANCE } else { NETWORK_TOLERANCE };
        let adaptive = Adaptive { tolerance, most_steps: MOST_STEPS };
        let flow = ProbabilityFlow { denoiser: self.teacher, chart, labels: self.labels };
        let mut from = process.terminal_time();
        let start = at_start(self.z.clone(), process, from) * chart.scale(process, from);
        let mut states = vec![start];
        for &to in times {
            let ends = [from, to].map(|time| chart.coordinate(process, time));
            let state = states[states.len() - 1].clone();
            states.push(adaptive.solve(&flow, state, ends[0], ends[1]).await?);
            from = to;
        }
        Ok(states.split_off(1))
    }

    /// The sigma chart's limit and the exact solution.
    async fn in_sigma(&self) -> Result<[Solution; 2], AdaptiveError> {
        let smallest = self.process().smallest_time();
        let last = if self.is_exact() { REST * smallest } else { smallest };
        let times: Vec<f64> = self.common.into_iter().chain([smallest, last]).collect();
        let mut states = self.follow(Chart::Sigma, &times).await?;
        let exact = self.jump(states.pop().expect("two times or more"), last).await?;
        let limit = self.jump(states.pop().expect("two times or more"), smallest).await?;
        let common = match states.pop() {
            Some(y) => Some(host(y).await?),
            None => None,
        };
        Ok([Solution { common: common.clone(), end: limit }, Solution { common, end: exact }])
    }

    /// The last step of a grid in the sigma chart: to x0_hat.
    async fn jump(&self, y: Tensor<2>, time: f64) -> Result<Vec<f32>, AdaptiveError> {
        let x = y * self.process().level(time).alpha;
        let end = self.teacher.denoise(x, &vec![time; self.labels.len()], self.labels);
        Ok(host(end).await?)
    }

    /// The VP-time chart's limit.
    async fn in_vp_time(&self) -> Result<Solution, AdaptiveError> {
        let smallest = self.process().smallest_time();
        let times: Vec<f64> = self.common.into_iter().chain([smallest]).collect();
        let mut states = self.follow(Chart::VpTime, &times).await?;
        let x = states.pop().expect("one time or more");
        let (chart, n) = (Chart::VpTime, self.labels.len());
        let flow = ProbabilityFlow { denoiser: self.teacher, chart, labels: self.labels };
        let end = Heun.step(&flow, x, &vec![smallest; n], &vec![0.0; n], None).state;
        let common = match (states.pop(), self.common) {
            (Some(x), Some(time)) => Some(host(x / self.process().level(time).alpha).await?),
            _ => None,
        };
        Ok(Solution { common, end: host(end).await? })
    }
}
