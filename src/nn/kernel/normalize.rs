//! Group normalisation with a scale and a shift per sample and channel, and SiLU after it or not.
//!
//! `u = scale (x - mean) / deviation + shift`, with the mean and the standard deviation of each
//! group of channels in each sample; `y = u sigmoid(u)` or `y = u`. A group lies in one piece of memory that
//! fits the cache, so all passes over it but the first are cheap; the backward pass recomputes.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::silu::{silu_of, silu_slope};
use super::simd::{fold, map};

/// Added to the variance.
pub(super) const EPSILON: f32 = 1e-5;

/// Sizes of the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Groups {
    /// Channels of one group.
    pub(super) channels: usize,
    /// Pixels of one channel.
    pub(super) pixels: usize,
    /// Whether SiLU follows.
    pub(super) silu: bool,
}

/// The gradients of a loss with respect to `x`, `scale` and `shift`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Gradients {
    pub(super) x: Vec<f32>,
    pub(super) scale: Vec<f32>,
    pub(super) shift: Vec<f32>,
}

/// The output, of the shape of `x`, `[samples, channels, pixels]`.
///
/// `scale` and `shift` are `[samples, channels]`.
pub(super) fn forward(x: &[f32], scale: &[f32], shift: &[f32], groups: Groups) -> Vec<f32> {
    let arch = Arch::new();
    let Groups { channels, pixels, silu } = groups;
    let mut y = vec![0.0; x.len()];
    let inputs = x.par_chunks(channels * pixels);
    let modulation = scale.par_chunks(channels).zip(shift.par_chunks(channels));
    y.par_chunks_mut(channels * pixels).zip(inputs).zip(modulation).for_each(
        |((y, x), (scale, shift))| arch.dispatch(Forward { x, scale, shift, pixels, silu, y }),
    );
    y
}

/// The gradients, from the gradient `dy` with respect to the output.
pub(super) fn gradients(
    x: &[f32],
    scale: &[f32],
    shift: &[f32],
    dy: &[f32],
    groups: Groups,
) -> Gradients {
    let arch = Arch::new();
    let Groups { channels, pixels, silu } = groups;
    let mut dx = vec![0.0; x.len()];
    let mut dscale = vec![0.0; scale.len()];
    let mut dshift = vec![0.0; shift.len()];
    let inputs = x.par_chunks(channels * pixels).zip(dy.par_chunks(channels * pixels));
    let modulation = scale.par_chunks(channels).zip(shift.par_chunks(channels));
    let outputs = dscale.par_chunks_mut(channels).zip(dshift.par_chunks_mut(channels));
    dx.par_chunks_mut(channels * pixels).zip(outputs).zip(inputs).zip(modulation).for_each(
        |(((dx, (dscale, dshift)), (x, dy)), (scale, shift))| {
            arch.dispatch(Backward { x, scale, shift, pixels, silu, dy, dx, dscale, dshift });
        },
    );
    Gradients { x: dx, scale: dscale, shift: dshift }
}

/// Mean and inverse standard deviation of a group.
#[inline(always)]
fn moments<S: Simd>(simd: S, x: &[f32]) -> (f32, f32) {
    let count = x.len() as f32;
    let total = fold(
        simd,
        x,
        0.0,
        #[inline(always)]
        |sum, x| simd.add_f32s(sum, x),
    );
    let mean = total / count;
    let means = simd.splat_f32s(mean);
    // A second pass: the sum of squares less the square of the sum would cancel.
    let squares = fold(
        simd,
        x,
        mean,
        #[inline(always)]
        |sum, x| {
            let distance = simd.sub_f32s(x, means);
            simd.mul_add_e_f32s(distance, distance, sum)
        },
    );
    (mean, 1.0 / (squares / count + EPSILON).sqrt())
}

/// One group of one sample.
struct Forward<'a> {
    x: &'a [f32],
    scale: &'a [f32],
    shift: &'a [f32],
    pixels: usize,
    silu: bool,
    y: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { x, scale, shift, pixels, silu, y } = self;
        let (mean, inverse) = moments(simd, x);
        let channels = x.chunks_exact(pixels).zip(y.chunks_exact_mut(pixels));
        for ((x, y), (scale, shift)) in channels.zip(scale.iter().zip(shift)) {
            let slope = scale * inverse;
            let offset = simd.splat_f32s(shift - mean * slope);
            let slope = simd.splat_f32s(slope);
            map(
                simd,
                x,
                y,
                #[inline(always)]
                |x, _| {
                    let u = simd.mul_add_e_f32s(x, slope, offset);
                    if silu { silu_of(simd, u) } else { u }
                },
            );
        }
    }
}

/// The gradients of one group of one sample.
struct Backward<'a> {
    x: &'a [f32],
    scale: &'a [f32],
    shift: &'a [f32],
    pixels: usize,
    silu: bool,
    dy: &'a [f32],
    dx: &'a mut [f32],
    dscale: &'a mut [f32],
    dshift: &'a mut [f32],
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { x, scale, shift, pixels, silu, dy, dx, dscale, dshift } = self;
        let (mean, inverse) = moments(simd, x);
        let means = simd.splat_f32s(mean);
        // Sums over the group of the gradient by the normalised value, alone and times that value.
        let (mut plain, mut weighted) = (0.0, 0.0);
        for channel in 0..scale.len() {
            let range = channel * pixels..(channel + 1) * pixels;
            let (x, du) = (&x[range.clone()], &mut dx[range.clone()]);
            let slope = scale[channel] * inverse;
            let line = Line { slope, offset: shift[channel] - mean * slope, mean, silu };
            let [sum, product] = slope_before(simd, line, x, &dy[range], du);
            dshift[channel] = sum;
            dscale[channel] = product * inverse;
            plain += scale[channel] * dshift[channel];
            weighted += scale[channel] * dscale[channel];
        }
        let count = x.len() as f32;
        let constant = simd.splat_f32s(-inverse * plain / count);
        let linear = simd.splat_f32s(-inverse * inverse * weighted / count);
        let channels = x.chunks_exact(pixels).zip(dx.chunks_exact_mut(pixels));
        for ((x, dx), scale) in channels.zip(scale) {
            let slope = simd.splat_f32s(scale * inverse);
            map(
                simd,
                x,
                dx,
                #[inline(always)]
                |x, du| {
                    let distance = simd.sub_f32s(x, means);
                    let correction = simd.mul_add_e_f32s(distance, linear, constant);
                    simd.mul_add_e_f32s(du, slope, correction)
                },
            );
        }
    }
}

/// `u = slope x + offset`, the mean of the `x` of the group, and whether SiLU follows.
#[derive(Clone, Copy)]
struct Line {
    slope: f32,
    offset: f32,
    mean: f32,
    silu: bool,
}

/// Writes `du`, the gradient with respect to `u`, and returns the sums of `du` and `du (x - mean)`.
#[inline(always)]
fn slope_before<S: Simd>(simd: S, line: Line, x: &[f32], dy: &[f32], du: &mut [f32]) -> [f32; 2] {
    let Line { slope, offset, mean, silu } = line;
    let line = [simd.splat_f32s(slope), simd.splat_f32s(offset), simd.splat_f32s(mean)];
    let mut sums = [simd.splat_f32s(0.0); 2];
    let (x_head, x_tail) = S::as_simd_f32s(x);
    let (dy_head, dy_tail) = S::as_simd_f32s(dy);
    let (du_head, du_tail) = S::as_mut_simd_f32s(du);
    for ((x, dy), du) in x_head.iter().zip(dy_head).zip(du_head) {
        *du = step(simd, line, silu, *x, *dy, &mut sums);
    }
    if !x_tail.is_empty() {
        // Beyond the end `dy` is zero, and adds nothing to the sums.
        let (x, dy) = (simd.partial_load_f32s(x_tail), simd.partial_load_f32s(dy_tail));
        simd.partial_store_f32s(du_tail, step(simd, line, silu, x, dy, &mut sums));
    }
    let [sum, product] = sums;
    [simd.reduce_sum_f32s(sum), simd.reduce_sum_f32s(product)]
}

/// `du`, which is `dy` times the slope of SiLU at `u`, or `dy` without SiLU; adds to the two sums.
#[inline(always)]
fn step<S: Simd>(
    simd: S,
    [slope, offset, mean]: [S::f32s; 3],
    silu: bool,
    x: S::f32s,
    dy: S::f32s,
    sums: &mut [S::f32s; 2],
) -> S::f32s {
    let mut du = dy;
    if silu {
        let u = simd.mul_add_e_f32s(x, slope, offset);
        du = simd.mul_f32s(dy, silu_slope(simd, u));
    }
    sums[0] = simd.add_f32s(sums[0], du);
    sums[1] = simd.mul_add_e_f32s(du, simd.sub_f32s(x, mean), sums[1]);
    du
}
