//! The linear maps between images and kernels and their points, each with its transpose for the way back.
//!
//! The points are 0, 1, -1, 2, -2 and infinity. Those of opposite sign share their even and their odd part.

use pulp::{Arch, Simd, WithSimd};

use crate::nn::kernel::simd::unrolled;

/// A linear map of `I` runs of numbers to `O` others, element by element.
pub(super) trait Transform<const I: usize, const O: usize> {
    /// One vector of each run.
    fn apply<S: Simd>(&self, simd: S, x: [S::f32s; I]) -> [S::f32s; O];
}

/// `B^T`: six rows of the input to the points of a tile.
pub(super) struct Input;

impl Transform<6, 6> for Input {
    #[inline(always)]
    fn apply<S: Simd>(&self, simd: S, [d0, d1, d2, d3, d4, d5]: [S::f32s; 6]) -> [S::f32s; 6] {
        let (two, four) = (simd.splat_f32s(2.0), simd.splat_f32s(4.0));
        let (minus_four, minus_five) = (simd.splat_f32s(-4.0), simd.splat_f32s(-5.0));
        let near =
            [simd.mul_add_e_f32s(d2, minus_four, d4), simd.mul_add_e_f32s(d1, minus_four, d3)];
        let far = [simd.sub_f32s(d4, d2), simd.mul_f32s(two, simd.sub_f32s(d3, d1))];
        let [one, minus_one] = either_sign(simd, near);
        let [two, minus_two] = either_sign(simd, far);
        let zero = simd.mul_add_e_f32s(d0, four, simd.mul_add_e_f32s(d2, minus_five, d4));
        let infinity = simd.mul_add_e_f32s(d1, four, simd.mul_add_e_f32s(d3, minus_five, d5));
        [zero, one, minus_one, two, minus_two, infinity]
    }
}

/// `G`: the three rows of a kernel to its points.
pub(super) struct Kernel;

impl Transform<3, 6> for Kernel {
    #[inline(always)]
    fn apply<S: Simd>(&self, simd: S, [g0, g1, g2]: [S::f32s; 3]) -> [S::f32s; 6] {
        let [quarter, sixth, minus_sixth, twelfth, twenty_fourth] = kernel_entries(simd);
        let near =
            [simd.mul_f32s(simd.add_f32s(g0, g2), minus_sixth), simd.mul_f32s(g1, minus_sixth)];
        let far = [
            simd.mul_add_e_f32s(g0, twenty_fourth, simd.mul_f32s(g2, sixth)),
            simd.mul_f32s(g1, twelfth),
        ];
        let [one, minus_one] = either_sign(simd, near);
        let [two, minus_two] = either_sign(simd, far);
        [simd.mul_f32s(g0, quarter), one, minus_one, two, minus_two, g2]
    }
}

/// `G^T`: a kernel's sums at the points to its three rows.
pub(super) struct KernelSlope;

impl Transform<6, 3> for KernelSlope {
    #[inline(always)]
    fn apply<S: Simd>(
        &self,
        simd: S,
        [zero, one, minus_one, two, minus_two, infinity]: [S::f32s; 6],
    ) -> [S::f32s; 3] {
        let [quarter, sixth, minus_sixth, twelfth, twenty_fourth] = kernel_entries(simd);
        let [even, odd] = either_sign(simd, [one, minus_one]);
        let (even, odd) = (simd.mul_f32s(even, minus_sixth), simd.mul_f32s(odd, minus_sixth));
        let [far_even, far_odd] = either_sign(simd, [two, minus_two]);
        [
            simd.mul_add_e_f32s(zero, quarter, simd.mul_add_e_f32s(far_even, twenty_fourth, even)),
            simd.mul_add_e_f32s(far_odd, twelfth, odd),
            simd.add_f32s(simd.mul_add_e_f32s(far_even, sixth, even), infinity),
        ]
    }
}

/// `A^T`: the products of a tile's points to its four rows of the output.
pub(super) struct Output;

impl Transform<6, 4> for Output {
    #[inline(always)]
    fn apply<S: Simd>(
        &self,
        simd: S,
        [zero, one, minus_one, two, minus_two, infinity]: [S::f32s; 6],
    ) -> [S::f32s; 4] {
        let [even, odd] = either_sign(simd, [one, minus_one]);
        let [far_even, far_odd] = either_sign(simd, [two, minus_two]);
        let (two, four, eight) = (simd.splat_f32s(2.0), simd.splat_f32s(4.0), simd.splat_f32s(8.0));
        [
            simd.add_f32s(zero, simd.add_f32s(even, far_even)),
            simd.mul_add_e_f32s(far_odd, two, odd),
            simd.mul_add_e_f32s(far_even, four, even),
            simd.add_f32s(simd.mul_add_e_f32s(far_odd, eight, odd), infinity),
        ]
    }
}

/// `A`: four rows to points, of the image that those of [`Input`] meet in the gradient of a kernel.
pub(super) struct OutputSlope;

impl Transform<4, 6> for OutputSlope {
    #[inline(always)]
    fn apply<S: Simd>(&self, simd: S, [x0, x1, x2, x3]: [S::f32s; 4]) -> [S::f32s; 6] {
        let (two, four) = (simd.splat_f32s(2.0), simd.splat_f32s(4.0));
        let near = [simd.add_f32s(x0, x2), simd.add_f32s(x1, x3)];
        let far = [
            simd.mul_add_e_f32s(x2, four, x0),
            simd.mul_f32s(two, simd.mul_add_e_f32s(x3, four, x1)),
        ];
        let [one, minus_one] = either_sign(simd, near);
        let [two, minus_two] = either_sign(simd, far);
        [x0, one, minus_one, two, minus_two, x3]
    }
}

/// The sum and the difference: a polynomial at `x` and `-x` from its even and its odd part, or twice these from it.
#[inline(always)]
fn either_sign<S: Simd>(simd: S, [even, odd]: [S::f32s; 2]) -> [S::f32s; 2] {
    [simd.add_f32s(even, odd), simd.sub_f32s(even, odd)]
}

/// The entries of `G`.
#[inline(always)]
fn kernel_entries<S: Simd>(simd: S) -> [S::f32s; 5] {
    let (quarter, sixth) = (simd.splat_f32s(1.0 / 4.0), simd.splat_f32s(1.0 / 6.0));
    let (minus_sixth, twelfth) = (simd.splat_f32s(-1.0 / 6.0), simd.splat_f32s(1.0 / 12.0));
    [quarter, sixth, minus_sixth, twelfth, simd.splat_f32s(1.0 / 24.0)]
}

/// How far apart numbers lie that a map takes or gives.
#[derive(Clone, Copy)]
pub(super) struct Apart {
    /// From one run to the next.
    pub(super) runs: usize,
    /// From one row of tiles to the next.
    pub(super) rows: usize,
}

/// A map of rows of tiles.
struct Map<'a, T, const I: usize, const O: usize> {
    transform: T,
    from: (&'a [f32], Apart),
    to: (&'a mut [f32], Apart),
    /// Rows of tiles, and values of a run in each.
    size: [usize; 2],
}

/// Maps as many rows of tiles of as many values as `size` says.
pub(super) fn map<T: Transform<I, O>, const I: usize, const O: usize>(
    transform: T,
    from: (&[f32], Apart),
    to: (&mut [f32], Apart),
    size: [usize; 2],
) {
    Arch::new().dispatch(Map { transform, from, to, size });
}

impl<T: Transform<I, O>, const I: usize, const O: usize> WithSimd for Map<'_, T, I, O> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { transform, from: (x, from), to: (y, to), size: [rows, width] } = self;
        for row in 0..rows {
            let mut inputs: [&[f32]; I] = [&[]; I];
            unrolled!(K < I => inputs[K] = &x[row * from.rows + K * from.runs..][..width]);
            let mut outputs = runs_mut::<O>(&mut y[row * to.rows..], to.runs, width);
            whole_vectors(simd, &transform, &inputs, &mut outputs);
            let start = width - width % S::F32_LANES;
            if start < width {
                let mut values = [simd.splat_f32s(0.0); I];
                unrolled!(K < I => values[K] = simd.partial_load_f32s(&inputs[K][start..]));
                let values = transform.apply(simd, values);
                unrolled!(K < O => simd.partial_store_f32s(&mut outputs[K][start..], values[K]));
            }
        }
    }
}

#[inline(always)]
fn whole_vectors<S: Simd, T: Transform<I, O>, const I: usize, const O: usize>(
    simd: S,
    transform: &T,
    inputs: &[&[f32]; I],
    outputs: &mut [&mut [f32]; O],
) {
    // All have one length, so that no access is compared with another.
    let count = inputs[0].len() / S::F32_LANES;
    let mut from: [&[S::f32s]; I] = [&[]; I];
    unrolled!(K < I => from[K] = &S::as_simd_f32s(inputs[K]).0[..count]);
    let mut to: [&mut [S::f32s]; O] = std::array::from_fn(|_| Default::default());
    let mut rest = outputs.iter_mut();
    unrolled!(K < O => if let Some(output) = rest.next() {
        to[K] = &mut S::as_mut_simd_f32s(output).0[..count];
    });
    for index in 0..count {
        let mut values = [simd.splat_f32s(0.0); I];
        unrolled!(K < I => values[K] = from[K][index]);
        let values = transform.apply(simd, values);
        unrolled!(K < O => to[K][index] = values[K]);
    }
}

/// `N` runs of a length, so far apart.
#[inline(always)]
fn runs_mut<const N: usize>(all: &mut [f32], apart: usize, length: usize) -> [&mut [f32]; N] {
    let mut all = all.chunks_mut(apart);
    std::array::from_fn(|_| &mut all.next().expect("as many as a map gives")[..length])
}

#[cfg(test)]
mod tests {
    use pulp::Scalar;

    use super::*;

    /// Entry by entry, by what the map makes of unit vectors.
    fn matrix<const I: usize, const O: usize>(transform: impl Transform<I, O>) -> [[f32; I]; O] {
        let mut matrix = [[0.0; I]; O];
        for column in 0..I {
            let mut unit = [0.0; I];
            unit[column] = 1.0;
            let image = transform.apply(Scalar, unit);
            matrix.iter_mut().zip(image).for_each(|(row, value)| row[column] = value);
        }
        matrix
    }

    #[test]
    fn products_of_points_are_the_sums_of_a_filter() {
        let (input, kernel, output) = (matrix(Input), matrix(Kernel), matrix(Output));
        for (row, column, tap) in (0..4 * 6 * 3).map(|i| (i / 18, i / 3 % 6, i % 3)) {
            let products = (0..6).map(|m| output[row][m] * input[m][column] * kernel[m][tap]);
            let expected = if column == row + tap { 1.0 } else { 0.0 };
            let found: f32 = products.sum();
            assert!((found - expected).abs() < 1e-6, "{row} {column} {tap}: {found}");
        }
    }

    #[test]
    fn slopes_are_transposes() {
        let (output, output_slope) = (matrix(Output), matrix(OutputSlope));
        let (kernel, kernel_slope) = (matrix(Kernel), matrix(KernelSlope));
        for point in 0..6 {
            assert_eq!(output.map(|row| row[point]), output_slope[point]);
            assert_eq!(kernel_slope.map(|row| row[point]), kernel[point]);
        }
    }

    #[test]
    fn rows_of_any_width_are_mapped_alike_at_every_vector_width() {
        for (rows, width) in [(1, 1), (3, 5), (2, 16), (2, 40)] {
            let apart = Apart { runs: rows * width + 3, rows: width };
            let x: Vec<f32> = (0..6 * apart.runs).map(|i| (i * 7 % 23) as f32).collect();
            let one = |simd: &dyn Fn(Map<Input, 6, 6>)| {
                let mut y = vec![0.0; 6 * apart.runs];
                let (from, to) = ((&x[..], apart), (&mut y[..], apart));
                simd(Map { transform: Input, from, to, size: [rows, width] });
                y
            };
            let plain = one(&|map| map.with_simd(Scalar));
            assert_eq!(one(&|map| Arch::new().dispatch(map)), plain, "{rows} x {width}");
            if let Some(narrow) = crate::narrow_vectors() {
                assert_eq!(one(&|map| narrow.vectorize(map)), plain, "{rows} x {width}");
            }
            assert!(plain[..rows * width].iter().any(|value| *value != 0.0));
        }
    }
}
