//! The operations on a GPU, each in one launch or two where burn's own would take many.
//!
//! A launch costs some microseconds of the driver whatever it computes, and every value goes to memory and back
//! between two of them: on images of 32x32 that is most of a network's time. `bench networks` counts them.
//!
//! Images may be of f16, which halves what is moved: they are read and written as such. Sums, weights and the tables of
//! samples and channels are of f32 always.

mod attend;
mod convolve;
mod dropout;
pub(crate) mod group;
mod modulation;
mod normalize;
mod overwrite;
mod pointwise;
mod resample;
pub(crate) mod traffic;

use burn::backend::wgpu::CubeBackend;
use burn::backend::{TensorMetadata as _, ops::FloatTensorOps as _};
use burn::tensor::{DType, FloatDType, Shape};
use burn_cubecl::{
    cubecl::{
        CubeCount, CubeDim, calculate_cube_count_elemwise,
        ir::{ElemType, FloatKind},
    },
    kernel::into_contiguous,
    ops::numeric::empty_device_contiguous_dtype,
    tensor::CubeTensor,
};

pub(super) use overwrite::overwrite;

use super::{
    composed,
    operations::{KernelGradients, Kernels, modulated_norm},
};
use crate::math::seed::Dropout;

impl Kernels for CubeBackend {
    fn convolution(x: CubeTensor, weight: CubeTensor, bias: CubeTensor) -> CubeTensor {
        if !convolve::takes(&x, &weight) {
            let dtype = float(&x);
            return Self::float_cast(composed::convolution::<Self>(wide(x), weight, bias), dtype);
        }
        convolve::forward(x, weight, bias, None)
    }

    fn convolution_onto(
        x: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        base: CubeTensor,
    ) -> CubeTensor {
        if !convolve::takes(&x, &weight) {
            return Self::float_add(base, Self::convolution(x, weight, bias));
        }
        convolve::forward(x, weight, bias, Some(into_contiguous(base)))
    }

    fn group_norm(
        x: CubeTensor,
        scale: CubeTensor,
        shift: CubeTensor,
        groups: usize,
        silu: bool,
    ) -> CubeTensor {
        normalize::forward(x, scale, shift, groups, silu)
    }

    fn modulated_norm(
        x: CubeTensor,
        gamma: CubeTensor,
        beta: CubeTensor,
        modulation: CubeTensor,
        groups: usize,
        silu: bool,
    ) -> CubeTensor {
        modulated_norm::<Self>(x, [gamma, beta, modulation], groups, silu)
    }

    fn self_attention(qkv: CubeTensor, heads: usize) -> CubeTensor {
        if !attend::takes(&qkv, heads) {
            let dtype = float(&qkv);
            return Self::float_cast(composed::attention::<Self>(wide(qkv), heads), dtype);
        }
        attend::forward(qkv, heads)
    }

    fn silu_of(x: CubeTensor) -> CubeTensor {
        pointwise::silu(into_contiguous(x))
    }

    fn dropout(x: CubeTensor, numbers: CubeTensor, units: Dropout) -> CubeTensor {
        dropout::dropout(into_contiguous(x), into_contiguous(numbers), units)
    }

    fn sum_2x2(x: CubeTensor, factor: f32) -> CubeTensor {
        resample::sum_2x2(into_contiguous(x), factor)
    }

    fn repeat_2x2(x: CubeTensor, factor: f32) -> CubeTensor {
        resample::repeat_2x2(into_contiguous(x), factor)
    }
}

impl KernelGradients for CubeBackend {
    fn convolution_gradients(
        x: CubeTensor,
        weight: CubeTensor,
        dy: CubeTensor,
        wants_x: bool,
    ) -> (Option<CubeTensor>, [CubeTensor; 2]) {
        if !convolve::takes(&x, &weight) {
            let dtype = float(&x);
            let (dx, parameters) =
                composed::convolution_gradients::<Self>(wide(x), weight, wide(dy), wants_x);
            return (dx.map(|dx| Self::float_cast(dx, dtype)), parameters);
        }
        let parameters = convolve::weight_gradients(x, &weight, dy.clone());
        (wants_x.then(|| convolve::input_gradient(weight, dy)), parameters)
    }

    fn group_norm_gradients(
        x: CubeTensor,
        scale: CubeTensor,
        shift: CubeTensor,
        groups: usize,
        silu: bool,
        dy: CubeTensor,
    ) -> [CubeTensor; 3] {
        normalize::gradients([x, scale, shift, dy], groups, silu)
    }

    fn modulation(norm: [CubeTensor; 3]) -> [CubeTensor; 2] {
        modulation::forward(norm)
    }

    fn modulation_gradients(norm: [CubeTensor; 3], found: [CubeTensor; 2]) -> [CubeTensor; 3] {
        modulation::gradients(norm, found)
    }

    fn attention_gradient(qkv: CubeTensor, heads: usize, dy: CubeTensor) -> CubeTensor {
        if !attend::takes(&qkv, heads) {
            let dtype = float(&qkv);
            let found = composed::attention_gradient::<Self>(wide(qkv), heads, wide(dy));
            return Self::float_cast(found, dtype);
        }
        attend::gradient(qkv, heads, dy)
    }

    fn silu_gradient(x: CubeTensor, dy: CubeTensor) -> CubeTensor {
        pointwise::silu_gradient(into_contiguous(x), into_contiguous(dy))
    }
}

/// How to launch one unit for each of `count` values, on the device of `like`.
pub(crate) fn units(like: &CubeTensor, count: usize) -> (CubeCount, CubeDim) {
    let cube = CubeDim::new(&like.client, count);
    (calculate_cube_count_elemwise(&like.client, count, cube), cube)
}

/// How to launch a kernel that writes one value of `y` at each place.
pub(crate) fn places(y: &CubeTensor) -> (CubeCount, CubeDim) {
    units(y, y.shape().num_elements())
}

/// Memory for a result, of the type and on the device of `like`.
pub(crate) fn empty(like: &CubeTensor, shape: Shape) -> CubeTensor {
    empty_of(like, shape, like.dtype)
}

/// The same, of its shape.
fn empty_like(like: &CubeTensor) -> CubeTensor {
    empty(like, like.shape())
}

/// Memory of f32, whatever the type of `like`.
fn empty_f32(like: &CubeTensor, shape: Shape) -> CubeTensor {
    empty_of(like, shape, DType::F32)
}

fn empty_of(like: &CubeTensor, shape: Shape, dtype: DType) -> CubeTensor {
    let (client, device) = (like.client.clone(), like.device.clone());
    empty_device_contiguous_dtype(client, device, shape, dtype)
}

fn float(x: &CubeTensor) -> FloatDType {
    x.dtype.into()
}

/// In f32: what is composed of burn's operations takes numbers of one type.
fn wide(x: CubeTensor) -> CubeTensor {
    CubeBackend::float_cast(x, FloatDType::F32)
}

/// The type of the values of these images, one for all, as a kernel is told it.
fn element(images: &[&CubeTensor]) -> ElemType {
    let dtype = images[0].dtype;
    assert!(images.iter().all(|x| x.dtype == dtype), "a kernel takes images of one type");
    ElemType::Float(match dtype {
        DType::F16 => FloatKind::F16,
        DType::F32 => FloatKind::F32,
        other => panic!("images are of f16 or f32, not of {other:?}"),
    })
}
