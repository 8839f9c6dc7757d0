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
///
/// No iterator and no closure runs here: the build inlines them not everywhere, and a call costs as much as a block.
#[inline(always)]
fn draw<S: Simd>(
    simd: S,
    units: Dropout,
    number: u64,
    first: u32,
    bits: &mut [u32; UNITS * WIDEST],
) {
    const LANES: [u32; WIDEST] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
    let (lanes, _) = S::as_simd_u32s(&LANES);
    let counter = [
        simd.add_u32s(lanes[0], simd.splat_u32s(first)),
        simd.splat_u32s(units.word),
        simd.splat_u32s(number as u32),
        simd.splat_u32s((number >> 32) as u32),
    ];
    let words = philox(simd, counter, units.key);
    let (low, half) = (simd.splat_u32s(0xFFFF), simd.splat_u32s(16));
    let mut place = 0;
    while place < words.len() {
        spread::<S>(simd.and_u32s(words[place], low), bits, 2 * place);
        spread::<S>(simd.wrapping_dyn_shr_u32s(words[place], half), bits, 2 * place + 1);
        place += 1;
    }
}

/// Puts each lane's value to unit `place` of its block.
#[inline(always)]
fn spread<S: Simd>(values: S::u32s, bits: &mut [u32; UNITS * WIDEST], place: usize) {
    let mut lanes = [0; WIDEST];
    S::as_mut_simd_u32s(&mut lanes).0[0] = values;
    let mut lane = 0;
    while lane < S::U32_LANES {
        bits[UNITS * lane + place] = lanes[lane];
        lane += 1;
    }
}

/// `philox` of `math::seed`, a counter a lane.
#[inline(always)]
fn philox<S: Simd>(simd: S, mut counter: [S::u32s; 4], mut key: [u32; 2]) -> [S::u32s; 4] {
    let (first, second) = (simd.splat_u32s(MULTIPLIERS[0]), simd.splat_u32s(MULTIPLIERS[1]));
    let mut round = 0;
    while round < ROUNDS {
        let [c0, c1, c2, c3] = counter;
        let (k0, k1) = (simd.splat_u32s(key[0]), simd.splat_u32s(key[1]));
        let (low_0, high_0) = simd.widening_mul_u32s(first, c0);
        let (low_1, high_1) = simd.widening_mul_u32s(second, c2);
        counter = [
            simd.xor_u32s(simd.xor_u32s(high_1, c1), k0),
            low_1,
            simd.xor_u32s(simd.xor_u32s(high_0, c3), k1),
            low_0,
        ];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
        round += 1;
    }
    counter
}

/// Multiplies values whose `bits` do not drop them out by what makes up for the others, and these by 0.
#[inline(always)]
fn keep<S: Simd>(simd: S, units: Dropout, bits: &[u32], values: &mut [f32]) {
    let (bits, _) = S::as_simd_u32s(bits);
    let (values, _) = S::as_mut_simd_f32s(values);
    let (threshold, sign) = (simd.splat_u32s(units.threshold), simd.splat_u32s(31));
    let one = simd.splat_u32s(1);
    let kept = simd.splat_u32s(units.kept.to_bits());
    for (bits, value) in bits.iter().zip(values) {
        // Below the threshold the difference wraps: 1 less 1, else 0 less 1, which is every bit. (A selection is a call
        // with AVX2.)
        let is_below = simd.wrapping_dyn_shr_u32s(simd.sub_u32s(*bits, threshold), sign);
        let factor = simd.and_u32s(simd.sub_u32s(is_below, one), kept);
        *value = simd.mul_f32s(*value, simd.transmute_f32s_u32s(factor));
    }
}
