//! Convolution on the CPU: patch matrices times weights, many samples side by side.
//!
//! `y[o, p] = bias[o] + sum_q weight[o, q] patches[q, p]` and its two gradients. How the work is
//! cut into tasks depends on the shapes alone, never on threads, so that sums are always taken in
//! the same order: a resumed training run repeats an uninterrupted one bit by bit.

use std::ops::Range;

use rayon::prelude::*;

use super::patches::{self, Geometry, Images};
use super::product::{Matrix, Threads, accumulate};
use super::simd;

/// Pixels that one product should cover: with fewer, packing the weights costs more than it saves.
const PRODUCT_PIXELS: usize = 256;
/// Tasks that a batch should give, so that several cores have work.
const TASKS: usize = 8;
/// Weights per output that one task of a weight gradient covers, about.
const BLOCK_WEIGHTS: usize = 288;

/// The output `[samples, outputs, pixels]` of a convolution.
///
/// `x` is `[samples, inputs, pixels]`, `weight` `[outputs, inputs, area]`, `bias` `[outputs]`.
pub(super) fn forward(x: &[f32], weight: &[f32], bias: &[f32], geometry: &Geometry) -> Vec<f32> {
    let Geometry { samples, inputs, outputs, .. } = *geometry;
    let (pixels, rows) = (geometry.pixels(), inputs * geometry.area());
    let images = Images { values: x, channels: inputs };
    let weight = Matrix::new(weight, outputs, rows);
    let group = group_size(samples, pixels);
    let threads = if group >= samples { Threads::All } else { Threads::One };
    let mut y = vec![0.0; samples * outputs * pixels];
    y.par_chunks_mut(group * outputs * pixels).enumerate().for_each(|(index, y)| {
        let first = index * group;
        let members = first..samples.min(first + group);
        with_patches(images, members.clone(), 0..inputs, geometry, |patches| {
            if members.len() == 1 {
                product_with_bias(weight, patches, bias, y, threads);
            } else {
                patches::with_scratch(y.len(), |together| {
                    product_with_bias(weight, patches, bias, together, threads);
                    split_samples(together, y, outputs, pixels);
                });
            }
        });
    });
    y
}

/// The gradient `[samples, inputs, pixels]` of a loss with respect to `x`, from that of `y`.
///
/// It is again a convolution: with the kernel turned around and the channels exchanged.
pub(super) fn input_gradient(weight: &[f32], dy: &[f32], geometry: &Geometry) -> Vec<f32> {
    let Geometry { inputs, outputs, .. } = *geometry;
    let area = geometry.area();
    let mut turned = vec![0.0; weight.len()]; // [inputs, outputs, area]
    for (index, kernel) in weight.chunks_exact(area).enumerate() {
        let (output, input) = (index / inputs, index % inputs);
        let start = (input * outputs + output) * area;
        for (to, from) in turned[start..start + area].iter_mut().zip(kernel.iter().rev()) {
            *to = *from;
        }
    }
    forward(dy, &turned, &vec![0.0; inputs], &geometry.reversed())
}

/// The gradient `[outputs, inputs, area]` of a loss with respect to the weights.
pub(super) fn weight_gradient(x: &[f32], dy: &[f32], geometry: &Geometry) -> Vec<f32> {
    let Geometry { samples, inputs, outputs, .. } = *geometry;
    let area = geometry.area();
    let block_channels = BLOCK_WEIGHTS.div_ceil(area);
    let blocks = inputs.div_ceil(block_channels);
    let part = samples.div_ceil(TASKS.div_ceil(blocks)).max(1);
    let parts = samples.div_ceil(part);
    let partial: Vec<Vec<f32>> = (0..blocks * parts)
        .into_par_iter()
        .map(|task| {
            let (block, part_index) = (task / parts, task % parts);
            let first = block * block_channels;
            let channels = first..inputs.min(first + block_channels);
            let start = part_index * part;
            partial_gradient(x, dy, start..samples.min(start + part), channels, geometry)
        })
        .collect();
    let mut gradient = vec![0.0; outputs * inputs * area];
    for (task, partial) in partial.iter().enumerate() {
        let first = task / parts * block_channels * area;
        let columns = partial.len() / outputs;
        for (output, row) in gradient.chunks_exact_mut(inputs * area).enumerate() {
            for (column, sum) in row[first..first + columns].iter_mut().enumerate() {
                *sum += partial[column * outputs + output];
            }
        }
    }
    gradient
}

/// The part of the weight gradient that some samples give to some input channels, transposed:
/// `[channels * area, outputs]`.
fn partial_gradient(
    x: &[f32],
    dy: &[f32],
    samples: Range<usize>,
    channels: Range<usize>,
    geometry: &Geometry,
) -> Vec<f32> {
    let pixels = geometry.pixels();
    let images = Images { values: x, channels: geometry.inputs };
    let slopes = Images { values: dy, channels: geometry.outputs };
    let pointwise = Geometry { kernel: 1, ..*geometry };
    let mut sum = vec![0.0; channels.len() * geometry.area() * geometry.outputs];
    let group = PRODUCT_PIXELS.div_ceil(pixels.max(1));
    for first in samples.clone().step_by(group) {
        let members = first..samples.end.min(first + group);
        with_patches(images, members.clone(), channels.clone(), geometry, |patches| {
            with_patches(slopes, members, 0..geometry.outputs, &pointwise, |dy| {
                accumulate(patches, dy.transposed(), &mut sum, Threads::One);
            });
        });
    }
    sum
}

/// The gradient `[outputs]` of a loss with respect to the bias.
pub(super) fn bias_gradient(dy: &[f32], geometry: &Geometry) -> Vec<f32> {
    let mut gradient = vec![0.0; geometry.outputs];
    for image in dy.chunks_exact((geometry.outputs * geometry.pixels()).max(1)) {
        for (sum, plane) in gradient.iter_mut().zip(image.chunks_exact(geometry.pixels())) {
            *sum += simd::sum(plane);
        }
    }
    gradient
}

/// How many samples share one product.
fn group_size(samples: usize, pixels: usize) -> usize {
    let enough_pixels = PRODUCT_PIXELS.div_ceil(pixels.max(1));
    let enough_tasks = samples.div_ceil(TASKS);
    enough_pixels.min(enough_tasks).max(1)
}

/// Call `work` with the patch matrix `[channels * area, samples * pixels]`; where one sample's
/// pixels already are that matrix, they are lent as they lie.
fn with_patches(
    images: Images<'_>,
    samples: Range<usize>,
    channels: Range<usize>,
    geometry: &Geometry,
    work: impl FnOnce(Matrix<'_>),
) {
    let pixels = geometry.pixels();
    let (rows, columns) = (channels.len() * geometry.area(), samples.len() * pixels);
    if geometry.kernel == 1 && samples.len() == 1 {
        let start = (samples.start * images.channels + channels.start) * pixels;
        work(Matrix::new(&images.values[start..start + rows * columns], rows, columns));
    } else {
        patches::with_scratch(rows * columns, |scratch| {
            patches::fill(images, samples, channels, geometry, scratch);
            work(Matrix::new(scratch, rows, columns));
        });
    }
}

/// `y = bias + weight patches`, `[outputs, columns]`.
fn product_with_bias(
    weight: Matrix<'_>,
    patches: Matrix<'_>,
    bias: &[f32],
    y: &mut [f32],
    threads: Threads,
) {
    for (row, bias) in y.chunks_exact_mut((y.len() / bias.len()).max(1)).zip(bias) {
        simd::fill(row, *bias);
    }
    accumulate(weight, patches, y, threads);
}

/// Samples side by side, `[outputs, samples * pixels]`, to one after the other.
fn split_samples(together: &[f32], y: &mut [f32], outputs: usize, pixels: usize) {
    let samples = y.len() / (outputs * pixels);
    for (index, row) in together.chunks_exact(pixels).enumerate() {
        let (output, sample) = (index / samples, index % samples);
        let start = (sample * outputs + output) * pixels;
        y[start..start + pixels].copy_from_slice(row);
    }
}
