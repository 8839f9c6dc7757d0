//! Optimisation: one step of a network against a loss. Knows nothing of files or progress.
//!
//! | file | holds |
//! |---|---|
//! | `adamw` | AdamW with a global gradient norm |
//! | `rate` | the learning rate over a run |
//! | `flat` | all parameters as one vector, and back |
//! | `update` | AdamW and the moving average over that vector |
//! | `trainer` | network, moments and average as one state, and the step |

pub mod adamw;
mod flat;
pub mod rate;
pub mod trainer;
mod update;

pub use rate::Rate;
pub use trainer::{Settings, TrainError, Trainer};
pub use update::towards;
