//! Dropout on the CPU, a task for each sample; and samples' numbers as tensors hold them.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::simd::WIDEST;
use crate::math::seed::{Dropout, MULTIPLIERS, ROUNDS, WEYL};

/// Bits of a sample's number that f32 holds exactly.
const THIRD: u32 = 24;
/// Units that a block of the generator draws, two from each of its words.
const UNITS: usize = 8;

/// A sample's number in three f32, the lowest bits first.
pub fn thirds(number: u64) -> [f32; 3] {
    [0, THIRD, 2 * THIRD].map(|shift| ((number >> shift) & ((1 << THIRD) - 1)) as f32)
}

/// The number that [`thirds`] took apart.
fn number(thirds: &[f32]) -> u64 {
    thirds.iter().rev().fold(0, |number, &third| number << THIRD | third as u64)
}

/// Values of samples times what is drawn for each; `numbers` are theirs, in thirds.
pub(super) fn forward(x: &[f32], numbers: &[f32], units: Dropout) -> Vec<f32> {
    let numbers = numbers.par_chunks(3);
    let size = (x.len() / numbers.len().max(1)).max(1);
    let mut y = vec![0.0; x.len()];
    let samples = y.par_chunks_mut(size).zip(x.par_chunks(size));
    samples.zip(numbers).for_each(|((y, x), thirds)| {
        Arch::new().dispatch(Sample { units, number: number(thirds), x, y });
    });
    y
}

/// What [`Dropout::fill`] draws for a sample times its values, by as many blocks at a time as there are lanes.
struct Sample<'a> {
    units: Dropout,
    number: u64,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl WithSimd for Sample<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { units, number, x, y } = self;
        let size = UNITS * S::U32_LANES;
        let mut blocks = 0;
        for (x, y) in x.chunks(size).zip(y.chunks_mut(size)) {
            let mut bits = [0; UNITS * WIDEST];
            draw(simd, units, number, blocks, &mut bits);
            // What a last chunk does not have is computed all the same: zeros.
            let mut values = [0.0; UNITS * WIDEST];
            values[..x.len()].copy_from_slice(x);
            keep(simd, units, &bits[..size], &mut values[..size]);
            y.copy_from_slice(&values[..y.len()]);
            blocks += S::U32_LANES as u32;
        }
    }
}

/// Sixteen bits for each unit of a block a lane, from number `first` on.
#[inline(always)]
fn draw<S: Simd>(
    simd: S,
    units: Dropout,
    number: u64,
    first: u32,
    bits: &mut [u32; UNITS * WIDEST],
) {
    let numbers: [u32; WIDEST] = std::array::from_fn(|lane| first + lane as u32);
    let (numbers, _) = S::as_simd_u32s(&numbers);
    let splat = |word: u32| simd.splat_u32s(word);
    let sample = [number as u32, (number >> 32) as u32];
    let [low, high] = sample.map(splat);
    let words = philox(simd, [numbers[0], splat(units.word), low, high], units.key);
    for (place, word) in words.into_iter().enumerate() {
        let halves =
            [simd.and_u32s(word, splat(0xFFFF)), simd.wrapping_dyn_shr_u32s(word, splat(16))];
        for (half, values) in halves.into_iter().enumerate() {
            let mut lanes = [0; WIDEST];
            S::as_mut_simd_u32s(&mut lanes).0[0] = values;
            for (block, bits) in lanes.iter().zip(bits.chunks_exact_mut(UNITS)) {
                bits[2 * place + half] = *block;
            }
        }
    }
}

/// `philox` of `math::seed`, a counter a lane.
#[inline(always)]
fn philox<S: Simd>(simd: S, mut counter: [S::u32s; 4], mut key: [u32; 2]) -> [S::u32s; 4] {
    let [first, second] = MULTIPLIERS.map(|multiplier| simd.splat_u32s(multiplier));
    for _ in 0..ROUNDS {
        let [c0, c1, c2, c3] = counter;
        let [k0, k1] = key.map(|word| simd.splat_u32s(word));
        let (low_0, high_0) = simd.widening_mul_u32s(first, c0);
        let (low_1, high_1) = simd.widening_mul_u32s(second, c2);
        let mixed = |high, other, key| simd.xor_u32s(simd.xor_u32s(high, other), key);
        counter = [mixed(high_1, c1, k0), low_1, mixed(high_0, c3, k1), low_0];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

/// Multiplies values whose `bits` do not drop them out by what makes up for the others, and these by 0.
#[inline(always)]
fn keep<S: Simd>(simd: S, units: Dropout, bits: &[u32], values: &mut [f32]) {
    let (bits, _) = S::as_simd_u32s(bits);
    let (values, _) = S::as_mut_simd_f32s(values);
    let [threshold, sign, one] = [units.threshold, 31, 1].map(|word| simd.splat_u32s(word));
    let kept = simd.splat_u32s(units.kept.to_bits());
    for (bits, value) in bits.iter().zip(values) {
        // Below the threshold the difference wraps: 1 less 1, else 0 less 1, which is every bit. (A selection is a call
        // with AVX2.)
        let is_below = simd.wrapping_dyn_shr_u32s(simd.sub_u32s(*bits, threshold), sign);
        let factor = simd.and_u32s(simd.sub_u32s(is_below, one), kept);
        *value = simd.mul_f32s(*value, simd.transmute_f32s_u32s(factor));
    }
}
