//! Operations composed of others: what a GPU runs where `fused` does not reach, and modulation on the CPU.

mod attention;

use burn::backend::ops::ConvOptions;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata as _};
use burn::tensor::{Shape, Slice};

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
