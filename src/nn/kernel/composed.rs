//! The operations composed of burn's own: what GPUs run where `fused` has nothing, and the reference of the CPU
//! code's tests.

mod attention;

use burn::backend::ops::ConvOptions;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata as _};
use burn::tensor::{Shape, Slice};

use super::{normalize::EPSILON, operations::KernelGradients};

pub(super) use attention::{attention, attention_gradient};

/// Convolution with a bias, see [`super::convolution`].
pub(super) fn convolution<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
) -> FloatTensor<B> {
    let options = same_size(&weight.shape());
    B::conv2d(x, weight, Some(bias), options)
}

/// The gradients with respect to the input (where it is wanted), the weights and the bias of a
/// convolution, from that of its output.
pub(super) fn convolution_gradients<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    dy: FloatTensor<B>,
    wants_x: bool,
) -> (Option<FloatTensor<B>>, [FloatTensor<B>; 2]) {
    let options = || same_size(&weight.shape());
    let sums = B::float_sum_dims(dy.clone(), &[0, 2, 3]);
    let bias = B::float_reshape(sums, Shape::from([weight.shape()[0]]));
    let dx =
        wants_x.then(|| B::conv2d_x_backward(x.clone(), weight.clone(), dy.clone(), options()));
    let options = options();
    (dx, [B::conv2d_weight_backward(x, weight, dy, options), bias])
}

/// Stride 1 and as many zeros around the image as keep its size.
fn same_size(weight: &Shape) -> ConvOptions<2> {
    let reach = weight[2] / 2;
    ConvOptions::new([1, 1], [reach, reach], [1, 1], 1)
}

/// Group normalisation, see [`super::group_norm`].
pub(super) fn group_norm<B: Backend>(
    x: FloatTensor<B>,
    scale: FloatTensor<B>,
    shift: FloatTensor<B>,
    groups: usize,
    silu: bool,
) -> FloatTensor<B> {
    let shape = x.shape();
    let Normalized { value, .. } = normalized::<B>(x, groups);
    let u = modulated::<B>(value, scale, shift, &shape);
    B::float_reshape(if silu { self::silu::<B>(u) } else { u }, shape)
}

/// A norm under a modulation, see [`super::modulated_norm`].
pub(super) fn modulated_norm<B: KernelGradients>(
    x: FloatTensor<B>,
    norm: [FloatTensor<B>; 3],
    groups: usize,
    silu: bool,
) -> FloatTensor<B> {
    let [scale, shift] = B::modulation(norm);
    B::group_norm(x, scale, shift, groups, silu)
}

/// `gamma (1 + s)` and `beta (1 + s) + t` for a modulation `s`, `t`.
pub(super) fn modulation<B: Backend>(
    [gamma, beta, modulation]: [FloatTensor<B>; 3],
) -> [FloatTensor<B>; 2] {
    let [gamma, beta] = [gamma, beta].map(line::<B>);
    let [factor, shift] = factor_and_shift::<B>(modulation);
    let moved = B::float_add(B::float_mul(factor.clone(), beta), shift);
    [B::float_mul(factor, gamma), moved]
}

/// The gradients of [`modulation`].
pub(super) fn modulation_gradients<B: Backend>(
    [gamma, beta, modulation]: [FloatTensor<B>; 3],
    [dscale, dshift]: [FloatTensor<B>; 2],
) -> [FloatTensor<B>; 3] {
    let shape = gamma.shape();
    let [factor, _] = factor_and_shift::<B>(modulation);
    let [dgamma, dbeta] = [&dscale, &dshift].map(|found| {
        let sum = B::float_sum_dim(B::float_mul(factor.clone(), found.clone()), 0);
        B::float_reshape(sum, shape.clone())
    });
    let [gamma, beta] = [gamma, beta].map(line::<B>);
    let through = B::float_mul(dshift.clone(), beta);
    let dfactor = B::float_add(B::float_mul(dscale, gamma), through);
    [dgamma, dbeta, B::float_cat(vec![dfactor, dshift], 1)]
}

/// `[c]` as `[1, c]`.
fn line<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    let channels = x.shape()[0];
    B::float_reshape(x, Shape::from([1, channels]))
}

/// `1 + s` and `t` of a modulation, each `[n, c]`.
fn factor_and_shift<B: Backend>(modulation: FloatTensor<B>) -> [FloatTensor<B>; 2] {
    let channels = modulation.shape()[1] / 2;
    let [scale, shift] = [0..channels, channels..2 * channels]
        .map(|half| B::float_slice(modulation.clone(), &[Slice::full(), Slice::from(half)]));
    [B::float_add_scalar(scale, 1.0_f32.into()), shift]
}

/// See [`super::silu`].
pub(super) fn silu<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    B::float_mul(x.clone(), B::sigmoid(x))
}

/// The gradient of [`silu`].
pub(super) fn silu_gradient<B: Backend>(x: FloatTensor<B>, dy: FloatTensor<B>) -> FloatTensor<B> {
    B::float_mul(dy, silu_slope::<B>(x))
}

/// The gradients with respect to `x`, `scale` and `shift` of [`group_norm`].
pub(super) fn group_norm_gradients<B: Backend>(
    x: FloatTensor<B>,
    scale: FloatTensor<B>,
    shift: FloatTensor<B>,
    groups: usize,
    silu: bool,
    dy: FloatTensor<B>,
) -> [FloatTensor<B>; 3] {
    let (shape, rows) = (x.shape(), scale.shape());
    let planes = Shape::from([shape[0], shape[1], shape[2] * shape[3]]);
    let Normalized { value, inverse } = normalized::<B>(x, groups);
    let u = modulated::<B>(value.clone(), scale.clone(), shift, &shape);
    let dy = B::float_reshape(dy, planes.clone());
    let du = if silu { silu_gradient::<B>(u, dy) } else { dy };
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

/// See [`super::sum_2x2`].
pub(super) fn sum_2x2<B: Backend>(x: FloatTensor<B>, factor: f32) -> FloatTensor<B> {
    let shape = x.shape();
    let (planes, height, width) = (shape[0] * shape[1], shape[2] / 2, shape[3] / 2);
    let x = B::float_reshape(x, Shape::from([planes * height, 2, width, 2]));
    let x = B::float_sum_dim(B::float_sum_dim(x, 3), 1);
    let x = B::float_mul_scalar(x, factor.into());
    B::float_reshape(x, Shape::from([shape[0], shape[1], height, width]))
}

/// See [`super::repeat_2x2`].
pub(super) fn repeat_2x2<B: Backend>(x: FloatTensor<B>, factor: f32) -> FloatTensor<B> {
    let shape = x.shape();
    let (rows, width) = (shape[0] * shape[1] * shape[2], shape[3]);
    let x =
        B::float_reshape(B::float_mul_scalar(x, factor.into()), Shape::from([rows, 1, width, 1]));
    let x = B::float_repeat_dim(B::float_repeat_dim(x, 3, 2), 1, 2);
    B::float_reshape(x, Shape::from([shape[0], shape[1], 2 * shape[2], 2 * width]))
}
