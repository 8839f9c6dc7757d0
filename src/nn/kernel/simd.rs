//! Vectorised building blocks: access by vectors, exponential, sigmoid, element-wise maps and sums over slices.
//!
//! Written with explicit vectors (`pulp` picks AVX-512, AVX2, NEON or plain code at run time), so
//! that they are fast without compiler flags and at every optimisation level. Everything is
//! `inline(always)`: a function that is not inlined loses the instruction set of its caller.
//!
//! `exp(x) = 2^n exp(r)`, `n = round(x / ln 2)`, `|r| <= ln(2) / 2`  (Cephes, `expf`)

use pulp::{Arch, Simd, WithSimd};

/// Beyond this `exp` would leave the normal range of an `f32`.
const EXPONENT_LIMIT: f32 = 87.0;
/// 1.5 * 2^23: adding it rounds a small number to an integer, held in the lowest bits.
const ROUNDER: f32 = 12_582_912.0;
/// ln 2 in two parts: the first has so few bits that its multiples are exact.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;
/// Bits of the fraction of an `f32`, below its exponent.
const FRACTION_BITS: u32 = 23;
/// Minimax coefficients of `(exp(r) - 1 - r) / r^2`, highest power first.
const EXP_TAIL: [f32; 6] =
    [1.987_569_1e-4, 1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 5.0e-1];

/// Independent partial sums in a reduction, enough to hide the latency of an addition.
const PARTIAL_SUMS: usize = 4;
/// Floats in the widest vector (AVX-512).
pub(super) const WIDEST: usize = 16;

/// Floats in the widest vector of this processor.
pub(super) fn lanes() -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    Arch::new().dispatch(Lanes)
}

/// `exp(x)` with a relative error below 2e-7, for `x` held inside +-87; of what is not finite, not a number.
#[inline(always)]
pub(super) fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let given = x;
    let x = simd.min_f32s(simd.splat_f32s(EXPONENT_LIMIT), x);
    let x = simd.max_f32s(simd.splat_f32s(-EXPONENT_LIMIT), x);
    let rounder = simd.splat_f32s(ROUNDER);
    let shifted = simd.mul_add_e_f32s(x, simd.splat_f32s(std::f32::consts::LOG2_E), rounder);
    let n = simd.sub_f32s(shifted, rounder);
    let r = simd.mul_add_e_f32s(n, simd.splat_f32s(-LN_2_HIGH), x);
    let r = simd.mul_add_e_f32s(n, simd.splat_f32s(-LN_2_LOW), r);
    let mut tail = simd.splat_f32s(EXP_TAIL[0]);
    for coefficient in &EXP_TAIL[1..] {
        tail = simd.mul_add_e_f32s(tail, r, simd.splat_f32s(*coefficient));
    }
    let tail = simd.mul_add_e_f32s(tail, simd.mul_f32s(r, r), r);
    let fraction = simd.add_f32s(tail, simd.splat_f32s(1.0));
    // Adding n to the exponent bits multiplies by 2^n.
    let bits = simd.transmute_u32s_f32s(shifted);
    let power = simd.wrapping_dyn_shl_u32s(bits, simd.splat_u32s(FRACTION_BITS));
    let value = simd.transmute_f32s_u32s(simd.add_u32s(simd.transmute_u32s_f32s(fraction), power));
    // What min and max answer where one is no number differs from processor to processor. (A difference
    // and not a selection, which is a call with AVX2, around which every vector goes to memory.)
    simd.add_f32s(value, simd.sub_f32s(given, given))
}

/// `1 / (1 + exp(-x))`.
#[inline(always)]
pub(super) fn sigmoid<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let one = simd.splat_f32s(1.0);
    let negative = simd.sub_f32s(simd.splat_f32s(0.0), x);
    simd.div_f32s(one, simd.add_f32s(one, exp(simd, negative)))
}

/// A block for each index below a constant, written out one by one.
///
/// An array whose every index is a constant from the start is kept in registers; one that a loop
/// runs over is written to memory in each round, even where the compiler unrolls the loop later.
macro_rules! unrolled {
    ($index:ident < $count:ident => $body:expr) => {{
        const { assert!($count <= 12, "no more than twelve are written out") };
        unrolled!($index $count $body; 0 1 2 3 4 5 6 7 8 9 10 11);
    }};
    ($index:ident $count:ident $body:expr; $($value:literal)*) => {
        $({
            const $index: usize = $value;
            if $index < $count {
                $body;
            }
        })*
    };
}
pub(super) use unrolled;

/// The first `V` vectors of `x`.
#[inline(always)]
pub(super) fn vectors<S: Simd, const V: usize>(x: &[f32]) -> &[S::f32s; V] {
    let (vectors, _) = S::as_simd_f32s(&x[..V * S::F32_LANES]);
    vectors.try_into().expect("as many as were cut off")
}

/// The first `V` vectors of `x`, to write to.
#[inline(always)]
pub(super) fn vectors_mut<S: Simd, const V: usize>(x: &mut [f32]) -> &mut [S::f32s; V] {
    let (vectors, _) = S::as_mut_simd_f32s(&mut x[..V * S::F32_LANES]);
    vectors.try_into().expect("as many as were cut off")
}

/// The first `V` vectors of `x`; a single one may reach past its end, where it is zero.
#[inline(always)]
pub(crate) fn load<S: Simd, const V: usize>(simd: S, x: &[f32]) -> [S::f32s; V] {
    // A masked access is a call; most rows are whole vectors.
    match V == 1 && x.len() < S::F32_LANES {
        true => [simd.partial_load_f32s(x); V],
        false => *vectors::<S, V>(x),
    }
}

/// Writes the first `V` vectors of `x`; a single one may reach past its end.
#[inline(always)]
pub(crate) fn store<S: Simd, const V: usize>(simd: S, x: &mut [f32], values: &[S::f32s; V]) {
    match V == 1 && x.len() < S::F32_LANES {
        true => simd.partial_store_f32s(x, values[0]),
        false => *vectors_mut::<S, V>(x) = *values,
    }
}

/// Write `f(x, y)` of each pair of elements to `y`, both of one length.
#[inline(always)]
pub(super) fn map<S: Simd>(
    simd: S,
    x: &[f32],
    y: &mut [f32],
    f: impl Fn(S::f32s, S::f32s) -> S::f32s,
) {
    let (x_head, x_tail) = S::as_simd_f32s(x);
    let (y_head, y_tail) = S::as_mut_simd_f32s(y);
    for (x, y) in x_head.iter().zip(y_head) {
        *y = f(*x, *y);
    }
    if !x_tail.is_empty() {
        let values = f(simd.partial_load_f32s(x_tail), simd.partial_load_f32s(y_tail));
        simd.partial_store_f32s(y_tail, values);
    }
}

/// Fold `f(sum, x)` over all elements of `x`; `neutral` is an element that leaves the sum as it is.
#[inline(always)]
pub(super) fn fold<S: Simd>(
    simd: S,
    x: &[f32],
    neutral: f32,
    f: impl Fn(S::f32s, S::f32s) -> S::f32s,
) -> f32 {
    let (head, tail) = S::as_simd_f32s(x);
    let (blocks, rest) = pulp::as_arrays::<PARTIAL_SUMS, _>(head);
    let mut sums = [simd.splat_f32s(0.0); PARTIAL_SUMS];
    for block in blocks {
        for (sum, x) in sums.iter_mut().zip(block) {
            *sum = f(*sum, *x);
        }
    }
    for x in rest {
        sums[0] = f(sums[0], *x);
    }
    if !tail.is_empty() {
        sums[1] = f(sums[1], padded(simd, tail, neutral));
    }
    let [a, b, c, d] = sums;
    simd.reduce_sum_f32s(simd.add_f32s(simd.add_f32s(a, b), simd.add_f32s(c, d)))
}

/// A vector of the few elements in `tail`, filled up with `fill`.
#[inline(always)]
fn padded<S: Simd>(simd: S, tail: &[f32], fill: f32) -> S::f32s {
    let mut values = [fill; WIDEST];
    values[..tail.len()].copy_from_slice(tail);
    simd.partial_load_f32s(&values[..S::F32_LANES])
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Apply<'a>(&'a [f32], &'a mut [f32], bool);

    impl pulp::WithSimd for Apply<'_> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            let Self(x, y, is_sigmoid) = self;
            map(
                simd,
                x,
                y,
                #[inline(always)]
                |x, _| match is_sigmoid {
                    true => sigmoid(simd, x),
                    false => exp(simd, x),
                },
            );
        }
    }

    fn largest_relative_error(is_sigmoid: bool, exact: impl Fn(f64) -> f64) -> f64 {
        let x: Vec<f32> = (-86_999..87_000).map(|i| i as f32 * 1e-3).collect();
        let mut y = vec![0.0; x.len()];
        pulp::Arch::new().dispatch(Apply(&x, &mut y, is_sigmoid));
        let errors = x.iter().zip(&y).map(|(x, y)| {
            let exact = exact(f64::from(*x));
            ((f64::from(*y) - exact) / exact).abs()
        });
        // The larger of a number and none is the number: what is none is as wrong as can be.
        errors.map(|e| if e.is_nan() { f64::INFINITY } else { e }).fold(0.0, f64::max)
    }

    #[test]
    fn the_exponential_is_exact_to_two_units_in_the_last_place() {
        let error = largest_relative_error(false, f64::exp);
        assert!(error < 2e-7, "relative error {error}");
    }

    #[test]
    fn the_sigmoid_is_exact_to_a_few_units_in_the_last_place() {
        let error = largest_relative_error(true, |x| 1.0 / (1.0 + (-x).exp()));
        assert!(error < 4e-7, "relative error {error}");
    }

    #[test]
    fn what_is_no_number_stays_so() {
        let x = [f32::NAN; 19];
        let [mut fast, mut plain] = [[0.0; 19]; 2];
        pulp::Arch::new().dispatch(Apply(&x, &mut fast, false));
        pulp::WithSimd::with_simd(Apply(&x, &mut plain, false), pulp::Scalar);
        assert!(fast.iter().chain(&plain).all(|y| y.is_nan()), "{fast:?} {plain:?}");
    }

    #[test]
    fn the_plain_fallback_agrees_with_the_vector_instructions() {
        let x: Vec<f32> = (-50..53).map(|i| i as f32 * 0.7).collect();
        let (mut fast, mut plain) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        pulp::Arch::new().dispatch(Apply(&x, &mut fast, true));
        pulp::WithSimd::with_simd(Apply(&x, &mut plain, true), pulp::Scalar);
        for (fast, plain) in fast.iter().zip(&plain) {
            // The fallback has no fused multiplication and addition.
            assert!((fast - plain).abs() <= 4e-7 * plain.abs(), "{fast} {plain}");
        }
    }
}
