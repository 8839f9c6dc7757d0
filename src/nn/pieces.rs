//! Batches in pieces: side by side on the cores of a CPU, and as large as a GPU binds.
//!
//! A core that takes a few samples through a whole network waits for nobody and keeps them in its
//! cache. How a batch is cut depends on its size alone, never on the number of cores, so that sums
//! over pieces are always taken in the same order.

use std::ops::Range;

use burn::prelude::*;
use rayon::prelude::*;

/// A network that works on samples one by one: a batch may be cut.
pub trait Pieces: Module {
    /// Samples that are worth a core's while.
    fn piece(&self) -> usize;
}

/// Images a piece: with fewer, what is done once a piece costs more than it saves.
pub const IMAGES: usize = 16;
/// Points a piece.
pub const POINTS: usize = 64;

/// Values of a layer that a GPU is given at once: 64 MiB of f32. WebGPU promises twice that in one binding, and what
/// takes much longer at a time than this holds up whoever draws on the same GPU.
pub const VALUES_ON_GPU: usize = 1 << 24;

/// Rows that a GPU is given at once: as many workgroups as WebGPU promises along one axis of a launch.
pub const ROWS_ON_GPU: usize = 65_535;

/// The pieces of a batch of `rows` that is trained on: several on the CPU, one on a GPU.
pub fn cut(rows: usize, piece: usize, device: &Device) -> Vec<Range<usize>> {
    each(rows, if is_cpu(device) { piece } else { rows.max(1) })
}

/// `rows` in pieces of so many.
pub fn each(rows: usize, piece: usize) -> Vec<Range<usize>> {
    (0..rows).step_by(piece).map(|first| first..rows.min(first + piece)).collect()
}

/// Whether a device, autodiff or not, is the CPU.
pub fn is_cpu(device: &Device) -> bool {
    device.clone().inner() == Device::flex()
}

/// `work` on each item, in order; a single item stays on the calling thread, as a GPU wants it.
pub fn side_by_side<I: Send, O: Send>(
    items: Vec<I>,
    work: impl Fn(I) -> O + Sync + Send,
) -> Vec<O> {
    if items.len() > 1 {
        items.into_par_iter().map(work).collect()
    } else {
        items.into_iter().map(work).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_a_batch_once_in_order() {
        for rows in [0, 1, 7, 8, 9, 64, 67] {
            let all: Vec<usize> = cut(rows, 8, &Device::flex()).into_iter().flatten().collect();
            assert_eq!(all, (0..rows).collect::<Vec<_>>());
            assert_eq!(cut(rows, 8, &Device::flex().autodiff()).len(), rows.div_ceil(8));
        }
    }
}
