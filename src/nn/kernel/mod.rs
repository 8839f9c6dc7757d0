//! The differentiable operations that most of a U-Net's time on a CPU is spent in: convolution, group
//! normalisation with SiLU, self-attention, half and double resolution; and dropout.
//!
//! All is of f32; on a GPU images, and only they, may be of f16.
//!
//! They run on code of our own, forwards and backwards, on the Flex backend and in kernels of one or two launches on a
//! GPU. All are `burn` backend extensions with a hand-written backward step.
//!
//! | file | holds |
//! |---|---|
//! | `operations`, `autodiff` | what a backend offers; what the backward steps keep and pass on |
//! | `composed`, `flex` | made of others; made of the files below |
//! | `fused`, `replay` | GPU kernels; their launches recorded and replayed |
//! | `table` | what the host tells of a batch, in one tensor |
//! | `convolve`, `algorithm`, `direct`, `winograd` | convolution: tasks, and two ways to take the sums |
//! | `planes`, `turn`, `taps`, `correlate`, `accumulate` | images as loops read them, where weights meet them, inner loops |
//! | `normalize`, `silu`, `attend`, `resample`, `dropout` | the other operations |
//! | `simd`, `slice`, `scratch` | vectorised building blocks, whole slices, memory to work in |

mod accumulate;
mod algorithm;
mod attend;
mod autodiff;
mod composed;
mod convolve;
mod correlate;
mod direct;
mod dropout;
mod flex;
pub(crate) mod fused;
mod normalize;
mod operations;
mod planes;
pub mod replay;
mod resample;
mod scratch;
mod silu;
pub(crate) mod simd;
pub(crate) mod slice;
pub mod table;
mod taps;
#[cfg(test)]
mod tests;
mod turn;
mod winograd;

use burn::backend::Dispatch;
use burn::prelude::*;

use crate::math::seed::Dropout;
pub use dropout::thirds;
use operations::Kernels as _;

/// f32 values in 256 bytes, where every GPU lets a kernel's input begin: one that begins there is read where it lies.
pub const ALIGNMENT: usize = 64;

/// Convolution with stride 1 and zeros around the image, so that the output is as large as `x`.
///
/// `x` is `[n, c, h, w]`, `weight` `[o, c, k, k]` with `k` odd, `bias` `[o]`; the output is
/// `[n, o, h, w]`.
///
/// # Panics
/// When the shapes do not fit together.
pub fn convolution(x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>) -> Tensor<4> {
    let bias = checked_bias(&x, &weight, bias);
    Tensor::from_dispatch(Dispatch::convolution(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
    ))
}

/// [`convolution`] added to `base`, `[n, o, h, w]`: the end of a block with a skip.
///
/// # Panics
/// When the shapes do not fit together.
pub fn convolution_onto(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    base: Tensor<4>,
) -> Tensor<4> {
    let bias = checked_bias(&x, &weight, bias);
    let ([n, _, h, w], [outputs]) = (x.dims(), bias.dims());
    assert_eq!(base.dims(), [n, outputs, h, w], "what is added to has the output's shape");
    Tensor::from_dispatch(Dispatch::convolution_onto(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        base.into_dispatch(),
    ))
}

/// The bias of a convolution, zeros where there is none, once everything is seen to fit together.
fn checked_bias(x: &Tensor<4>, weight: &Tensor<4>, bias: Option<Tensor<1>>) -> Tensor<1> {
    assert_image(x);
    let [_, inputs, ..] = x.dims();
    let [outputs, weight_inputs, rows, columns] = weight.dims();
    assert_eq!(inputs, weight_inputs, "the weights expect as many channels as the image has");
    assert!(rows == columns && rows % 2 == 1, "a kernel is square and its side is odd");
    let bias = bias.unwrap_or_else(|| Tensor::zeros([outputs], &x.device()));
    assert_eq!(bias.dims(), [outputs], "there is one bias for each output channel");
    bias
}

/// Group normalisation, scale and shift, and SiLU if `silu`:
/// `u = scale (x - mean) / sqrt(variance + 1e-5) + shift`, `y = u` or `y = u / (1 + exp(-u))`.
///
/// Mean and (biased) variance are taken over each of `groups` groups of channels and all pixels of
/// a sample. `x` and the output are `[n, c, h, w]`, `scale` and `shift` `[n, c]`.
///
/// # Panics
/// When the shapes do not fit together or `groups` does not divide the channels.
pub fn group_norm(
    x: Tensor<4>,
    scale: Tensor<2>,
    shift: Tensor<2>,
    groups: usize,
    silu: bool,
) -> Tensor<4> {
    assert_image(&x);
    let [samples, channels, ..] = x.dims();
    assert_eq!(scale.dims(), [samples, channels], "there is one scale for each channel");
    assert_eq!(shift.dims(), [samples, channels], "there is one shift for each channel");
    assert_groups(groups, channels);
    Tensor::from_dispatch(Dispatch::group_norm(
        x.into_dispatch(),
        scale.into_dispatch(),
        shift.into_dispatch(),
        groups,
        silu,
    ))
}

fn assert_image(x: &Tensor<4>) {
    assert!(x.dims()[1..].iter().all(|size| *size > 0), "an image has channels and pixels");
}

fn assert_groups(groups: usize, channels: usize) {
    assert!(
        groups > 0 && channels.is_multiple_of(groups),
        "{groups} groups do not divide {channels} channels"
    );
}

/// [`group_norm`] with the scale `gamma (1 + s)` and the shift `beta (1 + s) + t` (Dhariwal and Nichol 2021).
///
/// `gamma` and `beta` are `[c]`, those of the layer; `modulation` is `[n, 2 c]`, that of each sample: all `s`, then all
/// `t`.
///
/// # Panics
/// When the shapes do not fit together or `groups` does not divide the channels.
pub fn modulated_norm(
    x: Tensor<4>,
    [gamma, beta]: [Tensor<1>; 2],
    modulation: Tensor<2>,
    groups: usize,
    silu: bool,
) -> Tensor<4> {
    assert_image(&x);
    let [samples, channels, ..] = x.dims();
    assert_eq!([gamma.dims(), beta.dims()], [[channels]; 2], "there is one for each channel");
    let table = [samples, 2 * channels];
    assert_eq!(modulation.dims(), table, "there are a scale and a shift for each channel");
    assert_groups(groups, channels);
    Tensor::from_dispatch(Dispatch::modulated_norm(
        x.into_dispatch(),
        gamma.into_dispatch(),
        beta.into_dispatch(),
        modulation.into_dispatch(),
        groups,
        silu,
    ))
}

/// `x / (1 + exp(-x))`, element by element (Elfwing et al. 2018).
pub fn silu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::silu_of(x.into_dispatch()))
}

/// Each sample's units times what `units` draws for it: `numbers` `[n, 3]` holds the [`thirds`] of the samples' numbers.
///
/// # Panics
/// When the shapes do not fit together.
pub fn dropout<const D: usize>(x: Tensor<D>, numbers: Tensor<2>, units: Dropout) -> Tensor<D> {
    assert_eq!(numbers.dims(), [x.dims()[0], 3], "there is a number for each sample");
    Tensor::from_dispatch(Dispatch::dropout(x.into_dispatch(), numbers.into_dispatch(), units))
}

/// Self-attention of all pixels to all, for each of `heads` parts of the channels:
/// `y = value softmax(key^T query / sqrt(c / heads))` (Vaswani et al. 2017, eq. 1, turned around).
///
/// `qkv` is `[n, 3 c, h, w]`: queries, keys, values; the output is `[n, c, h, w]`.
///
/// # Panics
/// When `heads` does not divide the channels.
pub fn attention(qkv: Tensor<4>, heads: usize) -> Tensor<4> {
    assert_image(&qkv);
    let [_, channels, ..] = qkv.dims();
    assert!(
        heads > 0 && channels % (3 * heads) == 0,
        "{channels} channels are not queries, keys and values of {heads} heads"
    );
    Tensor::from_dispatch(Dispatch::self_attention(qkv.into_dispatch(), heads))
}

/// `factor` times the sum of each 2x2 pixels: `[n, c, h, w] -> [n, c, h/2, w/2]`.
///
/// # Panics
/// When height or width is odd.
pub fn sum_2x2(x: Tensor<4>, factor: f32) -> Tensor<4> {
    assert_image(&x);
    let [_, _, height, width] = x.dims();
    assert!(height % 2 == 0 && width % 2 == 0, "{height}x{width} pixels have no half");
    Tensor::from_dispatch(Dispatch::sum_2x2(x.into_dispatch(), factor))
}

/// Each pixel as 2x2 pixels, times `factor`: `[n, c, h, w] -> [n, c, 2h, 2w]`.
pub fn repeat_2x2(x: Tensor<4>, factor: f32) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::repeat_2x2(x.into_dispatch(), factor))
}
