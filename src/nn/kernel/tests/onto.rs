//! A convolution onto an image against the convolution and the sum.

use burn::prelude::*;

use super::super::{convolution, convolution_onto};
use super::{SHAPES, assert_close, noise, values};

/// The output and the gradients with respect to image, weights, bias and base of `sum(y * weights)`.
fn results([n, c, o, h, w, k]: [usize; 6], is_joined: bool) -> [Vec<f32>; 5] {
    let device = Device::flex().autodiff();
    let x = noise([n, c, h, w], 1, &device).require_grad();
    let weight = noise([o, c, k, k], 2, &device).require_grad();
    let bias = noise([o], 3, &device).require_grad();
    let base = noise([n, o, h, w], 5, &device).require_grad();
    let (image, kernels, offset) = (x.clone(), weight.clone(), Some(bias.clone()));
    let y = if is_joined {
        convolution_onto(image, kernels, offset, base.clone())
    } else {
        base.clone() + convolution(image, kernels, offset)
    };
    let gradients = (y.clone() * noise([n, o, h, w], 4, &device)).sum().backward();
    let found = [x.grad(&gradients), weight.grad(&gradients), base.grad(&gradients)];
    let [dx, dweight, dbase] = found.map(|gradient| values(gradient.expect("tracked")));
    let dbias = values(bias.grad(&gradients).expect("tracked"));
    [values(y), dx, dweight, dbias, dbase]
}

#[test]
fn a_convolution_onto_an_image_is_their_sum() {
    for shape in SHAPES {
        let (found, expected) = (results(shape, true), results(shape, false));
        for (part, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_close(found, expected, &format!("{shape:?}, {part}"));
        }
    }
}

#[test]
fn the_image_that_is_added_to_stays_as_it_was() {
    let device = Device::flex();
    let (base, x) = (noise([2, 8, 6, 6], 1, &device), noise([2, 8, 6, 6], 2, &device));
    let before = values(base.clone());
    convolution_onto(x, noise([8, 8, 3, 3], 3, &device), None, base.clone());
    assert_eq!(values(base), before);
}
