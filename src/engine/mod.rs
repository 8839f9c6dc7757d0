//! The engine: recipes become runs, files become models, models become pictures and numbers.
//!
//! | file | holds |
//! |---|---|
//! | `device`, `selftest` | the device, opened once, and whether it computes right |
//! | `recipe` | everything that decides a run |
//! | `data` | what a recipe learns from |
//! | `model` | model files |
//! | `stage`, `stage_name`, `lab` | one training; the trainings of a run |
//! | `features`, `teacher`, `student` | the kinds of trainings |
//! | `taken` | weights of stages before, from elsewhere |
//! | `origin`, `moved` | what a stage learnt from, and whether that is still there, or elsewhere |
//! | `lessons` | which of the teacher's paths a student learns from, when |
//! | `sampling` | teacher's solutions and students' samples in chunks |
//! | `compare`, `report` | the comparison: measures and sheet; what it found |
//! | `table` | tables of text that fit a terminal |
//! | `times` | when a student's further steps are best taken |
//! | `trainings` | what several trainings of the same models have in common |
//! | `provenance` | what figures and pictures are of |
//! | `measured` | what a training measured of itself, in words |
//! | `loan` | tensor memory lent to the window's painter |
//! | `shipped` | the weights inside this program |
//! | `worker` | the actor behind the window and the page |
//! | `training` | runs beside it: started, stopped, and read back from their folders |

pub mod bench;
pub mod compare;
pub mod data;
pub mod device;
pub mod features;
pub mod files;
pub mod lab;
mod lessons;
mod loan;
mod measured;
pub mod model;
mod moved;
pub mod origin;
pub mod provenance;
pub mod recipe;
pub mod report;
pub mod sampling;
pub mod selftest;
pub mod shipped;
pub mod stage;
mod stage_name;
mod student;
mod table;
mod taken;
mod teacher;
pub mod times;
pub mod training;
pub mod trainings;
pub mod worker;

use std::{
    error::Error,
    iter::successors,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use burn::tensor::ExecutionError;

pub use device::{DeviceChoice, Opened};
pub use lab::Lab;
pub use measured::measured;
pub use model::Model;
pub use recipe::Recipe;
pub use stage_name::StageName;

use crate::distill::bank::BankError;

/// Set once when the user wants to stop; shared by everyone who can.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks for a stop.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether a stop was asked for.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The same for what lies below the engine.
    fn flag(&self) -> &AtomicBool {
        &self.0
    }
}

/// What a shell hears of long work.
#[derive(Clone, Debug)]
pub enum Event {
    /// A stage begins, or goes on from `step`.
    Stage {
        /// Its name.
        name: String,
        /// Steps done.
        step: u64,
        /// Steps in all.
        steps: u64,
    },
    /// A stage was found finished.
    Done {
        /// Its name.
        name: String,
    },
    /// Steps were made.
    Step {
        /// Steps done.
        step: u64,
        /// Steps in all.
        steps: u64,
        /// The last step's loss.
        loss: f32,
        /// Its global gradient norm, before clipping.
        gradient_norm: f32,
        /// Seconds of training so far, those before a stop included.
        seconds: f64,
        /// Training samples a second.
        images_per_s: f64,
        /// Seconds to go.
        left_s: f64,
    },
    /// Numbers of a measurement.
    Measured {
        /// Steps done.
        step: u64,
        /// By name.
        values: stage::Numbers,
    },
    /// Part of a long computation is done.
    Part {
        /// What is computed.
        what: String,
        /// Parts done.
        done: usize,
        /// Parts in all.
        all: usize,
    },
    /// A file was written.
    Saved {
        /// What it holds.
        what: &'static str,
        /// Where it is.
        path: PathBuf,
    },
    /// Something the user should know.
    Note(String),
}

/// Why work in the engine ended early.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// The user asked for it; a training is saved.
    #[error("stopped")]
    Stopped,
    /// The recipe.
    #[error(transparent)]
    Recipe(#[from] recipe::RecipeError),
    /// Files.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// The data.
    #[error(transparent)]
    Data(crate::data::DataError),
    /// A model file.
    #[error(transparent)]
    Model(#[from] model::ModelError),
    /// A training.
    #[error(transparent)]
    Train(#[from] crate::train::TrainError),
    /// The teacher's targets.
    #[error(transparent)]
    Bank(BankError),
    /// A grid that cannot be.
    #[error(transparent)]
    Grid(#[from] crate::math::grid::GridError),
    /// A picture could not be encoded.
    #[error("the picture could not be encoded: {0}")]
    Picture(image::ImageError),
    /// The device did not answer.
    #[error("the device could not be read: {0}")]
    Device(#[from] ExecutionError),
    /// The device computes what the CPU does not.
    #[error("the device computes wrongly: {0}")]
    Wrong(String),
    /// What was asked for does not go together.
    #[error("{0}")]
    Request(String),
}

impl From<crate::data::DataError> for LabError {
    fn from(error: crate::data::DataError) -> Self {
        match error {
            crate::data::DataError::Stopped => Self::Stopped,
            error => Self::Data(error),
        }
    }
}

impl From<BankError> for LabError {
    fn from(error: BankError) -> Self {
        match error {
            BankError::Stopped => Self::Stopped,
            error => Self::Bank(error),
        }
    }
}

impl LabError {
    /// Whether the device itself failed, so that nothing it computes can be trusted any more.
    pub fn is_of_device(&self) -> bool {
        let failed = |cause: &(dyn Error + 'static)| cause.is::<ExecutionError>();
        matches!(self, Self::Wrong(_))
            || successors(self.source(), |&cause| cause.source()).any(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{engine::model::ModelError, nn::parameters::ParameterError, train::TrainError};

    #[test]
    fn a_device_that_failed_is_seen_behind_every_error_that_tells_of_it() {
        let failed = || ExecutionError::WithContext { reason: "lost".into() };
        for error in [
            LabError::Device(failed()),
            LabError::Wrong("too far".into()),
            BankError::Device(failed()).into(),
            ModelError::Device(failed()).into(),
            ModelError::Weights(ParameterError::Device(failed())).into(),
            TrainError::Device(failed()).into(),
            TrainError::Parameters(ParameterError::Device(failed())).into(),
        ] {
            assert!(error.is_of_device(), "{error:?}");
        }
        for error in [
            LabError::Stopped,
            BankError::Keep("full".into()).into(),
            ModelError::Weights(ParameterError::Missing("first".into())).into(),
        ] {
            assert!(!error.is_of_device(), "{error:?}");
        }
    }
}
