//! Single operations at the sizes of a network, forward, and forward with backward: on images of f16 where networks have
//! them, with their roofline.

use std::iter;

use burn::{prelude::*, tensor::FloatDType};

use super::{Effort, Timing, time};
use crate::{
    consistency::sample::Noise,
    engine::{LabError, Opened, Recipe},
    math::seed::Seed,
    nn::{NetworkConfig, kernel, layer, unet::UNetConfig},
    train,
};

const BYTES: f64 = 4.0; // of an f32

/// An operation on its inputs.
type Run = Box<dyn Fn(Vec<Tensor<4>>) -> Tensor<4>>;

/// Something to time: shapes of its inputs, of which the first is an image, and how they are used.
struct Operation {
    name: String,
    inputs: Vec<[usize; 4]>,
    run: Run,
    cost: Cost,
}

/// What limits an operation.
enum Cost {
    /// Multiplications: a convolution is this product, `[rows, inner] x [inner, columns]`.
    Product([usize; 3]),
    /// Memory: values read and written, forward.
    Values(usize),
}

pub(super) async fn run(
    recipe: &Recipe,
    opened: &Opened,
    effort: Effort,
) -> Result<Vec<Timing>, LabError> {
    let Effort { batch, repeat } = effort;
    let mut timings = Vec::new();
    if let NetworkConfig::Unet(unet) = &recipe.model.network {
        for operation in operations(unet, batch) {
            timings.extend(operation.times(opened, repeat).await?);
        }
    }
    timings.extend(updates(recipe, opened, repeat).await?);
    Ok(timings)
}

/// What a U-Net spends its time on: at the first level, and attention at the last.
fn operations(unet: &UNetConfig, n: usize) -> Vec<Operation> {
    let (c, s) = (unet.base, unet.size / unet.patch);
    let (heads, groups) = (unet.heads, unet.groups);
    let last = unet.multipliers.len() - 1;
    let (wide, low) = (unet.base * unet.multipliers[last], s >> last);
    let convolution = |c: usize, o: usize, s: usize, k: usize| Operation {
        name: format!("convolution {k}x{k}, {c} to {o}, {s}x{s}"),
        inputs: vec![[n, c, s, s], [o, c, k, k]],
        run: Box::new(|x| kernel::convolution(x[0].clone(), x[1].clone(), None)),
        cost: Cost::Product([o, c * k * k, n * s * s]),
    };
    // Values read and written, in quarters of the image: half resolution reads four and writes one.
    let of_size = |name: &str, c: usize, s: usize, run: Run, quarters: usize| Operation {
        name: format!("{name}, {c} channels, {s}x{s}"),
        inputs: vec![[n, c, s, s]],
        run,
        cost: Cost::Values(quarters * n * c * s * s / 4),
    };
    let norm = Operation {
        inputs: vec![[n, c, s, s], [n, c, 1, 1], [n, c, 1, 1]],
        ..of_size("group norm + silu", c, s, Box::new(move |x| norm(&x, groups)), 8)
    };
    let attention = Operation {
        name: format!("attention, {wide} channels, {low}x{low}"),
        inputs: vec![[n, 3 * wide, low, low]],
        run: Box::new(move |x| kernel::attention(x[0].clone(), heads)),
        // Two products a head: scores, and their use.
        cost: Cost::Product([2 * low * low, low * low, n * wide]),
    };
    let halve = |x: Vec<Tensor<4>>| layer::halve(x[0].clone());
    let double = |x: Vec<Tensor<4>>| layer::double(x[0].clone());
    let mut all = vec![
        convolution(c, c, s, 3),
        convolution(wide + c, c, s, 3),
        convolution(wide, wide, low, 3),
        convolution(2 * wide, wide, low, 3),
        convolution(wide + c, c, s, 1),
        norm,
        attention,
        of_size("double resolution", wide, low, Box::new(double), 20),
    ];
    if s.is_multiple_of(2) {
        all.push(of_size("half resolution", c, s, Box::new(halve), 5));
    }
    all
}

fn norm(x: &[Tensor<4>], groups: usize) -> Tensor<4> {
    let [n, c, ..] = x[0].dims();
    let plane = |x: &Tensor<4>| x.clone().reshape([n, c]);
    kernel::group_norm(x[0].clone(), plane(&x[1]), plane(&x[2]), groups, true)
}

impl Operation {
    async fn times(self, opened: &Opened, repeat: usize) -> Result<Vec<Timing>, LabError> {
        let device = &opened.device;
        let (first, others) = self.inputs.split_first().expect("an operation has an image");
        let plain: Vec<Tensor<4>> = iter::once(image(*first, opened))
            .chain(others.iter().map(|&shape| noise(shape, device)))
            .collect();
        let flat = |x: Tensor<4>| x.flatten::<1>(0, 3);
        let roof = self.roof(opened, repeat).await?;
        let work = async || Ok(flat((self.run)(plain.clone())));
        let forward = time(&self.name, repeat, device, work).await?;

        let cotangent = (self.run)(plain.clone());
        let both = async || {
            let leaf = |x: &Tensor<4>| Tensor::from_inner(x.clone()).require_grad();
            let leaves: Vec<Tensor<4>> = plain.iter().map(leaf).collect();
            let y = (self.run)(leaves.clone()) * Tensor::from_inner(cotangent.clone());
            let gradients = y.sum().backward();
            Ok(flat(leaves[0].grad(&gradients).expect("it is tracked")))
        };
        let name = format!("{}, and backward", self.name);
        let both = time(name, repeat, device, both).await?;
        // Backward takes two products, or moves about one and a half times as much.
        Ok(match self.cost {
            Cost::Product([a, b, c]) => {
                let operations = 2.0 * (a * b * c) as f64;
                [forward.with_operations(operations), both.with_operations(3.0 * operations)]
            }
            Cost::Values(count) => {
                let bytes = bytes_of_image(opened) * count as f64;
                [forward.with_bytes(bytes), both.with_bytes(2.5 * bytes)]
            }
        }
        .map(|timing| timing.beside(&roof))
        .into())
    }

    /// The product, or the copy, of the same size.
    async fn roof(&self, opened: &Opened, repeat: usize) -> Result<Timing, LabError> {
        let device = &opened.device;
        match self.cost {
            Cost::Product([rows, inner, columns]) => {
                let a = image([1, 1, rows, inner], opened);
                let b = image([1, 1, inner, columns], opened);
                let work = async || Ok(a.clone().matmul(b.clone()).flatten(0, 3));
                let timing = time("product", repeat, device, work).await?;
                Ok(timing.with_operations(2.0 * (rows * inner * columns) as f64))
            }
            Cost::Values(count) => {
                let x = image([1, 1, 1, count / 2], opened);
                let work = async || Ok((x.clone() * 1.0).flatten(0, 3));
                let timing = time("copy", repeat, device, work).await?;
                Ok(timing.with_bytes(bytes_of_image(opened) * count as f64))
            }
        }
    }
}

/// The optimiser and the average over all parameters, beside a copy.
async fn updates(recipe: &Recipe, opened: &Opened, repeat: usize) -> Result<Vec<Timing>, LabError> {
    let device = &opened.device;
    let parameters = recipe.model.network.parameters() as usize;
    let vector = || noise([1, 1, 1, parameters], device).flatten::<1>(0, 3);
    let copied = vector();
    let work = async || Ok(copied.clone() * 1.0);
    let copy =
        time("copy", repeat, device, work).await?.with_bytes(2.0 * BYTES * parameters as f64);

    let adamw = recipe.teacher.optimisation.settings().adamw;
    let (mut state, gradient) = (train::adamw::State::new(vector()), vector());
    let work = async || {
        drop(adamw.step(&mut state, gradient.clone(), 1e-3, 100)); // the norm
        Ok(state.weights.clone().narrow(0, 0, 1))
    };
    // Reads weights, two moments and twice the gradient; writes weights and moments.
    let step = time("AdamW, all parameters", repeat, device, work).await?;
    let step = step.with_bytes(8.0 * BYTES * parameters as f64).beside(&copy);
    let (mut average, live) = (vector(), vector());
    let work = async || {
        // Moved in and out: a vector with one owner is updated where it lies.
        let before = std::mem::replace(&mut average, live.clone());
        average = train::towards(before, live.clone(), 0.01);
        Ok(average.clone().narrow(0, 0, 1))
    };
    let average = time("moving average, all parameters", repeat, device, work).await?;
    Ok(vec![step, average.with_bytes(3.0 * BYTES * parameters as f64).beside(&copy)])
}

/// Noise of the type that images have between a network's layers.
fn image(shape: [usize; 4], opened: &Opened) -> Tensor<4> {
    let image = noise(shape, &opened.device);
    if opened.is_half { image.cast(FloatDType::F16) } else { image }
}

/// Bytes of one of an image's values.
fn bytes_of_image(opened: &Opened) -> f64 {
    if opened.is_half { BYTES / 2.0 } else { BYTES }
}

fn noise(shape: [usize; 4], device: &Device) -> Tensor<4> {
    let flat = [1, shape.iter().product()];
    let noise = Noise { seed: Seed(1), first: 0 };
    noise.initial(flat, device).reshape(shape)
}
