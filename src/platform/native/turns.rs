//! Turns of a thread on a GPU that also draws: what is drawn waits behind all that the GPU was given before.

use std::{cell::RefCell, time::Duration};

use eframe::wgpu;
use web_time::Instant;

/// How long a turn shall take the GPU: what is drawn comes as late as that, and as many waits a second cost it little.
const TURN: Duration = Duration::from_millis(20);

/// See the module.
struct Turns {
    wait: Box<dyn Fn()>,
    ended: Instant,
    /// How long work is given to the GPU before it is waited for.
    giving: Duration,
}

thread_local! {
    static TURNS: RefCell<Option<Turns>> = const { RefCell::new(None) };
}

/// From now on this thread's work keeps up with a GPU; what `done` makes ends when that has done all that it was given.
pub fn keep_up_with<Done: Future>(_queue: &wgpu::Queue, done: impl Fn() -> Done + 'static) {
    begin(move || _ = pollster::block_on(done()));
}

fn begin(wait: impl Fn() + 'static) {
    let turns = Turns { wait: Box::new(wait), ended: Instant::now(), giving: TURN };
    TURNS.set(Some(turns));
}

/// Waits for the GPU if this thread's turn is over.
pub(super) fn end_turn() {
    TURNS.with_borrow_mut(|turns| {
        let Some(turns) = turns else { return };
        if turns.ended.elapsed() >= turns.giving {
            (turns.wait)();
            turns.giving = next(turns.giving, turns.ended.elapsed());
            turns.ended = Instant::now();
        }
    });
}

/// How long to give work after a turn that took `turn`, `giving` of it, for the next to take [`TURN`].
fn next(giving: Duration, turn: Duration) -> Duration {
    // Where a single thing takes longer than a turn, the first that takes less is given more again.
    let least = TURN / 1000;
    giving.max(least).mul_f64(TURN.as_secs_f64() / turn.max(least).as_secs_f64()).clamp(least, TURN)
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, rc::Rc};

    use super::*;

    #[test]
    fn a_gpu_gets_what_it_does_in_a_turn() {
        // It takes eight times as long as the host takes to give it work.
        let giving = (0..20).fold(TURN, |giving, _| next(giving, giving * 8));
        assert!(giving.abs_diff(TURN / 8) < TURN / 100, "{giving:?}");
        // One that takes no longer than the host is waited for once a turn.
        assert_eq!(next(TURN, TURN), TURN);
        let slow = (0..20).fold(TURN, |giving, _| next(giving, Duration::from_secs(1)));
        assert!(slow < TURN / 100 && next(slow, slow) > slow, "{slow:?}");
    }

    #[test]
    fn work_waits_at_the_end_of_a_turn_alone() {
        let waits = Rc::new(Cell::new(0));
        let counted = waits.clone();
        begin(move || counted.set(counted.get() + 1));
        end_turn();
        assert_eq!(waits.get(), 0);
        std::thread::sleep(TURN);
        end_turn();
        end_turn();
        assert_eq!(waits.get(), 1);
        TURNS.set(None);
        std::thread::sleep(TURN);
        end_turn();
        assert_eq!(waits.get(), 1);
    }
}
