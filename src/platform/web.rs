//! The browser's event loop.

use std::{future::Future, io};

use eframe::egui::DroppedFileHandle;
use rfd::FileHandle;

/// A page has one thread: anything may go anywhere.
pub trait Sendable {}

impl<T> Sendable for T {}

/// Runs the future that `work` makes to its end, between the page's own events.
pub fn spawn<Work, Done>(_name: &str, work: Work)
where
    Work: FnOnce() -> Done + Sendable + 'static,
    Done: Future<Output = ()> + 'static,
{
    wasm_bindgen_futures::spawn_local(work());
}

/// Goes on with `work` for as long as the page is there: a page cannot wait.
pub fn finish(work: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(work);
}

/// Lets the browser paint: a macrotask, for microtasks never let it.
pub async fn yield_now() {
    gloo_timers::future::TimeoutFuture::new(0).await;
}

/// Hands a file to the browser's downloads.
pub async fn write_picked(file: &FileHandle, bytes: &[u8]) -> io::Result<()> {
    file.write(bytes).await
}

/// Reads a file that a person chose.
pub async fn read_picked(file: &FileHandle) -> Result<Vec<u8>, String> {
    Ok(file.read().await)
}

/// Reads a file that a person dropped on the page.
pub async fn read_dropped(file: &DroppedFileHandle) -> Result<Vec<u8>, String> {
    file.bytes_async().await
}

/// Pages are not told.
pub fn memory_bytes() -> Option<usize> {
    None
}
