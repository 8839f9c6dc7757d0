//! What the units of a cube share where each cube has a group of channels of one sample.

use burn_cubecl::cubecl::{self, prelude::*};

use super::super::normalize::EPSILON;

/// Units of a cube: a power of two that every device has.
pub(crate) const UNITS: usize = 128;

/// Which values a cube has: those of a group of a sample.
#[derive(CubeType, Clone, Copy)]
pub(super) struct Own {
    pub(super) sample: usize,
    /// The first channel, and how many.
    pub(super) first: usize,
    pub(super) channels: usize,
    pub(super) pixels: usize,
}

#[cube]
impl Own {
    pub(super) fn new(channels: u32, pixels: u32) -> Own {
        let channels = channels as usize;
        Own {
            sample: CUBE_POS_Y as usize,
            first: CUBE_POS_X as usize * channels,
            channels,
            pixels: pixels as usize,
        }
    }

    pub(super) fn size(&self) -> usize {
        self.channels * self.pixels
    }

    /// A pixel of one of its channels, of an image that is read.
    pub(super) fn read<F: Float>(&self, x: &Tensor<F>, channel: usize, pixel: usize) -> f32 {
        let plane = self.sample * x.stride(0) + (self.first + channel) * x.stride(1);
        f32::cast_from(x[plane + pixel * x.stride(3)])
    }

    /// Where it lies in one that is written.
    pub(super) fn target(&self, channel: usize, pixel: usize) -> usize {
        self.target_row(self.sample, channel) * self.pixels + pixel
    }

    /// Where a channel's value lies in a row of all channels.
    pub(super) fn target_row(&self, row: usize, channel: usize) -> usize {
        row * CUBE_COUNT_X as usize * self.channels + self.first + channel
    }

    /// Where a channel's value lies in a table of samples and channels.
    pub(super) fn row(&self, table: &Tensor<f32>, channel: usize) -> usize {
        self.sample * table.stride(0) + (self.first + channel) * table.stride(1)
    }
}

/// The sum of `value` over the units, for each of them.
#[cube]
pub(crate) fn total(value: f32, partial: &mut Shared<[f32]>) -> f32 {
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
pub(super) const LINES: usize = 4;
pub(super) const ALONG: usize = UNITS / LINES;

/// The sums of two values over each line of units, for its first unit: at its place in `sums` and in `products`.
#[cube]
pub(super) fn sum_lines(
    sum: f32,
    product: f32,
    sums: &mut Shared<[f32]>,
    products: &mut Shared<[f32]>,
) {
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
pub(super) fn mean_of<F: Float>(x: &Tensor<F>, own: &Own, partial: &mut Shared<[f32]>) -> f32 {
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
pub(super) fn inverse_of<F: Float>(
    x: &Tensor<F>,
    own: &Own,
    mean: f32,
    partial: &mut Shared<[f32]>,
) -> f32 {
    let mut sum = 0.0f32;
    let mut i = UNIT_POS_X as usize;
    while i < own.size() {
        let distance = own.read(x, i / own.pixels, i % own.pixels) - mean;
        sum += distance * distance;
        i += UNITS;
    }
    1.0f32 / (total(sum, partial) / own.size() as f32 + EPSILON).sqrt()
}
