//! The weights that reach an output: where each lies, and where what it is multiplied with begins.

use super::planes::Geometry;

/// The weights of an output by channel, column and row of the kernel.
///
/// A table, so that the loop over them is one, not nested: then sums stay in registers throughout.
pub(super) struct Taps {
    pub(super) all: Vec<Tap>,
    /// Values from an output's first weight to its last.
    pub(super) span: usize,
}

/// Where a weight lies, and where what it is multiplied with begins in the planes.
pub(super) struct Tap {
    pub(super) weight: usize,
    pub(super) plane: usize,
}

impl Taps {
    /// Of a convolution whose channels' kernels are `channel_stride` values apart, row by row, and meant
    /// reversed (last row and column first) or not.
    pub(super) fn new(geometry: &Geometry, channel_stride: usize, is_reversed: bool) -> Self {
        let Geometry { inputs, kernel, width, .. } = *geometry;
        let sizes = [inputs, kernel, kernel];
        Self::of(sizes, [geometry.plane(), width], channel_stride, is_reversed)
    }

    /// Of kernels of so many channels, rows and columns, over planes of a length, one for each channel and
    /// column, where rows of the kernel meet what lies so far apart.
    pub(super) fn of(
        [channels, rows, columns]: [usize; 3],
        [length, width]: [usize; 2],
        channel_stride: usize,
        is_reversed: bool,
    ) -> Self {
        let area = rows * columns;
        let mut all = Vec::with_capacity(channels * area);
        for channel in 0..channels {
            for column in 0..columns {
                for row in 0..rows {
                    let tap = row * columns + column;
                    let tap = if is_reversed { area - 1 - tap } else { tap };
                    let plane = (channel * columns + column) * length + row * width;
                    all.push(Tap { weight: channel * channel_stride + tap, plane });
                }
            }
        }
        Self { all, span: (channels - 1) * channel_stride + area }
    }
}
