//! Patch matrices: the neighbourhood of every pixel as a column, so that a convolution is a product.
//!
//! `patches[(c k + i) k + j, y w + x] = image[c, y + i - k/2, x + j - k/2]`, zero outside.

use std::cell::RefCell;
use std::ops::Range;

use super::simd;

/// The sizes of a convolution with stride 1 and an output as large as its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Geometry {
    pub(super) samples: usize,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) height: usize,
    pub(super) width: usize,
    /// Side of the square kernel, odd.
    pub(super) kernel: usize,
}

impl Geometry {
    /// Pixels of one image.
    pub(super) fn pixels(&self) -> usize {
        self.height * self.width
    }

    /// Weights that reach one output channel from one input channel.
    pub(super) fn area(&self) -> usize {
        self.kernel * self.kernel
    }

    /// The convolution that runs backwards: inputs and outputs exchanged.
    pub(super) fn reversed(self) -> Self {
        Self { inputs: self.outputs, outputs: self.inputs, ..self }
    }
}

/// Images `[samples, channels, pixels]` of which a product takes a part.
#[derive(Clone, Copy)]
pub(super) struct Images<'a> {
    pub(super) values: &'a [f32],
    pub(super) channels: usize,
}

/// The patch matrix of some samples and channels, samples side by side:
/// `[channels * area, samples * pixels]`, written over the whole of `patches`.
pub(super) fn fill(
    images: Images<'_>,
    samples: Range<usize>,
    channels: Range<usize>,
    geometry: &Geometry,
    patches: &mut [f32],
) {
    let (pixels, area) = (geometry.pixels(), geometry.area());
    let row = samples.len() * pixels;
    for (place, sample) in samples.enumerate() {
        for (block, channel) in channels.clone().enumerate() {
            let start = (sample * images.channels + channel) * pixels;
            let image = &images.values[start..start + pixels];
            for tap in 0..area {
                let start = (block * area + tap) * row + place * pixels;
                shift(image, tap, geometry, &mut patches[start..start + pixels]);
            }
        }
    }
}

/// The image moved so that the pixel under one tap of the kernel lies at the centre.
///
/// One copy of the whole plane, then zeros where it ran over an edge: faster than row by row.
fn shift(image: &[f32], tap: usize, geometry: &Geometry, shifted: &mut [f32]) {
    let (width, height, reach) = (geometry.width, geometry.height, geometry.kernel / 2);
    // How far down and right of the centre the tap lies, plus `reach`.
    let (down, right) = (tap / geometry.kernel, tap % geometry.kernel);
    if down.abs_diff(reach) >= height || right.abs_diff(reach) >= width {
        simd::fill(shifted, 0.0);
        return;
    }
    let (ahead, behind) = (down * width + right, reach * width + reach);
    let kept = image.len() - ahead.abs_diff(behind);
    let (from, to) = (ahead.saturating_sub(behind), behind.saturating_sub(ahead));
    shifted[to..to + kept].copy_from_slice(&image[from..from + kept]);
    // Zeros for the rows and columns that lie outside; the rest of them wrapped around.
    simd::fill(&mut shifted[..reach.saturating_sub(down) * width], 0.0);
    simd::fill(&mut shifted[(height - down.saturating_sub(reach)) * width..], 0.0);
    let columns = if right < reach { 0..reach - right } else { width - (right - reach)..width };
    for column in columns {
        for value in shifted[column..].iter_mut().step_by(width) {
            *value = 0.0;
        }
    }
}

thread_local! {
    static SCRATCH: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// Run `work` with `length` floats of unspecified content, kept by the thread between calls:
/// fresh memory of this size would cost a page fault every 4 KiB.
pub(super) fn with_scratch<T>(length: usize, work: impl FnOnce(&mut [f32]) -> T) -> T {
    // Taken off a stack, not borrowed: `work` may come back here on the same thread.
    let mut scratch = SCRATCH.with_borrow_mut(Vec::pop).unwrap_or_default();
    if scratch.len() < length {
        scratch.resize(length, 0.0);
    }
    let result = work(&mut scratch[..length]);
    SCRATCH.with_borrow_mut(|stack| stack.push(scratch));
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, element by element.
    fn patch(image: &[f32], geometry: &Geometry, tap: usize, pixel: usize) -> f32 {
        let Geometry { height, width, kernel, .. } = *geometry;
        let row = (pixel / width + tap / kernel).checked_sub(kernel / 2);
        let column = (pixel % width + tap % kernel).checked_sub(kernel / 2);
        match (row, column) {
            (Some(row), Some(column)) if row < height && column < width => {
                image[row * width + column]
            }
            _ => 0.0,
        }
    }

    #[test]
    fn patches_are_the_neighbours_of_each_pixel_and_zero_outside() {
        for (height, width, kernel) in
            [(4, 5, 3), (1, 1, 3), (3, 3, 5), (2, 7, 5), (1, 4, 7), (5, 1, 3), (3, 4, 1)]
        {
            let geometry = Geometry { samples: 3, inputs: 4, outputs: 1, height, width, kernel };
            let (pixels, area) = (geometry.pixels(), geometry.area());
            let values: Vec<f32> = (1..=3 * 4 * pixels).map(|i| i as f32).collect();
            let mut patches = vec![f32::NAN; 2 * area * 2 * pixels];
            let images = Images { values: &values, channels: 4 };
            fill(images, 1..3, 2..4, &geometry, &mut patches);
            for (index, found) in patches.iter().enumerate() {
                let (row, column) = (index / (2 * pixels), index % (2 * pixels));
                let (sample, pixel) = (1 + column / pixels, column % pixels);
                let (channel, tap) = (2 + row / area, row % area);
                let image = &values[(sample * 4 + channel) * pixels..][..pixels];
                assert_eq!(*found, patch(image, &geometry, tap, pixel), "{geometry:?} {index}");
            }
        }
    }
}
