//! Dropout on the CPU, a task for each sample.

use rayon::prelude::*;

use crate::math::seed::Dropout;

/// Values of `samples` samples times what is drawn for each, the first of which has the number `first`.
pub(super) fn forward(x: &[f32], samples: usize, units: Dropout, first: u64) -> Vec<f32> {
    let size = (x.len() / samples.max(1)).max(1);
    let mut y = vec![0.0; x.len()];
    y.par_chunks_mut(size).zip(x.par_chunks(size)).enumerate().for_each(|(sample, (y, x))| {
        units.fill(first + sample as u64, y);
        y.iter_mut().zip(x).for_each(|(y, x)| *y *= x);
    });
    y
}
