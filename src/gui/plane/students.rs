//! Two students that are being distilled, or were: how far they got, and on which teacher.

use crate::{
    engine::worker::{
        Ticket,
        plane::{Progress, Teacher, Training},
    },
    math::seed::Seed,
};

/// See the module.
pub(super) struct Students {
    /// Whose students they are.
    pub(super) teacher: Teacher,
    /// How they are distilled.
    pub(super) training: Training,
    /// The request they come from.
    pub(super) ticket: Ticket,
    /// The newest look.
    pub(super) newest: Option<Progress>,
    /// Losses, CM and Direct CM: step and value.
    pub(super) losses: [Vec<[f64; 2]>; 2],
    /// ODE errors, the same.
    pub(super) errors: [Vec<[f64; 2]>; 2],
}

/// What [`Students::outdated_by`] calls a change of the seed.
pub(super) const SEED: &str = "seed";

impl Students {
    /// At step 0.
    pub(super) fn new(teacher: Teacher, training: Training, ticket: Ticket) -> Self {
        let (losses, errors) = Default::default();
        Self { teacher, training, ticket, newest: None, losses, errors }
    }

    /// Takes a look.
    pub(super) fn receive(&mut self, progress: Progress) {
        let step = progress.step as f64;
        for i in 0..2 {
            if let Some(losses) = progress.losses {
                self.losses[i].push([step, f64::from(losses[i])]);
            }
            self.errors[i].push([step, progress.errors[i].squared.mean]);
        }
        self.newest = Some(progress);
    }

    /// What has changed since among what they are made from, in a word.
    pub(super) fn outdated_by(&self, teacher: &Teacher, seed: Seed) -> Option<&'static str> {
        if self.teacher.mixture != teacher.mixture {
            Some("mixture")
        } else if self.teacher != *teacher {
            Some("solver")
        } else {
            (self.training.seed != seed).then_some(SEED)
        }
    }

    /// Whether all their steps are done.
    pub(super) fn are_whole(&self) -> bool {
        self.step() >= self.training.steps
    }

    /// Steps done.
    pub(super) fn step(&self) -> u64 {
        self.newest.as_ref().map_or(0, |progress| progress.step)
    }
}
