//! The inner loops of convolution, and of matrix products: sums of products held in registers.
//!
//! A tile is a few outputs times a few vectors of pixels. Each vector that is loaded meets every
//! output of its tile, and each weight every vector, so the processor multiplies more than it loads.
//!
//! `y[o, p] = bias[o] + base[o, p] + sum_(c, j, i) weight[o, c, i, j] plane[c, j][p + i w]`

use pulp::{Simd, WithSimd};

use super::simd::{load, store, unrolled, vectors};
use super::taps::Taps;

/// Outputs that share a tile, largest first.
const WIDTHS: [usize; 3] = [6, 4, 2];

/// The first output and the width of each tile.
fn tiles(outputs: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut first = 0;
    std::iter::from_fn(move || {
        let left = outputs.checked_sub(first).filter(|left| *left > 0)?;
        let fits = WIDTHS.into_iter().filter(|width| *width < left + 2).max();
        let tile = (first, fits.expect("the least width is 2"));
        first += tile.1;
        Some(tile)
    })
}

/// Weights wherever they lie in memory.
#[derive(Clone, Copy)]
pub(super) struct Weights<'a> {
    pub(super) values: &'a [f32],
    pub(super) outputs: usize,
    /// From one output to the next.
    pub(super) output_stride: usize,
    pub(super) taps: &'a Taps,
}

/// Writes the output `[outputs, pixels]` of the pixels that planes hold.
pub(super) struct Correlate<'a> {
    pub(super) planes: &'a [f32],
    pub(super) weights: Weights<'a>,
    pub(super) pixels: usize,
    /// Added to each output, if there is one.
    pub(super) bias: Option<&'a [f32]>,
    /// Added to the output, of its shape, if there is one.
    pub(super) base: Option<&'a [f32]>,
    pub(super) y: &'a mut [f32],
}

impl WithSimd for Correlate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for (first, width) in tiles(self.weights.outputs) {
            match width {
                6 => self.outputs::<S, 6>(simd, first),
                4 => self.outputs::<S, 4>(simd, first),
                _ => self.outputs::<S, 2>(simd, first),
            }
        }
    }
}

impl Correlate<'_> {
    /// All pixels of one tile's outputs.
    #[inline(always)]
    fn outputs<S: Simd, const O: usize>(&mut self, simd: S, first: usize) {
        let Weights { values, outputs, output_stride, taps } = self.weights;
        // All runs have one length, so that one comparison covers every access. A tile that reaches
        // past the last output does it again, and drops it.
        let mut runs: [&[f32]; O] = [&[]; O];
        unrolled!(I < O => {
            let output = (first + I).min(outputs - 1);
            runs[I] = &values[output * output_stride..][..taps.span];
        });
        let mut start = 0;
        if S::REGISTER_COUNT >= 32 {
            while start + 4 * S::F32_LANES <= self.pixels {
                self.tile::<S, O, 4>(simd, runs, first, start);
                start += 4 * S::F32_LANES;
            }
        } else {
            while start + 2 * S::F32_LANES <= self.pixels {
                self.tile::<S, O, 2>(simd, runs, first, start);
                start += 2 * S::F32_LANES;
            }
        }
        while start < self.pixels {
            self.tile::<S, O, 1>(simd, runs, first, start);
            start += S::F32_LANES;
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const O: usize, const V: usize>(
        &mut self,
        simd: S,
        runs: [&[f32]; O],
        first: usize,
        start: usize,
    ) {
        let mut sums = [[simd.splat_f32s(0.0); V]; O];
        let planes = &self.planes[start..];
        for tap in &self.weights.taps.all {
            let x = *vectors::<S, V>(&planes[tap.plane..]);
            unrolled!(I < O => {
                let weight = simd.splat_f32s(runs[I][tap.weight]);
                unrolled!(J < V => sums[I][J] = simd.mul_add_e_f32s(x[J], weight, sums[I][J]));
            });
        }
        unrolled!(I < O => if first + I < self.weights.outputs {
            let output = (first + I) * self.pixels..(first + I + 1) * self.pixels;
            if let Some(bias) = self.bias {
                let bias = simd.splat_f32s(bias[first + I]);
                unrolled!(J < V => sums[I][J] = simd.add_f32s(sums[I][J], bias));
            }
            if let Some(base) = self.base {
                let base = load::<S, V>(simd, &base[output.clone()][start..]);
                unrolled!(J < V => sums[I][J] = simd.add_f32s(sums[I][J], base[J]));
            }
            let y = &mut self.y[output];
            store(simd, &mut y[start..], &sums[I]);
        });
    }
}
