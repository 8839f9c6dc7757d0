//! Shifted images: for each column of the kernel, the image moved sideways, with zeros around it.
//!
//! `plane[c, j][r w + x] = image[c, r - k/2, x + j - k/2]`, zero outside, `(h + k - 1) w` values. What
//! lies under tap `(i, j)` of the kernel, for all pixels, is then one run of memory: `plane[c, j][i w..]`.

use super::scratch::with_scratch;
use super::simd::WIDEST;
use super::slice;

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

    /// Values of one sample's input.
    pub(super) fn input(&self) -> usize {
        self.inputs * self.pixels()
    }

    /// Values of one sample's output.
    pub(super) fn output(&self) -> usize {
        self.outputs * self.pixels()
    }

    /// Weights that reach one output channel from one input channel.
    pub(super) fn area(&self) -> usize {
        self.kernel * self.kernel
    }

    /// Weights that reach one output channel.
    pub(super) fn taps(&self) -> usize {
        self.inputs * self.area()
    }

    /// Values of one plane.
    pub(super) fn plane(&self) -> usize {
        (self.height + self.kernel - 1) * self.width
    }

    /// Values of one sample's planes.
    pub(super) fn planes(&self) -> usize {
        self.inputs * self.kernel * self.plane()
    }

    /// From one output's kernels to the next, and from one input's, where each kernel has `area` values: of
    /// `[outputs, inputs, area]`, or, reversed, `[inputs, outputs, area]`.
    pub(super) fn strides(&self, area: usize, is_reversed: bool) -> (usize, usize) {
        if is_reversed { (area, self.outputs * area) } else { (self.inputs * area, area) }
    }

    /// The convolution that runs backwards: inputs and outputs exchanged.
    pub(super) fn reversed(self) -> Self {
        Self { inputs: self.outputs, outputs: self.inputs, ..self }
    }
}

/// Calls `work` with the planes of some images `[samples, inputs, pixels]`, one sample after the
/// other. Where rows are not whole vectors there are values behind the last that a vector may reach.
pub(super) fn with_planes<T>(
    images: &[f32],
    geometry: &Geometry,
    work: impl FnOnce(&[f32]) -> T,
) -> T {
    // The planes of a 1x1 kernel are the image.
    if geometry.kernel == 1 && geometry.pixels().is_multiple_of(WIDEST) {
        return work(images);
    }
    let sample = geometry.input();
    let length = images.len() / sample * geometry.planes();
    with_scratch(length + WIDEST, |planes| {
        for (image, planes) in
            images.chunks_exact(sample).zip(planes.chunks_exact_mut(geometry.planes()))
        {
            fill(image, geometry, planes);
        }
        work(planes)
    })
}

/// The planes of one sample, written over the whole of `planes`.
fn fill(image: &[f32], geometry: &Geometry, planes: &mut [f32]) {
    let (kernel, pixels) = (geometry.kernel, geometry.pixels());
    let edge = kernel / 2 * geometry.width;
    for (index, plane) in planes.chunks_exact_mut(geometry.plane()).enumerate() {
        let channel = &image[index / kernel * pixels..][..pixels];
        slice::fill(&mut plane[..edge], 0.0);
        slice::fill(&mut plane[edge + pixels..], 0.0);
        shift(channel, index % kernel, geometry, &mut plane[edge..edge + pixels]);
    }
}

/// The image moved sideways so that the pixel under column `column` of the kernel lies at the centre.
///
/// One copy of the whole, then zeros where it ran over an edge: faster than row by row.
fn shift(image: &[f32], column: usize, geometry: &Geometry, shifted: &mut [f32]) {
    let (width, reach) = (geometry.width, geometry.kernel / 2);
    if column.abs_diff(reach) >= width {
        slice::fill(shifted, 0.0);
        return;
    }
    let (from, to) = (column.saturating_sub(reach), reach.saturating_sub(column));
    let kept = image.len() - from.max(to);
    shifted[to..to + kept].copy_from_slice(&image[from..from + kept]);
    for outside in (0..to).chain(width - from..width) {
        for value in shifted[outside..].iter_mut().step_by(width) {
            *value = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, element by element.
    fn expected(image: &[f32], geometry: &Geometry, column: usize, at: usize) -> f32 {
        let Geometry { height, width, kernel, .. } = *geometry;
        let row = (at / width).checked_sub(kernel / 2);
        let column = (at % width + column).checked_sub(kernel / 2);
        match (row, column) {
            (Some(row), Some(column)) if row < height && column < width => {
                image[row * width + column]
            }
            _ => 0.0,
        }
    }

    #[test]
    fn planes_are_the_image_moved_sideways_and_zero_outside() {
        for (height, width, kernel) in
            [(4, 5, 3), (1, 1, 3), (3, 3, 5), (2, 7, 5), (1, 4, 7), (5, 1, 3), (3, 4, 1), (4, 4, 1)]
        {
            let geometry = Geometry { samples: 2, inputs: 3, outputs: 1, height, width, kernel };
            let pixels = geometry.pixels();
            let values: Vec<f32> = (1..=2 * 3 * pixels).map(|i| i as f32).collect();
            with_planes(&values, &geometry, |planes| {
                for (index, found) in planes[..2 * geometry.planes()].iter().enumerate() {
                    let (plane, at) = (index / geometry.plane(), index % geometry.plane());
                    let image = &values[plane / kernel * pixels..][..pixels];
                    let expected = expected(image, &geometry, plane % kernel, at);
                    assert_eq!(*found, expected, "{geometry:?} {index}");
                }
            });
        }
    }
}
