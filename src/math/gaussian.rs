//! Gaussians: moments of a sample set and the Frechet distance between two.
//!
//! Two sets of features are compared as if each were a Gaussian, the ruler behind FID.
//!
//! `d^2 = |m_a - m_b|^2 + tr(C_a) + tr(C_b) - 2 tr((C_a C_b)^(1/2))`  (Dowson and Landau 1982)

use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// Samples held at once, centred and in f64, while a covariance is summed.
const BLOCK: usize = 256;
/// More sweeps than an eigenvalue problem needs; each eigenvalue takes two or three.
const SWEEPS_PER_DIMENSION: usize = 100;

/// Mean and covariance of a set of feature vectors.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Mean of each feature, `[dims]`.
    pub mean: DVector<f64>,
    /// Unbiased covariance (divided by count - 1), `[dims, dims]`.
    pub covariance: DMatrix<f64>,
    /// Number of samples, to be quoted with every distance: small sets look farther apart.
    pub count: usize,
}

impl Moments {
    /// Moments of `features`, `[count, dims]` with rows as samples, summed in f64.
    ///
    /// Fewer than two samples have no covariance: it is then zero. Without any the mean is NaN.
    pub fn of(features: &[f32], dims: usize) -> Self {
        assert!(
            dims > 0 && features.len().is_multiple_of(dims),
            "{} features are not rows of {dims}",
            features.len()
        );
        let count = features.len() / dims;
        let mut mean = DVector::zeros(dims);
        for row in features.chunks_exact(dims) {
            mean.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        mean /= count as f64;

        let mut covariance = DMatrix::zeros(dims, dims);
        if count > 1 {
            for rows in features.chunks(BLOCK * dims) {
                let values = rows.iter().map(|&value| f64::from(value));
                // A sample a column: nalgebra stores columns, so this is the order of the rows.
                let mut centred = DMatrix::from_iterator(dims, rows.len() / dims, values);
                centred.column_iter_mut().for_each(|mut column| column -= &mean);
                covariance.gemm(1.0, &centred, &centred.transpose(), 1.0);
            }
            covariance /= (count - 1) as f64;
        }
        Self { mean, covariance, count }
    }

    pub(super) fn is_finite(&self) -> bool {
        self.mean.iter().chain(self.covariance.iter()).all(|value| value.is_finite())
    }
}

/// One side of Frechet distances, prepared for many others: half the work of a distance.
#[derive(Clone, Debug)]
pub struct Ruler {
    moments: Moments,
    /// R of `A = R R'`; none where the moments are not finite.
    root: Option<DMatrix<f64>>,
}

impl Ruler {
    /// Distances from these moments.
    pub fn new(moments: Moments) -> Self {
        // An eigenvalue iteration on a NaN would not end.
        let root = moments.is_finite().then(|| root(&moments.covariance)).flatten();
        Self { moments, root }
    }

    /// The squared Frechet distance of the two Gaussians (what FID reports), 0 or more.
    ///
    /// Both have the same number of features. Covariances may be rank-deficient, as they are with
    /// fewer samples than features. NaN where a moment is not finite.
    pub fn distance(&self, other: &Moments) -> f64 {
        let own = &self.moments;
        assert_eq!(
            own.mean.len(),
            other.mean.len(),
            "the two sets have features of different networks"
        );
        let Some(root) = self.root.as_ref().filter(|_| other.is_finite()) else {
            return f64::NAN;
        };
        let shift = (&own.mean - &other.mean).norm_squared();
        let overlap = trace_of_root(root, &other.covariance);
        let traces = own.covariance.trace() + other.covariance.trace();
        // Equal sets come out a rounding below zero. (`max` would also swallow a NaN.)
        (shift + traces - 2.0 * overlap).clamp(0.0, f64::INFINITY)
    }
}

/// R of `A = R R'`, a column for each eigenvalue above 0; `None` where the iteration does not end.
fn root(a: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    let factor = eigenpairs(a.clone())?;
    let kept = significant(&factor.eigenvalues);
    let mut root = factor.eigenvectors.select_columns(&kept);
    for (mut column, &index) in root.column_iter_mut().zip(&kept) {
        column *= factor.eigenvalues[index].sqrt();
    }
    Some(root)
}

/// `tr((A B)^(1/2))` of two covariances, through symmetric eigenvalue problems only.
///
/// With `A = R R'`, the product A B and the symmetric `R' B R` have the same eigenvalues other
/// than 0, and all of them are real and not negative.
fn trace_of_root(root: &DMatrix<f64>, b: &DMatrix<f64>) -> f64 {
    if root.ncols() == 0 {
        return 0.0;
    }
    let Some(product) = eigenpairs(root.transpose() * b * root) else {
        return f64::NAN;
    };
    let kept = significant(&product.eigenvalues);
    kept.iter().map(|&index| product.eigenvalues[index].sqrt()).sum()
}

/// Eigenvalues and vectors of a symmetric matrix; `None` where the iteration does not end.
pub(super) fn eigenpairs(matrix: DMatrix<f64>) -> Option<SymmetricEigen<f64, nalgebra::Dyn>> {
    let sweeps = SWEEPS_PER_DIMENSION * matrix.nrows();
    SymmetricEigen::try_new(matrix, f64::EPSILON, sweeps)
}

/// Which eigenvalues stand above the rounding of the largest one.
///
/// The others are 0 in exact arithmetic, or as good as: the square root of such a rounding, 1e-8
/// for 1e-16, would be seen in the distance.
pub(super) fn significant(eigenvalues: &DVector<f64>) -> Vec<usize> {
    let rounding = eigenvalues.len() as f64 * f64::EPSILON * eigenvalues.amax();
    (0..eigenvalues.len()).filter(|&index| eigenvalues[index] > rounding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::seed::{self, Purpose, Seed};
    use crate::math::tests::assert_close;

    fn frechet_distance(a: &Moments, b: &Moments) -> f64 {
        Ruler::new(a.clone()).distance(b)
    }

    fn moments(mean: &[f64], covariance: DMatrix<f64>) -> Moments {
        Moments { mean: DVector::from_column_slice(mean), covariance, count: 100 }
    }

    fn diagonal(variances: &[f64]) -> DMatrix<f64> {
        DMatrix::from_diagonal(&DVector::from_column_slice(variances))
    }

    /// `[count, dims]` normals with feature k scaled by k + 1.
    fn features(stream: u64, count: usize, dims: usize) -> Vec<f32> {
        let mut out = vec![0.0; count * dims];
        seed::gaussian(Seed(1), Purpose::Initial, stream, 0, &mut out);
        out.iter_mut().enumerate().for_each(|(i, value)| *value *= (i % dims + 1) as f32);
        out
    }

    #[test]
    fn moments_of_three_points_match_a_computation_by_hand() {
        let found = Moments::of(&[1.0, 2.0, 3.0, 6.0, 5.0, 4.0], 2);
        assert_eq!(found.mean, DVector::from_column_slice(&[3.0, 4.0]));
        // Centred rows (-2, -2), (0, 2), (2, 0); divided by 3 - 1.
        assert_eq!(found.covariance, DMatrix::from_row_slice(2, 2, &[4.0, 2.0, 2.0, 4.0]));
        assert_eq!(found.count, 3);
    }

    #[test]
    fn moments_summed_in_blocks_match_the_slow_definition() {
        let (count, dims) = (2 * BLOCK + 17, 3);
        let values = features(0, count, dims);
        let found = Moments::of(&values, dims);
        for (i, j) in [(0, 0), (0, 2), (1, 2), (2, 1)] {
            let value = |row: usize, k: usize| f64::from(values[row * dims + k]) - found.mean[k];
            let sum: f64 = (0..count).map(|row| value(row, i) * value(row, j)).sum();
            // Sums of 529 products of numbers near 1, in another order.
            assert_close(found.covariance[(i, j)], sum / (count - 1) as f64, 1e-12);
        }
    }

    #[test]
    fn one_sample_has_no_covariance() {
        let found = Moments::of(&[1.0, 2.0], 2);
        assert_eq!(found.covariance, DMatrix::zeros(2, 2));
        assert_eq!(frechet_distance(&found, &Moments::of(&[1.0, 4.0], 2)), 4.0);
    }

    #[test]
    fn equal_gaussians_have_distance_zero() {
        let set = Moments::of(&features(0, 500, 20), 20);
        // Traces near 3000 in f64.
        assert_close(frechet_distance(&set, &set), 0.0, 1e-10);
    }

    #[test]
    fn a_shift_alone_counts_with_its_square() {
        let covariance = DMatrix::from_row_slice(2, 2, &[2.0, 0.5, 0.5, 1.0]);
        let a = moments(&[0.0, 0.0], covariance.clone());
        let b = moments(&[3.0, 4.0], covariance);
        assert_close(frechet_distance(&a, &b), 25.0, 1e-13);
    }

    #[test]
    fn diagonal_gaussians_match_the_closed_form() {
        let a = moments(&[0.0, 1.0, 2.0], diagonal(&[1.0, 4.0, 9.0]));
        let b = moments(&[0.0, 1.0, 4.0], diagonal(&[4.0, 1.0, 25.0]));
        // Sum of squared differences of means and of standard deviations.
        assert_close(frechet_distance(&a, &b), 4.0 + 1.0 + 1.0 + 4.0, 1e-13);
    }

    #[test]
    fn covariances_that_do_not_commute_match_the_closed_form_in_two_dimensions() {
        // For 2 x 2 matrices tr sqrt(M) = sqrt(tr M + 2 sqrt(det M)).
        let (a, b): ([f64; 4], [f64; 4]) = ([2.0, 0.5, 0.5, 1.0], [1.0, -0.8, -0.8, 3.0]);
        let [a, b] = [a, b].map(|entries| DMatrix::from_row_slice(2, 2, &entries));
        let product = &a * &b;
        let root = (product.trace() + 2.0 * product.determinant().sqrt()).sqrt();
        let expected = a.trace() + b.trace() - 2.0 * root;
        let (a, b) = (moments(&[0.0; 2], a), moments(&[0.0; 2], b));
        assert_close(frechet_distance(&a, &b), expected, 1e-13);
        assert_close(frechet_distance(&b, &a), expected, 1e-13);
    }

    #[test]
    fn rank_deficient_covariances_match_the_closed_form() {
        // Variance along u on one side, along v on the other, in 40 dimensions: the only
        // eigenvalue of the product is variance * variance * cos^2.
        let u = DVector::from_fn(40, |i, _| (i as f64 * 0.7).sin()).normalize();
        let v = DVector::from_fn(40, |i, _| (i as f64 * 0.3).cos()).normalize();
        let a = moments(&[0.0; 40], 4.0 * &u * u.transpose());
        let b = moments(&[0.0; 40], 9.0 * &v * v.transpose());
        let expected = 4.0 + 9.0 - 2.0 * 6.0 * u.dot(&v).abs();
        // The square roots of the 39 eigenvalues that are 0 must not show.
        assert_close(frechet_distance(&a, &b), expected, 1e-12);
        let nothing = moments(&[0.0; 40], DMatrix::zeros(40, 40));
        assert_close(frechet_distance(&a, &nothing), 4.0, 1e-13);
        assert_close(frechet_distance(&nothing, &a), 4.0, 1e-13);
    }

    #[test]
    fn fewer_samples_than_features_still_give_zero_for_equal_sets() {
        let set = Moments::of(&features(0, 10, 64), 64);
        // Rank 9 of 64, traces near 1e5.
        assert_close(frechet_distance(&set, &set), 0.0, 1e-8);
    }

    #[test]
    fn two_draws_of_one_gaussian_come_closer_with_more_samples() {
        let distance = |count| {
            let [a, b] = [0, 1].map(|stream| Moments::of(&features(stream, count, 4), 4));
            frechet_distance(&a, &b)
        };
        // The bias falls as 1 / count: four times the samples, at least half of the distance.
        assert!(distance(4000) < distance(1000) / 2.0);
    }

    #[test]
    fn a_feature_that_is_not_a_number_shows_in_the_distance() {
        let good = Moments::of(&features(0, 10, 2), 2);
        let bad = Moments::of(&[f32::NAN, 1.0, 2.0, 3.0], 2);
        assert!(frechet_distance(&good, &bad).is_nan());
        assert!(frechet_distance(&good, &Moments::of(&[], 2)).is_nan());
    }
}
