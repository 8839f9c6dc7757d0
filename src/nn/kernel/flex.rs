//! The operations on burn's CPU backend: shapes in and out, the numbers are made next door.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata as _};
use burn::tensor::{Shape, TensorData};

use super::operations::{KernelGradients, Kernels, modulated_norm};
use super::planes::Geometry;
use super::{attend, convolve, dropout, normalize, resample, silu};
use crate::math::seed::Dropout;

type Array = FloatTensor<Flex>;

impl Kernels for Flex {
    fn convolution(x: Array, weight: Array, bias: Array) -> Array {
        convolution(x, weight, bias, None)
    }

    fn convolution_onto(x: Array, weight: Array, bias: Array, base: Array) -> Array {
        convolution(x, weight, bias, Some(base))
    }

    fn group_norm(x: Array, scale: Array, shift: Array, groups: usize, silu: bool) -> Array {
        let shape = x.shape();
        let sizes = sizes(&shape, groups, silu);
        let (x, scale, shift) = (dense(x), dense(scale), dense(shift));
        array(normalize::forward(values(&x), values(&scale), values(&shift), sizes), shape)
    }

    fn modulated_norm(
        x: Array,
        gamma: Array,
        beta: Array,
        modulation: Array,
        groups: usize,
        silu: bool,
    ) -> Array {
        modulated_norm::<Self>(x, [gamma, beta, modulation], groups, silu)
    }

    fn silu_of(x: Array) -> Array {
        let (shape, x) = (x.shape(), dense(x));
        array(silu::forward(values(&x)), shape)
    }

    fn dropout(x: Array, numbers: Array, units: Dropout) -> Array {
        let (shape, x, numbers) = (x.shape(), dense(x), dense(numbers));
        array(dropout::forward(values(&x), values(&numbers), units), shape)
    }

    fn self_attention(qkv: Array, heads: usize) -> Array {
        let shape = qkv.shape();
        let y = attend::forward(values(&dense(qkv)), heads_of(&shape, heads));
        array(y, [shape[0], shape[1] / 3, shape[2], shape[3]])
    }

    fn sum_2x2(x: Array, factor: f32) -> Array {
        let shape = x.shape();
        let y = resample::sum_2x2(values(&dense(x)), shape[3], factor);
        array(y, [shape[0], shape[1], shape[2] / 2, shape[3] / 2])
    }

    fn repeat_2x2(x: Array, factor: f32) -> Array {
        let shape = x.shape();
        let y = resample::repeat_2x2(values(&dense(x)), shape[3], factor);
        array(y, [shape[0], shape[1], 2 * shape[2], 2 * shape[3]])
    }
}

impl KernelGradients for Flex {
    fn convolution_gradients(
        x: Array,
        weight: Array,
        dy: Array,
        wants_x: bool,
    ) -> (Option<Array>, [Array; 2]) {
        let (shape, weights) = (x.shape(), weight.shape());
        let geometry = geometry(&shape, &weights);
        let (x, weight, dy) = (dense(x), dense(weight), dense(dy));
        let (x, weight, dy) = (values(&x), values(&weight), values(&dy));
        let found = convolve::gradients(x, weight, dy, &geometry, wants_x);
        let bias = array(found.bias, [geometry.outputs]);
        (wants_x.then(|| array(found.x, shape)), [array(found.weight, weights), bias])
    }

    fn group_norm_gradients(
        x: Array,
        scale: Array,
        shift: Array,
        groups: usize,
        silu: bool,
        dy: Array,
    ) -> [Array; 3] {
        let (shape, rows) = (x.shape(), scale.shape());
        let sizes = sizes(&shape, groups, silu);
        let (x, scale, shift, dy) = (dense(x), dense(scale), dense(shift), dense(dy));
        let gradients =
            normalize::gradients(values(&x), values(&scale), values(&shift), values(&dy), sizes);
        [
            array(gradients.x, shape),
            array(gradients.scale, rows.clone()),
            array(gradients.shift, rows),
        ]
    }

    fn silu_gradient(x: Array, dy: Array) -> Array {
        let (shape, x, dy) = (x.shape(), dense(x), dense(dy));
        array(silu::gradient(values(&x), values(&dy)), shape)
    }

    fn attention_gradient(qkv: Array, heads: usize, dy: Array) -> Array {
        let shape = qkv.shape();
        let (qkv, dy) = (dense(qkv), dense(dy));
        array(attend::gradient(values(&qkv), values(&dy), heads_of(&shape, heads)), shape)
    }
}

fn convolution(x: Array, weight: Array, bias: Array, base: Option<Array>) -> Array {
    let geometry = geometry(&x.shape(), &weight.shape());
    let Geometry { samples, outputs, height, width, .. } = geometry;
    let (x, weight, bias, base) = (dense(x), dense(weight), dense(bias), base.map(dense));
    let (x, weight, bias) = (values(&x), values(&weight), values(&bias));
    let y = convolve::forward(x, weight, bias, base.as_ref().map(values), &geometry);
    array(y, [samples, outputs, height, width])
}

/// One element after the other without gaps; copied where it is a broadcast or a transpose.
fn dense(x: Array) -> Array {
    if x.as_slice::<f32>().is_some() { x } else { x.to_contiguous() }
}

fn values(x: &Array) -> &[f32] {
    x.as_slice().expect("made dense before")
}

fn array(values: Vec<f32>, shape: impl Into<Shape>) -> Array {
    Array::from_data(TensorData::new(values, shape.into()))
}

/// Of an input `[n, c, h, w]` and weights `[o, c, k, k]`.
fn geometry(x: &Shape, weight: &Shape) -> Geometry {
    Geometry {
        samples: x[0],
        inputs: x[1],
        outputs: weight[0],
        height: x[2],
        width: x[3],
        kernel: weight[2],
    }
}

fn sizes(x: &Shape, groups: usize, silu: bool) -> normalize::Groups {
    normalize::Groups { channels: x[1] / groups, pixels: x[2] * x[3], silu }
}

fn heads_of(qkv: &Shape, heads: usize) -> attend::Heads {
    attend::Heads { heads, size: qkv[1] / 3 / heads, pixels: qkv[2] * qkv[3] }
}
