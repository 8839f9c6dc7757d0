//! The operations on a GPU, each in one launch where burn's own would take many.
//!
//! A launch costs some microseconds of the driver whatever it computes, and every value goes to memory and back
//! between two of them: on images of 32x32 that is most of a network's time. `bench networks` counts them.

mod normalize;
mod pointwise;
mod resample;
mod sums;

use burn::backend::TensorMetadata as _;
use burn::backend::wgpu::CubeBackend;
use burn::tensor::{DType, Shape};
use burn_cubecl::{
    kernel::into_contiguous, ops::numeric::empty_device_contiguous_dtype, tensor::CubeTensor,
};

use super::operations::{KernelGradients, Kernels};

impl Kernels for CubeBackend {
    fn group_norm(
        x: CubeTensor,
        scale: CubeTensor,
        shift: CubeTensor,
        groups: usize,
        silu: bool,
    ) -> CubeTensor {
        normalize::forward(x, scale, shift, groups, silu)
    }

    fn silu_of(x: CubeTensor) -> CubeTensor {
        pointwise::silu(into_contiguous(x))
    }

    fn sum_2x2(x: CubeTensor, factor: f32) -> CubeTensor {
        resample::sum_2x2(into_contiguous(x), factor)
    }

    fn repeat_2x2(x: CubeTensor, factor: f32) -> CubeTensor {
        resample::repeat_2x2(into_contiguous(x), factor)
    }
}

impl KernelGradients for CubeBackend {
    fn channel_sums(x: CubeTensor) -> CubeTensor {
        sums::channel_sums(x)
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

    fn silu_gradient(x: CubeTensor, dy: CubeTensor) -> CubeTensor {
        pointwise::silu_gradient(into_contiguous(x), into_contiguous(dy))
    }
}

/// Memory for a result, on the device of `like`.
fn empty(like: &CubeTensor, shape: Shape) -> CubeTensor {
    let (client, device) = (like.client.clone(), like.device.clone());
    empty_device_contiguous_dtype(client, device, shape, DType::F32)
}

/// The same, of its shape.
fn empty_like(like: &CubeTensor) -> CubeTensor {
    empty(like, like.shape())
}
