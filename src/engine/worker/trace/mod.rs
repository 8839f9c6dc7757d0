//! One noise along the ODE: its states, what teacher and students see there, and how they drift.
//!
//! Along a teacher's path `x_N, ..., x_0` and with `f_n = f(x_n, t_n)`, the error `e_n = f_n - x_0` and the
//! residual `r_n = f_n - f_{n-1}` obey `e_n = r_n + e_{n-1}`: an error is the sum of all residuals from its
//! time down to 0. CM minimises `E r_n^2`, Direct CM minimises `E e_n^2`.

mod path;
#[cfg(test)]
mod tests;

use super::{Finding as Found, Reply, Ticket, desk::Desk};
use crate::{
    diffusion::{Guided, Method},
    engine::{LabError, Model, sampling::at_start, shipped::ModelSet},
    eval::ode::mean_square,
    math::{grid::TimeGrid, schedule::Level, seed::Seed},
    picture::gpu::Lent,
};
use path::{Path, endpoints, follow, noises};

/// Images followed at once, and rows that a student maps at once.
const CHUNK: usize = 16;
/// Points that stand for a mixture's data, and their seed.
const POINTS: u64 = 1500;
const POINTS_SEED: Seed = Seed(0);

/// What to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Seed of the noises.
    pub seed: Seed,
    /// Which of its noises is followed in full.
    pub row: usize,
    /// The curves are also averaged over the noises `0..noises`.
    pub noises: usize,
    /// The class of all; none: the classes in turn.
    pub class: Option<u32>,
    /// The teacher's solver.
    pub method: Method,
    /// Its intervals N.
    pub intervals: usize,
    /// Its guidance w.
    pub guidance: f64,
}

impl Request {
    /// The label of a noise.
    pub fn label(&self, noise: usize, classes: u32) -> u32 {
        super::label(self.class, noise, classes)
    }
}

/// A time of the followed path.
#[derive(Clone, Debug)]
pub struct State {
    /// The time.
    pub t: f64,
    /// Signal and noise there.
    pub level: Level,
    /// `x_t`, one row of `d` values in model space.
    pub state: Vec<f32>,
    /// The teacher's x0_hat there; at t = 0 the state itself, which is its own posterior mean.
    pub denoised: Vec<f32>,
    /// Both in the device's memory.
    pub lent: [Option<Lent>; 2],
}

/// What a student makes of some states of the followed path.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its number among the cards.
    pub model: usize,
    /// `f(x_t, t)` of the states after those that it was told of, a row each.
    pub endpoints: Vec<Vec<f32>>,
    /// The same in the device's memory, below each other.
    pub lent: Option<Lent>,
}

/// How what a model sees moves along the path; mean squares over noises and dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// Its number among the cards; 0 is the teacher's x0_hat, which an untrained student starts from.
    pub model: usize,
    /// Noises averaged; 1: the followed one alone.
    pub noises: usize,
    /// `e_n^2` at each time, from pure noise to the end.
    pub error: Vec<f64>,
    /// `r_n^2` of each interval, at its start.
    pub residual: Vec<f64>,
}

impl Drift {
    /// Of the views `f(x_t, t)` at all times, and the path's end.
    fn of(model: usize, noises: usize, views: &[Vec<f32>], end: &[f32]) -> Self {
        let error = views.iter().map(|view| mean_square(view, end)).collect();
        let residual = views.windows(2).map(|pair| mean_square(&pair[0], &pair[1])).collect();
        Self { model, noises, error, residual }
    }

    /// Over the noises of both.
    fn merged(&self, other: &Self) -> Self {
        let noises = self.noises + other.noises;
        let share = self.noises as f64 / noises as f64;
        let mix = |a: &[f64], b: &[f64]| {
            a.iter().zip(b).map(|(a, b)| share * a + (1.0 - share) * b).collect()
        };
        Self {
            model: self.model,
            noises,
            error: mix(&self.error, &other.error),
            residual: mix(&self.residual, &other.residual),
        }
    }

    /// `e_N^2 / sum r_n^2` from pure noise: 1 where residuals have nothing to do with each other, N where
    /// all are alike, 0 where they cancel. None where nothing moves.
    pub fn coherence(&self) -> Option<f64> {
        let total: f64 = self.residual.iter().sum();
        (total > 0.0).then(|| self.error[0] / total)
    }
}

/// Part of the answer.
#[derive(Clone, Debug)]
pub enum Finding {
    /// Data in the plane, pairs of coordinates.
    Data(Vec<f32>),
    /// The teacher came to a time.
    State(State),
    /// What a student sees.
    Seen(Seen),
    /// How far a model is off, first along the followed path, then on average.
    Drift(Drift),
}

pub(super) async fn run(desk: &Desk, ticket: Ticket, request: &Request) -> Result<(), LabError> {
    let set = desk.set()?;
    let grid = set.teacher.recipe.grid_of(request.intervals)?;
    let at_once = desk.at_once(CHUNK, set.teacher.dims());
    let trace = Trace { desk, ticket, request, set, grid, at_once };
    if let Some(mixture) = set.teacher.recipe.mixture() {
        let mut points = vec![[0.0; 2]; POINTS as usize];
        for (index, point) in (0..POINTS).zip(&mut points) {
            mixture.sample(POINTS_SEED, index, point);
        }
        trace.tell(Finding::Data(points.concat())).await;
    }
    trace.curves().await
}

/// An answer under way.
struct Trace<'a> {
    desk: &'a Desk,
    ticket: Ticket,
    request: &'a Request,
    set: &'a ModelSet,
    grid: TimeGrid,
    /// Noises that are followed at once.
    at_once: usize,
}

impl Trace<'_> {
    async fn tell(&self, finding: Finding) {
        self.desk.tell(Reply::Found(self.ticket, Found::Trace(finding))).await;
    }

    /// The curves of the followed noise, then averages over more and more of the others.
    async fn curves(&self) -> Result<(), LabError> {
        let Request { row, noises, .. } = *self.request;
        let mut mean = self.drifts(&[row], true).await?;
        let others = (0..noises).filter(|&noise| noise != row);
        let others: Vec<usize> = others.take(noises.saturating_sub(1)).collect();
        for part in others.chunks(self.at_once) {
            let more = self.drifts(part, false).await?;
            mean = mean.iter().zip(&more).map(|(mean, more)| mean.merged(more)).collect();
            for drift in &mean {
                self.tell(Finding::Drift(drift.clone())).await;
            }
        }
        Ok(())
    }

    /// The drift of every model on these noises, the teacher's first; `shown` tells all that is seen.
    async fn drifts(&self, numbers: &[usize], shown: bool) -> Result<Vec<Drift>, LabError> {
        let classes = self.set.teacher.classes();
        let labels: Vec<u32> =
            numbers.iter().map(|&noise| self.request.label(noise, classes)).collect();
        let path = self.path(numbers, &labels, shown).await?;
        let end = path.states.last().expect("a path has an end");
        let mut drifts = vec![Drift::of(0, numbers.len(), &path.denoised, end)];
        if shown {
            self.tell(Finding::Drift(drifts[0].clone())).await;
        }
        for (student, model) in self.set.students.iter().zip(1..) {
            let views = self.views(model, student, &path, &labels, shown).await?;
            let drift = Drift::of(model, numbers.len(), &views, end);
            if shown {
                self.tell(Finding::Drift(drift.clone())).await;
            }
            drifts.push(drift);
        }
        Ok(drifts)
    }

    async fn path(&self, numbers: &[usize], labels: &[u32], shown: bool) -> Result<Path, LabError> {
        let Request { seed, method, guidance, .. } = *self.request;
        let teacher = &self.set.teacher;
        let (denoiser, classes) = (&teacher.body, teacher.classes());
        let guided = Guided { denoiser, scale: guidance, classes };
        let process = teacher.recipe.model.process;
        let z = noises(seed, numbers, teacher.dims(), self.desk.device());
        let z = at_start(z, process, self.grid.times()[0]);
        follow(&guided, &method.parts(), &self.grid, z, labels, async |path, lent| {
            if !shown {
                return;
            }
            let step = path.states.len() - 1;
            let t = path.times[step];
            self.tell(Finding::State(State {
                t,
                level: process.level(t),
                state: path.states[step].clone(),
                denoised: path.denoised[step].clone(),
                lent,
            }))
            .await;
        })
        .await
    }

    async fn views(
        &self,
        model: usize,
        student: &Model,
        path: &Path,
        labels: &[u32],
        shown: bool,
    ) -> Result<Vec<Vec<f32>>, LabError> {
        let f = student.student_of(&student.body)?;
        // Points go so many at once that none would be seen before all are.
        let at_once = self.at_once.min(CHUNK);
        endpoints(&f, path, labels, at_once, self.desk.device(), async |endpoints, lent| {
            if shown {
                let endpoints = endpoints.to_vec();
                self.tell(Finding::Seen(Seen { model, endpoints, lent })).await;
            }
        })
        .await
    }
}
