//! Group normalisation with scale, shift and SiLU: a cube of units for each group of each sample. The backward step
//! computes again what is cheaper than kept.

use burn::backend::TensorMetadata as _;
use burn_cubecl::{
    cubecl::{self, ir::ElemType, prelude::*},
    kernel::into_contiguous,
    tensor::CubeTensor,
};

use super::{
    super::normalize::EPSILON,
    element, empty_like,
    pointwise::{sigmoid, silu_slope},
};

/// Units of a cube: a power of two that every device has.
const UNITS: usize = 128;

/// Which values a cube has: those of a group of a sample.
#[derive(CubeType, Clone, Copy)]
struct Own {
    sample: usize,
    /// The first channel, and how many.
    first: usize,
    channels: usize,
    pixels: usize,
}

#[cube]
impl Own {
    fn new(channels: u32, pixels: u32) -> Own {
        let channels = channels as usize;
        Own {
            sample: CUBE_POS_Y as usize,
            first: CUBE_POS_X as usize * channels,
            channels,
            pixels: pixels as usize,
        }
    }

    fn size(&self) -> usize {
        self.channels * self.pixels
    }

    /// A pixel of one of its channels, of an image that is read.
    fn read<F: Float>(&self, x: &Tensor<F>, channel: usize, pixel: usize) -> f32 {
        let plane = self.sample * x.stride(0) + (self.first + channel) * x.stride(1);
        f32::cast_from(x[plane + pixel * x.stride(3)])
    }

    /// Where it lies in one that is written.
    fn target(&self, channel: usize, pixel: usize) -> usize {
        self.target_row(self.sample, channel) * self.pixels + pixel
    }

    /// Where a channel's value lies in a row of all channels.
    fn target_row(&self, row: usize, channel: usize) -> usize {
        row * CUBE_COUNT_X as usize * self.channels + self.first + channel
    }

    /// Where a channel's value lies in a table of samples and channels.
    fn row(&self, table: &Tensor<f32>, channel: usize) -> usize {
        self.sample * table.stride(0) + (self.first + channel) * table.stride(1)
    }
}

/// The sum of `value` over the units, for each of them.
#[cube]
fn total(value: f32, partial: &mut Shared<[f32]>) -> f32 {
    let unit = UNIT_POS_X as usize;
    partial[unit] = value;
    sync_cube();
    let mut parts = 2usize;
    while parts <= UNITS {
        let half = UNITS / parts;
        if unit < half {
            partial[unit] += partial[unit + half];
        }
        sync_cube();
        parts *= 2;
    }
    let sum = partial[0];
    // Nobody writes the next value before everybody has read this one.
    sync_cube();
    sum
}

/// The units of a cube as lines of units, each with a channel of its own.
const LINES: usize = 4;
const ALONG: usize = UNITS / LINES;

/// The sums of two values over each line of units, for its first unit: at its place in `sums` and in `products`.
#[cube]
fn sum_lines(sum: f32, product: f32, sums: &mut Shared<[f32]>, products: &mut Shared<[f32]>) {
    let unit = UNIT_POS_X as usize;
    sums[unit] = sum;
    products[unit] = product;
    sync_cube();
    let mut parts = 2usize;
    while parts <= ALONG {
        let half = ALONG / parts;
        if unit % ALONG < half {
            sums[unit] += sums[unit + half];
            products[unit] += products[unit + half];
        }
        sync_cube();
        parts *= 2;
    }
}

/// The mean of a group.
#[cube]
fn mean_of<F: Float>(x: &Tensor<F>, own: &Own, partial: &mut Shared<[f32]>) -> f32 {
    let mut sum = 0.0f32;
    let mut i = UNIT_POS_X as usize;
    while i < own.size() {
        sum += own.read(x, i / own.pixels, i % own.pixels);
        i += UNITS;
    }
    total(sum, partial) / own.size() as f32
}

/// One over its standard deviation. A second pass: the sum of squares less the square of the sum would cancel.
#[cube]
fn inverse_of<F: Float>(x: &Tensor<F>, own: &Own, mean: f32, partial: &mut Shared<[f32]>) -> f32 {
    let mut sum = 0.0f32;
    let mut i = UNIT_POS_X as usize;
    while i < own.size() {
        let distance = own.read(x, i / own.pixels, i % own.pixels) - mean;
        sum += distance * distance;
        i += UNITS;
    }
    1.0f32 / (total(sum, partial) / own.size() as f32 + EPSILON).sqrt()
}

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
    let mut partial = Shared::new_slice(UNITS);
    let mean = mean_of(x, &own, &mut partial);
    let inverse = inverse_of(x, &own, mean, &mut partial);
    let mut i = UNIT_POS_X as usize;
    while i < own.size() {
        let (channel, pixel) = (i / own.pixels, i % own.pixels);
        let normal = (own.read(x, channel, pixel) - mean) * inverse;
        let u = scale[own.row(scale, channel)] * normal + shift[own.row(shift, channel)];
        let place = own.target(channel, pixel);
        if silu {
            y[place] = F::cast_from(u * sigmoid(u));
        } else {
            y[place] = F::cast_from(u);
        }
        i += UNITS;
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
    let mean = mean_of(x, &own, &mut partial);
    let inverse = inverse_of(x, &own, mean, &mut partial);
    let (lane, line) = (UNIT_POS_X as usize % ALONG, UNIT_POS_X as usize / ALONG);
    let rounds = own.channels.div_ceil(LINES);
    // Sums over the unit's channels of the gradient by the normalised value, alone and times that value.
    let mut plain = 0.0f32;
    let mut weighted = 0.0f32;
    for round in 0..rounds {
        let channel = round * LINES + line;
        let mut sum = 0.0f32;
        let mut product = 0.0f32;
        let mut slope = 0.0f32;
        if channel < own.channels {
            slope = scale[own.row(scale, channel)];
            let offset = shift[own.row(shift, channel)];
            let mut pixel = lane;
            while pixel < own.pixels {
                let normal = (own.read(x, channel, pixel) - mean) * inverse;
                let mut du = own.read(dy, channel, pixel);
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
    // The mean and the variance move with x: take out what only moves them.
    let along = total(plain, &mut partial) / own.size() as f32;
    let across = total(weighted, &mut partial) / own.size() as f32;
    for round in 0..rounds {
        let channel = round * LINES + line;
        if channel < own.channels {
            let slope = scale[own.row(scale, channel)];
            let mut pixel = lane;
            while pixel < own.pixels {
                let normal = (own.read(x, channel, pixel) - mean) * inverse;
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
    let [x, scale, shift, out] = [x, scale, shift, y.clone()].map(CubeTensor::into_tensor_arg);
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
    let [x, scale, shift, dy] = [x, scale, shift, dy].map(CubeTensor::into_tensor_arg);
    let [dx, dscale, dshift] = found.clone().map(CubeTensor::into_tensor_arg);
    group_norm_gradients_kernel::launch(
        &client, count, cube, x, scale, shift, dy, dx, dscale, dshift, channels, pixels, silu,
        of_images,
    );
    found
}
