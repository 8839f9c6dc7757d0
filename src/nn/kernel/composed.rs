//! The operations composed of burn's own: what GPUs run, and the reference of the CPU code's tests.

use burn::backend::ops::ConvOptions;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata as _};
use burn::tensor::Shape;

use super::normalize::EPSILON;

/// Convolution with a bias, see [`super::convolution`].
pub(super) fn convolution<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
) -> FloatTensor<B> {
    let options = same_size(&weight.shape());
    B::conv2d(x, weight, Some(bias), options)
}

/// The gradient with respect to the input of a convolution, from that of its output.
pub(super) fn convolution_input_gradient<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    dy: FloatTensor<B>,
) -> FloatTensor<B> {
    let options = same_size(&weight.shape());
    B::conv2d_x_backward(x, weight, dy, options)
}

/// The gradients with respect to the weights and the bias of a convolution.
pub(super) fn convolution_weight_gradients<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    dy: FloatTensor<B>,
) -> [FloatTensor<B>; 2] {
    let outputs = weight.shape()[0];
    let options = same_size(&weight.shape());
    let bias = B::float_sum_dims(dy.clone(), &[0, 2, 3]);
    let bias = B::float_reshape(bias, Shape::from([outputs]));
    [B::conv2d_weight_backward(x, weight, dy, options), bias]
}

/// Stride 1 and as many zeros around the image as keep its size.
fn same_size(weight: &Shape) -> ConvOptions<2> {
    let reach = weight[2] / 2;
    ConvOptions::new([1, 1], [reach, reach], [1, 1], 1)
}

/// Group normalisation, scale and shift, SiLU, see [`super::group_norm_silu`].
pub(super) fn group_norm_silu<B: Backend>(
    x: FloatTensor<B>,
    scale: FloatTensor<B>,
    shift: FloatTensor<B>,
    groups: usize,
) -> FloatTensor<B> {
    let shape = x.shape();
    let Normalized { value, .. } = normalized::<B>(x, groups);
    let u = modulated::<B>(value, scale, shift, &shape);
    let y = B::float_mul(u.clone(), B::sigmoid(u));
    B::float_reshape(y, shape)
}

/// The gradients with respect to `x`, `scale` and `shift` of [`group_norm_silu`].
pub(super) fn group_norm_silu_gradients<B: Backend>(
    x: FloatTensor<B>,
    scale: FloatTensor<B>,
    shift: FloatTensor<B>,
    groups: usize,
    dy: FloatTensor<B>,
) -> [FloatTensor<B>; 3] {
    let (shape, rows) = (x.shape(), scale.shape());
    let planes = Shape::from([shape[0], shape[1], shape[2] * shape[3]]);
    let Normalized { value, inverse } = normalized::<B>(x, groups);
    let u = modulated::<B>(value.clone(), scale.clone(), shift, &shape);
    let dy = B::float_reshape(dy, planes.clone());
    let du = B::float_mul(dy, silu_slope::<B>(u));
    let normal = B::float_reshape(value.clone(), planes);
    let dscale = B::float_sum_dim(B::float_mul(du.clone(), normal), 2);
    let dshift = B::float_sum_dim(du.clone(), 2);
    let scale = B::float_reshape(scale, Shape::from([shape[0], shape[1], 1]));
    let dvalue = B::float_reshape(B::float_mul(du, scale), value.shape());
    // The mean and the variance move with x: take out what only moves them.
    let mean = B::float_mean_dim(dvalue.clone(), 2);
    let along = B::float_mean_dim(B::float_mul(dvalue.clone(), value.clone()), 2);
    let rest = B::float_sub(B::float_sub(dvalue, mean), B::float_mul(value, along));
    [
        B::float_reshape(B::float_mul(rest, inverse), shape),
        B::float_reshape(dscale, rows.clone()),
        B::float_reshape(dshift, rows),
    ]
}

/// `d silu(u) / du = s + y (1 - s)` with `s = sigmoid(u)` and `y = u s`.
fn silu_slope<B: Backend>(u: FloatTensor<B>) -> FloatTensor<B> {
    let s = B::sigmoid(u.clone());
    let y = B::float_mul(u, s.clone());
    B::float_sub(B::float_add(s.clone(), y.clone()), B::float_mul(y, s))
}

/// Groups with mean 0 and variance 1.
struct Normalized<B: Backend> {
    /// `[n, groups, values of a group]`.
    value: FloatTensor<B>,
    /// One over the standard deviation, `[n, groups, 1]`.
    inverse: FloatTensor<B>,
}

fn normalized<B: Backend>(x: FloatTensor<B>, groups: usize) -> Normalized<B> {
    let shape = x.shape();
    let size = shape[1] / groups * shape[2] * shape[3];
    let x = B::float_reshape(x, Shape::from([shape[0], groups, size]));
    let centred = B::float_sub(x.clone(), B::float_mean_dim(x, 2));
    let variance = B::float_mean_dim(B::float_mul(centred.clone(), centred.clone()), 2);
    let deviation = B::float_sqrt(B::float_add_scalar(variance, EPSILON.into()));
    let inverse = B::float_recip(deviation);
    Normalized { value: B::float_mul(centred, inverse.clone()), inverse }
}

/// `scale value + shift`, `[n, c, h w]`.
fn modulated<B: Backend>(
    value: FloatTensor<B>,
    scale: FloatTensor<B>,
    shift: FloatTensor<B>,
    shape: &Shape,
) -> FloatTensor<B> {
    let value = B::float_reshape(value, Shape::from([shape[0], shape[1], shape[2] * shape[3]]));
    let column = Shape::from([shape[0], shape[1], 1]);
    let scaled = B::float_mul(value, B::float_reshape(scale, column.clone()));
    B::float_add(scaled, B::float_reshape(shift, column))
}
