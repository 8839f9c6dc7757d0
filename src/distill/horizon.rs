//! Horizon-k distillation: k teacher steps, then the student's own stop-gradient output.
//!
//! `k = 1` is a CM, `k = full` a Direct CM (Vouitsis et al. 2024, algorithms 1 and 2), random k is
//! the style of CTM. Where the teacher reaches t = 0, its end point is the target.

use std::{num::NonZeroUsize, ops::Range};

use burn::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Draw, Drawn, Loss, Weighting};
use crate::{
    consistency::ConsistencyFunction,
    diffusion::{Denoiser, OdeSolver, diffuse_to},
};

/// Teacher steps before the student takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Horizon {
    /// This many, or fewer where the grid ends.
    Steps(NonZeroUsize),
    /// All that are left.
    Full,
    /// Uniform over 1..=left, drawn for each sample.
    Random,
}

impl Horizon {
    /// One teacher step: the consistency model.
    pub const CM: Self = Self::Steps(NonZeroUsize::MIN);
}

/// Where the teacher's steps end: the rows of a [`Drawn`].
#[derive(Clone)]
pub struct Landing {
    /// States at the landing times, `[n, d]`.
    pub state: Tensor<2>,
    /// Landing times, 0 where the teacher went all the way.
    pub times: Vec<f64>,
}

impl Landing {
    /// The landings of these rows: `[n, d] -> [rows, d]`.
    pub fn rows(&self, rows: Range<usize>) -> Self {
        let state = self.state.clone().narrow(0, rows.start, rows.len());
        Self { state, times: self.times[rows].to_vec() }
    }
}

/// The student's objective against one teacher.
pub struct Distillation<'a> {
    /// The teacher, guided where guidance is on; plain tensors.
    pub teacher: &'a dyn Denoiser,
    /// The teacher's solver.
    pub ode: &'a OdeSolver,
    /// The distance.
    pub loss: Loss,
    /// What each sample counts for.
    pub weighting: Weighting,
}

impl Distillation<'_> {
    /// States that the draws start at, `[n, d]`.
    pub fn states(&self, drawn: &Drawn) -> Tensor<2> {
        let process = self.teacher.process();
        let levels: Vec<_> = drawn.draws.iter().map(|draw| draw.level(process)).collect();
        diffuse_to(&levels, drawn.x0.clone(), drawn.noise.clone())
    }

    /// Follows the teacher along each draw's path; only samples with steps to go are evaluated.
    pub fn land(&self, drawn: &Drawn) -> Landing {
        self.land_while(drawn, || true).expect("nothing stops it")
    }

    /// [`Self::land`], asking before each step whether it `goes_on`; none where it does not.
    pub fn land_while(&self, drawn: &Drawn, goes_on: impl Fn() -> bool) -> Option<Landing> {
        let paths: Vec<Vec<f64>> = drawn.draws.iter().map(|draw| draw.path.clone()).collect();
        let (x, labels) = (self.states(drawn), drawn.labels());
        let state = self.ode.solve_while(self.teacher, &paths, x, &labels, goes_on)?;
        Some(Landing { state, times: drawn.draws.iter().map(Draw::landing_time).collect() })
    }

    /// The targets, `[n, d]`: the landing where it is at t = 0, elsewhere the present student there.
    /// `student` is a plain snapshot, so that no gradient flows.
    pub fn targets(
        &self,
        student: &dyn ConsistencyFunction,
        landing: Landing,
        labels: &[u32],
    ) -> Tensor<2> {
        let [n, d] = landing.state.dims();
        let Landing { state, times } = landing;
        let under_way: Vec<usize> = (0..n).filter(|&i| times[i] > 0.0).collect();
        if under_way.is_empty() {
            return state;
        }
        let rows: Vec<i32> = under_way.iter().map(|&i| i as i32).collect();
        let rows = Tensor::<1, Int>::from_ints(rows.as_slice(), &state.device());
        let t: Vec<f64> = under_way.iter().map(|&i| times[i]).collect();
        let labels: Vec<u32> = under_way.iter().map(|&i| labels[i]).collect();
        let ends = student.endpoint(state.clone().select(0, rows.clone()), &t, &labels);
        if under_way.len() == n {
            return ends;
        }
        // Each row is written once: gather from [states; ends] by a host-made table.
        let mut table: Vec<i32> = (0..n as i32).collect();
        under_way.iter().enumerate().for_each(|(k, &i)| table[i] = (n + k) as i32);
        let table = Tensor::<1, Int>::from_ints(table.as_slice(), &state.device());
        let targets = Tensor::cat(vec![state, ends], 0).select(0, table);
        debug_assert_eq!(targets.dims(), [n, d]);
        targets
    }

    /// The loss of some rows of a batch, shape `[1]`; `snapshot` is `student` (tracked) without gradients.
    pub fn loss_of_rows(
        &self,
        student: &dyn ConsistencyFunction,
        snapshot: &dyn ConsistencyFunction,
        drawn: &Drawn,
        landing: &Landing,
        rows: Range<usize>,
        device: &Device,
    ) -> Tensor<1> {
        let (drawn, landing) = (drawn.rows(rows.clone()), landing.rows(rows));
        let targets = self.targets(snapshot, landing, &drawn.labels());
        self.loss(student, &drawn, targets, device)
    }

    /// The loss of `student` (tracked) from the draws' states to `targets`, shape `[1]`.
    pub fn loss(
        &self,
        student: &dyn ConsistencyFunction,
        drawn: &Drawn,
        targets: Tensor<2>,
        device: &Device,
    ) -> Tensor<1> {
        let states = on(self.states(drawn), device);
        let output = student.endpoint(states, &drawn.times(), &drawn.labels());
        self.loss.value(output, on(targets, device), self.weights(&drawn.draws).as_deref())
    }

    /// What each draw weighs; none where all weigh the same.
    fn weights(&self, draws: &[Draw]) -> Option<Vec<f64>> {
        let ratio = |time| self.teacher.process().level(time).ratio();
        match self.weighting {
            Weighting::Uniform => None,
            Weighting::Gap => {
                let gap = |draw: &Draw| ratio(draw.time()) - ratio(draw.landing_time());
                Some(draws.iter().map(|draw| gap(draw).recip()).collect())
            }
        }
    }
}

/// A plain tensor as a constant among the tensors of `device`, which may record gradients.
pub fn on(x: Tensor<2>, device: &Device) -> Tensor<2> {
    if device.is_autodiff() && !x.is_autodiff() { x.autodiff() } else { x }
}
