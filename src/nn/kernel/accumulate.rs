//! The inner loops of the gradient of a convolution's weights, and of products over rows.

use pulp::{Simd, WithSimd};

use super::simd::{unrolled, vectors, vectors_mut};
use super::taps::Taps;

/// Adds to `sums[tap, c]` the sum over pixels of `turned[p, c] plane[tap][p]`.
///
/// Channels of the other image run along memory, so that a vector of sums belongs to as many weights
/// and none is added up.
pub(super) struct Accumulate<'a> {
    pub(super) planes: &'a [f32],
    pub(super) taps: &'a Taps,
    pub(super) pixels: usize,
    /// `[pixels, stride]`, see [`super::turn::with_turned`].
    pub(super) turned: &'a [f32],
    /// Channels of the other image, rounded up to whole vectors.
    pub(super) stride: usize,
    /// `[taps, stride]`
    pub(super) sums: &'a mut [f32],
}

impl WithSimd for Accumulate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let mut first = 0;
        while first < self.stride {
            // Four or three vectors at a time, but not so that one is left: 5 are 3 and 2, 6 twice 3.
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
        for tap in (0..self.taps.all.len()).step_by(T) {
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
        let taps = &self.taps.all;
        // A tile that reaches past the last tap does it again, and drops it. All runs have one length,
        // so that one comparison covers every access.
        let mut runs: [&[f32]; T] = [&[]; T];
        unrolled!(I < T => {
            let tap = &taps[(first + I).min(taps.len() - 1)];
            runs[I] = &self.planes[tap.plane..][..self.pixels];
        });
        let mut sums = [[simd.splat_f32s(0.0); V]; T];
        let mut at = channel;
        #[allow(clippy::needless_range_loop)] // the index is that of all runs
        for pixel in 0..self.pixels {
            let row = *vectors::<S, V>(&self.turned[at..]);
            unrolled!(I < T => {
                let x = simd.splat_f32s(runs[I][pixel]);
                unrolled!(J < V => sums[I][J] = simd.mul_add_e_f32s(row[J], x, sums[I][J]));
            });
            at += self.stride;
        }
        unrolled!(I < T => if first + I < taps.len() {
            let whole = &mut self.sums[(first + I) * self.stride + channel..];
            let whole = vectors_mut::<S, V>(whole);
            unrolled!(J < V => whole[J] = simd.add_f32s(whole[J], sums[I][J]));
        });
    }
}
