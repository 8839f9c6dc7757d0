//! Operations composed of burn's own, which those of the CPU are compared with.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata as _};
use burn::tensor::Shape;

use super::super::normalize::EPSILON;

/// Group normalisation, see [`super::super::group_norm`].
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

/// See [`super::super::silu`].
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

/// See [`super::super::sum_2x2`].
pub(super) fn sum_2x2<B: Backend>(x: FloatTensor<B>, factor: f32) -> FloatTensor<B> {
    let shape = x.shape();
    let (planes, height, width) = (shape[0] * shape[1], shape[2] / 2, shape[3] / 2);
    let x = B::float_reshape(x, Shape::from([planes * height, 2, width, 2]));
    let x = B::float_sum_dim(B::float_sum_dim(x, 3), 1);
    let x = B::float_mul_scalar(x, factor.into());
    B::float_reshape(x, Shape::from([shape[0], shape[1], height, width]))
}

/// See [`super::super::repeat_2x2`].
pub(super) fn repeat_2x2<B: Backend>(x: FloatTensor<B>, factor: f32) -> FloatTensor<B> {
    let shape = x.shape();
    let (rows, width) = (shape[0] * shape[1] * shape[2], shape[3]);
    let x =
        B::float_reshape(B::float_mul_scalar(x, factor.into()), Shape::from([rows, 1, width, 1]));
    let x = B::float_repeat_dim(B::float_repeat_dim(x, 3, 2), 1, 2);
    B::float_reshape(x, Shape::from([shape[0], shape[1], 2 * shape[2], 2 * width]))
}
