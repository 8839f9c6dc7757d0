//! What the host tells a network of a batch: numbers of each sample, in one tensor, so that all go up at once.

use std::ops::Range;

use burn::{
    backend::{TensorMetadata as _, wgpu::Wgpu},
    prelude::*,
    tensor::Shape,
};
use burn_cubecl::{kernel::into_contiguous, tensor::CubeTensor};

use super::ALIGNMENT;

/// A row of numbers for each of n samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Numbers a row.
    pub width: usize,
    /// Row by row.
    pub values: Vec<f32>,
}

impl Table {
    /// A number for each sample.
    pub fn column(values: impl IntoIterator<Item = f64>) -> Self {
        Self { width: 1, values: values.into_iter().map(|value| value as f32).collect() }
    }

    /// Those of some samples.
    pub fn rows(&self, rows: Range<usize>) -> Self {
        let Self { width, ref values } = *self;
        Self { width, values: values[rows.start * width..rows.end * width].to_vec() }
    }
}

/// All of `tables`, each from the next multiple of [`ALIGNMENT`] on.
pub fn pack(tables: &[Table]) -> Vec<f32> {
    let mut packed = Vec::new();
    for table in tables {
        packed.extend(&table.values);
        packed.resize(packed.len().next_multiple_of(ALIGNMENT), 0.0);
    }
    packed
}

/// The tables of these widths in what [`pack`] made for `n` samples, `[n, width]` each. On a GPU nothing is copied.
pub fn unpack(packed: &Tensor<1>, n: usize, widths: &[usize]) -> Vec<Tensor<2>> {
    let mut start = 0;
    let table = |&width: &usize| {
        let table = part(packed.clone(), start, n * width).reshape([n, width]);
        start = (start + n * width).next_multiple_of(ALIGNMENT);
        table
    };
    widths.iter().map(table).collect()
}

/// `length` values of `whole` `[p]` from `start` on, a multiple of [`ALIGNMENT`]. On a GPU nothing is copied.
pub fn part(whole: Tensor<1>, start: usize, length: usize) -> Tensor<1> {
    match whole.clone().try_into_primitive::<Wgpu>() {
        Ok(whole) => Tensor::from_primitive::<Wgpu>(view(whole, start, length)),
        Err(_) => whole.narrow(0, start, length),
    }
}

fn view(whole: CubeTensor, start: usize, length: usize) -> CubeTensor {
    let whole = into_contiguous(whole);
    let size = whole.dtype.size();
    let after = whole.shape().num_elements() - start - length;
    let handle = whole.handle.offset_start((start * size) as u64);
    let handle = handle.offset_end((after * size) as u64);
    let shape = Shape::from([length]);
    CubeTensor::new_contiguous(whole.client, whole.device, shape, handle, whole.dtype)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_come_out_as_they_were_packed() {
        let table = |width: usize, first: usize| {
            let values = (first..first + 3 * width).map(|value| value as f32).collect();
            Table { width, values }
        };
        let tables = [table(1, 0), table(30, 10), table(64, 200)];
        let rows = tables.each_ref().map(|table| table.rows(1..3));
        assert_eq!(rows[1].values, (40..100).map(|value| value as f32).collect::<Vec<_>>());
        for (n, tables) in [(3, &tables), (2, &rows)] {
            let packed = Tensor::from_floats(pack(tables).as_slice(), &Device::flex());
            for (found, table) in unpack(&packed, n, &[1, 30, 64]).into_iter().zip(tables) {
                assert_eq!(found.dims(), [n, table.width]);
                assert_eq!(found.into_data().iter::<f32>().collect::<Vec<_>>(), table.values);
            }
        }
    }
}
