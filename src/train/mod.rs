//! Optimisation: one step of a network against a loss. Knows nothing of files or progress.
//!
//! | file | holds |
//! |---|---|
//! | `adamw` | AdamW with a global gradient norm |
//! | `muon`, `matrices` | Muon for matrices between layers, which it makes orthogonal |
//! | `rate` | the learning rate over a run |
//! | `flat` | all parameters as one vector, and back |
//! | `operations` | what is done to that vector, on the CPU (`cpu`) and on a GPU (`gpu`) |
//! | `lesson`, `gradient` | what a network learns from; what that says of its parameters, replayed on a GPU |
//! | `trainer` | network, moments and average as one state, and the step |

pub mod adamw;
mod cpu;
mod flat;
mod gpu;
mod gradient;
pub mod lesson;
mod matrices;
mod muon;
mod operations;
pub mod rate;
#[cfg(test)]
mod tests;
pub mod trainer;

pub use lesson::{Batch, Inputs, Learner, Lesson};
pub use matrices::orthogonal;
pub use operations::towards;
pub use rate::Rate;
pub use trainer::{Optimiser, Progress, Settings, TrainError, Trainer};
