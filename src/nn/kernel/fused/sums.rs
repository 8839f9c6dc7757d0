//! Sums over all samples and pixels: a cube of units for each channel.

use burn::{backend::TensorMetadata as _, tensor::Shape};
use burn_cubecl::{
    cubecl::{self, prelude::*},
    tensor::CubeTensor,
};

use super::{
    empty,
    normalize::{UNITS, even, total},
};

#[cube(launch)]
fn channel_sums_kernel(x: &Tensor<f32>, sums: &mut Tensor<f32>, samples: u32, pixels: u32) {
    let (count, pixels) = ((samples * pixels) as usize, pixels as usize);
    let channel = CUBE_POS_X as usize;
    let mut partial = Shared::new_slice(UNITS);
    let mut sum = 0.0f32;
    let mut i = UNIT_POS_X as usize;
    while i < count {
        let row = i / pixels * x.stride(0) + channel * x.stride(1);
        sum += x[row + i % pixels * x.stride(3)];
        i += UNITS;
    }
    let sum = total(sum, &mut partial);
    if UNIT_POS_X == 0 {
        sums[channel] = sum;
    }
}

/// `[n, c, h, w] -> [c]`
pub(super) fn channel_sums(x: CubeTensor) -> CubeTensor {
    let x = even(x);
    let [samples, channels, height, width] = x.shape().dims();
    let (client, sums) = (x.client.clone(), empty(&x, Shape::from([channels])));
    let (count, cube) = (CubeCount::new_1d(channels as u32), CubeDim::new_1d(UNITS as u32));
    let [x, out] = [x, sums.clone()].map(CubeTensor::into_tensor_arg);
    channel_sums_kernel::launch(
        &client,
        count,
        cube,
        x,
        out,
        samples as u32,
        (height * width) as u32,
    );
    sums
}
