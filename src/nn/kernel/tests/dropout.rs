//! Dropout against a product with its mask.

use burn::prelude::*;

use super::super::{dropout, thirds};
use super::{noise, values};
use crate::math::seed::{Dropout, Purpose, Seed};

#[test]
fn dropout_multiplies_units_and_gradients_by_what_is_drawn_for_each_sample() {
    // More than one round of the widest vectors, and a part of one.
    let shape = [3, 5, 7, 9];
    let device = Device::flex().autodiff();
    let units = Dropout::new(Seed(2), Purpose::Dropout, 1, 0.3);
    let (x, cotangent) = (noise(shape, 1, &device).require_grad(), noise(shape, 2, &device));
    // Not one after the other, and with bits in every third.
    let samples = [40, (1 << 24) - 1, 0xFEDC_BA98_7654_3210];
    let numbers = Tensor::from_floats(samples.map(thirds), &device);
    let y = dropout(x.clone(), numbers, units);
    let gradients = (y.clone() * cotangent.clone()).sum().backward();

    let mut mask = vec![0.0; 3 * 315];
    for (row, sample) in mask.chunks_mut(315).zip(samples) {
        units.fill(sample, row);
    }
    let masked = |x: Tensor<4>| -> Vec<f32> {
        values(x).iter().zip(&mask).map(|(x, mask)| x * mask).collect()
    };
    assert_eq!(values(y), masked(x.clone()));
    assert_eq!(values(x.grad(&gradients).expect("tracked")), masked(cotangent));
}
