//! The operations of networks, each by itself: output and gradient.

use burn::prelude::*;

use super::{Check, TOLERANCE, compared::relative};
use crate::{
    consistency::sample::Noise,
    engine::LabError,
    math::seed::{Dropout, Purpose, Seed},
    nn::{kernel, layer},
    platform::whole,
    solver::host,
    train,
};

type Operation = (&'static str, [usize; 4], fn(Tensor<4>) -> Tensor<4>);

/// Operations on an image batch; second operands are made from the input.
const OPERATIONS: &[Operation] = &[
    ("convolution 3x3, 12 to 32", [2, 12, 16, 16], |x| convolve(x, 32, 3)),
    ("convolution 3x3, 32 to 32", [2, 32, 16, 16], |x| convolve(x, 32, 3)),
    ("convolution 3x3, 96 to 64", [2, 96, 8, 8], |x| convolve(x, 64, 3)),
    ("convolution 3x3, 64 to 12", [2, 64, 16, 16], |x| convolve(x, 12, 3)),
    ("convolution 1x1, 96 to 32", [2, 96, 16, 16], |x| convolve(x, 32, 1)),
    ("convolution 1x1, 192 to 64", [2, 192, 8, 8], |x| convolve(x, 64, 1)),
    ("convolution 3x3 onto its input", [2, 32, 16, 16], |x| {
        let (weight, bias) = (weights(&x, 32, 3), None);
        kernel::convolution_onto(x.clone(), weight, bias, x)
    }),
    ("weights of a convolution 3x3, 3 to 24", [24, 3, 3, 3], |x| weighed(x, [5, 3, 30, 32])),
    ("weights of a convolution 3x3, 24 to 48", [48, 24, 3, 3], |x| weighed(x, [3, 24, 16, 16])),
    ("weights of a convolution 3x3, 96 to 96", [96, 96, 3, 3], |x| weighed(x, [2, 96, 8, 8])),
    ("weights of a convolution 1x1, 48 to 20", [20, 48, 1, 1], |x| weighed(x, [3, 48, 16, 16])),
    ("group norm + silu", [3, 64, 8, 8], |x| {
        let [n, c, ..] = x.dims();
        let plane = x.clone().slice([0..n, 0..c, 0..1, 1..2]).reshape([n, c]);
        kernel::group_norm(x, plane.clone() + 1.0, plane, 8, true)
    }),
    ("modulated norm + silu", [3, 64, 8, 8], |x| {
        let [n, c, ..] = x.dims();
        let lines = x.clone().slice([0..n, 0..c, 0..2, 1..2]);
        let row = x.clone().slice([0..1, 0..c, 2..3, 3..4]).reshape([c]);
        let modulation = lines.permute([0, 2, 1, 3]).reshape([n, 2 * c]);
        kernel::modulated_norm(x, [row.clone() + 1.0, row], modulation, 8, true)
    }),
    ("silu", [2, 16, 8, 8], kernel::silu),
    ("dropout", [3, 15, 7, 5], |x| {
        let numbers = [5, 6, 0xFEDC_BA98_7654_3210].map(kernel::thirds);
        let numbers = Tensor::from_floats(numbers, &x.device());
        kernel::dropout(x, numbers, Dropout::new(Seed(13), Purpose::Dropout, 1, 0.3))
    }),
    ("attention", [2, 96, 8, 8], |x| kernel::attention(x, 4)),
    ("halve and double", [2, 32, 16, 16], |x| layer::double(layer::halve(x))),
    ("fold and unfold", [2, 3, 32, 32], |x| layer::unfold(layer::fold(x, 2).square(), 2)),
    ("concatenation and mean", [2, 32, 8, 8], |x| {
        let mean = x.clone().mean_dim(1).repeat_dim(1, 32);
        Tensor::cat(vec![x, mean], 1)
    }),
];

/// A convolution whose weights are fixed numbers.
fn convolve(x: Tensor<4>, outputs: usize, size: usize) -> Tensor<4> {
    let weight = weights(&x, outputs, size);
    kernel::convolution(x, weight, None)
}

/// A convolution of images that are fixed numbers, by these weights; they bring the bias too.
fn weighed(weight: Tensor<4>, [n, c, h, w]: [usize; 4]) -> Tensor<4> {
    let noise = Noise { seed: Seed(12), first: 0 };
    let x = noise.draw(Purpose::Initial, 0, [n, c * h * w], &weight.device());
    let [o, ..] = weight.dims();
    let bias = weight.clone().slice([0..o, 0..1, 0..1, 0..1]).reshape([o]);
    kernel::convolution(x.reshape([n, c, h, w]), weight, Some(bias))
}

fn weights(x: &Tensor<4>, outputs: usize, size: usize) -> Tensor<4> {
    let [_, c, ..] = x.dims();
    let noise = Noise { seed: Seed(11), first: 0 };
    let shape = [outputs, c * size * size];
    let weight = noise.draw(Purpose::Weights, 0, shape, &x.device()) * 0.1;
    weight.reshape([outputs, c, size, size])
}

/// Matrices made orthogonal, as Muon moves weights: wide, tall, two of one smaller side.
async fn orthogonal(device: &Device) -> Result<Check, LabError> {
    let on = async |device: &Device| {
        let x = Noise { seed: Seed(14), first: 0 };
        let x = x.draw(Purpose::Initial, 0, [1, 48 * 216 + 192 * 96 + 48 * 96], device);
        let moved = train::orthogonal(&[[48, 216], [192, 96], [48, 96]], &x.flatten(0, 1));
        host(moved).await
    };
    let [found, expected] = [on(device).await?, on(&Device::flex()).await?];
    let difference = relative(&found, &expected, 1e-6);
    Ok(Check { name: "matrices made orthogonal".into(), difference, tolerance: TOLERANCE })
}

pub(super) async fn checked(device: &Device) -> Result<Vec<Check>, LabError> {
    let mut checks = vec![orthogonal(device).await?];
    for (name, shape, operation) in OPERATIONS {
        let on = async |device: &Device| {
            let device = device.clone().autodiff();
            let flat = [shape[0], shape[1] * shape[2] * shape[3]];
            let x = Noise { seed: Seed(3), first: 0 }.draw(Purpose::Initial, 0, flat, &device);
            let x = x.reshape(*shape).require_grad();
            let y = operation(x.clone());
            // A cotangent that differs everywhere, and is the same on every device.
            let [n, rest @ ..] = y.dims();
            let cotangent = Noise { seed: Seed(4), first: 0 };
            let shape = [n, rest.iter().product()];
            let cotangent = cotangent.draw(Purpose::Initial, 0, shape, &device);
            let gradients = (y.clone() * cotangent.reshape(y.dims())).sum().backward();
            let gradient = x.grad(&gradients).expect("the input is tracked");
            let y: Vec<f32> = whole(y.inner().into_data_async()).await?.iter::<f32>().collect();
            let gradient = whole(gradient.into_data_async()).await?.iter::<f32>().collect();
            Ok::<_, LabError>([y, gradient])
        };
        let [found, expected] = [on(device).await?, on(&Device::flex()).await?];
        for (part, (a, b)) in ["forward", "backward"].iter().zip(found.iter().zip(&expected)) {
            let name = format!("{name}, {part}");
            checks.push(Check { name, difference: relative(a, b, 1e-6), tolerance: TOLERANCE });
        }
    }
    Ok(checks)
}
