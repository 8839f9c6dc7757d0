//! Memory that a thread works in, kept from one operation to the next.

use std::cell::RefCell;

/// Floats in a line of the cache.
const LINE: usize = 16;

thread_local! {
    static SCRATCH: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// Run `work` with `length` floats of unspecified content, kept by the thread between calls:
/// fresh memory of this size would cost a page fault every 4 KiB.
pub(super) fn with_scratch<T>(length: usize, work: impl FnOnce(&mut [f32]) -> T) -> T {
    // Taken off a stack, not borrowed: `work` may come back here on the same thread.
    let mut scratch = SCRATCH.with_borrow_mut(Vec::pop).unwrap_or_default();
    if scratch.len() < length + LINE {
        scratch.resize(length + LINE, 0.0);
    }
    // A vector that lies across two lines of the cache takes twice as long to read.
    let start = scratch.as_ptr().align_offset(LINE * size_of::<f32>());
    let part = &mut scratch[start..][..length];
    if cfg!(test) {
        part.fill(f32::NAN);
    }
    let result = work(part);
    SCRATCH.with_borrow_mut(|stack| stack.push(scratch));
    result
}
