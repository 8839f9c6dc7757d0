//! Convolution and its gradients, a launch each or, of weights, two. Images are read as they lie and written row by
//! row, so that none is turned in memory first.
//!
//! A unit convolves some pixels below each other at once: each value that it reads serves several products. Units side by
//! side read side by side, which a GPU does in one go.

mod images;
mod weights;

use burn::backend::TensorMetadata as _;
use burn_cubecl::{
    cubecl::{self, prelude::*},
    tensor::CubeTensor,
};

pub(super) use images::{forward, input_gradient};
pub(super) use weights::gradients as weight_gradients;

/// Pixels below each other that a unit has.
const PIXELS: usize = 8;

/// Kernels of at most this many pixels a side are convolved here; larger ones would take too many registers.
const LARGEST: usize = 3;

/// Whether these images and weights can be convolved here.
pub(super) fn takes(x: &CubeTensor, weight: &CubeTensor) -> bool {
    let most = x.client.properties().hardware.max_cube_count.0 as usize;
    weight.shape()[2] <= LARGEST && images::cubes(x) <= most
}

/// Blocks of images `[n, c, h, w]`.
fn blocks(x: &CubeTensor) -> usize {
    let [samples, _, height, width] = x.shape().dims();
    samples * height.div_ceil(PIXELS) * width
}

/// The images that are read.
#[derive(CubeType, Clone, Copy)]
struct Images {
    height: usize,
    width: usize,
    last_channel: usize,
    by_sample: usize,
    by_channel: usize,
    by_row: usize,
    by_column: usize,
}

#[cube]
impl Images {
    fn of<F: Float>(x: &Tensor<F>) -> Images {
        Images {
            height: x.shape(2),
            width: x.shape(3),
            last_channel: x.shape(1) - 1,
            by_sample: x.stride(0),
            by_channel: x.stride(1),
            by_row: x.stride(2),
            by_column: x.stride(3),
        }
    }

    /// Where a channel of a sample begins; behind the last channel, where that one does.
    fn plane(&self, sample: usize, channel: usize) -> usize {
        sample * self.by_sample + min(channel, self.last_channel) * self.by_channel
    }

    /// A pixel of a plane. Outside it is zero, where `row` and `column` may have been below zero: as wrapped numbers
    /// they are larger than any side.
    fn pixel<F: Float>(&self, x: &Tensor<F>, plane: usize, row: usize, column: usize) -> f32 {
        // A row outside has no columns.
        let columns = select(row < self.height, self.width, 0usize);
        let inside = column < columns;
        let place = plane + row * self.by_row + column * self.by_column;
        select(inside, f32::cast_from(x[select(inside, place, plane)]), 0.0f32)
    }
}

/// The pixels that a unit has.
#[derive(CubeType, Clone, Copy)]
struct Block {
    sample: usize,
    /// Of the first of them.
    row: usize,
    column: usize,
}

#[cube]
impl Block {
    /// Blocks are counted along rows, then down those of all samples.
    fn of(number: usize, height: usize, width: usize) -> Block {
        let blocks = height.div_ceil(PIXELS);
        let line = number / width;
        Block { sample: line / blocks, row: line % blocks * PIXELS, column: number % width }
    }
}
