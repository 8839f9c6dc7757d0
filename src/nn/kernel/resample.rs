//! Half and double resolution on the CPU. Each is the gradient of the other.
//!
//! Heights are even where rows are taken by two, so planes need not be told apart.

use rayon::prelude::*;

/// Rows of a task: enough work to share out.
const ROWS: usize = 1024;

/// `factor` times the sum of each 2x2 pixels of planes `[height, width]`, both even.
pub(super) fn sum_2x2(x: &[f32], width: usize, factor: f32) -> Vec<f32> {
    let half = width / 2;
    let mut y = vec![0.0; x.len() / 4];
    y.par_chunks_mut(ROWS * half).zip(x.par_chunks(4 * ROWS * half)).for_each(|(y, x)| {
        for row in 0..y.len() / half {
            let (upper, lower) = x[2 * row * width..][..2 * width].split_at(width);
            let [upper, lower] = [upper, lower].map(|row| row.as_chunks::<2>().0);
            let y = &mut y[row * half..][..half];
            for column in 0..half {
                let ([a, b], [c, d]) = (upper[column], lower[column]);
                y[column] = factor * (a + b + (c + d));
            }
        }
    });
    y
}

/// Each pixel of planes of this width four times, as 2x2 pixels, times `factor`.
pub(super) fn repeat_2x2(x: &[f32], width: usize, factor: f32) -> Vec<f32> {
    let mut y = vec![0.0; x.len() * 4];
    y.par_chunks_mut(4 * ROWS * width).zip(x.par_chunks(ROWS * width)).for_each(|(y, x)| {
        for row in 0..x.len() / width {
            let (upper, lower) = y[4 * row * width..][..4 * width].split_at_mut(2 * width);
            let (pairs, x) = (upper.as_chunks_mut::<2>().0, &x[row * width..][..width]);
            for column in 0..width {
                pairs[column] = [factor * x[column]; 2];
            }
            lower.copy_from_slice(upper);
        }
    });
    y
}
