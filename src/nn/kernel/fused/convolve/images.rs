//! Images from images: the convolution, and the gradient of its input, which is a convolution of that of the output
//! with inputs and outputs of the weights swapped and their taps in reverse order.

use burn::{backend::TensorMetadata as _, tensor::Shape};
use burn_cubecl::{
    cubecl::{self, ir::ElemType, prelude::*},
    kernel::into_contiguous,
    ops::permute,
    tensor::CubeTensor,
};

use super::{
    super::{element, empty, traffic},
    Block, Images, PIXELS, blocks,
};

/// Units of a cube.
const UNITS: usize = 64;

/// Output channels that a unit convolves.
const OUTPUTS: usize = 8;

/// A unit for a block of pixels, a row of cubes for [`OUTPUTS`] channels of `y`, `[n, o, h, w]`. `side` is that of the
/// kernel; `turned` takes its taps in reverse order.
#[cube(launch)]
fn convolution_kernel<F: Float>(
    x: &Tensor<F>,
    weight: &Tensor<f32>,
    bias: &Tensor<f32>,
    base: &Tensor<F>,
    y: &mut Tensor<F>,
    #[comptime] side: usize,
    #[comptime] turned: bool,
    #[comptime] has_bias: bool,
    #[comptime] has_base: bool,
    #[define(F)] _of_images: ElemType,
) {
    let block = Block::of(ABSOLUTE_POS_X as usize, y.shape(2), y.shape(3));
    let first = CUBE_POS_Y as usize * OUTPUTS;
    if block.sample < y.shape(0) {
        let mut sums = Array::<f32>::new(OUTPUTS * PIXELS);
        let last = y.shape(1) - 1;
        #[unroll]
        for output in 0..OUTPUTS {
            let mut start = 0.0f32;
            if has_bias {
                start = bias[min(first + output, last)];
            }
            #[unroll]
            for i in 0..PIXELS {
                sums[output * PIXELS + i] = start;
            }
        }
        let images = Images::of(x);
        for channel in 0..x.shape(1) {
            #[unroll]
            for column in 0..side {
                add_column(
                    x, &images, &block, channel, weight, first, &mut sums, column, side, turned,
                );
            }
        }
        write(y, &block, first, &sums, base, has_base);
    }
}

/// Adds the products of a channel with a column of its kernels.
#[cube]
fn add_column<F: Float>(
    x: &Tensor<F>,
    images: &Images,
    block: &Block,
    channel: usize,
    weight: &Tensor<f32>,
    first: usize,
    sums: &mut Array<f32>,
    #[comptime] column: usize,
    #[comptime] side: usize,
    #[comptime] turned: bool,
) {
    let reach = comptime!(side / 2);
    let window = comptime!(PIXELS + side - 1);
    let plane = images.plane(block.sample, channel);
    let mut values = Array::<f32>::new(window);
    #[unroll]
    for i in 0..window {
        values[i] = images.pixel(x, plane, block.row + i - reach, block.column + column - reach);
    }
    let across = comptime!(if turned { side - 1 - column } else { column });
    let filter = channel * weight.stride(1) + across * weight.stride(3);
    let last = weight.shape(0) - 1;
    #[unroll]
    for output in 0..OUTPUTS {
        let filter = filter + min(first + output, last) * weight.stride(0);
        #[unroll]
        for row in 0..side {
            let down = comptime!(if turned { side - 1 - row } else { row });
            let tap = weight[filter + down * weight.stride(2)];
            #[unroll]
            for i in 0..PIXELS {
                sums[output * PIXELS + i] += tap * values[i + row];
            }
        }
    }
}

#[cube]
fn write<F: Float>(
    y: &mut Tensor<F>,
    block: &Block,
    first: usize,
    sums: &Array<f32>,
    base: &Tensor<F>,
    #[comptime] has_base: bool,
) {
    let (channels, height, width) = (y.shape(1), y.shape(2), y.shape(3));
    #[unroll]
    for output in 0..OUTPUTS {
        let line = (block.sample * channels + first + output) * height + block.row;
        #[unroll]
        for i in 0..PIXELS {
            if first + output < channels && block.row + i < height {
                let place = (line + i) * width + block.column;
                let mut value = sums[output * PIXELS + i];
                if has_base {
                    value += f32::cast_from(base[place]);
                }
                y[place] = F::cast_from(value);
            }
        }
    }
}

/// See [`super::super::super::convolution`]; added to `base`, contiguous, if there is one.
pub(in super::super) fn forward(
    x: CubeTensor,
    weight: CubeTensor,
    bias: CubeTensor,
    base: Option<CubeTensor>,
) -> CubeTensor {
    launch(x, weight, [Some(into_contiguous(bias)), base], false)
}

/// The gradient with respect to the input, from that of the output.
pub(in super::super) fn input_gradient(weight: CubeTensor, dy: CubeTensor) -> CubeTensor {
    launch(dy, permute(weight, &[1, 0, 2, 3]), [None, None], true)
}

/// Cubes for the pixels of these images.
pub(super) fn cubes(x: &CubeTensor) -> usize {
    blocks(x).div_ceil(UNITS)
}

fn launch(
    x: CubeTensor,
    weight: CubeTensor,
    [bias, base]: [Option<CubeTensor>; 2],
    turned: bool,
) -> CubeTensor {
    let [samples, _, height, width] = x.shape().dims();
    let [outputs, _, side, _] = weight.shape().dims();
    let y = empty(&x, Shape::from([samples, outputs, height, width]));
    let count = CubeCount::Static(cubes(&x) as u32, outputs.div_ceil(OUTPUTS) as u32, 1);
    let (client, cube) = (x.client.clone(), CubeDim::new_1d(UNITS as u32));
    let (has_bias, has_base) = (bias.is_some(), base.is_some());
    let of_images = element(&[&x, base.as_ref().unwrap_or(&x)]);
    // What is not read may be anything.
    let bias = bias.map_or_else(|| traffic::moved(weight.clone(), 0), traffic::passed);
    let base = base.map_or_else(|| traffic::moved(x.clone(), 0), traffic::passed);
    let [x, weight, out] = [x, weight, y.clone()].map(traffic::passed);
    convolution_kernel::launch(
        &client, count, cube, x, weight, bias, base, out, side, turned, has_bias, has_base,
        of_images,
    );
    y
}
