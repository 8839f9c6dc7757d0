//! Half and double resolution.

use burn::{backend::TensorMetadata as _, tensor::Shape};
use burn_cubecl::{
    cubecl::{self, prelude::*},
    tensor::CubeTensor,
};

use super::{empty, pointwise::places};

/// `width` is that of `y`, whose rows lie one behind the other over all planes.
#[cube(launch)]
fn sum_kernel(x: &Tensor<f32>, y: &mut Tensor<f32>, width: u32, factor: f32) {
    if ABSOLUTE_POS < y.len() {
        let width = width as usize;
        let (row, column) = (ABSOLUTE_POS / width, ABSOLUTE_POS % width);
        let first = 4 * width * row + 2 * column;
        let below = first + 2 * width;
        y[ABSOLUTE_POS] = factor * (x[first] + x[first + 1] + x[below] + x[below + 1]);
    }
}

/// `width` is that of `y`; two of its rows come from one of `x`.
#[cube(launch)]
fn repeat_kernel(x: &Tensor<f32>, y: &mut Tensor<f32>, width: u32, factor: f32) {
    if ABSOLUTE_POS < y.len() {
        let width = width as usize;
        let (row, column) = (ABSOLUTE_POS / width, ABSOLUTE_POS % width);
        y[ABSOLUTE_POS] = factor * x[row / 2 * (width / 2) + column / 2];
    }
}

/// `x` contiguous.
pub(super) fn sum_2x2(x: CubeTensor, factor: f32) -> CubeTensor {
    let [samples, channels, height, width] = x.shape().dims();
    let (client, width) = (x.client.clone(), width / 2);
    let y = empty(&x, Shape::from([samples, channels, height / 2, width]));
    let (count, cube) = places(&y);
    let [x, out] = [x, y.clone()].map(CubeTensor::into_tensor_arg);
    sum_kernel::launch(&client, count, cube, x, out, width as u32, factor);
    y
}

/// `x` contiguous.
pub(super) fn repeat_2x2(x: CubeTensor, factor: f32) -> CubeTensor {
    let [samples, channels, height, width] = x.shape().dims();
    let (client, width) = (x.client.clone(), 2 * width);
    let y = empty(&x, Shape::from([samples, channels, 2 * height, width]));
    let (count, cube) = places(&y);
    let [x, out] = [x, y.clone()].map(CubeTensor::into_tensor_arg);
    repeat_kernel::launch(&client, count, cube, x, out, width as u32, factor);
    y
}
