//! Features as rows of a matrix, and all products between two sets of them.

use nalgebra::DMatrix;

use super::turns::in_turns;

/// Rows of one set that are held against another at once.
const BLOCK: usize = 128;

/// Features in f64, a sample a column: nalgebra stores columns, so this is the order of the rows.
pub(super) struct Rows {
    values: DMatrix<f64>,
    squares: Vec<f64>,
}

impl Rows {
    /// Of `features`, rows of `dims` values.
    pub(super) fn new(features: &[f32], dims: usize) -> Self {
        let values = features.iter().map(|&value| f64::from(value));
        let values = DMatrix::from_iterator(dims, features.len() / dims, values);
        let squares = values.column_iter().map(|row| row.norm_squared()).collect();
        Self { values, squares }
    }

    pub(super) fn len(&self) -> usize {
        self.values.ncols()
    }

    /// Values of a row.
    pub(super) fn dims(&self) -> usize {
        self.values.nrows()
    }

    /// The squared length of row `i`.
    pub(super) fn square(&self, i: usize) -> f64 {
        self.squares[i]
    }

    /// Something of each row, by what makes it of the block of rows that begins at a number; a block at a time.
    pub(super) async fn by_block<T: Send>(
        &self,
        of: impl Fn(usize) -> Vec<T> + Sync + Send,
    ) -> Vec<T> {
        let blocks = in_turns(self.len().div_ceil(BLOCK), |block| of(block * BLOCK)).await;
        blocks.into_iter().flatten().collect()
    }

    /// `x_i . y_j` for the rows i of the block that begins at `first`, a column each, and all rows j of `other`.
    pub(super) fn products(&self, first: usize, other: &Self) -> DMatrix<f64> {
        let block = self.values.columns(first, BLOCK.min(self.len() - first));
        other.values.tr_mul(&block)
    }

    /// The squared distances of the same pairs.
    pub(super) fn distances(&self, first: usize, other: &Self) -> DMatrix<f64> {
        let mut found = self.products(first, other);
        for (i, mut column) in found.column_iter_mut().enumerate() {
            let own = self.squares[first + i];
            column.iter_mut().zip(&other.squares).for_each(|(product, square)| {
                *product = (own + square - 2.0 * *product).max(0.0);
            });
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::{
        seed::{Purpose, Seed, gaussian},
        tests::assert_close,
    };

    #[test]
    fn distances_are_those_of_a_pair_at_a_time_in_every_block() {
        let (dims, counts) = (3, [BLOCK + 5, 7]);
        let [own, other] = [0, 1].map(|set| {
            let mut values = vec![0.0; dims * counts[set]];
            gaussian(Seed(1), Purpose::Initial, set as u64, 0, &mut values);
            values
        });
        let [a, b] = [&own, &other].map(|values| Rows::new(values, dims));
        let columns = |first| -> Vec<Vec<f64>> {
            a.distances(first, &b).column_iter().map(|c| c.iter().copied().collect()).collect()
        };
        let found = pollster::block_on(a.by_block(columns));
        assert_eq!(found.len(), counts[0]);
        for (i, column) in found.iter().enumerate() {
            assert_eq!(column.len(), counts[1]);
            for (j, found) in column.iter().enumerate() {
                let pair = own[i * dims..].iter().zip(&other[j * dims..]).take(dims);
                let expected = pair.map(|(x, y)| f64::from(x - y).powi(2)).sum();
                assert_close(*found, expected, 1e-5);
            }
        }
    }
}
