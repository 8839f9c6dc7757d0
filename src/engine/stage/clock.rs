//! Time spent on training steps; measurements do not count.

use web_time::{Duration, Instant};

use super::Position;

/// See the module.
pub(super) struct Clock {
    begun: Instant,
    before: f64,
    marked: Instant,
    marked_step: u64,
}

impl Clock {
    pub(super) fn new(position: &Position) -> Self {
        let now = Instant::now();
        Self { begun: now, before: position.seconds, marked: now, marked_step: position.step }
    }

    /// Seconds of the whole stage.
    pub(super) fn seconds(&self) -> f64 {
        self.before + self.begun.elapsed().as_secs_f64()
    }

    /// Steps a second since this was last asked.
    pub(super) fn rate(&mut self, step: u64) -> f64 {
        let rate = (step - self.marked_step) as f64 / self.marked.elapsed().as_secs_f64().max(1e-9);
        (self.marked, self.marked_step) = (Instant::now(), step);
        rate
    }

    pub(super) fn pause(&mut self, pause: Duration) {
        self.begun += pause;
        self.marked += pause;
    }
}
