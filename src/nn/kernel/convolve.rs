//! Convolution on the CPU, forwards and backwards.
//!
//! How the work is cut into tasks depends on the shapes alone, never on threads, so that sums are
//! always taken in the same order: a resumed training run repeats an uninterrupted one bit by bit.

use pulp::Arch;
use rayon::prelude::*;

use super::accumulate::Accumulate;
use super::correlate::{Correlate, Weights};
use super::planes::{Geometry, stride, with_planes, with_turned};
use super::slice;
use super::taps::Taps;

/// Pixels of one task: enough work to share out, few enough that its planes stay in the cache.
const TASK_PIXELS: usize = 1024;

/// The gradients of a loss with respect to the input, the weights and the bias.
pub(super) struct Gradients {
    /// `[samples, inputs, pixels]`; empty where it was not asked for.
    pub(super) x: Vec<f32>,
    /// `[outputs, inputs, area]`
    pub(super) weight: Vec<f32>,
    /// `[outputs]`
    pub(super) bias: Vec<f32>,
}

/// The output `[samples, outputs, pixels]` of a convolution, added to `base` of that shape if there is one.
///
/// `x` is `[samples, inputs, pixels]`, `weight` `[outputs, inputs, area]`, `bias` `[outputs]`.
pub(super) fn forward(
    x: &[f32],
    weight: &[f32],
    bias: &[f32],
    base: Option<&[f32]>,
    geometry: &Geometry,
) -> Vec<f32> {
    let Geometry { samples, inputs, outputs, .. } = *geometry;
    let area = geometry.area();
    let weights = Weights {
        values: weight,
        outputs,
        output_stride: inputs * area,
        taps: &Taps::new(geometry, area, false),
    };
    let pixels = geometry.pixels();
    let mut y = vec![0.0; samples * outputs * pixels];
    let tasks = y.par_chunks_mut(outputs * pixels).zip(x.par_chunks(inputs * pixels));
    tasks.enumerate().for_each(|(sample, (y, x))| {
        let base = base.map(|base| &base[sample * outputs * pixels..][..outputs * pixels]);
        with_planes(x, geometry, |planes| {
            let bias = Some(bias);
            Arch::new().dispatch(Correlate { planes, weights, pixels, bias, base, y });
        });
    });
    y
}

/// The gradients, from that of the output, `dy` `[samples, outputs, pixels]`.
///
/// With respect to the input it is again a convolution, of `dy`, with the kernel reversed and
/// the channels exchanged. The planes of `dy` serve the weights too:
/// `dweight[o, c, k-1-i, k-1-j] = sum_p x[c, p] plane[o, j][p + i w]`.
pub(super) fn gradients(
    x: &[f32],
    weight: &[f32],
    dy: &[f32],
    geometry: &Geometry,
    wants_x: bool,
) -> Gradients {
    let Geometry { samples, inputs, outputs, .. } = *geometry;
    let (back, pixels) = (geometry.reversed(), geometry.pixels());
    let area = geometry.area();
    let taps = &Taps::new(&back, inputs * area, true);
    let weights = Weights { values: weight, outputs: inputs, output_stride: area, taps };
    let group = TASK_PIXELS.div_ceil(pixels);
    let mut dx = vec![0.0; if wants_x { x.len() } else { 0 }];
    let (input, output) = (inputs * pixels, outputs * pixels);
    let groups = x.par_chunks(group * input).zip(dy.par_chunks(group * output));
    let mut parts: Vec<&mut [f32]> = dx.chunks_mut(group * input).collect();
    parts.resize_with(samples.div_ceil(group), Default::default);
    let partial: Vec<Vec<f32>> = groups
        .zip(parts)
        .map(|((x, dy), dx)| {
            with_planes(dy, &back, |planes| {
                let planes_of = |sample: usize| &planes[sample * back.planes()..];
                for (sample, y) in dx.chunks_exact_mut(input).enumerate() {
                    let (planes, bias, base) = (planes_of(sample), None, None);
                    Arch::new().dispatch(Correlate { planes, weights, pixels, bias, base, y });
                }
                let mut sums = vec![0.0; back.taps() * stride(inputs)];
                for (sample, x) in x.chunks_exact(input).enumerate() {
                    with_turned(x, pixels, |turned, stride| {
                        let (planes, sums) = (planes_of(sample), &mut sums);
                        let part = Accumulate { planes, taps, pixels, turned, stride, sums };
                        Arch::new().dispatch(part);
                    });
                }
                sums
            })
        })
        .collect();
    let weight = weights_of(&summed(partial), geometry);
    Gradients { x: dx, weight, bias: bias_gradient(dy, geometry) }
}

/// The sum of vectors of one length, first to last.
fn summed(parts: Vec<Vec<f32>>) -> Vec<f32> {
    let mut parts = parts.into_iter();
    let mut sum = parts.next().unwrap_or_default();
    for part in parts {
        slice::add(&mut sum, &part);
    }
    sum
}

/// From sums `[output, column, row, input]` of the reversed kernel, with a stride for the inputs, to weights
/// `[output, input, row, column]`.
fn weights_of(sums: &[f32], geometry: &Geometry) -> Vec<f32> {
    let Geometry { inputs, outputs, kernel, .. } = *geometry;
    let area = geometry.area();
    let mut weight = vec![0.0; outputs * inputs * area];
    for (index, sums) in sums.chunks_exact(stride(inputs)).enumerate() {
        let (output, column, row) = (index / area, index / kernel % kernel, index % kernel);
        let mut to = (output * inputs + 1) * area - 1 - row * kernel - column;
        for sum in &sums[..inputs] {
            weight[to] = *sum;
            to += area;
        }
    }
    weight
}

/// The gradient `[outputs]` of a loss with respect to the bias.
fn bias_gradient(dy: &[f32], geometry: &Geometry) -> Vec<f32> {
    let mut gradient = vec![0.0; geometry.outputs];
    for image in dy.chunks_exact(geometry.outputs * geometry.pixels()) {
        for (sum, plane) in gradient.iter_mut().zip(image.chunks_exact(geometry.pixels())) {
            *sum += slice::sum(plane);
        }
    }
    gradient
}
