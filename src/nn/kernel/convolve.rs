//! Convolution on the CPU, forwards and backwards.
//!
//! How the work is cut into tasks depends on the shapes alone, never on threads, so that sums are
//! always taken in the same order: a resumed training run repeats an uninterrupted one bit by bit.

use rayon::prelude::*;

use super::algorithm::Algorithm;
use super::direct::Direct;
use super::planes::Geometry;
use super::slice;
use super::turn::stride;
use super::winograd::Winograd;

/// Pixels of one task backwards: enough that its sums of gradients are few beside them.
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
    let (input, output) = (geometry.input(), geometry.output());
    let mut y = vec![0.0; geometry.samples * output];
    with_algorithm(weight, geometry, false, |algorithm| {
        let group = algorithm.together();
        let tasks = y.par_chunks_mut(group * output).zip(x.par_chunks(group * input));
        tasks.enumerate().for_each(|(task, (y, x))| {
            let base = base.map(|base| &base[task * group * output..][..y.len()]);
            algorithm.forward(x, bias, base, y);
        });
    });
    y
}

/// Calls `work` with a way to convolve by `weight` `[outputs, inputs, area]`, or, reversed, `[inputs, outputs, area]` of the `geometry`
/// that runs, turned around.
///
/// Images and kernels of one size are always convolved in one way: a sample's output does not depend on its batch.
fn with_algorithm<T>(
    weight: &[f32],
    geometry: &Geometry,
    is_reversed: bool,
    work: impl FnOnce(&dyn Algorithm) -> T,
) -> T {
    match Winograd::takes(geometry) {
        true => Winograd::with(weight, geometry, is_reversed, |winograd| work(winograd)),
        false => work(&Direct::new(weight, geometry, is_reversed)),
    }
}

/// The gradients, from that of the output, `dy` `[samples, outputs, pixels]`.
///
/// With respect to the input it is again a convolution, of `dy`, with the kernel reversed and
/// the channels exchanged.
pub(super) fn gradients(
    x: &[f32],
    weight: &[f32],
    dy: &[f32],
    geometry: &Geometry,
    wants_x: bool,
) -> Gradients {
    let group = TASK_PIXELS.div_ceil(geometry.pixels());
    let (input, output) = (geometry.input(), geometry.output());
    let mut dx = vec![0.0; if wants_x { x.len() } else { 0 }];
    let groups = x.par_chunks(group * input).zip(dy.par_chunks(group * output));
    let mut parts: Vec<&mut [f32]> = dx.chunks_mut(group * input).collect();
    parts.resize_with(geometry.samples.div_ceil(group), Default::default);
    let sums = with_algorithm(weight, &geometry.reversed(), true, |algorithm| {
        let tasks = groups.zip(parts).map(|((x, dy), dx)| algorithm.gradients(x, dy, dx));
        tasks.collect()
    });
    let weight = weights_of(&summed(sums), geometry);
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
    for image in dy.chunks_exact(geometry.output()) {
        for (sum, plane) in gradient.iter_mut().zip(image.chunks_exact(geometry.pixels())) {
            *sum += slice::sum(plane);
        }
    }
    gradient
}
