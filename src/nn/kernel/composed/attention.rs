//! Self-attention and its gradient: products of matrices around a softmax.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata as _};
use burn::tensor::{Shape, Slice};

/// Self-attention over pixels, see [`super::super::attention`].
pub(in super::super) fn attention<B: Backend>(qkv: FloatTensor<B>, heads: usize) -> FloatTensor<B> {
    let shape = qkv.shape();
    let [query, key, value] = parts::<B>(qkv, heads);
    let y = B::float_matmul(value, probabilities::<B>(query, key));
    B::float_reshape(y, Shape::from([shape[0], shape[1] / 3, shape[2], shape[3]]))
}

/// The gradient with respect to `qkv` of [`attention`].
pub(in super::super) fn attention_gradient<B: Backend>(
    qkv: FloatTensor<B>,
    heads: usize,
    dy: FloatTensor<B>,
) -> FloatTensor<B> {
    let shape = qkv.shape();
    let [query, key, value] = parts::<B>(qkv, heads);
    let dy = B::float_reshape(dy, value.shape());
    let turn = |x| B::float_swap_dims(x, 2, 3);
    let p = probabilities::<B>(query.clone(), key.clone());
    let dvalue = B::float_matmul(dy.clone(), turn(p.clone()));
    let dp = B::float_matmul(turn(value), dy);
    let ds = softmax_gradient::<B>(p, dp, scale(&query.shape()));
    let dquery = B::float_matmul(key, ds.clone());
    let dkey = B::float_matmul(query, turn(ds));
    let flat = Shape::from([shape[0], shape[1] / 3, shape[2] * shape[3]]);
    let whole = [dquery, dkey, dvalue].map(|part| B::float_reshape(part, flat.clone()));
    B::float_reshape(B::float_cat(whole.into(), 1), shape)
}

/// Query, key and value, each `[n, heads, size, pixels]`.
fn parts<B: Backend>(qkv: FloatTensor<B>, heads: usize) -> [FloatTensor<B>; 3] {
    let shape = qkv.shape();
    let (channels, pixels) = (shape[1] / 3, shape[2] * shape[3]);
    let qkv = B::float_reshape(qkv, Shape::from([shape[0], shape[1], pixels]));
    [0, 1, 2].map(|part| {
        let range = Slice::from(part * channels..(part + 1) * channels);
        let part = B::float_slice(qkv.clone(), &[Slice::full(), range, Slice::full()]);
        B::float_reshape(part, Shape::from([shape[0], heads, channels / heads, pixels]))
    })
}

/// `p[k, q]`, the softmax over k, `[n, heads, pixels, pixels]`.
fn probabilities<B: Backend>(query: FloatTensor<B>, key: FloatTensor<B>) -> FloatTensor<B> {
    let scale = scale(&query.shape());
    let scores = B::float_matmul(B::float_swap_dims(key, 2, 3), query);
    B::softmax(B::float_mul_scalar(scores, scale.into()), 2)
}

/// The gradient of a softmax over axis 2.
fn softmax_gradient<B: Backend>(
    y: FloatTensor<B>,
    dy: FloatTensor<B>,
    scale: f32,
) -> FloatTensor<B> {
    let dy = B::float_mul(dy, y.clone());
    let along = B::float_sum_dim(dy.clone(), 2);
    B::float_mul_scalar(B::float_sub(dy, B::float_mul(y, along)), scale.into())
}

/// One over the root of a head's size.
fn scale(query: &Shape) -> f32 {
    1.0 / (query[2] as f32).sqrt()
}
