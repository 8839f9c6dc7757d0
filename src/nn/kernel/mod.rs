//! Two fused differentiable operations: convolution, and group normalisation followed by SiLU.
//!
//! They exist because most of a U-Net's training time on a CPU is spent in them. On the Flex
//! backend they run on code of our own, forwards and backwards; on a GPU they are compositions of
//! burn's operations. Both are `burn` backend extensions with a hand-written backward step.

mod autodiff;
mod composed;
mod convolve;
mod flex;
mod normalize;
mod operations;
mod patches;
mod product;
mod simd;
#[cfg(test)]
mod tests;

use burn::backend::Dispatch;
use burn::prelude::*;

use operations::Kernels as _;

/// Convolution with stride 1 and zeros around the image, so that the output is as large as `x`.
///
/// `x` is `[n, c, h, w]`, `weight` `[o, c, k, k]` with `k` odd, `bias` `[o]`; the output is
/// `[n, o, h, w]`. All are `f32`.
///
/// # Panics
/// When the shapes do not fit together.
pub fn convolution(x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>) -> Tensor<4> {
    let [_, inputs, ..] = x.dims();
    let [outputs, weight_inputs, rows, columns] = weight.dims();
    assert_eq!(inputs, weight_inputs, "the weights expect as many channels as the image has");
    assert!(rows == columns && rows % 2 == 1, "a kernel is square and its side is odd");
    let bias = bias.unwrap_or_else(|| Tensor::zeros([outputs], &x.device()));
    assert_eq!(bias.dims(), [outputs], "there is one bias for each output channel");
    Tensor::from_dispatch(Dispatch::convolution(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
    ))
}

/// Group normalisation, scale and shift, SiLU:
/// `y = silu(scale (x - mean) / sqrt(variance + 1e-5) + shift)`.
///
/// Mean and (biased) variance are taken over each of `groups` groups of channels and all pixels of
/// a sample. `x` and the output are `[n, c, h, w]`, `scale` and `shift` `[n, c]`. All are `f32`.
///
/// # Panics
/// When the shapes do not fit together or `groups` does not divide the channels.
pub fn group_norm_silu(
    x: Tensor<4>,
    scale: Tensor<2>,
    shift: Tensor<2>,
    groups: usize,
) -> Tensor<4> {
    let [samples, channels, ..] = x.dims();
    assert_eq!(scale.dims(), [samples, channels], "there is one scale for each channel");
    assert_eq!(shift.dims(), [samples, channels], "there is one shift for each channel");
    assert!(
        groups > 0 && channels % groups == 0,
        "{groups} groups do not divide {channels} channels"
    );
    Tensor::from_dispatch(Dispatch::group_norm_silu(
        x.into_dispatch(),
        scale.into_dispatch(),
        shift.into_dispatch(),
        groups,
    ))
}
