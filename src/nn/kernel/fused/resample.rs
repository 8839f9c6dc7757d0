//! Half and double resolution.

use burn::{backend::TensorMetadata as _, tensor::Shape};
use burn_cubecl::{
    cubecl::{self, ir::ElemType, prelude::*},
    tensor::CubeTensor,
};

use super::{element, empty, places, traffic};

/// `width` is that of `y`, whose rows lie one behind the other over all planes.
#[cube(launch)]
fn sum_kernel<F: Float>(
    x: &Tensor<F>,
    y: &mut Tensor<F>,
    width: u32,
    factor: f32,
    #[define(F)] _of_images: ElemType,
) {
    if ABSOLUTE_POS < y.len() {
        let width = width as usize;
        let (row, column) = (ABSOLUTE_POS / width, ABSOLUTE_POS % width);
        let first = 4 * width * row + 2 * column;
        let below = first + 2 * width;
        let above = f32::cast_from(x[first]) + f32::cast_from(x[first + 1]);
        let sum = above + f32::cast_from(x[below]) + f32::cast_from(x[below + 1]);
        y[ABSOLUTE_POS] = F::cast_from(factor * sum);
    }
}

/// `width` is that of `y`; two of its rows come from one of `x`.
#[cube(launch)]
fn repeat_kernel<F: Float>(
    x: &Tensor<F>,
    y: &mut Tensor<F>,
    width: u32,
    factor: f32,
    #[define(F)] _of_images: ElemType,
) {
    if ABSOLUTE_POS < y.len() {
        let width = width as usize;
        let (row, column) = (ABSOLUTE_POS / width, ABSOLUTE_POS % width);
        let value = f32::cast_from(x[row / 2 * (width / 2) + column / 2]);
        y[ABSOLUTE_POS] = F::cast_from(factor * value);
    }
}

/// `x` contiguous.
pub(super) fn sum_2x2(x: CubeTensor, factor: f32) -> CubeTensor {
    let [samples, channels, height, width] = x.shape().dims();
    let (client, width) = (x.client.clone(), width / 2);
    let y = empty(&x, Shape::from([samples, channels, height / 2, width]));
    let ((count, cube), of_images) = (places(&y), element(&[&x]));
    let [x, out] = [x, y.clone()].map(traffic::passed);
    sum_kernel::launch(&client, count, cube, x, out, width as u32, factor, of_images);
    y
}

/// `x` contiguous.
pub(super) fn repeat_2x2(x: CubeTensor, factor: f32) -> CubeTensor {
    let [samples, channels, height, width] = x.shape().dims();
    let (client, width) = (x.client.clone(), 2 * width);
    let y = empty(&x, Shape::from([samples, channels, 2 * height, width]));
    let ((count, cube), of_images) = (places(&y), element(&[&x]));
    let [x, out] = [x, y.clone()].map(traffic::passed);
    repeat_kernel::launch(&client, count, cube, x, out, width as u32, factor, of_images);
    y
}
