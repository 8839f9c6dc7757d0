//! Long work in turns: each core takes a piece at a time; in between, others have theirs.

use rayon::prelude::*;

use crate::platform;

/// What `of` makes of the pieces `0..count`, in their order.
pub(super) async fn in_turns<T: Send>(
    count: usize,
    of: impl Fn(usize) -> T + Sync + Send,
) -> Vec<T> {
    let mut all = Vec::with_capacity(count);
    let at_once = rayon::current_num_threads();
    for first in (0..count).step_by(at_once) {
        platform::yield_now().await;
        let pieces = first..count.min(first + at_once);
        all.par_extend(pieces.into_par_iter().map(&of));
    }
    all
}
