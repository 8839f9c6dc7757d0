//! The GPU against the CPU, on every operation and network that the product uses.
//!
//! Needs a GPU (lavapipe will do). Without one the tests say so and pass, unless
//! SKIPSTONE_REQUIRE_GPU is set, as it is in CI.

use std::{
    future::Future as _,
    task::{Context, Waker},
};

use burn::prelude::*;
use skipstone::{
    consistency::sample::Noise,
    engine::{Opened, selftest},
    math::seed::{Dropout, Purpose, Seed},
    nn::kernel,
    platform,
    train::{
        self,
        adamw::{AdamW, State},
    },
};

use crate::gpu::gpu;

#[test]
fn a_gpu_computes_what_the_cpu_computes_forward_and_backward() {
    let Some(opened) = gpu() else { return };
    let checks = pollster::block_on(selftest::run(&opened, false, &mut |_| ())).expect("readable");
    let wrong: Vec<String> = checks
        .iter()
        .filter(|check| !check.passes())
        .map(|check| format!("{}: {:e}", check.name, check.difference))
        .collect();
    assert!(wrong.is_empty(), "{} is wrong: {}", opened.name, wrong.join("; "));
    assert!(checks.len() > 20, "all operations are there");
    let steps = |what: &str| checks.iter().filter(|check| check.name.ends_with(what)).count();
    let replayed = steps("a replayed training step");
    assert!(replayed > 0 && replayed == steps("training step"), "{checks:?}");
}

fn values<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    let data = pollster::block_on(platform::whole(x.into_data_async()));
    data.expect("readable").iter::<f32>().collect()
}

/// An operation on an image and on a table of samples and twice the channels.
pub(crate) type Operation = fn(Tensor<4>, Tensor<2>) -> Tensor<4>;

pub(crate) const OPERATIONS: [(&str, Operation); 8] = [
    ("group norm", |x, table| normalized(x, table, false)),
    ("group norm + silu", |x, table| normalized(x, table, true)),
    ("modulated norm", |x, table| {
        let [_, c, ..] = x.dims();
        let row = table.clone().slice([0..1, c / 2..c / 2 + c]).reshape([c]);
        kernel::modulated_norm(x, [row.clone() + 1.0, row], table, c / 5, true)
    }),
    ("convolution onto its input", |x, _| {
        let [_, c, ..] = x.dims();
        let weight = draw(3, [c, c * 9], &x.device()).reshape([c, c, 3, 3]);
        kernel::convolution_onto(x.clone(), weight, None, x)
    }),
    ("dropout", |x, _| {
        let units = Dropout::new(Seed(8), Purpose::Dropout, 6, 0.4);
        // The numbers of the samples pass from 32 bits to 33, and have bits in each third.
        let first = 0xFEDC_0000_FFFF_FFFF_u64;
        let numbers = (first..).take(x.dims()[0]).flat_map(kernel::thirds);
        let numbers: Vec<f32> = numbers.collect();
        let numbers = Tensor::<1>::from_floats(numbers.as_slice(), &x.device());
        kernel::dropout(x.clone(), numbers.reshape([x.dims()[0], 3]), units)
    }),
    ("attention", |x, _| kernel::attention(x, 5)),
    ("attention of one head", |x, _| kernel::attention(x, 1)),
    ("attention to large scores", |x, _| kernel::attention(x * 4.0, 5)),
];

fn normalized(x: Tensor<4>, table: Tensor<2>, silu: bool) -> Tensor<4> {
    let [_, c, ..] = x.dims();
    // Halves of the columns: rows that lie apart.
    let [scale, shift] = table.chunk(2, 1).try_into().expect("two halves");
    kernel::group_norm(x, scale, shift, c / 5, silu)
}

/// Its output and gradients, of an image that lies in memory as it reads or turned.
fn results(
    operation: Operation,
    device: &Device,
    [n, c, h, w]: [usize; 4],
    is_turned: bool,
) -> Vec<Vec<f32>> {
    let device = device.clone().autodiff();
    let numbers = draw(0, [n, c * h * w], &device).require_grad();
    let table = draw(1, [n, 2 * c], &device).require_grad();
    let y = operation(image(numbers.clone(), [c, h, w], is_turned), table.clone());
    with_gradients(y, [numbers, table])
}

pub(crate) fn draw(step: u64, shape: [usize; 2], device: &Device) -> Tensor<2> {
    Noise { seed: Seed(3), first: 0 }.draw(Purpose::Initial, step, shape, device)
}

/// Rows of numbers as images of this shape, which lie in memory as they read or turned.
pub(crate) fn image(rows: Tensor<2>, [c, h, w]: [usize; 3], is_turned: bool) -> Tensor<4> {
    let [n, _] = rows.dims();
    match is_turned {
        true => rows.reshape([n, w, h, c]).permute([0, 3, 2, 1]),
        false => rows.reshape([n, c, h, w]),
    }
}

/// The values of `y`, and each gradient of their sum with fixed weights.
pub(crate) fn with_gradients<const N: usize>(y: Tensor<4>, of: [Tensor<2>; N]) -> Vec<Vec<f32>> {
    let weights = draw(2, [1, y.shape().num_elements()], &y.device()).reshape(y.shape());
    let gradients = (y.clone() * weights).sum().backward();
    let found = of.into_iter().filter_map(|x| x.grad(&gradients)).map(values);
    std::iter::once(values(y.inner())).chain(found).collect()
}

/// A convolution with 11 outputs and its gradients.
fn convolved(
    side: usize,
    device: &Device,
    [n, c, h, w]: [usize; 4],
    is_turned: bool,
) -> Vec<Vec<f32>> {
    let device = device.clone().autodiff();
    let numbers = draw(0, [n, c * h * w], &device).require_grad();
    let kernels = draw(3, [11, c * side * side], &device).require_grad();
    let bias = draw(4, [1, 11], &device).require_grad();
    let x = image(numbers.clone(), [c, h, w], is_turned);
    let weight = image(kernels.clone(), [c, side, side], is_turned);
    let y = kernel::convolution(x, weight, Some(bias.clone().reshape([11])));
    with_gradients(y, [numbers, kernels, bias])
}

/// One pixel; blocks of neighbours that are full, and not; several cubes of them; heads too wide for a unit's registers.
pub(crate) const SHAPES: [[usize; 4]; 7] = [
    [2, 15, 1, 1],
    [3, 30, 7, 5],
    [1, 60, 16, 16],
    [2, 15, 4, 3],
    [3, 15, 19, 13],
    [5, 30, 16, 17],
    [1, 120, 3, 3],
];

/// Whether images of these shapes, turned or not, come out on the GPU as they do on the CPU: output and gradients, each
/// beside its own largest value.
fn assert_same(
    name: &str,
    gpu: &Device,
    shapes: &[[usize; 4]],
    results: impl Fn(&Device, [usize; 4], bool) -> Vec<Vec<f32>>,
) {
    for (shape, is_turned) in shapes.iter().flat_map(|shape| [(*shape, false), (*shape, true)]) {
        let [found, expected] =
            [gpu, &Opened::cpu().device].map(|device| results(device, shape, is_turned));
        assert_eq!(found.len(), expected.len());
        for (part, (found, expected)) in found.iter().zip(&expected).enumerate() {
            let what = format!("{name}, {shape:?}, turned {is_turned}: {part}");
            assert_near(found, expected, 1e-5, &what);
        }
    }
}

/// Whether no value is farther off than `bound` times the largest that is expected.
pub(crate) fn assert_near(found: &[f32], expected: &[f32], bound: f32, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(f32::MIN_POSITIVE, |most, x| most.max(x.abs()));
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        // Not-a-number is not below the bound.
        assert!((a - b).abs() <= bound * largest, "{what}, {i}: {a} for {b}");
    }
}

#[test]
fn operations_of_any_size_on_images_that_lie_turned_are_those_of_the_cpu() {
    let Some(opened) = gpu() else { return };
    for (name, operation) in OPERATIONS {
        assert_same(name, &opened.device, &SHAPES, |device, shape, is_turned| {
            results(operation, device, shape, is_turned)
        });
    }
}

#[test]
fn convolutions_of_any_size_on_images_that_lie_turned_are_those_of_the_cpu() {
    let Some(opened) = gpu() else { return };
    for side in [1, 3, 5] {
        let name = format!("convolution {side}x{side}");
        assert_same(&name, &opened.device, &SHAPES, |device, shape, is_turned| {
            convolved(side, device, shape, is_turned)
        });
    }
}

#[test]
fn attention_of_the_widest_heads_and_of_wider_ones_is_that_of_the_cpu() {
    let Some(opened) = gpu() else { return };
    for heads in [1, 2] {
        let name = format!("attention of {heads} heads");
        let shapes = [32, 33].map(|size| [2, 3 * size * heads, 5, 7]);
        assert_same(&name, &opened.device, &shapes, |device, [n, c, h, w], is_turned| {
            let device = device.clone().autodiff();
            let numbers = draw(0, [n, c * h * w], &device).require_grad();
            let qkv = image(numbers.clone(), [c, h, w], is_turned);
            with_gradients(kernel::attention(qkv, heads), [numbers])
        });
    }
}

#[test]
fn attention_to_far_larger_scores_than_exp_can_take_picks_one_value_for_each_query() {
    let Some(opened) = gpu() else { return };
    let on = |device: Device| {
        let numbers = draw(0, [1, 30 * 35], &device.autodiff()).require_grad();
        let qkv = numbers.clone().reshape([1, 30, 7, 5]) * 1e4;
        let [y, gradient] =
            with_gradients(kernel::attention(qkv, 5), [numbers]).try_into().unwrap();
        assert!(gradient.iter().all(|value| value.is_finite()));
        // Those of queries and keys are zero but for rounding, which such scores make large.
        [y, gradient[20 * 35..].to_vec()]
    };
    for (found, expected) in on(opened.device).iter().zip(on(Opened::cpu().device)) {
        assert_near(found, &expected, 1e-4, "attention to far larger scores");
    }
}

/// Weights, moments, average and norms of some steps of AdamW with long and short gradients.
fn updated(device: &Device, length: usize) -> Vec<f32> {
    let noise = Noise { seed: Seed(5), first: 0 };
    let draw = |step| noise.draw(Purpose::Initial, step, [1, length], device).reshape([length]);
    let (mut state, mut average) = (State::new(draw(0)), draw(1));
    let (start, mut all) = (state.clone(), Vec::new());
    for (step, size) in [(0, 100.0), (1, 1e-3), (2, 1.0)] {
        let norm = AdamW::default().step(&mut state, draw(step + 2) * size, 0.01, step);
        average = train::towards(average, state.weights.clone(), 0.3);
        all.extend(values(norm));
    }
    // What was held before the steps is as it was.
    let vectors = [state.weights, state.first, state.second, average, start.weights, start.first];
    all.extend(vectors.into_iter().flat_map(values));
    all
}

#[test]
fn adamw_and_the_average_are_those_of_the_cpu_and_leave_alone_what_others_hold() {
    let Some(opened) = gpu() else { return };
    for length in [1, 64, 1000] {
        let (expected, found) =
            (updated(&Opened::cpu().device, length), updated(&opened.device, length));
        assert_eq!(found.len(), expected.len());
        for (i, (a, b)) in found.iter().zip(&expected).enumerate() {
            assert!((a - b).abs() <= 1e-5 * b.abs().max(0.01), "{length}, {i}: {a} for {b}");
        }
    }
}

#[test]
fn a_gradients_norm_has_the_same_bits_each_time() {
    let Some(opened) = gpu() else { return };
    let norm = |device: &Device| {
        let mut state = State::new(Tensor::zeros([200_003], device));
        let noise =
            Noise { seed: Seed(5), first: 0 }.draw(Purpose::Initial, 0, [1, 200_003], device);
        values(AdamW::default().step(&mut state, noise.reshape([200_003]), 0.01, 0))[0]
    };
    let (first, expected) = (norm(&opened.device), norm(&Opened::cpu().device));
    assert!((first - expected).abs() < 1e-5 * expected, "{first} for {expected}");
    for _ in 0..20 {
        assert_eq!(norm(&opened.device).to_bits(), first.to_bits());
    }
}

#[test]
fn a_read_that_is_dropped_half_way_leaves_the_device_in_order() {
    let Some(opened) = gpu() else { return };
    for i in 0..32 {
        let x = Tensor::<1>::ones([256], &opened.device) * i;
        let mut read = Box::pin(platform::whole(x.into_data_async()));
        let mut context = Context::from_waker(Waker::noop());
        // Whether it is done at once is up to the device.
        _ = read.as_mut().poll(&mut context);
        drop(read);
    }
    let x = Tensor::<1>::ones([256], &opened.device) * 3;
    assert!(values(x).iter().all(|value| *value == 3.0));
}

#[test]
fn the_cpu_passes_its_own_self_test() {
    let cpu = Opened::cpu();
    let checks = pollster::block_on(selftest::run(&cpu, true, &mut |_| ())).expect("readable");
    let golden = checks.iter().filter(|check| check.name.starts_with("golden outputs")).count();
    // A network of images, one of points, and the teacher of each shipped set.
    assert_eq!((checks.len(), golden), (7, 5));
    assert!(checks.iter().all(selftest::Check::passes));
    let wrong = selftest::Check { name: "x".into(), difference: f64::NAN, tolerance: 1.0 };
    assert!(!wrong.passes(), "not-a-number is no pass");
}
