//! From images to points and back, block by block.

use std::ops::Range;

use super::beside::fill_beside;
use super::transform::{Apart, Input, Output, OutputSlope, map};
use super::{KERNEL, ROWS};
use crate::nn::kernel::planes::Geometry;
use crate::nn::kernel::scratch::with_scratch;
use crate::nn::kernel::slice;
use crate::nn::kernel::turn::with_turned;

/// About how many tiles are worked on at a time: some whole vectors, so few that their points stay in the cache.
const TILES: usize = 64;

/// Tiles that are worked on at a time: all of some samples, or some rows of those of one.
pub(super) struct Block {
    samples: Range<usize>,
    /// Rows of tiles.
    tile_rows: Range<usize>,
    /// Pixels, and tiles, of a row.
    width: usize,
}

impl Block {
    /// Samples, and rows of tiles, of a whole one.
    pub(super) fn whole(geometry: &Geometry) -> [usize; 2] {
        let (width, rows) = (geometry.width, geometry.height / ROWS);
        [(TILES / (rows * width)).max(1), TILES.div_ceil(width).min(rows)]
    }

    /// Tiles of a whole one, and how far apart its columns lie, also where a block has fewer.
    pub(super) fn spacing(geometry: &Geometry) -> usize {
        let [samples, rows] = Self::whole(geometry);
        samples * rows * geometry.width
    }

    /// Values of one of the points of its input, `[inputs, columns, tiles]`.
    pub(super) fn of_point(geometry: &Geometry) -> usize {
        geometry.inputs * KERNEL * Self::spacing(geometry)
    }

    pub(super) fn all(samples: usize, geometry: &Geometry) -> Vec<Self> {
        let [together, at_once] = Self::whole(geometry);
        let (width, rows) = (geometry.width, geometry.height / ROWS);
        let mut all = Vec::new();
        for first in (0..samples).step_by(together) {
            for row in (0..rows).step_by(at_once) {
                let samples = first..samples.min(first + together);
                all.push(Self { samples, tile_rows: row..rows.min(row + at_once), width });
            }
        }
        all
    }

    pub(super) fn tiles(&self) -> usize {
        self.samples.len() * self.tile_rows.len() * self.width
    }

    /// Its samples, with where the tiles of each begin.
    fn placed(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let of_one = self.tile_rows.len() * self.width;
        self.samples.clone().enumerate().map(move |(index, sample)| (sample, index * of_one))
    }

    /// The pixels of an image that it makes.
    fn pixels(&self) -> Range<usize> {
        let row = ROWS * self.width;
        self.tile_rows.start * row..self.tile_rows.end * row
    }

    /// Writes the points of images `[samples, inputs, pixels]`, for each column of the kernel moved sideways:
    /// `[points, inputs, columns, tiles]`.
    pub(super) fn spread(&self, images: &[f32], geometry: &Geometry, points: &mut [f32]) {
        let (width, pixels, apart) = (self.width, geometry.pixels(), Self::spacing(geometry));
        let of_point = Self::of_point(geometry);
        let from = Apart { runs: width, rows: ROWS * width };
        let to = Apart { runs: of_point, rows: width };
        with_scratch((ROWS * self.tile_rows.len() + 2) * width, |seen| {
            for channel in 0..geometry.inputs {
                let points = &mut points[channel * KERNEL * apart..];
                for (sample, at) in self.placed() {
                    let image = &images[(sample * geometry.inputs + channel) * pixels..][..pixels];
                    self.see(image, seen);
                    let centre = &mut points[apart + at..];
                    map(Input, (seen, from), (centre, to), [self.tile_rows.len(), width]);
                }
                fill_beside(points, [of_point, apart], [self.tiles(), width]);
            }
        });
    }

    /// Copies the rows of an image that reach the block, with zeros above the first and below the last.
    fn see(&self, image: &[f32], seen: &mut [f32]) {
        let (pixels, width) = (self.pixels(), self.width);
        let (start, end) =
            (pixels.start.saturating_sub(width), image.len().min(pixels.end + width));
        let before = width + start - pixels.start;
        let (zeros, rest) = seen.split_at_mut(before);
        let (copied, after) = rest.split_at_mut(end - start);
        slice::fill(zeros, 0.0);
        copied.copy_from_slice(&image[start..end]);
        slice::fill(after, 0.0);
    }

    /// Writes the rows of the output `[samples, outputs, pixels]` from products `[points, outputs, tiles]`, added to `base` if there
    /// is one.
    pub(super) fn gather(
        &self,
        products: &[f32],
        base: Option<&[f32]>,
        geometry: &Geometry,
        y: &mut [f32],
    ) {
        let (tiles, width, outputs) = (self.tiles(), self.width, geometry.outputs);
        let from = Apart { runs: outputs * tiles, rows: width };
        let to = Apart { runs: width, rows: ROWS * width };
        for output in 0..outputs {
            for (sample, at) in self.placed() {
                let image = (sample * outputs + output) * geometry.pixels();
                let Range { start, end } = self.pixels();
                let (products, y) =
                    (&products[output * tiles + at..], &mut y[image + start..image + end]);
                map(Output, (products, from), (y, to), [self.tile_rows.len(), width]);
                if let Some(base) = base {
                    slice::add(y, &base[image + start..image + end]);
                }
            }
        }
    }

    /// Writes what the points of images `[samples, channels, pixels]` are in a kernel's gradient, their channels along
    /// memory: `[points, tiles, stride of channels]`.
    pub(super) fn turn(
        &self,
        images: &[f32],
        channels: usize,
        geometry: &Geometry,
        points: &mut [f32],
    ) {
        let image = channels * geometry.pixels();
        for (sample, at) in self.placed() {
            let image = &images[sample * image..][..image];
            with_turned(image, geometry.pixels(), self.pixels(), |turned, stride| {
                let row = self.width * stride;
                let from = Apart { runs: row, rows: ROWS * row };
                let to = Apart { runs: self.tiles() * stride, rows: row };
                let points = &mut points[at * stride..];
                map(OutputSlope, (turned, from), (points, to), [self.tile_rows.len(), row]);
            });
        }
    }
}
