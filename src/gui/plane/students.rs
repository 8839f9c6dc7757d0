//! Two students that are being distilled, or were: how far they got, and on which teacher.

use crate::engine::worker::{
    Ticket,
    plane::{Progress, Teacher, Training},
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

    /// Whether they learnt from this teacher.
    pub(super) fn are_of(&self, teacher: &Teacher) -> bool {
        self.teacher == *teacher
    }

    /// Steps done.
    pub(super) fn step(&self) -> u64 {
        self.newest.as_ref().map_or(0, |progress| progress.step)
    }
}
