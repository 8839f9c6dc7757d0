//! SiLU and its slope, value by value.

use burn::tensor::DType;
use burn_cubecl::{
    cubecl::{self, prelude::*},
    tensor::CubeTensor,
};

use super::{empty_like, places, traffic};

/// `1 / (1 + exp(-u))`; beyond 80 the exponential would leave what f32 holds, and a shader's infinity is undefined.
#[cube]
pub(super) fn sigmoid(u: f32) -> f32 {
    1.0f32 / (1.0f32 + (-clamp_min(u, -80.0f32)).exp())
}

/// `d silu(u) / du = s (1 + u (1 - s))` with `s = sigmoid(u)`.
#[cube]
pub(super) fn silu_slope(u: f32) -> f32 {
    let s = sigmoid(u);
    s * (1.0f32 + u * (1.0f32 - s))
}

#[cube(launch)]
fn silu_kernel(x: &Tensor<f32>, y: &mut Tensor<f32>) {
    if ABSOLUTE_POS < y.len() {
        let u = x[ABSOLUTE_POS];
        y[ABSOLUTE_POS] = u * sigmoid(u);
    }
}

#[cube(launch)]
fn silu_gradient_kernel(x: &Tensor<f32>, dy: &Tensor<f32>, dx: &mut Tensor<f32>) {
    if ABSOLUTE_POS < dx.len() {
        dx[ABSOLUTE_POS] = dy[ABSOLUTE_POS] * silu_slope(x[ABSOLUTE_POS]);
    }
}

/// `x` contiguous, of f32.
pub(super) fn silu(x: CubeTensor) -> CubeTensor {
    assert_eq!(x.dtype, DType::F32, "SiLU by itself takes f32");
    let (client, y) = (x.client.clone(), empty_like(&x));
    let (count, cube) = places(&y);
    let [x, out] = [x, y.clone()].map(traffic::passed);
    silu_kernel::launch(&client, count, cube, x, out);
    y
}

/// Both contiguous.
pub(super) fn silu_gradient(x: CubeTensor, dy: CubeTensor) -> CubeTensor {
    let (client, dx) = (x.client.clone(), empty_like(&x));
    let (count, cube) = places(&dx);
    let [x, dy, out] = [x, dy, dx.clone()].map(traffic::passed);
    silu_gradient_kernel::launch(&client, count, cube, x, dy, out);
    dx
}
