//! Self-attention over the pixels of an image, on the CPU, as channels times pixels throughout.
//!
//! `p[k, q] = softmax_k(sum_d key[d, k] query[d, q] / sqrt(size))`, `y[d, q] = sum_k value[d, k] p[k, q]`
//!
//! Queries run along memory, so the softmax works on vectors of queries and is_added up no vector. The
//! backward pass computes `p` again instead of keeping it.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::planes::{Geometry, with_planes, with_scratch, with_turned};
use super::simd::{self, exp, load, store};
use super::tile::{Accumulate, Correlate, Weights};

/// Sizes of the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heads {
    pub(super) heads: usize,
    /// Channels of one head.
    pub(super) size: usize,
    pub(super) pixels: usize,
}

impl Heads {
    /// Values of one sample's queries, or keys, or values.
    fn part(self) -> usize {
        self.heads * self.size * self.pixels
    }

    fn scale(self) -> f32 {
        1.0 / (self.size as f32).sqrt()
    }
}

/// The output `[samples, heads size, pixels]`; `qkv` is `[samples, 3 heads size, pixels]`.
pub(super) fn forward(qkv: &[f32], heads: Heads) -> Vec<f32> {
    let Heads { size, pixels, .. } = heads;
    let mut y = vec![0.0; qkv.len() / 3];
    y.par_chunks_mut(heads.part()).zip(qkv.par_chunks(3 * heads.part())).for_each(|(y, qkv)| {
        for (head, y) in y.chunks_exact_mut(size * pixels).enumerate() {
            let [query, key, value] = parts(qkv, head, heads);
            with_probabilities(query, key, heads, |p| {
                product(value, [size, pixels, pixels], Side::Plain, p, y);
            });
        }
    });
    y
}

/// The gradient with respect to `qkv` from that of the output.
pub(super) fn gradient(qkv: &[f32], dy: &[f32], heads: Heads) -> Vec<f32> {
    let Heads { size, pixels, .. } = heads;
    let (part, head_part) = (heads.part(), size * pixels);
    let mut gradient = vec![0.0; qkv.len()];
    let inputs = qkv.par_chunks(3 * part).zip(dy.par_chunks(part));
    gradient.par_chunks_mut(3 * part).zip(inputs).for_each(|(gradient, (qkv, dy))| {
        let (dquery, rest) = gradient.split_at_mut(part);
        let (dkey, dvalue) = rest.split_at_mut(part);
        let gradients = dquery
            .chunks_exact_mut(head_part)
            .zip(dkey.chunks_exact_mut(head_part))
            .zip(dvalue.chunks_exact_mut(head_part));
        for (head, ((dquery, dkey), dvalue)) in gradients.enumerate() {
            let [query, key, value] = parts(qkv, head, heads);
            let dy = &dy[head * head_part..][..head_part];
            with_probabilities(query, key, heads, |p| {
                correlations(dy, p, [size, pixels], dvalue);
                with_scratch(pixels * pixels + simd::WIDEST, |ds| {
                    with_planes(dy, &row(size, pixels), |dy| {
                        product(value, [pixels, size, pixels], Side::Turned, dy, ds);
                    });
                    let ds_part = &mut ds[..pixels * pixels];
                    Arch::new().dispatch(SoftmaxSlope { p, ds: ds_part, heads });
                    correlations(query, ds, [size, pixels], dkey);
                    product(key, [size, pixels, pixels], Side::Plain, ds, dquery);
                });
            });
        }
    });
    gradient
}

/// Query, key and value of one head, each `[size, pixels]`.
fn parts(qkv: &[f32], head: usize, heads: Heads) -> [&[f32]; 3] {
    let length = heads.size * heads.pixels;
    [0, 1, 2].map(|part| &qkv[part * heads.part() + head * length..][..length])
}

/// Calls `work` with `p[k, q]`, and some values behind it that a vector may reach.
fn with_probabilities(query: &[f32], key: &[f32], heads: Heads, work: impl FnOnce(&[f32])) {
    let Heads { size, pixels, .. } = heads;
    with_scratch(pixels * pixels + simd::WIDEST, |p| {
        with_planes(query, &row(size, pixels), |query| {
            product(key, [pixels, size, pixels], Side::Turned, query, p);
        });
        Arch::new().dispatch(Softmax { p: &mut p[..pixels * pixels], heads });
        work(p);
    });
}

/// An image of one row: a plain matrix `[rows, columns]`.
fn row(rows: usize, columns: usize) -> Geometry {
    Geometry { samples: 1, inputs: rows, outputs: 0, height: 1, width: columns, kernel: 1 }
}

/// How the left matrix of a product lies in memory.
#[derive(Clone, Copy)]
enum Side {
    /// `[rows, inner]`
    Plain,
    /// `[inner, rows]`
    Turned,
}

/// `c[rows, columns] = a[rows, inner] b[inner, columns]`; vectors may reach behind the end of `b`.
fn product(a: &[f32], [rows, inner, columns]: [usize; 3], side: Side, b: &[f32], c: &mut [f32]) {
    let (output_stride, channel_stride) = match side {
        Side::Plain => (inner, 1),
        Side::Turned => (1, rows),
    };
    let (values, outputs, is_turned) = (a, rows, false);
    let weights = Weights { values, outputs, output_stride, channel_stride, is_turned };
    let geometry = row(inner, columns);
    Arch::new().dispatch(Correlate {
        planes: b,
        weights,
        bias: &[],
        geometry,
        is_added: false,
        y: c,
    });
}

/// `c[i, j]`, the sum over q of `a[i, q] b[j, q]`.
fn correlations(a: &[f32], b: &[f32], [rows, columns]: [usize; 2], c: &mut [f32]) {
    with_turned(a, columns, |turned, stride| {
        with_scratch(columns * stride, |sums| {
            simd::fill(sums, 0.0);
            let geometry = row(columns, columns);
            let sums_of = Accumulate { planes: b, turned, stride, geometry, sums: &mut *sums };
            Arch::new().dispatch(sums_of);
            for i in 0..rows {
                for j in 0..columns {
                    c[i * columns + j] = sums[j * stride + i];
                }
            }
        });
    });
}

/// Softmax over the keys of `scale p[k, q]`, in place.
struct Softmax<'a> {
    p: &'a mut [f32],
    heads: Heads,
}

impl WithSimd for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let pixels = self.heads.pixels;
        let scale = simd.splat_f32s(self.heads.scale());
        for start in (0..pixels).step_by(S::F32_LANES) {
            let queries = start..pixels.min(start + S::F32_LANES);
            let mut largest = simd.splat_f32s(f32::NEG_INFINITY);
            for key in 0..pixels {
                let row = &self.p[key * pixels..][queries.clone()];
                largest = simd.max_f32s(largest, load(simd, row));
            }
            let mut sum = simd.splat_f32s(0.0);
            for key in 0..pixels {
                let row = &mut self.p[key * pixels..][queries.clone()];
                let below = simd.sub_f32s(load(simd, row), largest);
                let value = exp(simd, simd.mul_f32s(below, scale));
                sum = simd.add_f32s(sum, value);
                store(simd, row, value);
            }
            let inverse = simd.div_f32s(simd.splat_f32s(1.0), sum);
            for key in 0..pixels {
                let row = &mut self.p[key * pixels..][queries.clone()];
                let value = simd.mul_f32s(load(simd, row), inverse);
                store(simd, row, value);
            }
        }
    }
}

/// From the gradient `ds` with respect to `p` to that with respect to the unscaled scores, in place:
/// `ds[k, q] = scale p[k, q] (ds[k, q] - sum_k p ds)`.
struct SoftmaxSlope<'a> {
    p: &'a [f32],
    ds: &'a mut [f32],
    heads: Heads,
}

impl WithSimd for SoftmaxSlope<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let pixels = self.heads.pixels;
        let scale = simd.splat_f32s(self.heads.scale());
        for start in (0..pixels).step_by(S::F32_LANES) {
            let queries = start..pixels.min(start + S::F32_LANES);
            let mut along = simd.splat_f32s(0.0);
            for key in 0..pixels {
                let p = load(simd, &self.p[key * pixels..][queries.clone()]);
                let ds = load(simd, &self.ds[key * pixels..][queries.clone()]);
                along = simd.mul_add_e_f32s(p, ds, along);
            }
            for key in 0..pixels {
                let p = simd.mul_f32s(scale, load(simd, &self.p[key * pixels..][queries.clone()]));
                let ds = &mut self.ds[key * pixels..][queries.clone()];
                let value = simd.mul_f32s(p, simd.sub_f32s(load(simd, ds), along));
                store(simd, ds, value);
            }
        }
    }
}
