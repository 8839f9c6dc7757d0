//! Objectives: score matching for the teacher, horizon-k distillation for the students.
//!
//! | file | holds |
//! |---|---|
//! | `draw`, `starts` | counter-based training draws: datum, time, noise |
//! | `score` | the teacher's denoising loss |
//! | `loss` | L2 and pseudo-Huber, and what a sample weighs |
//! | `horizon` | k teacher steps, then the student itself: CM, Direct CM and all between |
//! | `bank` | landings of the teacher, solved in blocks and cached on disk |

pub mod bank;
pub mod draw;
pub mod horizon;
pub mod loss;
pub mod score;
pub mod starts;

pub use draw::{Draw, Drawn, Paths};
pub use horizon::{Distillation, Horizon, Landing};
pub use loss::{Loss, Weighting};
pub use starts::{Origin, Starts};

/// Values of the states that a network is given at once, where nobody chose a batch: large images make fewer rows.
const VALUES_AT_ONCE: usize = 1 << 22;

/// Rows of `d` values that a network is given at once, where nobody chose a batch.
pub fn rows_at_once(d: usize) -> usize {
    (VALUES_AT_ONCE / d).max(1)
}
