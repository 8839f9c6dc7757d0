//! Optimisation: one step of a network against a loss. Knows nothing of files or progress.
//!
//! | file | holds |
//! |---|---|
//! | `adamw` | AdamW with a global gradient norm |
//! | `ema` | the averaged weights |
//! | `rate` | the learning rate over a run |
//! | `trainer` | network, moments and average as one state, and the step |

pub mod adamw;
pub mod ema;
pub mod rate;
pub mod trainer;

pub use rate::Rate;
pub use trainer::{Settings, TrainError, Trainer};
