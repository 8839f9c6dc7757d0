//! What an operating system and a browser do differently, behind the same names.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use burn::tensor::ExecutionError;
use web_time::{Duration, Instant};

mod disk;
pub mod loss;
mod names;
#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(target_family = "wasm")]
mod web;

pub use disk::{patiently, sync};
pub use names::name_problem;
#[cfg(not(target_family = "wasm"))]
pub use native::*;
#[cfg(target_family = "wasm")]
pub use web::*;

/// A read of a device's memory, to the end even where nobody waits for it any more, or until the GPU is lost.
///
/// A GPU's read maps a buffer that is used again for the next one. Dropped half-way it would leave the buffer
/// mapped, and the next work that is handed in would be refused as a whole. One of a GPU that is lost never ends.
pub fn whole<T, R>(read: R) -> impl Future<Output = Result<T, ExecutionError>>
where
    T: 'static,
    R: Future<Output = Result<T, ExecutionError>> + 'static,
{
    Whole(Some(Box::pin(loss::unless_lost(read))))
}

/// See [`whole`]; none once it was read.
struct Whole<R: Future + 'static>(Option<Pin<Box<R>>>);

impl<R: Future + 'static> Future for Whole<R> {
    type Output = R::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R::Output> {
        let read = self.0.as_mut().expect("not polled after its end");
        let value = ready!(read.as_mut().poll(context));
        self.0 = None;
        Poll::Ready(value)
    }
}

impl<R: Future + 'static> Drop for Whole<R> {
    fn drop(&mut self) {
        if let Some(read) = self.0.take() {
            finish(async {
                read.await;
            });
        }
    }
}

/// How long work takes; while nobody looks at a page it pauses, and so does this.
pub struct Stopwatch {
    begun: Instant,
    paused_before: Duration,
}

impl Stopwatch {
    /// From now on.
    pub fn start() -> Self {
        Self { begun: Instant::now(), paused_before: paused() }
    }

    /// Seconds since, without pauses.
    pub fn seconds(&self) -> f64 {
        let pauses = paused().saturating_sub(self.paused_before);
        self.begun.elapsed().saturating_sub(pauses).as_secs_f64()
    }
}

/// A file that was read, by name; an error is a sentence.
pub type Read = (String, Result<Vec<u8>, String>);

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    };

    use super::*;

    /// Yields once, then notes that it came to its end.
    async fn read(ended: Arc<AtomicBool>) -> Result<u8, ExecutionError> {
        yield_now().await;
        ended.store(true, Ordering::Relaxed);
        Ok(7)
    }

    #[test]
    fn a_read_that_nobody_waits_for_is_finished_all_the_same() {
        let ended = Arc::new(AtomicBool::new(false));
        assert_eq!(pollster::block_on(whole(read(ended.clone()))).ok(), Some(7));
        assert!(ended.swap(false, Ordering::Relaxed));
        let mut dropped = Box::pin(whole(read(ended.clone())));
        let mut context = Context::from_waker(std::task::Waker::noop());
        assert!(dropped.as_mut().poll(&mut context).is_pending());
        assert!(!ended.load(Ordering::Relaxed));
        drop(dropped);
        assert!(ended.load(Ordering::Relaxed));
    }
}
