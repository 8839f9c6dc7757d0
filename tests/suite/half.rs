//! Images of f16 on the GPU against f32 on the CPU: operations, and a training.

use burn::{prelude::*, tensor::FloatDType};
use skipstone::{
    data::Dataset,
    diffusion::{Preconditioning, Prediction},
    distill::{
        Parameterization,
        score::{Samples, ScoreMatching, TimeSampling},
    },
    engine::{Opened, selftest},
    math::seed::{Purpose, Seed, gaussian},
    nn::kernel::{self, table::Table},
    train::{Optimiser, Rate, Settings, Trainer, adamw::AdamW, rate::Decay},
};

use crate::{
    device::{OPERATIONS, SHAPES, assert_near, draw, image, with_gradients},
    gpu::gpu,
    support::{model, tiny_unet},
};

/// The GPU with images of f16; lavapipe has them.
fn half() -> Option<Opened> {
    let mut opened = gpu()?;
    match opened.keep_images_in_f16() {
        Ok(()) => Some(opened),
        Err(why) if std::env::var_os("SKIPSTONE_REQUIRE_GPU").is_some() => panic!("{why}"),
        Err(why) => {
            eprintln!("{why}, not tested: {}", opened.name);
            None
        }
    }
}

/// An operation on images of f16 there, of f32 here: its output and gradients.
fn results(
    device: &Device,
    [n, c, h, w]: [usize; 4],
    operation: impl Fn(Tensor<4>, Tensor<2>) -> Tensor<4>,
) -> Vec<Vec<f32>> {
    let is_half = device != &Opened::cpu().device;
    let device = device.clone().autodiff();
    let numbers = draw(0, [n, c * h * w], &device).require_grad();
    let table = draw(1, [n, 2 * c], &device).require_grad();
    let x = image(numbers.clone(), [c, h, w], false);
    // The same numbers here and there: large scores would make much of their rounding.
    let x = x.cast(FloatDType::F16);
    let y = operation(if is_half { x } else { x.cast(FloatDType::F32) }, table.clone());
    assert_eq!(y.dtype() == FloatDType::F16.into(), is_half);
    with_gradients(y.cast(FloatDType::F32), [numbers, table])
}

/// f16 keeps 11 bits; a value goes through it on its way in, out and back.
const BOUND: f32 = 4e-3;

#[test]
fn operations_on_images_of_f16_are_those_of_f32_but_for_its_rounding() {
    let Some(opened) = half() else { return };
    let convolve = |side: usize| {
        move |x: Tensor<4>, _| {
            let [_, c, ..] = x.dims();
            let weight = draw(3, [11, c * side * side], &x.device());
            kernel::convolution(x, weight.reshape([11, c, side, side]), None)
        }
    };
    let onto = |x: Tensor<4>, _| {
        let [_, c, ..] = x.dims();
        let weight = draw(3, [c, c * 25], &x.device()).reshape([c, c, 5, 5]);
        kernel::convolution_onto(x.clone(), weight, None, x)
    };
    for shape in SHAPES {
        let same = |name: &str, operation: &dyn Fn(Tensor<4>, Tensor<2>) -> Tensor<4>| {
            let [found, expected] = [&opened.device, &Opened::cpu().device]
                .map(|device| results(device, shape, operation));
            for (part, (found, expected)) in found.iter().zip(&expected).enumerate() {
                assert_near(found, expected, BOUND, &format!("{name}, {shape:?}: {part}"));
            }
        };
        OPERATIONS.iter().for_each(|(name, operation)| same(name, operation));
        // With 5x5 weights they are not our own kernels.
        for side in [1, 3, 5] {
            same(&format!("convolution {side}x{side}"), &convolve(side));
        }
        same("convolution 5x5 onto its input", &onto);
        let [_, _, h, w] = shape;
        same("double", &|x, _| kernel::repeat_2x2(x, 1.0));
        if h % 2 == 0 && w % 2 == 0 {
            same("halve", &|x, _| kernel::sum_2x2(x, 0.25));
        }
    }
}

/// Images of noise, 8x8.
struct Noise;

impl Dataset for Noise {
    fn dims(&self) -> usize {
        64
    }
    fn len(&self) -> usize {
        1 << 12
    }
    fn label(&self, index: usize) -> u32 {
        index as u32 % 3
    }
    fn read(&self, index: usize, out: &mut [f32]) {
        gaussian(Seed(7), Purpose::Mixture, index as u64, 0, out);
    }
}

/// A batch so large, and a loss so small, that the gradient of the mean over its values is below what f16 holds.
const BATCH: usize = 1024;
const NEAR: f64 = 1e-3;

/// Loss and gradient norm of three steps, and then the weights.
fn trained(opened: &Opened) -> Vec<f32> {
    let tracked = opened.device.clone().autodiff();
    let start = model(tiny_unet(), Prediction::F, &tracked);
    let rate = Rate { peak: 0.01, warmup: 0, decay: Decay::Constant, steps: 3 };
    // A large epsilon: a step that follows the gradient's size, not only its sign.
    let adamw = AdamW { epsilon: 1e-6, ..AdamW::default() };
    let mut settings = Settings { optimiser: Optimiser::Adamw, adamw, rate, ema: 0.5, scale: 1.0 };
    if opened.is_half {
        settings = settings.for_half(BATCH * Noise.dims());
    }
    let objective = ScoreMatching { times: TimeSampling::Uniform, label_drop: 0.1 };
    let parameterization =
        Parameterization { config: start.config, boundary: None, is_half: opened.is_half };
    let mut trainer = Trainer::new(start.network, settings, tracked);
    let mut all = Vec::new();
    for step in 0..3 {
        let first = (step * BATCH) as u64;
        let samples = Samples { data: &Noise, seed: Seed(2), first, count: BATCH };
        let mut lesson = objective.lesson(&parameterization, samples, &opened.device);
        lesson.objective.is_weighted = true;
        lesson.batch.tables.insert(Preconditioning::TABLES, Table::column([NEAR; BATCH]));
        let progress = trainer.learn(&lesson);
        all.extend(pollster::block_on(progress.read()).expect("finite"));
    }
    let weights = pollster::block_on(trainer.export()).expect("readable");
    all.extend(weights.into_values().flat_map(|weights| weights.values));
    all
}

#[test]
fn a_training_with_images_of_f16_goes_as_one_of_f32() {
    let Some(opened) = half() else { return };
    let (found, expected) = (trained(&opened), trained(&Opened::cpu()));
    for (i, (a, b)) in found.iter().zip(&expected).take(6).enumerate() {
        assert!((a - b).abs() < 0.01 * b, "loss or norm {i}: {a} for {b}");
    }
    assert_near(&found[6..], &expected[6..], BOUND, "the weights");
}

#[test]
fn the_self_test_checks_images_of_f16_where_they_are_asked_for() {
    let Some(opened) = half() else { return };
    let checks = pollster::block_on(selftest::run(&opened, true, &mut |_| ())).expect("readable");
    for part in ["network of tiny", "golden outputs of digits teacher"] {
        let name = format!("{part}, images of f16");
        assert!(checks.iter().any(|check| check.name.starts_with(&name)), "{name}");
    }
    assert!(checks.iter().all(selftest::Check::passes));
    let mut cpu = Opened::cpu();
    let why = cpu.keep_images_in_f16().expect_err("a CPU has none");
    assert!(!cpu.is_half && why.contains("GPU"), "{why}");
}
