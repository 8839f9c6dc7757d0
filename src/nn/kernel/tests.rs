//! The operations against burn's own, against definitions in f64, and against themselves.

use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;
use burn::prelude::*;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;

use super::operations::KernelGradients as _;
use super::operations::Kernels as _;
use super::planes::Geometry;
use super::{composed, convolution, convolve, group_norm};

mod attention;
mod dropout;
mod modulation;
mod onto;
mod reference;
mod widths;
mod winograd;

/// Numbers in [-1, 1] without a pattern, the same on every run.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn noise<const D: usize>(shape: [usize; D], seed: u32, device: &Device) -> Tensor<D> {
    let values = numbers(shape.iter().product(), seed);
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn values<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.into_data().try_to_vec().expect("tensors here are f32")
}

/// Sums of up to a few thousand products in f32, taken in another order, differ by this much.
const TOLERANCE: f32 = 2e-5;

fn assert_close(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1e-3, |largest: f32, x| largest.max(x.abs()));
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (found - expected).abs() / scale;
        assert!(error < TOLERANCE, "{what}[{index}]: {found} is not {expected}");
    }
}

/// Samples, inputs, outputs, height, width, kernel.
const SHAPES: [[usize; 6]; 17] = [
    [2, 8, 8, 16, 16, 3],
    [3, 48, 96, 8, 8, 3],
    [2, 96, 48, 4, 4, 3],
    [2, 3, 32, 13, 9, 3],
    [1, 16, 16, 8, 8, 3],
    [1, 5, 7, 1, 1, 3],
    [17, 4, 6, 2, 3, 3],
    [4, 12, 20, 5, 7, 1],
    [19, 70, 33, 4, 4, 1],
    [2, 6, 4, 7, 6, 5],
    [1, 64, 112, 4, 4, 3],
    [1, 112, 64, 4, 4, 1],
    [2, 3, 24, 32, 32, 3],
    [5, 6, 5, 8, 8, 3],
    [2, 5, 7, 12, 9, 3],
    [1, 2, 3, 8, 70, 3],
    [3, 2, 2, 4, 1, 3],
];

/// The output and the gradients of `sum(y * weights)` for two ways to convolve.
fn convolution_results(shape: [usize; 6], has_bias: bool, is_ours: bool) -> [Vec<f32>; 4] {
    let [n, c, o, h, w, k] = shape;
    let device = Device::flex().autodiff();
    let x = noise([n, c, h, w], 1, &device).require_grad();
    let weight = noise([o, c, k, k], 2, &device).require_grad();
    let bias = has_bias.then(|| noise([o], 3, &device).require_grad());
    let y = if is_ours {
        convolution(x.clone(), weight.clone(), bias.clone())
    } else {
        let options = ConvOptions::new([1, 1], [k / 2, k / 2], [1, 1], 1);
        conv2d(x.clone(), weight.clone(), bias.clone(), options)
    };
    let gradients = (y.clone() * noise([n, o, h, w], 4, &device)).sum().backward();
    let dx = x.grad(&gradients).expect("x is tracked");
    let dweight = weight.grad(&gradients).expect("the weights are tracked");
    let dbias = bias.map(|bias| bias.grad(&gradients).expect("the bias is tracked"));
    [values(y), values(dx), values(dweight), dbias.map_or_else(Vec::new, values)]
}

#[test]
fn a_convolution_and_its_gradients_agree_with_those_of_burn() {
    for shape in SHAPES {
        for has_bias in [true, false] {
            let found = convolution_results(shape, has_bias, true);
            let expected = convolution_results(shape, has_bias, false);
            for (part, name) in ["y", "dx", "dweight", "dbias"].into_iter().enumerate() {
                assert_close(&found[part], &expected[part], &format!("{shape:?} {name}"));
            }
        }
    }
}

#[test]
fn a_convolution_that_nobody_differentiates_is_the_same() {
    let [n, c, o, h, w, k] = SHAPES[0];
    let device = Device::flex();
    let weight = noise([o, c, k, k], 2, &device);
    let y = convolution(noise([n, c, h, w], 1, &device), weight, None);
    assert_eq!(values(y), convolution_results(SHAPES[0], false, true)[0]);
}

#[test]
fn a_convolution_reads_views_as_they_look() {
    let device = Device::flex();
    let x = noise([2, 4, 5, 6], 1, &device);
    let weight = noise([3, 4, 3, 3], 2, &device);
    let turned = convolution(x.clone().swap_dims(2, 3), weight.clone().swap_dims(2, 3), None);
    let straight = convolution(x, weight, None);
    assert_close(&values(turned.swap_dims(2, 3)), &values(straight), "transposed");
}

#[test]
fn gradients_are_bit_identical_on_any_number_of_threads() {
    for [samples, inputs, outputs, height, width, kernel] in SHAPES {
        let geometry = Geometry { samples, inputs, outputs, height, width, kernel };
        let x = numbers(samples * inputs * geometry.pixels(), 1);
        let dy = numbers(samples * outputs * geometry.pixels(), 2);
        let weight = numbers(outputs * inputs * geometry.area(), 3);
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            pool.build().expect("a pool of a few threads").install(|| {
                let y = convolve::forward(&x, &weight, &numbers(outputs, 4), None, &geometry);
                let found = convolve::gradients(&x, &weight, &dy, &geometry, true);
                [y, found.x, found.weight, found.bias]
            })
        };
        let once = run(1);
        assert!(once == run(3) && once == run(3), "{geometry:?}");
    }
}

/// Samples, channels, height, width, groups.
const NORM_SHAPES: [[usize; 5]; 6] = [
    [2, 8, 16, 16, 8],
    [3, 48, 8, 8, 8],
    [2, 32, 5, 7, 4],
    [1, 6, 1, 1, 2],
    [1, 16, 9, 9, 1],
    [5, 3, 4, 4, 3],
];

/// The operation as a user of burn would write it.
fn plain_group_norm(
    x: Tensor<4>,
    scale: Tensor<2>,
    shift: Tensor<2>,
    groups: usize,
    silu: bool,
) -> Tensor<4> {
    let [n, c, h, w] = x.dims();
    let x = x.reshape([n, groups, c / groups * h * w]);
    let x = x.clone() - x.mean_dim(2);
    let x = x.clone() / ((x.clone() * x).mean_dim(2) + 1e-5).sqrt();
    let u = x.reshape([n, c, h, w]) * scale.reshape([n, c, 1, 1]) + shift.reshape([n, c, 1, 1]);
    if silu { u.clone() * burn::tensor::activation::sigmoid(u) } else { u }
}

/// The output and the gradients with respect to x, scale and shift of `sum(y * weights)`.
fn norm_results(shape: [usize; 5], silu: bool, is_ours: bool) -> [Vec<f32>; 4] {
    let [n, c, h, w, groups] = shape;
    let device = Device::flex().autodiff();
    let x = (noise([n, c, h, w], 1, &device) * 2.0 + 0.7).require_grad();
    let scale = (noise([n, c], 2, &device) * 3.0).require_grad();
    let shift = noise([n, c], 3, &device).require_grad();
    let norm = if is_ours { group_norm } else { plain_group_norm };
    let y = norm(x.clone(), scale.clone(), shift.clone(), groups, silu);
    let gradients = (y.clone() * noise([n, c, h, w], 4, &device)).sum().backward();
    let of = |gradient: Option<Tensor<2>>| values(gradient.expect("inputs are tracked"));
    let dx = x.grad(&gradients).expect("x is tracked");
    [values(y), values(dx), of(scale.grad(&gradients)), of(shift.grad(&gradients))]
}

#[test]
fn a_group_norm_and_its_gradients_agree_with_those_of_burn() {
    for (shape, silu) in NORM_SHAPES.into_iter().flat_map(|shape| [(shape, true), (shape, false)]) {
        let found = norm_results(shape, silu, true);
        let expected = norm_results(shape, silu, false);
        for (part, name) in ["y", "dx", "dscale", "dshift"].into_iter().enumerate() {
            assert_close(&found[part], &expected[part], &format!("{shape:?} {silu} {name}"));
        }
        assert!(found == norm_results(shape, silu, true), "two runs differ: {shape:?}");
    }
}

/// `sum(y * weights)` by the definition, in f64; `inputs` is x, scale and shift in one piece.
fn exact_loss(inputs: &[f64], weights: &[f32], [n, c, h, w, groups]: [usize; 5]) -> f64 {
    let (x, modulation) = inputs.split_at(n * c * h * w);
    let (scale, shift) = modulation.split_at(n * c);
    let size = c / groups * h * w;
    let terms = (0..x.len()).map(|index| {
        let group = &x[index / size * size..][..size];
        let mean = group.iter().sum::<f64>() / size as f64;
        let variance = group.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / size as f64;
        let channel = index / (h * w);
        let u = scale[channel] * (x[index] - mean) / (variance + 1e-5).sqrt() + shift[channel];
        f64::from(weights[index]) * u / (1.0 + (-u).exp())
    });
    terms.sum()
}

#[test]
fn the_gradients_of_a_group_norm_are_slopes_of_its_definition() {
    let shape @ [n, c, h, w, _] = [2, 4, 3, 2, 2];
    let [_, dx, dscale, dshift] = norm_results(shape, true, true);
    let x = numbers(n * c * h * w, 1).into_iter().map(|x| f64::from(x * 2.0 + 0.7));
    let scale = numbers(n * c, 2).into_iter().map(|x| f64::from(x * 3.0));
    let shift = numbers(n * c, 3).into_iter().map(f64::from);
    let inputs: Vec<f64> = x.chain(scale).chain(shift).collect();
    let weights = numbers(n * c * h * w, 4);
    let slopes: Vec<f32> = (0..inputs.len())
        .map(|index| {
            let moved = |by: f64| {
                let mut inputs = inputs.clone();
                inputs[index] += by;
                exact_loss(&inputs, &weights, shape)
            };
            // In f64 the error of this quotient, about 1e-10, is below that of f32.
            ((moved(1e-5) - moved(-1e-5)) / 2e-5) as f32
        })
        .collect();
    assert_close(&[dx, dscale, dshift].concat(), &slopes, "slopes");
}

#[test]
fn operations_and_gradients_agree_with_those_composed_of_burns_own() {
    type Array = FloatTensor<Flex>;
    let array = |shape: &[usize], seed| -> Array {
        let values = numbers(shape.iter().product(), seed);
        Array::from_data(TensorData::new(values, Shape::from(shape.to_vec())))
    };
    let same = |fused: &[Array], plain: &[Array], what: &str| {
        assert_eq!(fused.len(), plain.len());
        for (fused, plain) in fused.iter().zip(plain) {
            let [fused, plain] = [fused, plain].map(|x| x.to_contiguous().storage().to_vec());
            assert_close(&fused, &plain, what);
        }
    };
    let (x, dy) = (|| array(&[2, 8, 6, 4], 1), || array(&[2, 8, 6, 4], 2));
    let (scale, shift) = (|| array(&[2, 8], 3), || array(&[2, 8], 4));
    for silu in [true, false] {
        let fused = Flex::group_norm_gradients(x(), scale(), shift(), 4, silu, dy());
        let plain = reference::group_norm_gradients::<Flex>(x(), scale(), shift(), 4, silu, dy());
        same(&fused, &plain, "gradients of group norm");
        let fused = Flex::group_norm(x(), scale(), shift(), 4, silu);
        let plain = reference::group_norm::<Flex>(x(), scale(), shift(), 4, silu);
        same(&[fused], &[plain], "group norm");
    }
    same(&[Flex::silu_of(x())], &[reference::silu::<Flex>(x())], "silu");
    let fused = Flex::silu_gradient(x(), dy());
    same(&[fused], &[reference::silu_gradient::<Flex>(x(), dy())], "gradient of silu");
    for side in [1, 3] {
        let (weight, bias) = (|| array(&[8, 8, side, side], 5), || array(&[8], 7));
        let fused = Flex::convolution(x(), weight(), bias());
        let plain = composed::convolution::<Flex>(x(), weight(), bias());
        same(&[fused], &[plain], "convolution");
        let (fused_dx, fused) = Flex::convolution_gradients(x(), weight(), dy(), true);
        let (plain_dx, plain) = composed::convolution_gradients::<Flex>(x(), weight(), dy(), true);
        same(&fused, &plain, "dweight, dbias");
        same(fused_dx.as_slice(), plain_dx.as_slice(), "dx");
        assert!(Flex::convolution_gradients(x(), weight(), dy(), false).0.is_none());
    }
    let qkv = || array(&[2, 24, 6, 4], 6);
    same(&[Flex::self_attention(qkv(), 2)], &[composed::attention::<Flex>(qkv(), 2)], "attention");
    let fused = Flex::attention_gradient(qkv(), 2, dy());
    same(&[fused], &[composed::attention_gradient::<Flex>(qkv(), 2, dy())], "dqkv");
    same(&[Flex::sum_2x2(x(), 0.5)], &[reference::sum_2x2::<Flex>(x(), 0.5)], "half");
    same(&[Flex::repeat_2x2(x(), 0.5)], &[reference::repeat_2x2::<Flex>(x(), 0.5)], "double");
}
