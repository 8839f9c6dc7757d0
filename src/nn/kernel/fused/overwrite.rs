//! New values for a tensor, whoever else holds it.

use burn_cubecl::{
    cubecl::{self, prelude::*},
    tensor::CubeTensor,
};

use super::{places, traffic};

#[cube(launch)]
fn overwrite_kernel(y: &mut Tensor<f32>, x: &Tensor<f32>) {
    if ABSOLUTE_POS < y.len() {
        y[ABSOLUTE_POS] = x[ABSOLUTE_POS];
    }
}

/// Both contiguous, of f32 and of one shape.
pub(in crate::nn::kernel) fn overwrite(y: CubeTensor, x: CubeTensor) {
    let client = y.client.clone();
    let (count, cube) = places(&y);
    let [y, x] = [y, x].map(traffic::passed);
    overwrite_kernel::launch(&client, count, cube, y, x);
}
