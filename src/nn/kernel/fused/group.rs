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

    /// Where it lies in an image.
    pub(super) fn of_image<F: Float>(&self, x: &Tensor<F>) -> View {
        let first = self.sample * x.stride(0) + self.first * x.stride(1);
        View { first, channel: x.stride(1), pixel: x.stride(3) }
    }

    /// Where it lies in a table of samples and channels.
    pub(super) fn of_table(&self, table: &Tensor<f32>) -> View {
        let first = self.sample * table.stride(0) + self.first * table.stride(1);
        View { first, channel: table.stride(1), pixel: 0 }
    }

    /// Where it lies in one that is written.
    pub(super) fn target(&self, channel: usize, pixel: usize) -> usize {
        self.target_row(self.sample, channel) * self.pixels + pixel
    }

    /// Where a channel's value lies in a row of all channels.
    pub(super) fn target_row(&self, row: usize, channel: usize) -> usize {
        row * CUBE_COUNT_X as usize * self.channels + self.first + channel
    }
}

/// Where a group lies in a tensor that is read: strides, looked up once and not for each value.
#[derive(CubeType, Clone, Copy)]
pub(super) struct View {
    first: usize,
    channel: usize,
    pixel: usize,
}

#[cube]
impl View {
    /// The place of a pixel of one of its channels.
    pub(super) fn place(&self, channel: usize, pixel: usize) -> usize {
        self.first + channel * self.channel + pixel * self.pixel
    }

    /// The value there, of an image.
    pub(super) fn read<F: Float>(&self, x: &Tensor<F>, channel: usize, pixel: usize) -> f32 {
        f32::cast_from(x[self.place(channel, pixel)])
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

/// The mean of a group. Units go through the values of all its channels; where a channel ends they go on in the next by
/// what is left, for a division of each value's number would take a GPU longer than the value.
#[cube]
pub(super) fn mean_of<F: Float>(
    x: &Tensor<F>,
    own: &Own,
    view: &View,
    partial: &mut Shared<[f32]>,
) -> f32 {
    let mut sum = 0.0f32;
    let mut pixel = UNIT_POS_X as usize;
    for channel in 0..own.channels {
        while pixel < own.pixels {
            sum += view.read(x, channel, pixel);
            pixel += UNITS;
        }
        pixel -= own.pixels;
    }
    total(sum, partial) / own.size() as f32
}

/// One over its standard deviation. A second pass: the sum of squares less the square of the sum would cancel.
#[cube]
pub(super) fn inverse_of<F: Float>(
    x: &Tensor<F>,
    own: &Own,
    view: &View,
    mean: f32,
    partial: &mut Shared<[f32]>,
) -> f32 {
    let mut sum = 0.0f32;
    let mut pixel = UNIT_POS_X as usize;
    for channel in 0..own.channels {
        while pixel < own.pixels {
            let distance = view.read(x, channel, pixel) - mean;
            sum += distance * distance;
            pixel += UNITS;
        }
        pixel -= own.pixels;
    }
    1.0f32 / (total(sum, partial) / own.size() as f32 + EPSILON).sqrt()
}
