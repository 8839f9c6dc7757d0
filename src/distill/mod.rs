//! Objectives: score matching for the teacher, horizon-k distillation for the students.
//!
//! | file | holds |
//! |---|---|
//! | `draw`, `starts` | counter-based training draws: datum, time, noise |
//! | `score` | the teacher's denoising loss |
//! | `loss` | L2 and pseudo-Huber, and what a sample weighs |
//! | `horizon` | k teacher steps, then the student itself: CM, Direct CM and all between |
//! | `regression` | what all of them are for a network: its answer beside a target |
//! | `bank` | landings of the teacher, solved in blocks and cached on disk |

pub mod bank;
pub mod draw;
pub mod horizon;
pub mod loss;
pub mod regression;
pub mod score;
pub mod starts;

pub use draw::{Draw, Drawn, Paths};
pub use horizon::{Distillation, Horizon};
pub use loss::{Loss, Weighting};
pub use regression::Parameterization;
pub use starts::{Origin, Starts};
