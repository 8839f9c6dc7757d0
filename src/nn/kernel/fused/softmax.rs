//! Softmax over the rows of each matrix, column by column, and its gradient: a unit for each column, so that units
//! beside each other read what lies beside each other.

use burn::backend::TensorMetadata as _;
use burn_cubecl::{
    cubecl::{self, prelude::*},
    kernel::into_contiguous,
    tensor::CubeTensor,
};

use super::{empty_like, units};

/// Where the unit's column begins, in matrices of `rows` x `columns`.
#[cube]
fn column(rows: usize, columns: usize) -> usize {
    ABSOLUTE_POS / columns * rows * columns + ABSOLUTE_POS % columns
}

#[cube(launch)]
fn softmax_kernel(x: &Tensor<f32>, y: &mut Tensor<f32>, rows: u32, columns: u32, scale: f32) {
    let (rows, columns) = (rows as usize, columns as usize);
    if ABSOLUTE_POS * rows < y.len() {
        let first = column(rows, columns);
        let mut largest = x[first];
        for row in 1..rows {
            largest = max(largest, x[first + row * columns]);
        }
        let mut sum = 0.0f32;
        for row in 0..rows {
            let place = first + row * columns;
            let weight = (scale * (x[place] - largest)).exp();
            y[place] = weight;
            sum += weight;
        }
        for row in 0..rows {
            y[first + row * columns] /= sum;
        }
    }
}

/// `dx = scale y (dy - sum(y dy))`
#[cube(launch)]
fn softmax_gradient_kernel(
    y: &Tensor<f32>,
    dy: &Tensor<f32>,
    dx: &mut Tensor<f32>,
    rows: u32,
    columns: u32,
    scale: f32,
) {
    let (rows, columns) = (rows as usize, columns as usize);
    if ABSOLUTE_POS * rows < dx.len() {
        let first = column(rows, columns);
        let mut along = 0.0f32;
        for row in 0..rows {
            let place = first + row * columns;
            along += y[place] * dy[place];
        }
        for row in 0..rows {
            let place = first + row * columns;
            dx[place] = scale * y[place] * (dy[place] - along);
        }
    }
}

/// Rows, columns and the number of columns of all matrices together.
fn sizes(x: &CubeTensor) -> [usize; 3] {
    let shape = x.shape();
    let (rows, columns) = (shape[2], shape[3]);
    [rows, columns, shape[0] * shape[1] * columns]
}

/// `softmax(scale x)` over axis 2 of four.
pub(super) fn softmax(x: CubeTensor, scale: f32) -> CubeTensor {
    let x = into_contiguous(x);
    let [rows, columns, count] = sizes(&x);
    let (client, y) = (x.client.clone(), empty_like(&x));
    let (count, cube) = units(&x, count);
    let [x, out] = [x, y.clone()].map(CubeTensor::into_tensor_arg);
    softmax_kernel::launch(&client, count, cube, x, out, rows as u32, columns as u32, scale);
    y
}

/// The gradient with respect to `x` of [`softmax`], whose output was `y`.
pub(super) fn softmax_gradient(y: CubeTensor, dy: CubeTensor, scale: f32) -> CubeTensor {
    let [y, dy] = [y, dy].map(into_contiguous);
    let [rows, columns, count] = sizes(&y);
    let (client, dx) = (y.client.clone(), empty_like(&y));
    let (count, cube) = units(&y, count);
    let [y, dy, out] = [y, dy, dx.clone()].map(CubeTensor::into_tensor_arg);
    let [rows, columns] = [rows as u32, columns as u32];
    softmax_gradient_kernel::launch(&client, count, cube, y, dy, out, rows, columns, scale);
    dx
}
