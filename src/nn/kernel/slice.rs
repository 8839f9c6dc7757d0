//! Whole slices, vectorised: set, add, sum.
//!
//! Each call picks the widest vectors there are; inside of a vectorised loop use [`super::simd`].

use pulp::{Arch, Simd, WithSimd};

use super::simd::{fold, map};

/// Set every element to `value`.
pub(super) fn fill(x: &mut [f32], value: f32) {
    struct Fill<'a>(&'a mut [f32], f32);
    impl WithSimd for Fill<'_> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            let (head, tail) = S::as_mut_simd_f32s(self.0);
            for x in head {
                *x = simd.splat_f32s(self.1);
            }
            for x in tail {
                *x = self.1;
            }
        }
    }
    Arch::new().dispatch(Fill(x, value));
}

/// Add each element of `y` to that of `x`, both of one length.
pub(super) fn add(x: &mut [f32], y: &[f32]) {
    struct Add<'a>(&'a mut [f32], &'a [f32]);
    impl WithSimd for Add<'_> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            map(
                simd,
                self.1,
                self.0,
                #[inline(always)]
                |y, x| simd.add_f32s(x, y),
            );
        }
    }
    Arch::new().dispatch(Add(x, y));
}

/// The sum of all elements.
pub(super) fn sum(x: &[f32]) -> f32 {
    Arch::new().dispatch(Sum { x, is_of_squares: false })
}

/// The sum of the squares of all elements.
pub(crate) fn square_sum(x: &[f32]) -> f32 {
    Arch::new().dispatch(Sum { x, is_of_squares: true })
}

struct Sum<'a> {
    x: &'a [f32],
    is_of_squares: bool,
}

impl WithSimd for Sum<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        fold(
            simd,
            self.x,
            0.0,
            #[inline(always)]
            |sum, x| match self.is_of_squares {
                true => simd.mul_add_e_f32s(x, x, sum),
                false => simd.add_f32s(sum, x),
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filling_and_adding_reach_every_element_of_any_length() {
        for length in 0..70 {
            let mut x = vec![0.0; length];
            fill(&mut x, 2.5);
            assert_eq!(x, vec![2.5; length]);
            let y: Vec<f32> = (0..length).map(|i| i as f32).collect();
            add(&mut x, &y);
            assert!(x.iter().zip(y).all(|(x, y)| *x == y + 2.5), "{x:?}");
        }
    }

    #[test]
    fn a_sum_counts_every_element_of_any_length() {
        for length in 0..200 {
            let x: Vec<f32> = (1..=length).map(|i| i as f32).collect();
            assert_eq!(sum(&x), (length * (length + 1) / 2) as f32);
        }
    }
}
