//! Threads, files and memory of a desktop.

use std::{fs, future::Future, io, task::Poll};

use eframe::egui::DroppedFileHandle;
use rfd::FileHandle;

/// What may go to another thread.
pub trait Sendable: Send {}

impl<T: Send> Sendable for T {}

/// Runs the future that `work` makes to its end on a thread of its own.
pub fn spawn<Work, Done>(name: &str, work: Work)
where
    Work: FnOnce() -> Done + Sendable + 'static,
    Done: Future<Output = ()> + 'static,
{
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || pollster::block_on(work()))
        .expect("the system gives the program a thread");
}

/// Waits for `work`, where a program may wait before it ends.
pub fn finish(work: impl Future<Output = ()> + 'static) {
    pollster::block_on(work);
}

/// Lets others have their turn: whoever polls this future's task is asked once more.
pub async fn yield_now() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Writes a whole file or nothing to where a person chose.
pub async fn write_picked(file: &FileHandle, bytes: &[u8]) -> io::Result<()> {
    let part = file.path().with_file_name(format!(".{}.part", file.file_name()));
    let written = fs::write(&part, bytes).and_then(|()| fs::rename(&part, file.path()));
    if written.is_err() {
        // The first error is the one to report; this only tidies up after it.
        fs::remove_file(&part).ok();
    }
    written
}

/// Reads a file that a person chose.
pub async fn read_picked(file: &FileHandle) -> Result<Vec<u8>, String> {
    fs::read(file.path()).map_err(|error| error.to_string())
}

/// Reads a file that a person dropped on the window.
pub async fn read_dropped(file: &DroppedFileHandle) -> Result<Vec<u8>, String> {
    file.bytes()
}

/// Memory that the program holds, where the system tells.
pub fn memory_bytes() -> Option<usize> {
    memory_stats::memory_stats().map(|stats| stats.physical_mem)
}
