//! The ODE-solving error: distance of a sampler's outputs to the teacher's solution from the same noise.

use serde::Serialize;

use crate::math::{
    seed::{self, Purpose, Seed},
    statistics::Estimate,
};

/// See the module: as it is, beside pairs by chance, and in decibels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OdeError {
    /// Mean squared error over samples and dimensions, in model space, with a 95% interval.
    pub squared: Estimate,
    /// The same, divided by the error against the solution of another noise of the same class:
    /// 1 is no better than pairing by chance. None where no class has two samples.
    pub normalised: Option<f64>,
    /// Peak signal-to-noise ratio in dB, for a range of 2.
    pub psnr: f64,
    /// Samples.
    pub samples: usize,
}

impl OdeError {
    /// `outputs` and `solutions` hold `labels.len()` rows of equal length; row i comes from noise i.
    pub fn of(outputs: &[f32], solutions: &[f32], labels: &[u32], seed: Seed) -> Self {
        let n = labels.len();
        assert!(n > 0 && outputs.len() == solutions.len() && outputs.len().is_multiple_of(n));
        let d = outputs.len() / n;
        let row = |i: usize| i * d..(i + 1) * d;
        let distance = |i: usize, j: usize| mean_square(&outputs[row(i)], &solutions[row(j)]);

        let paired = errors(outputs, solutions, n);
        let squared = Estimate::of(&paired, seed);
        let strangers: Vec<(usize, usize)> = strangers(labels, seed);
        let normalised = (!strangers.is_empty()).then(|| {
            let (own, other) = strangers.iter().fold((0.0, 0.0), |(own, other), &(i, j)| {
                (own + paired[i], other + distance(i, j))
            });
            own / other
        });
        Self { squared, normalised, psnr: 10.0 * (4.0 / squared.mean).log10(), samples: n }
    }
}

/// The mean squared error of each of `n` outputs, rows of equal length, to the solution from the same noise.
pub fn errors(outputs: &[f32], solutions: &[f32], n: usize) -> Vec<f64> {
    let d = outputs.len() / n;
    outputs.chunks(d).zip(solutions.chunks(d)).map(|(own, other)| mean_square(own, other)).collect()
}

/// Mean squared difference of two rows.
pub fn mean_square(a: &[f32], b: &[f32]) -> f64 {
    let total: f64 = a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum();
    total / a.len() as f64
}

/// Each sample with another of its class: a rotation of the class in a random order.
fn strangers(labels: &[u32], seed: Seed) -> Vec<(usize, usize)> {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by_cached_key(|&i| {
        (labels[i], seed::below(seed, Purpose::Shuffle, i as u64, 0, usize::MAX), i)
    });
    let classes = order.chunk_by(|&a, &b| labels[a] == labels[b]).filter(|class| class.len() > 1);
    classes
        .flat_map(|class| class.iter().zip(class.iter().cycle().skip(1)))
        .map(|(&i, &j)| (i, j))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_solver_has_no_error_and_a_constant_one_has_the_variance() {
        let solutions = [0.0, 2.0, 4.0, 6.0];
        let exact = OdeError::of(&solutions, &solutions, &[0; 4], Seed(1));
        assert_eq!((exact.squared.mean, exact.normalised), (0.0, Some(0.0)));
        let constant = OdeError::of(&[3.0; 4], &solutions, &[0; 4], Seed(1));
        assert_eq!((constant.squared.mean, constant.normalised), (5.0, Some(1.0)));
        assert!((constant.psnr - 10.0 * 0.8f64.log10()).abs() < 1e-12);
    }

    #[test]
    fn noises_are_shuffled_inside_a_class_only() {
        // Two samples a class: the stranger is the other one, at distance 1.
        let solutions = [0.0, 10.0, 1.0, 11.0];
        let outputs = solutions.map(|v| v + 0.5);
        let error = OdeError::of(&outputs, &solutions, &[0, 1, 0, 1], Seed(7));
        // (own 0.25) / (other: 0.5^2 or 1.5^2, mean 1.25)
        assert!((error.normalised.expect("pairs") - 0.2).abs() < 1e-6);
        let lonely = OdeError::of(&outputs, &solutions, &[0, 1, 2, 3], Seed(7));
        assert_eq!(lonely.normalised, None);
    }
}
