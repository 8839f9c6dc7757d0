//! Attention, half and double resolution against burn's own.

use burn::prelude::*;

use super::super::{attention, repeat_2x2, sum_2x2};
use super::{assert_close, noise, values};

/// Samples, channels, height, width, heads.
const ATTENTION_SHAPES: [[usize; 5]; 6] = [
    [2, 16, 8, 8, 4],
    [2, 8, 9, 9, 2],
    [3, 6, 5, 3, 2],
    [1, 5, 1, 1, 1],
    [2, 8, 7, 7, 1],
    [5, 12, 2, 4, 4],
];

/// The operation as a user of burn would write it: tokens in rows.
fn plain_attention(qkv: Tensor<4>, heads: usize) -> Tensor<4> {
    let [n, c, h, w] = qkv.dims();
    let parts = qkv.reshape([n, 3, heads, c / 3 / heads, h * w]).swap_dims(3, 4);
    let part = |index: usize| parts.clone().narrow(1, index, 1).squeeze_dim::<4>(1);
    let scores = part(0).matmul(part(1).swap_dims(2, 3));
    let scores = scores / ((c / 3 / heads) as f64).sqrt();
    let mixed = burn::tensor::activation::softmax(scores, 3).matmul(part(2));
    mixed.swap_dims(2, 3).reshape([n, c / 3, h, w])
}

#[test]
fn attention_and_its_gradient_agree_with_those_of_burn() {
    let device = Device::flex().autodiff();
    for [n, c, h, w, heads] in ATTENTION_SHAPES {
        let results = |operation: fn(Tensor<4>, usize) -> Tensor<4>| {
            let qkv = (noise([n, 3 * c, h, w], 1, &device) * 3.0).require_grad();
            let y = operation(qkv.clone(), heads);
            let gradients = (y.clone() * noise([n, c, h, w], 2, &device)).sum().backward();
            [values(y), values(qkv.grad(&gradients).expect("the input is tracked"))]
        };
        let (found, expected) = (results(attention), results(plain_attention));
        for (found, expected) in found.iter().zip(&expected) {
            assert_close(found, expected, &format!("{:?}", [n, c, h, w, heads]));
        }
        assert!(found == results(attention), "two runs differ");
    }
}

#[test]
fn attention_to_far_larger_scores_than_exp_can_take_is_finite() {
    let device = Device::flex();
    let y = attention(noise([1, 12, 4, 4], 1, &device) * 1e4, 2);
    assert!(values(y).iter().all(|y| y.is_finite()));
}

#[test]
fn attention_of_queries_that_are_no_numbers_is_none() {
    let device = Device::flex();
    let queries = noise([1, 4, 4, 4], 1, &device) * f32::NAN;
    let y = attention(Tensor::cat(vec![queries, noise([1, 8, 4, 4], 2, &device)], 1), 2);
    assert!(values(y).iter().all(|y| y.is_nan()));
}

#[test]
fn half_and_double_resolution_are_each_others_gradients() {
    let device = Device::flex().autodiff();
    for shape @ [n, c, h, w] in [[2, 3, 4, 6], [1, 1, 2, 2], [40, 9, 8, 16]] {
        let x = noise(shape, 1, &device).require_grad();
        let y = sum_2x2(x.clone(), 0.25);
        let exact = x
            .clone()
            .reshape([n, c, h / 2, 2, w / 2, 2])
            .mean_dim(5)
            .mean_dim(3)
            .reshape([n, c, h / 2, w / 2]);
        assert_close(&values(y.clone()), &values(exact), "the mean of four pixels");
        let weights = noise([n, c, h / 2, w / 2], 2, &device);
        let gradients = (y * weights.clone()).sum().backward();
        let dx = x.grad(&gradients).expect("the input is tracked");
        assert_eq!(values(dx), values(repeat_2x2(weights, 0.25)));

        let x = noise(shape, 3, &device).require_grad();
        let y = repeat_2x2(x.clone(), 1.0);
        let exact = x.clone().reshape([n, c, h, 1, w, 1]).repeat_dim(3, 2).repeat_dim(5, 2);
        assert_eq!(values(y.clone()), values(exact.reshape([n, c, 2 * h, 2 * w])));
        let weights = noise([n, c, 2 * h, 2 * w], 4, &device);
        let gradients = (y * weights.clone()).sum().backward();
        let dx = x.grad(&gradients).expect("the input is tracked");
        assert_eq!(values(dx), values(sum_2x2(weights, 1.0)));
    }
}
