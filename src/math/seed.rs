//! Seeds: random numbers that depend on nothing but (seed, purpose, sample, step).
//!
//! A generator with state would tie a sample's noise to the batch it is drawn in; a counter-based
//! one gives the same picture for every batch size, device and platform.
//!
//! Generator: Philox4x32-10 (Salmon et al. 2011), 128 bits of counter under 64 bits of key. The
//! layout fills all 192 bits, so under one seed two different draws never read the same bits:
//!
//! | bits | hold |
//! |---|---|
//! | key, 64 | `mix(seed) ^ (purpose << 56 \| low 56 bits of step)` |
//! | counter word 0 | low 32 bits of the block's number |
//! | counter word 1 | high 24 bits of the block's number, above them the high 8 bits of the step |
//! | counter words 2, 3 | low and high half of the sample |
//!
//! `mix` is a bijection that scatters near seeds (the finaliser of SplitMix64), so two seeds never
//! share a key for the same purpose and step. That they share one for different purposes or steps
//! takes an accident of 64 bits, and would still need the same sample to show.
//! Gaussians and dropout count their blocks from 0 up; the other kinds of draw take the last two blocks.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Multipliers and key increments of Philox4x32 (Salmon et al. 2011, section 3).
pub(crate) const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
pub(crate) const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
pub(crate) const ROUNDS: usize = 10;
/// Bits of the step that travel in the key, below the purpose; a block's number has as many.
const LOW_BITS: u32 = 56;
/// Where the other bits of the step lie in word 1 of the counter.
const HIGH_SHIFT: u32 = LOW_BITS - 32;
const LOW_MASK: u64 = (1 << LOW_BITS) - 1;
/// The blocks of the draws that need only one.
const UNIFORM_BLOCK: u64 = LOW_MASK;
const BELOW_BLOCK: u64 = LOW_MASK - 1;

/// The one number from which every random draw of a run follows.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Seed(pub u64);

/// What a draw is for: draws for different purposes are independent.
///
/// The numbers are part of the file format (a seed in a weights file stands for pictures), so
/// they are never reused; they must stay below 256.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u32)]
pub enum Purpose {
    /// The noise a sample starts from, shared by teacher and student.
    Initial = 0,
    /// Fresh noise between the steps of a multi-step student.
    Renoise = 1,
    /// Which data sample a training sample is.
    DataIndex = 2,
    /// The time a training sample is noised to.
    Time = 3,
    /// The noise of a training sample.
    Noise = 4,
    /// Units dropped inside a network.
    Dropout = 5,
    /// Whether a training sample loses its label.
    LabelDrop = 6,
    // 7 was kept for random changes to a data sample, and stays free.
    /// The first weights of a network.
    Weights = 8,
    /// The order of the data in an epoch.
    Shuffle = 9,
    /// The points of a Gaussian mixture.
    Mixture = 10,
    /// The number of teacher steps of a random horizon.
    Horizon = 11,
    /// Which values a bootstrap resample holds.
    Bootstrap = 12,
}

/// Fill `out` with independent draws from N(0, 1).
///
/// Each value depends on its place in `out` and not on the length: a longer request begins with
/// the values of a shorter one. Computed in f64 with the same software functions on every
/// platform, then rounded, so the bits are the same everywhere. No value is beyond 6.8.
pub fn gaussian(seed: Seed, purpose: Purpose, sample: u64, step: u64, out: &mut [f32]) {
    let stream = Stream::new(seed, purpose, sample, step);
    for (block, values) in out.chunks_mut(4).enumerate() {
        let [a, b, c, d] = stream.block(block as u64);
        let [(first, second), (third, fourth)] = [box_muller(a, b), box_muller(c, d)];
        let normals = [first, second, third, fourth];
        for (value, normal) in values.iter_mut().zip(normals) {
            *value = normal as f32;
        }
    }
}

/// The [`gaussian`] draws of `n` samples from number `first` on, `d` values each, row by row.
pub fn rows(seed: Seed, purpose: Purpose, first: u64, step: u64, [n, d]: [usize; 2]) -> Vec<f32> {
    let mut values = vec![0.0; n * d];
    values.par_chunks_mut(d).enumerate().for_each(|(place, row)| {
        gaussian(seed, purpose, first + place as u64, step, row);
    });
    values
}

/// Zeros, a share of them, and `1 / (1 - share)`, so that the mean is 1: what a sample's units are multiplied by to drop
/// some out (Srivastava et al. 2014).
///
/// In numbers that a GPU takes, which draws the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    /// Key of the generator.
    pub key: [u32; 2],
    /// Word 1 of its counter; word 0 counts the blocks of eight units, words 2 and 3 are the sample's halves.
    pub word: u32,
    /// Of a block's words, the lower 16 bits first, those below this are dropped units.
    pub threshold: u32,
    /// What the others are multiplied by.
    pub kept: f32,
}

impl Dropout {
    /// `rate`, below 1, is rounded to a multiple of 2^-16.
    pub fn new(seed: Seed, purpose: Purpose, step: u64, rate: f64) -> Self {
        const RANGE: f64 = (1_u32 << 16) as f64;
        let Stream { key, step_high, .. } = Stream::new(seed, purpose, 0, step);
        let threshold = (rate * RANGE).round();
        let kept = (RANGE / (RANGE - threshold)) as f32;
        let [word, _] = halves(step_high << HIGH_SHIFT);
        Self { key, word, threshold: threshold as u32, kept }
    }

    /// Fill `out` with those of a sample, written as plainly as can be: what kernels are held against.
    #[cfg(test)]
    pub fn fill(&self, sample: u64, out: &mut [f32]) {
        let [low, high] = halves(sample);
        for (block, values) in (0..).zip(out.chunks_mut(8)) {
            let words = philox([block, self.word, low, high], self.key);
            for (place, value) in values.iter_mut().enumerate() {
                let bits = words[place / 2] >> (16 * (place % 2)) & 0xFFFF;
                *value = if bits < self.threshold { 0.0 } else { self.kept };
            }
        }
    }
}

/// One draw, uniform on the multiples of 2^-53 in [0, 1).
pub fn uniform(seed: Seed, purpose: Purpose, sample: u64, step: u64) -> f64 {
    let bits = Stream::new(seed, purpose, sample, step).bits(UNIFORM_BLOCK);
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// One draw, uniform on 0..n; 0 where `n` is 0.
///
/// 64 random bits times n, the integer part: uneven by less than n in 2^64.
pub fn below(seed: Seed, purpose: Purpose, sample: u64, step: u64, n: usize) -> usize {
    let bits = Stream::new(seed, purpose, sample, step).bits(BELOW_BLOCK);
    ((u128::from(bits) * n as u128) >> 64) as usize
}

/// The blocks of one (seed, purpose, sample, step), in the layout at the top of this file.
struct Stream {
    key: [u32; 2],
    sample: u64,
    step_high: u64,
}

impl Stream {
    fn new(seed: Seed, purpose: Purpose, sample: u64, step: u64) -> Self {
        let word = u64::from(purpose as u32) << LOW_BITS | step & LOW_MASK;
        Self { key: halves(mix(seed.0) ^ word), sample, step_high: step >> LOW_BITS }
    }

    /// 128 random bits; `number` is below 2^56.
    fn block(&self, number: u64) -> [u32; 4] {
        let [first, second] = halves(self.step_high << LOW_BITS | number);
        let [third, fourth] = halves(self.sample);
        philox([first, second, third, fourth], self.key)
    }

    /// The first 64 bits of a block.
    fn bits(&self, number: u64) -> u64 {
        let [low, high, ..] = self.block(number);
        u64::from(high) << 32 | u64::from(low)
    }
}

/// Philox4x32-10: a bijection of 128 bits, one for each key.
fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..ROUNDS {
        let [low_0, high_0] = halves(u64::from(MULTIPLIERS[0]) * u64::from(counter[0]));
        let [low_1, high_1] = halves(u64::from(MULTIPLIERS[1]) * u64::from(counter[2]));
        counter = [high_1 ^ counter[1] ^ key[0], low_1, high_0 ^ counter[3] ^ key[1], low_0];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

/// Two independent normals from two words (Box and Muller 1958).
fn box_muller(first: u32, second: u32) -> (f64, f64) {
    let radius = libm::sqrt(-2.0 * libm::log(between_zero_and_one(first)));
    let angle = std::f64::consts::TAU * between_zero_and_one(second);
    (radius * libm::cos(angle), radius * libm::sin(angle))
}

/// The middle of the word's interval, so that neither 0 nor 1 is reached: exact in f64.
fn between_zero_and_one(word: u32) -> f64 {
    (f64::from(word) + 0.5) / (1_u64 << 32) as f64
}

/// The finaliser of SplitMix64 (Steele et al. 2014), a bijection of 64 bits.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ value >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ value >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ value >> 31
}

/// Low and high half of a word.
fn halves(word: u64) -> [u32; 2] {
    [word as u32, (word >> 32) as u32]
}

#[cfg(test)]
#[path = "tests/seed.rs"]
mod tests;
