//! Dropout: the bits of `math::seed`, drawn where the units are, so that no mask is made on the host and uploaded.

use burn::backend::TensorMetadata as _;
use burn_cubecl::{
    cubecl::{self, ir::ElemType, prelude::*},
    tensor::CubeTensor,
};

use super::{element, empty_like, traffic, units};
use crate::math::seed::{Dropout, MULTIPLIERS, ROUNDS, WEYL};

/// Units that a block of random bits is for.
const BLOCK: usize = 8;

/// A block each: Philox4x32-10 (Salmon et al. 2011) as in `math::seed`. `size` is a sample's.
#[cube(launch)]
fn dropout_kernel<F: Float>(
    x: &Tensor<F>,
    numbers: &Tensor<f32>,
    y: &mut Tensor<F>,
    size: u32,
    key_0: u32,
    key_1: u32,
    word: u32,
    threshold: u32,
    kept: f32,
    #[define(F)] _of_images: ElemType,
) {
    let size = size as usize;
    let blocks = size.div_ceil(BLOCK);
    let (sample, block) = (ABSOLUTE_POS / blocks, ABSOLUTE_POS % blocks);
    let (first, end) = (sample * size + block * BLOCK, (sample + 1) * size);
    if first < y.len() {
        // The number's halves, of its thirds of 24 bits.
        let low = u32::cast_from(numbers[3 * sample]);
        let middle = u32::cast_from(numbers[3 * sample + 1]);
        let high = u32::cast_from(numbers[3 * sample + 2]);
        let mut c0 = block as u32;
        let mut c1 = word;
        let mut c2 = low | (middle << 24);
        let mut c3 = (middle >> 8) | (high << 16);
        let (mut k0, mut k1) = (key_0, key_1);
        for _ in 0..ROUNDS {
            let high_0 = c0.mul_hi(MULTIPLIERS[0]);
            let high_1 = c2.mul_hi(MULTIPLIERS[1]);
            let low_0 = c0 * MULTIPLIERS[0];
            let low_1 = c2 * MULTIPLIERS[1];
            c0 = high_1 ^ c1 ^ k0;
            c1 = low_1;
            c2 = high_0 ^ c3 ^ k1;
            c3 = low_0;
            k0 += WEYL[0];
            k1 += WEYL[1];
        }
        put_pair(x, y, first, end, c0, threshold, kept);
        put_pair(x, y, first + 2, end, c1, threshold, kept);
        put_pair(x, y, first + 4, end, c2, threshold, kept);
        put_pair(x, y, first + 6, end, c3, threshold, kept);
    }
}

/// The two units of a word; beyond the sample's `end` there are none.
#[cube]
fn put_pair<F: Float>(
    x: &Tensor<F>,
    y: &mut Tensor<F>,
    first: usize,
    end: usize,
    word: u32,
    threshold: u32,
    kept: f32,
) {
    for half in 0..2u32 {
        let place = first + half as usize;
        if place < end {
            let bits = (word >> (16 * half)) & 0xFFFF;
            let factor = select(bits < threshold, 0.0f32, kept);
            y[place] = F::cast_from(factor * f32::cast_from(x[place]));
        }
    }
}

/// Both contiguous; `numbers` `[n, 3]`.
pub(super) fn dropout(x: CubeTensor, numbers: CubeTensor, drawn: Dropout) -> CubeTensor {
    let (client, y, shape) = (x.client.clone(), empty_like(&x), x.shape());
    let size = shape.num_elements() / shape[0].max(1);
    let (count, cube) = units(&x, shape[0] * size.div_ceil(BLOCK));
    let of_images = element(&[&x]);
    let [x, numbers, out] = [x, numbers, y.clone()].map(traffic::passed);
    let Dropout { key: [key_0, key_1], word, threshold, kept } = drawn;
    dropout_kernel::launch(
        &client,
        count,
        cube,
        x,
        numbers,
        out,
        size as u32,
        key_0,
        key_1,
        word,
        threshold,
        kept,
        of_images,
    );
    y
}
