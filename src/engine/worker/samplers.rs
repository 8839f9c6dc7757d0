//! The samplers that views set side by side: the teacher, its students, and the teacher in few steps.

use burn::prelude::*;

use crate::{
    consistency::sample::Noise,
    diffusion::{Guided, Method},
    engine::{
        LabError, Recipe,
        sampling::{Counted, solve, walk},
        shipped::ModelSet,
    },
    math::grid::{GridError, TimeGrid},
};

/// What the teacher is solved by in few steps: of one network call each, of second order, and for every process.
pub const FAST: Method = Method::Dpm2m;

/// Which sampler: a model of the set (0 is the teacher) and its steps. The number after the last model's stands for the
/// teacher by [`FAST`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ColumnKey {
    /// Its number among the cards.
    pub model: usize,
    /// Steps.
    pub steps: usize,
}

/// How the teacher solves its ODE: what errors are distances to.
pub(super) struct Solution {
    pub(super) method: Method,
    /// The students' times are of this grid, too.
    pub(super) grid: TimeGrid,
    pub(super) guidance: f64,
    /// When students take the second of two steps; none: at the even time.
    pub(super) second: Option<f64>,
}

impl Solution {
    /// The one that the students of `recipe` were distilled from.
    pub(super) fn of(recipe: &Recipe) -> Result<Self, GridError> {
        let (method, guidance) = (recipe.student.method, recipe.student.guidance);
        Ok(Self { method, grid: recipe.grid()?, guidance, second: None })
    }

    /// When a student takes its steps.
    fn student_times(&self, steps: usize) -> Result<Vec<f64>, GridError> {
        match self.second {
            Some(time) if steps == 2 => self.grid.student_times_at(&[time]),
            _ => self.grid.student_times(steps),
        }
    }
}

/// Samples of `key` from `noise`, `[n, d]`, and the network evaluations that each took.
pub(super) async fn draw(
    set: &ModelSet,
    solution: &Solution,
    key: ColumnKey,
    labels: &[u32],
    noise: Noise,
    device: &Device,
) -> Result<(Tensor<2>, usize), LabError> {
    let z = noise.initial([labels.len(), set.teacher.dims()], device);
    let student = key.model.checked_sub(1).and_then(|i| set.students.get(i));
    let body = Counted::new(&student.unwrap_or(&set.teacher).body);
    let x = match student {
        Some(student) => {
            let times = solution.student_times(key.steps)?;
            walk(&student.student_of(&body)?, &times, z, labels, noise).await
        }
        None => {
            let (method, grid) = match key.model {
                0 => (solution.method, solution.grid.clone()),
                _ => (FAST, set.teacher.recipe.grid_of(key.steps)?),
            };
            let (scale, classes) = (solution.guidance, set.teacher.classes());
            let teacher = Guided { denoiser: &body, scale, classes };
            solve(&teacher, method, grid.times(), z, labels, None).await
        }
    };
    Ok((x, body.rows() / labels.len().max(1)))
}
