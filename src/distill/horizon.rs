//! Horizon-k distillation: k teacher steps, then the student's own stop-gradient output.
//!
//! `k = 1` is a CM, `k = full` a Direct CM (Vouitsis et al. 2024, algorithms 1 and 2), random k is
//! the style of CTM. Where the teacher reaches t = 0, its end point is the target.

use std::num::NonZeroUsize;

use burn::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    Draw, Drawn, Loss, Weighting,
    regression::{Details, Parameterization, Query, Target},
};
use crate::{
    diffusion::{Denoiser, OdeSolver},
    math::seed::Seed,
    nn::Network,
    train::Lesson,
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
    /// The states where the teacher's steps along each draw's path end, `[n, d]`; only samples with steps to go are
    /// evaluated.
    pub fn land(&self, drawn: &Drawn) -> Tensor<2> {
        self.land_while(drawn, || true).expect("nothing stops it")
    }

    /// [`Self::land`], asking before each step whether it `goes_on`; none where it does not.
    pub fn land_while(&self, drawn: &Drawn, goes_on: impl Fn() -> bool) -> Option<Tensor<2>> {
        let paths: Vec<Vec<f64>> = drawn.draws.iter().map(|draw| draw.path.clone()).collect();
        let (x, labels) = (drawn.states.clone(), drawn.labels());
        self.ode.solve_while(self.teacher, &paths, x, &labels, goes_on)
    }

    /// What a network learns from draws that the teacher takes to `landed`: to come there where that is at t = 0, elsewhere
    /// to where it says itself that one ends from there. Units drop out by a seed and the number of the first sample.
    pub fn lesson(
        &self,
        parameterization: &Parameterization,
        drawn: &Drawn,
        landed: Tensor<2>,
        dropout: Option<(Seed, u64)>,
    ) -> Lesson<Network> {
        let labels = drawn.labels();
        let query = |states: Tensor<2>, t: &[f64]| Query {
            states,
            affine: parameterization.affine(t),
            labels: &labels,
        };
        let target = if drawn.are_whole {
            Target::Given(landed)
        } else {
            // At t = 0 its own word is the state, by the boundary condition: all batches are of one kind.
            Target::Own(query(landed, &drawn.landing_times()))
        };
        let details = Details { weights: self.weights(&drawn.draws), dropout };
        let start = query(drawn.states.clone(), &drawn.times());
        parameterization.lesson(self.loss, start, target, details)
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
