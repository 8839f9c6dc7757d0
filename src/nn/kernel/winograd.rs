//! Convolution with 3x3 kernels by Winograd's algorithm down the columns of an image, and directly along its rows.
//!
//! A tile is four rows of the output, one pixel wide; six rows of the input reach it. For each column of the kernel that
//! takes twelve products of a pixel and a weight. Here it takes six, those of the tile's *points* and the kernel's:
//!
//! `y = A^T [(G g) (B^T d)]`, F(4, 3)  (Lavin and Gray 2016, arXiv 1509.09308)
//!
//! What belongs to one point is a convolution with a kernel of one row, over tiles in place of pixels, so that the inner
//! loops are those of any other. The error is about twice that of a direct convolution, with few inputs up to four times.
//! What is not finite reaches all rows of its tiles.

mod beside;
mod block;
mod transform;

use pulp::Arch;

use super::accumulate::Accumulate;
use super::algorithm::Algorithm;
use super::correlate::{Correlate, Weights};
use super::planes::Geometry;
use super::scratch::with_scratch;
use super::simd::WIDEST;
use super::slice;
use super::taps::Taps;
use super::turn::stride;
use block::Block;
use transform::{Apart, Kernel, KernelSlope, map};

/// Points of a tile.
const POINTS: usize = 6;
/// Rows of the output that a tile makes.
const ROWS: usize = 4;
/// Side of the kernel.
const KERNEL: usize = 3;

/// A convolution whose kernels are points already.
pub(super) struct Winograd<'a> {
    geometry: &'a Geometry,
    /// `[points, outputs, inputs, columns]`; where it runs backwards, `[points, inputs, outputs, columns]`.
    kernels: &'a [f32],
    /// Values from one output's kernels to the next.
    output_stride: usize,
    taps: Taps,
}

impl<'a> Winograd<'a> {
    /// Whether the algorithm takes such images and kernels: where tiles would reach beyond the last row, it does not.
    pub(super) fn takes(geometry: &Geometry) -> bool {
        geometry.kernel == KERNEL && geometry.height.is_multiple_of(ROWS)
    }

    /// Calls `work` with the convolution by `weight` `[outputs, inputs, 3, 3]`, or, reversed, `[inputs, outputs, 3, 3]` of the
    /// `geometry` that runs, turned around.
    pub(super) fn with<T>(
        weight: &[f32],
        geometry: &Geometry,
        is_reversed: bool,
        work: impl FnOnce(&Winograd) -> T,
    ) -> T {
        let length = weight.len() / KERNEL;
        with_scratch((POINTS + KERNEL) * length, |scratch| {
            let (points, rows) = scratch.split_at_mut(POINTS * length);
            by_rows(weight, is_reversed, rows);
            let apart = Apart { runs: length, rows: 0 };
            map(Kernel, (rows, apart), (points, apart), [1, length]);
            let (output_stride, channel_stride) = geometry.strides(KERNEL, is_reversed);
            let sizes = [geometry.inputs, 1, KERNEL];
            let taps = Taps::of(sizes, [Block::spacing(geometry), 0], channel_stride, is_reversed);
            work(&Winograd { geometry, kernels: points, output_stride, taps })
        })
    }

    /// Calls `work` for each block of the images, with its points for each column of the kernel.
    fn each_block(&self, images: &[f32], mut work: impl FnMut(&Block, &[f32])) {
        let samples = images.len() / self.geometry.input();
        with_scratch(POINTS * Block::of_point(self.geometry) + WIDEST, |planes| {
            for block in Block::all(samples, self.geometry) {
                block.spread(images, self.geometry, planes);
                work(&block, planes);
            }
        });
    }

    /// Writes a block's rows of the output, from the points of its input.
    fn products(
        &self,
        planes: &[f32],
        block: &Block,
        bias: Option<&[f32]>,
        base: Option<&[f32]>,
        y: &mut [f32],
    ) {
        let Self { kernels, output_stride, ref taps, .. } = *self;
        let (outputs, pixels) = (self.geometry.outputs, block.tiles());
        with_scratch(POINTS * outputs * pixels, |products| {
            for (point, y) in products.chunks_exact_mut(outputs * pixels).enumerate() {
                let planes = &planes[point * Block::of_point(self.geometry)..];
                let values = &kernels[point * (kernels.len() / POINTS)..];
                let weights = Weights { values, outputs, output_stride, taps };
                // The product at point 1 is part of each row, once.
                let bias = bias.filter(|_| point == 1);
                Arch::new().dispatch(Correlate { planes, weights, pixels, bias, base: None, y });
            }
            block.gather(products, base, self.geometry, y);
        });
    }

    /// Adds a block's part to the sums of the kernels' gradient, `[points, inputs, columns, stride of outputs]`.
    fn accumulate(&self, x: &[f32], planes: &[f32], block: &Block, sums: &mut [f32]) {
        let Geometry { inputs, outputs, .. } = *self.geometry;
        let (stride, taps, pixels) = (stride(outputs), &self.taps, block.tiles());
        with_scratch(POINTS * pixels * stride, |points| {
            block.turn(x, outputs, self.geometry, points);
            for (point, sums) in sums.chunks_exact_mut(inputs * KERNEL * stride).enumerate() {
                let (planes, turned) = (
                    &planes[point * Block::of_point(self.geometry)..],
                    &points[point * pixels * stride..],
                );
                Arch::new().dispatch(Accumulate { planes, taps, pixels, turned, stride, sums });
            }
        });
    }
}

impl Algorithm for Winograd<'_> {
    fn together(&self) -> usize {
        Block::whole(self.geometry)[0]
    }

    fn forward(&self, x: &[f32], bias: &[f32], base: Option<&[f32]>, y: &mut [f32]) {
        self.each_block(x, |block, planes| self.products(planes, block, Some(bias), base, y));
    }

    fn gradients(&self, x: &[f32], dy: &[f32], dx: &mut [f32]) -> Vec<f32> {
        let (stride, taps) = (stride(self.geometry.outputs), self.geometry.inputs * KERNEL);
        let apart = Apart { runs: taps * stride, rows: stride };
        with_scratch(POINTS * apart.runs, |sums| {
            slice::fill(sums, 0.0);
            self.each_block(dy, |block, planes| {
                if !dx.is_empty() {
                    self.products(planes, block, None, None, dx);
                }
                self.accumulate(x, planes, block, sums);
            });
            let mut by_row = vec![0.0; KERNEL * apart.runs];
            let to = Apart { runs: stride, rows: KERNEL * stride };
            map(KernelSlope, (sums, apart), (&mut by_row, to), [taps, stride]);
            by_row
        })
    }
}

/// From kernels, row by row each, to their first rows, all second and all third ones; reversed, the other way around.
fn by_rows(weight: &[f32], is_reversed: bool, rows: &mut [f32]) {
    let length = weight.len() / KERNEL;
    let (first, rest) = rows.split_at_mut(length);
    let (second, third) = rest.split_at_mut(length);
    let (first, third) = if is_reversed { (third, first) } else { (first, third) };
    let (kernels, _) = weight.as_chunks::<{ KERNEL * KERNEL }>();
    let (first, _) = first.as_chunks_mut::<KERNEL>();
    let (second, _) = second.as_chunks_mut::<KERNEL>();
    let (third, _) = third.as_chunks_mut::<KERNEL>();
    for (index, kernel) in kernels.iter().enumerate() {
        let [a, b, c, d, e, f, g, h, i] = *kernel;
        first[index] = [a, b, c];
        second[index] = [d, e, f];
        third[index] = [g, h, i];
    }
}
