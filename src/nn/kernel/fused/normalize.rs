//! Group normalisation with scale, shift and SiLU: a cube of units for each group of each sample. The backward step
//! computes again what is cheaper than kept.

use burn::backend::TensorMetadata as _;
use burn_cubecl::{
    cubecl::{self, ir::ElemType, prelude::*},
    kernel::into_contiguous,
    tensor::CubeTensor,
};

use super::{
    element, empty_like,
    group::{ALONG, LINES, Own, UNITS, View, inverse_of, mean_of, sum_lines, total},
    pointwise::{sigmoid, silu_slope},
    traffic,
};

/// `channels` are those of a group.
#[cube(launch)]
fn group_norm_kernel<F: Float>(
    x: &Tensor<F>,
    scale: &Tensor<f32>,
    shift: &Tensor<f32>,
    y: &mut Tensor<F>,
    channels: u32,
    pixels: u32,
    #[comptime] silu: bool,
    #[define(F)] _of_images: ElemType,
) {
    let own = Own::new(channels, pixels);
    let image = own.of_image(x);
    let (slopes, offsets) = (own.of_table(scale), own.of_table(shift));
    let mut partial = Shared::new_slice(UNITS);
    let mean = mean_of(x, &own, &image, &mut partial);
    let inverse = inverse_of(x, &own, &image, mean, &mut partial);
    let mut pixel = UNIT_POS_X as usize;
    for channel in 0..own.channels {
        let (slope, offset) = (scale[slopes.place(channel, 0)], shift[offsets.place(channel, 0)]);
        while pixel < own.pixels {
            let normal = (image.read(x, channel, pixel) - mean) * inverse;
            let u = slope * normal + offset;
            let place = own.target(channel, pixel);
            if silu {
                y[place] = F::cast_from(u * sigmoid(u));
            } else {
                y[place] = F::cast_from(u);
            }
            pixel += UNITS;
        }
        pixel -= own.pixels;
    }
}

/// The same cubes.
#[cube(launch)]
fn group_norm_gradients_kernel<F: Float>(
    x: &Tensor<F>,
    scale: &Tensor<f32>,
    shift: &Tensor<f32>,
    dy: &Tensor<F>,
    dx: &mut Tensor<F>,
    dscale: &mut Tensor<f32>,
    dshift: &mut Tensor<f32>,
    channels: u32,
    pixels: u32,
    #[comptime] silu: bool,
    #[define(F)] _of_images: ElemType,
) {
    let own = Own::new(channels, pixels);
    let mut partial = Shared::new_slice(UNITS);
    let mut sums = Shared::new_slice(UNITS);
    let (image, gradient) = (own.of_image(x), own.of_image(dy));
    let (slopes, offsets) = (own.of_table(scale), own.of_table(shift));
    let mean = mean_of(x, &own, &image, &mut partial);
    let inverse = inverse_of(x, &own, &image, mean, &mut partial);
    let (lane, line) = (UNIT_POS_X as usize % ALONG, UNIT_POS_X as usize / ALONG);
    // Sums over the unit's channels of the gradient by the normalised value, alone and times that value.
    let mut plain = 0.0f32;
    let mut weighted = 0.0f32;
    for round in 0..own.channels.div_ceil(LINES) {
        let channel = round * LINES + line;
        let mut sum = 0.0f32;
        let mut product = 0.0f32;
        let mut slope = 0.0f32;
        if channel < own.channels {
            slope = scale[slopes.place(channel, 0)];
            let offset = shift[offsets.place(channel, 0)];
            let mut pixel = lane;
            while pixel < own.pixels {
                let normal = (image.read(x, channel, pixel) - mean) * inverse;
                let mut du = gradient.read(dy, channel, pixel);
                if silu {
                    du *= silu_slope(slope * normal + offset);
                }
                // Kept for the second pass, which this same unit makes.
                let place = own.target(channel, pixel);
                dx[place] = F::cast_from(du);
                sum += du;
                product += du * normal;
                pixel += ALONG;
            }
        }
        sum_lines(sum, product, &mut sums, &mut partial);
        if lane == 0 && channel < own.channels {
            let place = own.target_row(own.sample, channel);
            let (sum, product) = (sums[UNIT_POS_X as usize], partial[UNIT_POS_X as usize]);
            dscale[place] = product;
            dshift[place] = sum;
            plain += slope * sum;
            weighted += slope * product;
        }
    }
    let along = total(plain, &mut partial) / own.size() as f32;
    let across = total(weighted, &mut partial) / own.size() as f32;
    take_out(x, scale, dx, &own, &image, mean, inverse, along, across);
}

/// From `du`, which `dx` holds, to `dx`: the mean and the variance move with x, so what only moves them is taken out.
#[cube]
fn take_out<F: Float>(
    x: &Tensor<F>,
    scale: &Tensor<f32>,
    dx: &mut Tensor<F>,
    own: &Own,
    image: &View,
    mean: f32,
    inverse: f32,
    along: f32,
    across: f32,
) {
    let (lane, line) = (UNIT_POS_X as usize % ALONG, UNIT_POS_X as usize / ALONG);
    let slopes = own.of_table(scale);
    for round in 0..own.channels.div_ceil(LINES) {
        let channel = round * LINES + line;
        if channel < own.channels {
            let slope = scale[slopes.place(channel, 0)];
            let mut pixel = lane;
            while pixel < own.pixels {
                let normal = (image.read(x, channel, pixel) - mean) * inverse;
                let place = own.target(channel, pixel);
                let du = f32::cast_from(dx[place]);
                dx[place] = F::cast_from(inverse * (slope * du - along - normal * across));
                pixel += ALONG;
            }
        }
    }
}

/// Cubes, channels of a group and pixels.
fn cubes(x: &CubeTensor, groups: usize) -> (CubeCount, u32, u32) {
    let [samples, channels, height, width] = x.shape().dims();
    let count = CubeCount::Static(groups as u32, samples as u32, 1);
    (count, (channels / groups) as u32, (height * width) as u32)
}

/// An image whose pixels lie at equal distances.
fn even(x: CubeTensor) -> CubeTensor {
    let strides = x.meta.strides();
    if strides[2] == x.shape()[3] * strides[3] { x } else { into_contiguous(x) }
}

/// See [`super::super::group_norm`].
pub(super) fn forward(
    x: CubeTensor,
    scale: CubeTensor,
    shift: CubeTensor,
    groups: usize,
    silu: bool,
) -> CubeTensor {
    let x = even(x);
    let (client, y) = (x.client.clone(), empty_like(&x));
    let (count, channels, pixels) = cubes(&x, groups);
    let (cube, of_images) = (CubeDim::new_1d(UNITS as u32), element(&[&x]));
    let [x, scale, shift, out] = [x, scale, shift, y.clone()].map(traffic::passed);
    group_norm_kernel::launch(
        &client, count, cube, x, scale, shift, out, channels, pixels, silu, of_images,
    );
    y
}

/// The gradients with respect to `x`, `scale` and `shift`, from these and that of the output.
pub(super) fn gradients(
    [x, scale, shift, dy]: [CubeTensor; 4],
    groups: usize,
    silu: bool,
) -> [CubeTensor; 3] {
    let (x, dy) = (even(x), even(dy));
    let client = x.client.clone();
    let found = [empty_like(&x), empty_like(&scale), empty_like(&shift)];
    let (count, channels, pixels) = cubes(&x, groups);
    let (cube, of_images) = (CubeDim::new_1d(UNITS as u32), element(&[&x, &dy]));
    let [x, scale, shift, dy] = [x, scale, shift, dy].map(traffic::passed);
    let [dx, dscale, dshift] = found.clone().map(traffic::passed);
    group_norm_gradients_kernel::launch(
        &client, count, cube, x, scale, shift, dy, dx, dscale, dshift, channels, pixels, silu,
        of_images,
    );
    found
}
