//! The gradients with respect to the weights and the bias: sums over all pixels of all samples.
//!
//! Few channels would be few cubes, each with long sums, and most of a large GPU idle: the pixels are shared out among as
//! many cubes as keep it busy, and what each found is summed up in a second launch, in one order on every device.

use burn::{backend::TensorMetadata as _, tensor::Shape};
use burn_cubecl::{
    cubecl::{self, ir::ElemType, prelude::*},
    tensor::CubeTensor,
};

use super::{
    super::{element, empty, empty_f32, empty_like, traffic, units},
    Block, Images, PIXELS, blocks,
};

/// Units of a cube: a whole subgroup wherever that is at most 64, and more than one of Apple's, whose compiler was seen to
/// get kernels of 32 wrong (cubecl#1636).
const UNITS: usize = 64;

/// Units whose sums fit into the memory that a cube shares, at one time.
const KEPT: usize = UNITS / 2;

/// Outputs of the weights that a cube has.
const OUTPUTS: usize = 8;

/// Cubes that keep a large GPU busy: two for each scheduler of one with 132 multiprocessors, of 4 each.
const BUSY: usize = 1024;

/// Inputs of the weights that a cube has: as many as keep its units' sums in registers.
fn inputs_for(side: usize) -> usize {
    if side == 1 { 4 } else { 1 }
}

/// A cube for some inputs and [`OUTPUTS`] of the weights, and for a part of the pixels, whose sums lie behind those of the
/// parts before. Each of its units sums over some blocks of pixels; then each sums up some of what all found.
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
    let count = x.shape(0) * height.div_ceil(PIXELS) * width;
    let mut number = CUBE_POS_Z as usize * UNITS + UNIT_POS_X as usize;
    while number < count {
        add_block(x, dy, &Block::of(number, height, width), &mut sums, side, inputs);
        number += CUBE_COUNT_Z as usize * UNITS;
    }
    let mut found = Shared::new_slice(comptime!(KEPT * kept));
    let (unit, first) = (UNIT_POS_X as usize, UNIT_POS_X as usize % KEPT * kept);
    if unit >= KEPT {
        #[unroll]
        for i in 0..kept {
            found[first + i] = sums[i];
        }
    }
    sync_cube();
    if unit < KEPT {
        #[unroll]
        for i in 0..kept {
            found[first + i] += sums[i];
        }
    }
    sync_cube();
    let own = Own::new(x.shape(1), dy.shape(1));
    let mut place = unit;
    while place < kept {
        let mut sum = 0.0f32;
        for other in 0..KEPT {
            sum += found[other * kept + place];
        }
        if place < products {
            own.write_weight(dweight, place, sum, side, inputs);
        } else {
            own.write_bias(dbias, place - products, sum);
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
        for column in 0..side {
            #[unroll]
            for i in 0..window {
                values[(input * side + column) * window + i] =
                    images.pixel(x, plane, block.row + i - reach, block.column + column - reach);
            }
        }
    }
    let gradients = Images::of(dy);
    #[unroll]
    for output in 0..OUTPUTS {
        let plane = gradients.plane(block.sample, CUBE_POS_Y as usize * OUTPUTS + output);
        #[unroll]
        for i in 0..PIXELS {
            let found = gradients.pixel(dy, plane, block.row + i, block.column);
            sums[OUTPUTS * inputs * taps + output] += found;
            #[unroll]
            for input in 0..inputs {
                #[unroll]
                for tap in 0..taps {
                    let value = (input * side + tap % side) * window + i + tap / side;
                    sums[(output * inputs + input) * taps + tap] += found * values[value];
                }
            }
        }
    }
}

/// What a cube writes.
#[derive(CubeType, Clone, Copy)]
struct Own {
    inputs: usize,
    outputs: usize,
    part: usize,
}

#[cube]
impl Own {
    fn new(inputs: usize, outputs: usize) -> Own {
        Own { inputs, outputs, part: CUBE_POS_Z as usize }
    }

    /// `place` is the sum's among those of a unit.
    fn write_weight(
        &self,
        dweight: &mut Tensor<f32>,
        place: usize,
        sum: f32,
        #[comptime] side: usize,
        #[comptime] inputs: usize,
    ) {
        let taps = comptime!(side * side);
        let output = CUBE_POS_Y as usize * OUTPUTS + place / (inputs * taps);
        let input = CUBE_POS_X as usize * inputs + place / taps % inputs;
        if output < self.outputs && input < self.inputs {
            let row = self.part * self.outputs + output;
            dweight[(row * self.inputs + input) * taps + place % taps] = sum;
        }
    }

    /// The cubes of all inputs have found it; those of the first write it.
    fn write_bias(&self, dbias: &mut Tensor<f32>, place: usize, sum: f32) {
        let output = CUBE_POS_Y as usize * OUTPUTS + place;
        if CUBE_POS_X == 0 && output < self.outputs {
            dbias[self.part * self.outputs + output] = sum;
        }
    }
}

/// A unit for each weight, then for each bias.
#[cube(launch)]
fn sum_parts_kernel(
    weights: &Tensor<f32>,
    biases: &Tensor<f32>,
    dweight: &mut Tensor<f32>,
    dbias: &mut Tensor<f32>,
) {
    let place = ABSOLUTE_POS;
    if place < dweight.len() {
        dweight[place] = sum_of(weights, place, dweight.len());
    } else if place - dweight.len() < dbias.len() {
        let place = place - dweight.len();
        dbias[place] = sum_of(biases, place, dbias.len());
    }
}

/// The sum of what all parts found for a place.
#[cube]
fn sum_of(parts: &Tensor<f32>, place: usize, size: usize) -> f32 {
    let mut sum = 0.0f32;
    for part in 0..parts.len() / size {
        sum += parts[part * size + place];
    }
    sum
}

/// With respect to the weights, whose shape `weight` has, and the bias, from the gradient of the output.
pub(in super::super) fn gradients(
    x: CubeTensor,
    weight: &CubeTensor,
    dy: CubeTensor,
) -> [CubeTensor; 2] {
    let [outputs, inputs, side, _] = weight.shape().dims();
    let each = inputs_for(side);
    let (columns, rows) = (inputs.div_ceil(each), outputs.div_ceil(OUTPUTS));
    let parts = parts_for(columns * rows, &x);
    let found = [empty_like(weight), empty(weight, Shape::from([outputs]))];
    let of_parts = match parts {
        1 => found.clone(),
        _ => [parts * outputs * inputs * side * side, parts * outputs]
            .map(|values| empty_f32(weight, Shape::from([values]))),
    };
    let count = CubeCount::Static(columns as u32, rows as u32, parts as u32);
    let (client, cube) = (x.client.clone(), CubeDim::new_1d(UNITS as u32));
    let of_images = element(&[&x, &dy]);
    let [weights, biases] = of_parts.clone();
    let [x, dy, weights, biases] = [x, dy, weights, biases].map(traffic::passed);
    weight_gradient_kernel::launch(
        &client, count, cube, x, dy, weights, biases, side, each, of_images,
    );
    if parts > 1 {
        sum_parts(of_parts, found.clone());
    }
    found
}

/// In how many parts the pixels of `x` are shared out where a part is this many cubes: no more than leave each unit a block.
fn parts_for(cubes: usize, x: &CubeTensor) -> usize {
    (BUSY / cubes).clamp(1, blocks(x).div_ceil(UNITS).max(1))
}

fn sum_parts([weights, biases]: [CubeTensor; 2], [dweight, dbias]: [CubeTensor; 2]) {
    let (count, cube) =
        units(&dweight, dweight.shape().num_elements() + dbias.shape().num_elements());
    let client = dweight.client.clone();
    let [weights, biases, dweight, dbias] = [weights, biases, dweight, dbias].map(traffic::passed);
    sum_parts_kernel::launch(&client, count, cube, weights, biases, dweight, dbias);
}
