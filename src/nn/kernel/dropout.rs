//! Dropout on the CPU, a task for each sample; and samples' numbers as tensors hold them.

use rayon::prelude::*;

use crate::math::seed::Dropout;

/// Bits of a sample's number that f32 holds exactly.
const THIRD: u32 = 24;

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
        units.fill(number(thirds), y);
        y.iter_mut().zip(x).for_each(|(y, x)| *y *= x);
    });
    y
}
