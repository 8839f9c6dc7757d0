//! Matrix products on slices: the one place where the `gemm` crate's raw pointers are used.

use gemm::Parallelism;

/// A borrowed matrix; element `(i, j)` is `values[i * row_stride + j * column_stride]`.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// The `rows * columns` numbers in `values`, one row after the other.
    pub(super) fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(values.len(), rows * columns, "a matrix covers its slice exactly");
        Self { values, rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// Rows and columns exchanged; nothing moves in memory.
    pub(super) fn transposed(self) -> Self {
        Self {
            values: self.values,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }
}

/// How many threads one product may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Threads {
    /// The calling thread alone: products run side by side already.
    One,
    /// All of them: there is only this product to compute.
    All,
}

/// `c += a b`, with `c` of shape `[a.rows, b.columns]`, one row after the other.
///
/// # Panics
/// When the shapes do not fit together.
#[allow(unsafe_code)]
pub(super) fn accumulate(a: Matrix<'_>, b: Matrix<'_>, c: &mut [f32], threads: Threads) {
    assert_eq!(a.columns, b.rows, "the inner sizes of a product agree");
    assert_eq!(c.len(), a.rows * b.columns, "a product covers its output exactly");
    let parallelism = match threads {
        Threads::One => Parallelism::None,
        Threads::All => Parallelism::Rayon(0),
    };
    let stride = |stride: usize| isize::try_from(stride).expect("a slice has at most isize::MAX");
    // SAFETY: `Matrix` is only made by `new`, which checks that the slice holds rows * columns
    // numbers, and `transposed`, which keeps that true; so every address that the two sizes and
    // strides describe lies inside the slice. `c` has exactly a.rows * b.columns numbers and is
    // borrowed mutably, so it overlaps neither input. All three live through the call.
    unsafe {
        gemm::gemm(
            a.rows,
            b.columns,
            a.columns,
            c.as_mut_ptr(),
            1,
            stride(b.columns),
            true,
            a.values.as_ptr(),
            stride(a.column_stride),
            stride(a.row_stride),
            b.values.as_ptr(),
            stride(b.column_stride),
            stride(b.row_stride),
            1.0,
            1.0,
            false,
            false,
            false,
            parallelism,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_adds_to_what_is_there() {
        let a = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let mut c = [100.0, 0.0, 0.0, 0.0];
        // [[1, 2, 3], [4, 5, 6]] times its transpose.
        let matrix = Matrix::new(&a, 2, 3);
        accumulate(matrix, matrix.transposed(), &mut c, Threads::One);
        assert_eq!(c, [114.0, 32.0, 32.0, 77.0]);
    }

    #[test]
    #[should_panic(expected = "a product covers its output exactly")]
    fn an_output_of_the_wrong_size_is_refused() {
        let a = [1.0; 4];
        accumulate(Matrix::new(&a, 2, 2), Matrix::new(&a, 2, 2), &mut [0.0; 3], Threads::One);
    }
}
