//! The inner loops of convolution: sums of products held in registers.
//!
//! A tile is a few outputs times a few vectors of pixels. Each vector that is loaded meets every
//! output of its tile, and each weight every vector, so the processor multiplies more than it loads.
//!
//! `y[o, p] = bias[o] + sum_(c, j, i) weight[o, c, i, j] plane[c, j][p + i w]`

use pulp::{Simd, WithSimd};

use super::planes::Geometry;
use super::simd::{self, store};

/// Outputs that share a tile, largest first.
const WIDTHS: [usize; 3] = [6, 4, 2];

/// A block for each index below a constant, written out one by one.
///
/// An array whose every index is a constant from the start is kept in registers; one that a loop
/// runs over is written to memory in each round, even where the compiler unrolls the loop later.
macro_rules! unrolled {
    ($index:ident < $count:ident => $body:expr) => {
        unrolled!($index $count $body; 0 1 2 3 4 5 6 7 8 9 10 11)
    };
    ($index:ident $count:ident $body:expr; $($value:literal)*) => {
        $({
            const $index: usize = $value;
            if $index < $count {
                $body;
            }
        })*
    };
}

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

/// Weights `(output, channel, row, column)` wherever they lie in memory.
#[derive(Clone, Copy)]
pub(super) struct Weights<'a> {
    /// The rows of each kernel follow each other.
    pub(super) values: &'a [f32],
    pub(super) outputs: usize,
    /// From one output to the next.
    pub(super) output_stride: usize,
    /// From one channel to the next.
    pub(super) channel_stride: usize,
    /// Whether kernels are meant turned around: last row and column first.
    pub(super) is_turned: bool,
}

/// One sample's output `[outputs, pixels]` from its planes.
pub(super) struct Correlate<'a> {
    pub(super) planes: &'a [f32],
    pub(super) weights: Weights<'a>,
    /// `[outputs]`, or empty
    pub(super) bias: &'a [f32],
    pub(super) geometry: Geometry,
    /// Whether it is added to what stands in `y`.
    pub(super) is_added: bool,
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
        let (pixels, mut start) = (self.geometry.pixels(), 0);
        if S::REGISTER_COUNT >= 32 {
            while start + 4 * S::F32_LANES <= pixels {
                self.tile::<S, O, 4>(simd, first, start);
                start += 4 * S::F32_LANES;
            }
        } else {
            while start + 2 * S::F32_LANES <= pixels {
                self.tile::<S, O, 2>(simd, first, start);
                start += 2 * S::F32_LANES;
            }
        }
        while start < pixels {
            self.tile::<S, O, 1>(simd, first, start);
            start += S::F32_LANES;
        }
    }

    /// What the sums of a tile begin with: the bias, and what they are added to.
    #[inline(always)]
    fn begun<S: Simd, const O: usize, const V: usize>(
        &self,
        simd: S,
        first: usize,
        start: usize,
    ) -> [[S::f32s; V]; O] {
        let (outputs, pixels) = (self.weights.outputs, self.geometry.pixels());
        let mut sums = [[simd.splat_f32s(0.0); V]; O];
        unrolled!(I < O => {
            let bias = self.bias.get(first + I).copied().unwrap_or_default();
            sums[I] = [simd.splat_f32s(bias); V];
        });
        if self.is_added {
            unrolled!(I < O => {
                let y = &self.y[(first + I).min(outputs - 1) * pixels..][..pixels];
                unrolled!(J < V => {
                    let start = start + J * S::F32_LANES;
                    let end = pixels.min(start + S::F32_LANES);
                    sums[I][J] = simd.add_f32s(sums[I][J], simd::load(simd, &y[start..end]));
                });
            });
        }
        sums
    }

    #[inline(always)]
    fn tile<S: Simd, const O: usize, const V: usize>(
        &mut self,
        simd: S,
        first: usize,
        start: usize,
    ) {
        let Geometry { inputs, kernel, width, .. } = self.geometry;
        let (length, area) = (self.geometry.plane(), self.geometry.area());
        let Weights { values, outputs, output_stride, channel_stride, is_turned } = self.weights;
        // A tile that reaches past the last output does it again. All runs have one length, so that
        // one comparison covers every access below.
        let span = (inputs - 1) * channel_stride + area;
        let runs: [&[f32]; O] = std::array::from_fn(|output| {
            &values[(first + output).min(outputs - 1) * output_stride..][..span]
        });
        let mut sums = self.begun::<S, O, V>(simd, first, start);
        for plane in 0..inputs * kernel {
            let (channel, column) = (plane / kernel, plane % kernel);
            let mut at = plane * length + start;
            for row in 0..kernel {
                let x = load::<S, V>(&self.planes[at..]);
                let tap = row * kernel + column;
                let tap = if is_turned { area - 1 - tap } else { tap };
                let tap = channel * channel_stride + tap;
                unrolled!(I < O => {
                    let weight = simd.splat_f32s(runs[I][tap]);
                    unrolled!(J < V => sums[I][J] = simd.mul_add_e_f32s(x[J], weight, sums[I][J]));
                });
                at += width;
            }
        }
        let pixels = self.geometry.pixels();
        unrolled!(I < O => if first + I < outputs {
            let y = &mut self.y[(first + I) * pixels..][..pixels];
            unrolled!(J < V => {
                let start = start + J * S::F32_LANES;
                let end = pixels.min(start + S::F32_LANES);
                store(simd, &mut y[start..end], sums[I][J]);
            });
        });
    }
}

/// The first `V` vectors of `x`.
#[inline(always)]
fn load<S: Simd, const V: usize>(x: &[f32]) -> [S::f32s; V] {
    let (vectors, _) = S::as_simd_f32s(&x[..V * S::F32_LANES]);
    let vectors: &[S::f32s; V] = vectors.try_into().expect("as many as were cut off");
    *vectors
}

/// Adds to `sums[tap, c]` the sum over pixels of `turned[p, c] plane[tap][p + i w]`, of one sample.
///
/// `tap` counts channels, columns and rows of the kernel over the planes. Channels of the other
/// image run along memory, so that a vector of sums belongs to as many weights and none is added up.
pub(super) struct Accumulate<'a> {
    pub(super) planes: &'a [f32],
    /// `[pixels, stride]`, see [`super::planes::with_turned`].
    pub(super) turned: &'a [f32],
    /// Channels of the other image, rounded up to the widest vector.
    pub(super) stride: usize,
    pub(super) geometry: Geometry,
    /// `[taps, stride]`
    pub(super) sums: &'a mut [f32],
}

impl WithSimd for Accumulate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let mut first = 0;
        while first < self.stride {
            let vectors = (self.stride - first) / S::F32_LANES;
            first += match (S::REGISTER_COUNT >= 32, vectors) {
                (true, 4 | 7..) => self.channels::<S, 4, 6>(simd, first),
                (true, 3..) => self.channels::<S, 3, 6>(simd, first),
                (true, 2) => self.channels::<S, 2, 12>(simd, first),
                (true, _) => self.channels::<S, 1, 12>(simd, first),
                (false, 2..) => self.channels::<S, 2, 6>(simd, first),
                (false, _) => self.channels::<S, 1, 6>(simd, first),
            };
        }
    }
}

impl Accumulate<'_> {
    /// All taps, `T` at a time, of `V` vectors of channels; returns how many channels that is.
    #[inline(always)]
    fn channels<S: Simd, const V: usize, const T: usize>(
        &mut self,
        simd: S,
        first: usize,
    ) -> usize {
        for tap in (0..self.geometry.taps()).step_by(T) {
            self.tile::<S, V, T>(simd, tap, first);
        }
        V * S::F32_LANES
    }

    #[inline(always)]
    fn tile<S: Simd, const V: usize, const T: usize>(
        &mut self,
        simd: S,
        first: usize,
        channel: usize,
    ) {
        let (pixels, taps) = (self.geometry.pixels(), self.geometry.taps());
        // A tile that reaches past the end does its last tap again. All runs have one length, so that
        // one comparison covers every access below.
        let runs: [&[f32]; T] = std::array::from_fn(|tap| {
            &self.planes[self.place((first + tap).min(taps - 1))..][..pixels]
        });
        let mut sums = [[simd.splat_f32s(0.0); V]; T];
        let mut at = channel;
        #[allow(clippy::needless_range_loop)] // the index is that of all runs
        for pixel in 0..pixels {
            let row = load::<S, V>(&self.turned[at..]);
            unrolled!(I < T => {
                let x = simd.splat_f32s(runs[I][pixel]);
                unrolled!(J < V => sums[I][J] = simd.mul_add_e_f32s(row[J], x, sums[I][J]));
            });
            at += self.stride;
        }
        unrolled!(I < T => if first + I < taps {
            let whole = &mut self.sums[(first + I) * self.stride + channel..];
            let before = load::<S, V>(whole);
            unrolled!(J < V => {
                let sum = simd.add_f32s(before[J], sums[I][J]);
                store(simd, &mut whole[J * S::F32_LANES..], sum);
            });
        });
    }

    /// Where a tap's values begin in the planes.
    #[inline(always)]
    fn place(&self, tap: usize) -> usize {
        let Geometry { kernel, width, .. } = self.geometry;
        tap / kernel * self.geometry.plane() + tap % kernel * width
    }
}
