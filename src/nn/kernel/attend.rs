//! Self-attention over the pixels of an image, on the CPU, as channels times pixels throughout.
//!
//! `p[k, q] = softmax_k(sum_d key[d, k] query[d, q] / sqrt(size))`, `y[d, q] = sum_k value[d, k] p[k, q]`
//!
//! Queries run along memory, so the softmax works on vectors of queries and adds up no vector. The
//! backward pass computes `p` again instead of keeping it.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::accumulate::Accumulate;
use super::correlate::{Correlate, Weights};
use super::planes::{Geometry, with_planes};
use super::scratch::with_scratch;
use super::simd::{WIDEST, exp, load, store, unrolled};
use super::slice;
use super::taps::Taps;
use super::turn::with_turned;

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

/// The sizes and what follows from them, once for all samples and heads.
struct Attention {
    heads: Heads,
    /// For sums over the channels of a head, of columns of the left matrix.
    channels: Taps,
    /// For sums over pixels.
    pixels: Taps,
}

/// The output `[samples, heads size, pixels]`; `qkv` is `[samples, 3 heads size, pixels]`.
pub(super) fn forward(qkv: &[f32], heads: Heads) -> Vec<f32> {
    let Heads { size, pixels, .. } = heads;
    let attention = Attention::new(heads);
    let mut y = vec![0.0; qkv.len() / 3];
    y.par_chunks_mut(heads.part()).zip(qkv.par_chunks(3 * heads.part())).for_each(|(y, qkv)| {
        for (head, y) in y.chunks_exact_mut(size * pixels).enumerate() {
            let [query, key, value] = parts(qkv, head, heads);
            attention.with_probabilities(query, key, |p| attention.mix(value, p, y));
        }
    });
    y
}

/// The gradient with respect to `qkv` from that of the output.
pub(super) fn gradient(qkv: &[f32], dy: &[f32], heads: Heads) -> Vec<f32> {
    let (part, head_part) = (heads.part(), heads.size * heads.pixels);
    let attention = Attention::new(heads);
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
            let inputs = parts(qkv, head, heads);
            let dy = &dy[head * head_part..][..head_part];
            attention.head_gradient(inputs, dy, [dquery, dkey, dvalue]);
        }
    });
    gradient
}

/// Query, key and value of one head, each `[size, pixels]`.
fn parts(qkv: &[f32], head: usize, heads: Heads) -> [&[f32]; 3] {
    let length = heads.size * heads.pixels;
    [0, 1, 2].map(|part| &qkv[part * heads.part() + head * length..][..length])
}

/// An image of one row: a plain matrix `[rows, columns]`.
fn row(rows: usize, columns: usize) -> Geometry {
    Geometry { samples: 1, inputs: rows, outputs: 0, height: 1, width: columns, kernel: 1 }
}

impl Attention {
    fn new(heads: Heads) -> Self {
        let Heads { size, pixels, .. } = heads;
        Self {
            heads,
            channels: Taps::new(&row(size, pixels), pixels, false),
            pixels: Taps::new(&row(pixels, pixels), 1, false),
        }
    }

    /// Writes the gradients with respect to query, key and value.
    fn head_gradient(
        &self,
        [query, key, value]: [&[f32]; 3],
        dy: &[f32],
        [dquery, dkey, dvalue]: [&mut [f32]; 3],
    ) {
        let pixels = self.heads.pixels;
        self.with_probabilities(query, key, |p| {
            self.correlations(dy, p, dvalue);
            with_scratch(pixels * pixels + WIDEST, |ds| {
                self.products(value, dy, ds);
                let scores = &mut ds[..pixels * pixels];
                Arch::new().dispatch(SoftmaxSlope { p, ds: scores, heads: self.heads });
                self.correlations(query, ds, dkey);
                self.mix(key, ds, dquery);
            });
        });
    }

    /// Calls `work` with `p[k, q]`, and some values behind it that a vector may reach.
    fn with_probabilities(&self, query: &[f32], key: &[f32], work: impl FnOnce(&[f32])) {
        let scores = self.heads.pixels * self.heads.pixels;
        with_scratch(scores + WIDEST, |p| {
            self.products(key, query, p);
            Arch::new().dispatch(Softmax { p: &mut p[..scores], heads: self.heads });
            work(p);
        });
    }

    /// `c[k, q] = sum_d a[d, k] b[d, q]`.
    fn products(&self, a: &[f32], b: &[f32], c: &mut [f32]) {
        let Heads { size, pixels, .. } = self.heads;
        let (taps, y) = (&self.channels, &mut c[..pixels * pixels]);
        let weights = Weights { values: a, outputs: pixels, output_stride: 1, taps };
        with_planes(b, &row(size, pixels), |planes| {
            Arch::new().dispatch(Correlate { planes, weights, pixels, bias: None, base: None, y });
        });
    }

    /// `c[d, q] = sum_k a[d, k] b[k, q]`; vectors may reach behind the end of `b`.
    fn mix(&self, a: &[f32], b: &[f32], c: &mut [f32]) {
        let Heads { size, pixels, .. } = self.heads;
        let taps = &self.pixels;
        let weights = Weights { values: a, outputs: size, output_stride: pixels, taps };
        let (planes, bias, base, y) = (b, None, None, c);
        Arch::new().dispatch(Correlate { planes, weights, pixels, bias, base, y });
    }

    /// `c[d, k] = sum_q a[d, q] b[k, q]`.
    fn correlations(&self, a: &[f32], b: &[f32], c: &mut [f32]) {
        let (taps, pixels) = (&self.pixels, self.heads.pixels);
        with_turned(a, pixels, 0..pixels, |turned, stride| {
            with_scratch(pixels * stride, |sums| {
                slice::fill(sums, 0.0);
                let (planes, found) = (b, &mut *sums);
                let sums_of = Accumulate { planes, taps, pixels, turned, stride, sums: found };
                Arch::new().dispatch(sums_of);
                for (channel, c) in c.chunks_exact_mut(pixels).enumerate() {
                    let mut from = channel;
                    for c in c {
                        *c = sums[from];
                        from += stride;
                    }
                }
            });
        });
    }
}

/// Calls a method for all columns, as many vectors of them at once as hide each other's latency.
macro_rules! for_columns {
    ($self:ident.$method:ident, $simd:ident, $columns:expr) => {
        let (columns, mut start) = ($columns, 0);
        while start + 4 * S::F32_LANES <= columns {
            $self.$method::<S, 4>($simd, start);
            start += 4 * S::F32_LANES;
        }
        while start < columns {
            $self.$method::<S, 1>($simd, start);
            start += S::F32_LANES;
        }
    };
}

/// Softmax over the keys of `scale p[k, q]`, in place.
pub(super) struct Softmax<'a> {
    pub(super) p: &'a mut [f32],
    pub(super) heads: Heads,
}

impl WithSimd for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for_columns!(self.columns, simd, self.heads.pixels);
    }
}

impl Softmax<'_> {
    #[inline(always)]
    fn columns<S: Simd, const V: usize>(&mut self, simd: S, start: usize) {
        let pixels = self.heads.pixels;
        let scale = simd.splat_f32s(self.heads.scale());
        let mut largest = [simd.splat_f32s(f32::NEG_INFINITY); V];
        for key in 0..pixels {
            let x = load::<S, V>(simd, &self.p[key * pixels..][..pixels][start..]);
            unrolled!(J < V => largest[J] = simd.max_f32s(largest[J], x[J]));
        }
        let mut sums = [simd.splat_f32s(0.0); V];
        for key in 0..pixels {
            let row = &mut self.p[key * pixels..][..pixels];
            let mut x = load::<S, V>(simd, &row[start..]);
            unrolled!(J < V => {
                let below = simd.sub_f32s(x[J], largest[J]);
                x[J] = exp(simd, simd.mul_f32s(below, scale));
                sums[J] = simd.add_f32s(sums[J], x[J]);
            });
            store(simd, &mut row[start..], &x);
        }
        let one = simd.splat_f32s(1.0);
        unrolled!(J < V => sums[J] = simd.div_f32s(one, sums[J]));
        for key in 0..pixels {
            let row = &mut self.p[key * pixels..][..pixels];
            let mut x = load::<S, V>(simd, &row[start..]);
            unrolled!(J < V => x[J] = simd.mul_f32s(x[J], sums[J]));
            store(simd, &mut row[start..], &x);
        }
    }
}

/// From the gradient `ds` with respect to `p` to that with respect to the unscaled scores, in place:
/// `ds[k, q] = scale p[k, q] (ds[k, q] - sum_k p ds)`.
pub(super) struct SoftmaxSlope<'a> {
    pub(super) p: &'a [f32],
    pub(super) ds: &'a mut [f32],
    pub(super) heads: Heads,
}

impl WithSimd for SoftmaxSlope<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for_columns!(self.columns, simd, self.heads.pixels);
    }
}

impl SoftmaxSlope<'_> {
    #[inline(always)]
    fn columns<S: Simd, const V: usize>(&mut self, simd: S, start: usize) {
        let pixels = self.heads.pixels;
        let scale = simd.splat_f32s(self.heads.scale());
        let mut along = [simd.splat_f32s(0.0); V];
        for key in 0..pixels {
            let [p, ds] = [self.p, &*self.ds].map(|all| &all[key * pixels..][..pixels]);
            let (p, ds) = (load::<S, V>(simd, &p[start..]), load::<S, V>(simd, &ds[start..]));
            unrolled!(J < V => along[J] = simd.mul_add_e_f32s(p[J], ds[J], along[J]));
        }
        for key in 0..pixels {
            let p = &self.p[key * pixels..][..pixels];
            let row = &mut self.ds[key * pixels..][..pixels];
            let (p, mut ds) = (load::<S, V>(simd, &p[start..]), load::<S, V>(simd, &row[start..]));
            unrolled!(J < V => {
                let beyond = simd.sub_f32s(ds[J], along[J]);
                ds[J] = simd.mul_f32s(simd.mul_f32s(scale, p[J]), beyond);
            });
            store(simd, &mut row[start..], &ds);
        }
    }
}
