//! Convolution with kernels of any size, a product for each weight and pixel.

use pulp::Arch;

use super::accumulate::Accumulate;
use super::algorithm::Algorithm;
use super::correlate::{Correlate, Weights};
use super::planes::{Geometry, with_planes};
use super::taps::Taps;
use super::turn::{stride, with_turned};

/// A convolution by weights where they lie.
pub(super) struct Direct<'a> {
    geometry: &'a Geometry,
    weight: &'a [f32],
    /// Values from one output's weights to the next.
    output_stride: usize,
    taps: Taps,
}

impl<'a> Direct<'a> {
    /// By `weight` `[outputs, inputs, area]`, or, reversed, `[inputs, outputs, area]` of the `geometry` that runs, turned around.
    pub(super) fn new(weight: &'a [f32], geometry: &'a Geometry, is_reversed: bool) -> Self {
        let (output_stride, channel_stride) = geometry.strides(geometry.area(), is_reversed);
        let taps = Taps::new(geometry, channel_stride, is_reversed);
        Self { geometry, weight, output_stride, taps }
    }

    fn of_sample<'p>(&self, planes: &'p [f32], sample: usize) -> &'p [f32] {
        &planes[sample * self.geometry.planes()..]
    }

    /// Writes one sample's output.
    fn correlate(
        &self,
        planes: &[f32],
        sample: usize,
        bias: Option<&[f32]>,
        base: Option<&[f32]>,
        y: &mut [f32],
    ) {
        let Self { weight: values, output_stride, ref taps, .. } = *self;
        let Geometry { outputs, .. } = *self.geometry;
        let weights = Weights { values, outputs, output_stride, taps };
        let (planes, pixels) = (self.of_sample(planes, sample), self.geometry.pixels());
        Arch::new().dispatch(Correlate { planes, weights, pixels, bias, base, y });
    }
}

impl Algorithm for Direct<'_> {
    fn together(&self) -> usize {
        1
    }

    fn forward(&self, x: &[f32], bias: &[f32], base: Option<&[f32]>, y: &mut [f32]) {
        let output = self.geometry.output();
        with_planes(x, self.geometry, |planes| {
            for (sample, y) in y.chunks_exact_mut(output).enumerate() {
                let base = base.map(|base| &base[sample * output..][..output]);
                self.correlate(planes, sample, Some(bias), base, y);
            }
        });
    }

    /// The planes of `dy` serve both: `dweight[o, c, k-1-i, k-1-j] = sum_p x[c, p] plane[o, j][p + i w]`.
    fn gradients(&self, x: &[f32], dy: &[f32], dx: &mut [f32]) -> Vec<f32> {
        let (pixels, output) = (self.geometry.pixels(), self.geometry.output());
        let mut sums = vec![0.0; self.geometry.taps() * stride(self.geometry.outputs)];
        with_planes(dy, self.geometry, |planes| {
            for (sample, y) in dx.chunks_exact_mut(output).enumerate() {
                self.correlate(planes, sample, None, None, y);
            }
            for (sample, x) in x.chunks_exact(output).enumerate() {
                with_turned(x, pixels, 0..pixels, |turned, stride| {
                    let (planes, taps) = (self.of_sample(planes, sample), &self.taps);
                    let sums = &mut sums;
                    Arch::new().dispatch(Accumulate { planes, taps, pixels, turned, stride, sums });
                });
            }
        });
        sums
    }
}
