//! The operations on burn's CPU backend: shapes in and out, the numbers are made next door.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata as _};
use burn::tensor::{Shape, TensorData};

use super::operations::{KernelGradients, Kernels};
use super::patches::Geometry;
use super::{convolve, normalize};

type Array = FloatTensor<Flex>;

impl Kernels for Flex {
    fn convolution(x: Array, weight: Array, bias: Array) -> Array {
        let geometry = geometry(&x.shape(), &weight.shape());
        let Geometry { samples, outputs, height, width, .. } = geometry;
        let (x, weight, bias) = (dense(x), dense(weight), dense(bias));
        let y = convolve::forward(x.storage(), weight.storage(), bias.storage(), &geometry);
        array(y, [samples, outputs, height, width])
    }

    fn group_norm_silu(x: Array, scale: Array, shift: Array, groups: usize) -> Array {
        let shape = x.shape();
        let sizes = sizes(&shape, groups);
        let (x, scale, shift) = (dense(x), dense(scale), dense(shift));
        array(normalize::forward(x.storage(), scale.storage(), shift.storage(), sizes), shape)
    }
}

impl KernelGradients for Flex {
    fn convolution_input_gradient(x: Array, weight: Array, dy: Array) -> Array {
        let shape = x.shape();
        let geometry = geometry(&shape, &weight.shape());
        let (weight, dy) = (dense(weight), dense(dy));
        array(convolve::input_gradient(weight.storage(), dy.storage(), &geometry), shape)
    }

    fn convolution_weight_gradients(x: Array, weight: Array, dy: Array) -> [Array; 2] {
        let shape = weight.shape();
        let geometry = geometry(&x.shape(), &shape);
        let (x, dy) = (dense(x), dense(dy));
        [
            array(convolve::weight_gradient(x.storage(), dy.storage(), &geometry), shape),
            array(convolve::bias_gradient(dy.storage(), &geometry), [geometry.outputs]),
        ]
    }

    fn group_norm_silu_gradients(
        x: Array,
        scale: Array,
        shift: Array,
        groups: usize,
        dy: Array,
    ) -> [Array; 3] {
        let (shape, rows) = (x.shape(), scale.shape());
        let sizes = sizes(&shape, groups);
        let (x, scale, shift, dy) = (dense(x), dense(scale), dense(shift), dense(dy));
        let gradients = normalize::gradients(
            x.storage(),
            scale.storage(),
            shift.storage(),
            dy.storage(),
            sizes,
        );
        [
            array(gradients.x, shape),
            array(gradients.scale, rows.clone()),
            array(gradients.shift, rows),
        ]
    }
}

/// One element after the other without gaps; copied where it is a slice, a broadcast or a transpose.
fn dense(x: Array) -> Array {
    x.to_contiguous()
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

fn sizes(x: &Shape, groups: usize) -> normalize::Groups {
    normalize::Groups { channels: x[1] / groups, pixels: x[2] * x[3] }
}
