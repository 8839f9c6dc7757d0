//! The gradients with respect to the weights and the bias: sums over all pixels of all samples.

use burn::{backend::TensorMetadata as _, tensor::Shape};
use burn_cubecl::{
    cubecl::{self, ir::ElemType, prelude::*},
    tensor::CubeTensor,
};

use super::{
    super::{element, empty, empty_like},
    Block, Images, PIXELS,
};

/// Units of a cube: so few that what each has summed up fits into the memory they share.
const UNITS: usize = 32;

/// Outputs of the weights that a cube has.
const OUTPUTS: usize = 8;

/// Inputs of the weights that a cube has: as many as keep its units' sums in registers.
fn inputs_for(side: usize) -> usize {
    if side == 1 { 4 } else { 1 }
}

/// A cube for some inputs and [`OUTPUTS`] of the weights. Each of its units sums over some blocks of pixels; then each
/// sums up some of what all found.
#[cube(launch)]
fn weight_gradient_kernel<F: Float>(
    x: &Tensor<F>,
    dy: &Tensor<F>,
    dweight: &mut Tensor<f32>,
    dbias: &mut Tensor<f32>,
    #[comptime] side: usize,
    #[comptime] inputs: usize,
    #[define(F)] _of_images: ElemType,
) {
    // A sum for each weight, then one for each bias.
    let products = comptime!(OUTPUTS * inputs * side * side);
    let kept = comptime!(products + OUTPUTS);
    let mut sums = Array::<f32>::new(kept);
    #[unroll]
    for i in 0..kept {
        sums[i] = 0.0f32;
    }
    let (height, width) = (x.shape(2), x.shape(3));
    let count = x.shape(0) * height * width.div_ceil(PIXELS);
    let mut number = UNIT_POS_X as usize;
    while number < count {
        add_block(x, dy, &Block::of(number, height, width), &mut sums, side, inputs);
        number += UNITS;
    }
    let mut found = Shared::new_slice(comptime!(UNITS * kept));
    #[unroll]
    for i in 0..kept {
        found[UNIT_POS_X as usize * kept + i] = sums[i];
    }
    sync_cube();
    let mut place = UNIT_POS_X as usize;
    while place < kept {
        let mut sum = 0.0f32;
        for unit in 0..UNITS {
            sum += found[unit * kept + place];
        }
        if place < products {
            write_weight(dweight, place, sum, side, inputs);
        } else {
            let output = CUBE_POS_Y as usize * OUTPUTS + place - products;
            // The cubes of all inputs have found it.
            if CUBE_POS_X == 0 && output < dbias.len() {
                dbias[output] = sum;
            }
        }
        place += UNITS;
    }
}

/// Adds what a block of pixels contributes.
#[cube]
fn add_block<F: Float>(
    x: &Tensor<F>,
    dy: &Tensor<F>,
    block: &Block,
    sums: &mut Array<f32>,
    #[comptime] side: usize,
    #[comptime] inputs: usize,
) {
    let (reach, taps) = comptime!((side / 2, side * side));
    let window = comptime!(PIXELS + side - 1);
    let mut values = Array::<f32>::new(comptime!(inputs * side * window));
    let images = Images::of(x);
    #[unroll]
    for input in 0..inputs {
        let plane = images.plane(block.sample, CUBE_POS_X as usize * inputs + input);
        #[unroll]
        for row in 0..side {
            #[unroll]
            for i in 0..window {
                values[(input * side + row) * window + i] =
                    images.pixel(x, plane, block.row + row - reach, block.column + i - reach);
            }
        }
    }
    let gradients = Images::of(dy);
    #[unroll]
    for output in 0..OUTPUTS {
        let plane = gradients.plane(block.sample, CUBE_POS_Y as usize * OUTPUTS + output);
        #[unroll]
        for i in 0..PIXELS {
            let found = gradients.pixel(dy, plane, block.row, block.column + i);
            sums[OUTPUTS * inputs * taps + output] += found;
            #[unroll]
            for input in 0..inputs {
                #[unroll]
                for tap in 0..taps {
                    let value = (input * side + tap / side) * window + i + tap % side;
                    sums[(output * inputs + input) * taps + tap] += found * values[value];
                }
            }
        }
    }
}

/// `place` is the sum's among those of a unit.
#[cube]
fn write_weight(
    dweight: &mut Tensor<f32>,
    place: usize,
    sum: f32,
    #[comptime] side: usize,
    #[comptime] inputs: usize,
) {
    let taps = comptime!(side * side);
    let output = CUBE_POS_Y as usize * OUTPUTS + place / (inputs * taps);
    let input = CUBE_POS_X as usize * inputs + place / taps % inputs;
    let (outputs, count) = (dweight.shape(0), dweight.shape(1));
    if output < outputs && input < count {
        dweight[(output * count + input) * taps + place % taps] = sum;
    }
}

/// With respect to the weights, whose shape `weight` has, and the bias, from the gradient of the output.
pub(in super::super) fn gradients(
    x: CubeTensor,
    weight: &CubeTensor,
    dy: CubeTensor,
) -> [CubeTensor; 2] {
    let [outputs, inputs, side, _] = weight.shape().dims();
    let found = [empty_like(weight), empty(weight, Shape::from([outputs]))];
    let each = inputs_for(side);
    let (columns, rows) = (inputs.div_ceil(each), outputs.div_ceil(OUTPUTS));
    let count = CubeCount::Static(columns as u32, rows as u32, 1);
    let (client, cube) = (x.client.clone(), CubeDim::new_1d(UNITS as u32));
    let of_images = element(&[&x, &dy]);
    let [dweight, dbias] = found.clone();
    let [x, dy, dweight, dbias] = [x, dy, dweight, dbias].map(CubeTensor::into_tensor_arg);
    weight_gradient_kernel::launch(
        &client, count, cube, x, dy, dweight, dbias, side, each, of_images,
    );
    found
}
