//! A GPU that is lost: whoever waits for it would wait for ever, as nothing that it was given is answered any more.

use std::{
    convert::Infallible,
    future::Future,
    pin::pin,
    sync::{LazyLock, OnceLock},
    task::Poll,
};

use async_channel::{Receiver, Sender};
use burn::tensor::ExecutionError;

/// Nothing is ever sent: it is closed by the loss, which wakes all that wait. A process computes on one GPU.
static WIRE: LazyLock<(Sender<Infallible>, Receiver<Infallible>)> =
    LazyLock::new(async_channel::unbounded);
static REASON: OnceLock<String> = OnceLock::new();

/// The GPU was lost; the first reason counts.
pub fn note(reason: String) {
    REASON.set(reason).ok();
    WIRE.0.close();
}

/// Whether the GPU was lost.
pub fn is_noted() -> bool {
    WIRE.0.is_closed()
}

/// What `read` gives, or an error once the GPU is lost while it waits: what comes after that may be anything. On a CPU
/// nothing waits.
pub(super) async fn unless_lost<T>(
    read: impl Future<Output = Result<T, ExecutionError>>,
) -> Result<T, ExecutionError> {
    let (mut read, mut loss) = (pin!(read), pin!(WIRE.1.recv()));
    let mut has_waited = false;
    std::future::poll_fn(|context| match read.as_mut().poll(context) {
        Poll::Ready(_) if has_waited && is_noted() => Poll::Ready(Err(error())),
        Poll::Pending if loss.as_mut().poll(context).is_ready() => Poll::Ready(Err(error())),
        polled => {
            has_waited = true;
            polled
        }
    })
    .await
}

fn error() -> ExecutionError {
    let reason = REASON.get().map_or("no reason was given", String::as_str);
    ExecutionError::WithContext { reason: format!("the GPU was lost: {reason}") }
}
