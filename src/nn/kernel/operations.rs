//! What a backend has to offer for the operations of this module.

use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;
use burn::backend::{Backend, backend_extension};

use super::composed;

/// The operations; see the functions of the same names in [`super`] for shapes.
#[backend_extension(Flex, Cube, Autodiff)]
pub(super) trait Kernels: Backend {
    /// Convolution with a bias.
    fn convolution(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        composed::convolution::<Self>(x, weight, bias)
    }

    /// Group normalisation, scale and shift, SiLU.
    fn group_norm_silu(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        groups: usize,
    ) -> FloatTensor<Self> {
        composed::group_norm_silu::<Self>(x, scale, shift, groups)
    }
}

/// What the backward steps need. They run below autodiff, so these are not dispatched.
pub(super) trait KernelGradients: Kernels {
    /// The gradient with respect to the input of a convolution, from that of its output.
    fn convolution_input_gradient(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        dy: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        composed::convolution_input_gradient::<Self>(x, weight, dy)
    }

    /// The gradients with respect to the weights and the bias of a convolution.
    fn convolution_weight_gradients(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        dy: FloatTensor<Self>,
    ) -> [FloatTensor<Self>; 2] {
        composed::convolution_weight_gradients::<Self>(x, weight, dy)
    }

    /// The gradients with respect to `x`, `scale` and `shift` of [`Kernels::group_norm_silu`].
    fn group_norm_silu_gradients(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        groups: usize,
        dy: FloatTensor<Self>,
    ) -> [FloatTensor<Self>; 3] {
        composed::group_norm_silu_gradients::<Self>(x, scale, shift, groups, dy)
    }
}

impl Kernels for CubeBackend {}
impl KernelGradients for CubeBackend {}
