//! Vectors in which every direction counts as much as any other.
//!
//! A classifier of C classes learns features that vary in C - 1 directions and hardly in others (neural collapse, Papyan,
//! Han and Donoho 2020). A distance of such features sees how far samples are typical of their class, and little else.
//! Divided by what images vary in each direction, all of them are seen.

use nalgebra::DMatrix;

use super::gaussian::{Moments, eigenpairs, significant};

/// A linear map after which a set of vectors has the mean 0 and the covariance 1.
#[derive(Clone)]
pub struct Whitening {
    /// Of the vectors it was made for.
    mean: Vec<f64>,
    /// A row for each direction that they vary in: `[kept, dims]`.
    map: DMatrix<f64>,
    /// See [`Self::directions`].
    directions: f64,
}

impl Whitening {
    /// For vectors of such moments; none where a moment is not finite, or nothing varies.
    pub fn of(moments: &Moments) -> Option<Self> {
        let factor =
            moments.is_finite().then(|| eigenpairs(moments.covariance.clone())).flatten()?;
        let kept = significant(&factor.eigenvalues);
        let mut map = factor.eigenvectors.select_columns(&kept).transpose();
        for (mut row, &index) in map.row_iter_mut().zip(&kept) {
            row /= factor.eigenvalues[index].sqrt();
        }
        let directions = factor.eigenvalues.sum().powi(2) / factor.eigenvalues.norm_squared();
        let mean = moments.mean.iter().copied().collect();
        (!kept.is_empty()).then_some(Self { mean, map, directions })
    }

    /// Values of a whitened vector: the directions that the vectors vary in at all.
    pub fn dims(&self) -> usize {
        self.map.nrows()
    }

    /// As many directions of equal variance would hold as much of it: `(tr C)^2 / tr(C^2)`, the participation ratio.
    pub fn directions(&self) -> f64 {
        self.directions
    }

    /// `vectors`, `[count, dims of the moments]` -> `[count, Self::dims]`.
    pub fn apply(&self, vectors: &[f32]) -> Vec<f32> {
        let dims = self.mean.len();
        let centred = vectors
            .iter()
            .zip(self.mean.iter().cycle())
            .map(|(value, mean)| f64::from(*value) - mean);
        // A vector a column: nalgebra stores columns, so this is the order of the rows.
        let centred = DMatrix::from_iterator(dims, vectors.len() / dims, centred);
        (&self.map * centred).iter().map(|&value| value as f32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::{
        seed::{Purpose, Seed, gaussian},
        tests::assert_close,
    };

    /// `[count, 3]` with deviations 100, 1 and 0.01 in directions that lean across the axes, and a mean far from 0.
    fn vectors(stream: u64, count: usize) -> Vec<f32> {
        let mut normals = vec![0.0; 3 * count];
        gaussian(Seed(2), Purpose::Initial, stream, 0, &mut normals);
        let lean = |n: &[f32]| {
            let [a, b, c] = [100.0 * n[0], n[1], 0.01 * n[2]];
            [5.0 + 0.6 * a - 0.8 * b, 0.8 * a + 0.6 * b, c - 2.0]
        };
        normals.chunks(3).flat_map(lean).collect()
    }

    #[test]
    fn all_directions_vary_alike_and_are_none_of_another() {
        let moments = Moments::of(&vectors(0, 500), 3);
        let whitening = Whitening::of(&moments).unwrap();
        let found = Moments::of(&whitening.apply(&vectors(0, 500)), whitening.dims());
        assert_eq!(whitening.dims(), 3);
        let is_one = |i, j| if i == j { 1.0 } else { 0.0 };
        for i in 0..3 {
            assert_close(found.mean[i], 0.0, 1e-5);
            (0..3).for_each(|j| assert_close(found.covariance[(i, j)], is_one(i, j), 1e-4));
        }
        // One direction has all but all of the variance.
        assert_close(whitening.directions(), 1.0, 1e-3);
    }

    #[test]
    fn a_change_in_a_direction_that_hardly_varies_is_seen_by_its_own_measure() {
        let whitening = Whitening::of(&Moments::of(&vectors(0, 4000), 3)).unwrap();
        let moved = whitening.apply(&[5.0, 0.0, -2.0, 5.0, 0.0, -1.98]);
        let square: f32 = moved[..3].iter().zip(&moved[3..]).map(|(a, b)| (a - b).powi(2)).sum();
        // By two deviations; of 4000 samples a deviation is known to 1%.
        assert!((square.sqrt() - 2.0).abs() < 0.1, "{square}");
    }

    #[test]
    fn what_does_not_vary_is_left_out_and_what_is_no_number_has_no_whitening() {
        let flat: Vec<f32> = vectors(0, 50).chunks(3).flat_map(|v| [v[0], v[1], 7.0]).collect();
        let whitening = Whitening::of(&Moments::of(&flat, 3)).unwrap();
        assert_eq!((whitening.dims(), whitening.apply(&flat).len()), (2, 100));
        assert!(Whitening::of(&Moments::of(&[1.0, 2.0, 1.0, 2.0], 2)).is_none());
        assert!(Whitening::of(&Moments::of(&[1.0, f32::NAN, 1.0, 2.0], 2)).is_none());
    }
}
