//! What a backend has to offer for the operations of this module.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, backend_extension};

use super::composed;
use crate::math::seed::Dropout;

/// The operations; see the functions of the same names in [`super`] for shapes.
#[backend_extension(Flex, Cube, Autodiff)]
pub(super) trait Kernels: Backend {
    /// Convolution with a bias.
    fn convolution(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// Convolution with a bias, added to another image.
    fn convolution_onto(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        base: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// Group normalisation, scale and shift, and SiLU or not.
    fn group_norm(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        groups: usize,
        silu: bool,
    ) -> FloatTensor<Self>;

    /// Group normalisation whose scale and shift are modulated, and SiLU or not.
    fn modulated_norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        modulation: FloatTensor<Self>,
        groups: usize,
        silu: bool,
    ) -> FloatTensor<Self>;

    /// `x / (1 + exp(-x))`.
    fn silu_of(x: FloatTensor<Self>) -> FloatTensor<Self>;

    /// Each sample's units times what is drawn for it.
    fn dropout(
        x: FloatTensor<Self>,
        numbers: FloatTensor<Self>,
        units: Dropout,
    ) -> FloatTensor<Self>;

    /// Self-attention over pixels.
    fn self_attention(qkv: FloatTensor<Self>, heads: usize) -> FloatTensor<Self>;

    /// Sums of 2x2 pixels, times a factor.
    fn sum_2x2(x: FloatTensor<Self>, factor: f32) -> FloatTensor<Self>;

    /// Each pixel as 2x2 pixels, times a factor.
    fn repeat_2x2(x: FloatTensor<Self>, factor: f32) -> FloatTensor<Self>;
}

/// What the backward steps need. They run below autodiff, so these are not dispatched.
pub(super) trait KernelGradients: Kernels {
    /// The gradients with respect to the input (where it is wanted), the weights and the bias of a
    /// convolution, from that of its output.
    fn convolution_gradients(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        dy: FloatTensor<Self>,
        wants_x: bool,
    ) -> (Option<FloatTensor<Self>>, [FloatTensor<Self>; 2]);

    /// The gradients with respect to `x`, `scale` and `shift` of [`Kernels::group_norm`].
    fn group_norm_gradients(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        groups: usize,
        silu: bool,
        dy: FloatTensor<Self>,
    ) -> [FloatTensor<Self>; 3];

    /// The scale and shift of [`Kernels::modulated_norm`], each `[n, c]`, from gamma, beta and the modulation.
    fn modulation(norm: [FloatTensor<Self>; 3]) -> [FloatTensor<Self>; 2] {
        composed::modulation::<Self>(norm)
    }

    /// The gradients with respect to gamma, beta and the modulation, from those of scale and shift.
    fn modulation_gradients(
        norm: [FloatTensor<Self>; 3],
        found: [FloatTensor<Self>; 2],
    ) -> [FloatTensor<Self>; 3] {
        composed::modulation_gradients::<Self>(norm, found)
    }

    /// The gradient with respect to `x` of [`Kernels::silu_of`].
    fn silu_gradient(x: FloatTensor<Self>, dy: FloatTensor<Self>) -> FloatTensor<Self>;

    /// The gradient with respect to `qkv` of [`Kernels::self_attention`].
    fn attention_gradient(
        qkv: FloatTensor<Self>,
        heads: usize,
        dy: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

/// A norm under a modulation, see [`super::modulated_norm`].
pub(super) fn modulated_norm<B: KernelGradients>(
    x: FloatTensor<B>,
    norm: [FloatTensor<B>; 3],
    groups: usize,
    silu: bool,
) -> FloatTensor<B> {
    let [scale, shift] = B::modulation(norm);
    B::group_norm(x, scale, shift, groups, silu)
}
