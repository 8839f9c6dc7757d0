//! Half and double resolution on the CPU. Each is the gradient of the other.

use rayon::prelude::*;

/// `factor` times the sum of each 2x2 pixels of planes `[height, width]`, both even.
pub(super) fn sum_2x2(x: &[f32], [height, width]: [usize; 2], factor: f32) -> Vec<f32> {
    let plane = height * width;
    let mut y = vec![0.0; x.len() / 4];
    y.par_chunks_mut((plane / 4).max(1)).zip(x.par_chunks(plane.max(1))).for_each(|(y, x)| {
        for (y, rows) in y.chunks_exact_mut(width / 2).zip(x.chunks_exact(2 * width)) {
            let (upper, lower) = rows.split_at(width);
            let pairs = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
            for (y, ([a, b], [c, d])) in y.iter_mut().zip(pairs) {
                *y = factor * (a + b + (c + d));
            }
        }
    });
    y
}

/// Each pixel of planes `[height, width]` four times, as 2x2 pixels, times `factor`.
pub(super) fn repeat_2x2(x: &[f32], [height, width]: [usize; 2], factor: f32) -> Vec<f32> {
    let plane = height * width;
    let mut y = vec![0.0; x.len() * 4];
    y.par_chunks_mut((plane * 4).max(1)).zip(x.par_chunks(plane.max(1))).for_each(|(y, x)| {
        for (rows, x) in y.chunks_exact_mut(4 * width).zip(x.chunks_exact(width)) {
            let (upper, lower) = rows.split_at_mut(2 * width);
            for (pair, x) in upper.as_chunks_mut::<2>().0.iter_mut().zip(x) {
                *pair = [factor * x; 2];
            }
            lower.copy_from_slice(upper);
        }
    });
    y
}
