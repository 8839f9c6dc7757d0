//! SiLU on the CPU, `y = u sigmoid(u)`, by itself and for the fused norm.

use pulp::{Arch, Simd, WithSimd};

use super::simd::{map, sigmoid};

/// The function.
#[inline(always)]
pub(super) fn silu_of<S: Simd>(simd: S, u: S::f32s) -> S::f32s {
    simd.mul_f32s(u, sigmoid(simd, u))
}

/// Its slope, `s (1 + u (1 - s))` with `s = sigmoid(u)`.
#[inline(always)]
pub(super) fn silu_slope<S: Simd>(simd: S, u: S::f32s) -> S::f32s {
    let one = simd.splat_f32s(1.0);
    let s = sigmoid(simd, u);
    simd.mul_f32s(s, simd.mul_add_e_f32s(u, simd.sub_f32s(one, s), one))
}

/// The function of every element.
pub(super) fn forward(x: &[f32]) -> Vec<f32> {
    let mut y = vec![0.0; x.len()];
    Arch::new().dispatch(Each { x, y: &mut y, is_gradient: false });
    y
}

/// The gradient with respect to `x` from that of the output, `dy`.
pub(super) fn gradient(x: &[f32], dy: &[f32]) -> Vec<f32> {
    let mut dx = dy.to_vec();
    Arch::new().dispatch(Each { x, y: &mut dx, is_gradient: true });
    dx
}

struct Each<'a> {
    x: &'a [f32],
    y: &'a mut [f32],
    /// Whether `y` holds the gradient of the output and becomes that of `x`, or becomes the output.
    is_gradient: bool,
}

impl WithSimd for Each<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        map(
            simd,
            self.x,
            self.y,
            #[inline(always)]
            |x, y| match self.is_gradient {
                true => simd.mul_f32s(y, silu_slope(simd, x)),
                false => silu_of(simd, x),
            },
        );
    }
}
