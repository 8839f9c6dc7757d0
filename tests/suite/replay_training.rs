//! Training steps that a GPU replays against those that it is launched for.

use burn::{prelude::*, tensor::FloatDType};
use skipstone::{
    consistency::Boundary,
    diffusion::{Method, Prediction},
    distill::{
        Distillation, Drawn, Horizon, Loss, Parameterization, Weighting,
        score::{Samples, ScoreMatching, TimeSampling},
    },
    math::seed::Seed,
    nn::{Initial, Network, NetworkConfig},
    train::{Lesson, Rate, Settings, Trainer, adamw::AdamW, rate::Decay},
};

use crate::{
    distillation::{Bell, grid, paths},
    support::{bell, model, tiny_unet},
    vulkan::vulkan,
};

const BATCH: usize = 6;

/// The network of images of the tests, with units that drop out.
fn dropping_out() -> NetworkConfig {
    let mut config = tiny_unet();
    if let NetworkConfig::Unet(config) = &mut config {
        config.dropout = 0.2;
    }
    config
}

fn parameterization(is_student: bool, is_half: bool, device: &Device) -> Parameterization {
    let config = model(dropping_out(), Prediction::F, device).config;
    Parameterization { config, boundary: is_student.then_some(Boundary::Paper), is_half }
}

fn trainer(parameterization: &Parameterization, device: &Device) -> Trainer<Network> {
    let tracked = device.clone().autodiff();
    let network = parameterization.config.network.init(&mut Initial::new(Seed(4), &tracked));
    let rate = Rate { peak: 0.01, warmup: 2, decay: Decay::Constant, steps: 100 };
    let settings = Settings { adamw: AdamW::default(), rate, ema: 0.9, scale: 1.0 };
    let settings = if parameterization.is_half { settings.for_half(BATCH * 64) } else { settings };
    Trainer::new(network, settings, tracked)
}

/// The teacher's lesson of a step.
fn teaching(
    parameterization: &Parameterization,
    step: u64,
    count: usize,
    device: &Device,
) -> Lesson<Network> {
    let score = ScoreMatching { times: TimeSampling::Uniform, label_drop: 0.1 };
    let first = step * BATCH as u64;
    score.lesson(parameterization, Samples { data: &Bell(64), seed: Seed(2), first, count }, device)
}

/// A student's lesson of a step, whose samples weigh differently.
fn distilling(
    parameterization: &Parameterization,
    step: u64,
    horizon: Horizon,
    device: &Device,
) -> Lesson<Network> {
    let (teacher, ode, grid) = (bell(64), Method::Ddim.parts(), grid());
    let (loss, weighting) = (Loss::HuberVector, Weighting::Gap);
    let distillation = Distillation { teacher: &teacher, ode: &ode, loss, weighting };
    let first = step * BATCH as u64;
    let indices = first..first + BATCH as u64;
    let drawn = Drawn::new(Seed(3), indices, &Bell(64), paths(&grid, horizon), device);
    let landing = distillation.land(&drawn);
    distillation.lesson(parameterization, &drawn, landing, Some((Seed(3), first)))
}

/// Loss and gradient norm of each lesson, and then all state.
fn learnt(mut trainer: Trainer<Network>, lessons: &[Lesson<Network>], replays: bool) -> Vec<f32> {
    let mut all = Vec::new();
    for lesson in lessons {
        all.extend(pollster::block_on(trainer.learn(lesson).read()).expect("finite"));
        assert_eq!(trainer.is_recorded(), replays);
    }
    let state = pollster::block_on(trainer.export()).expect("readable");
    all.extend(state.into_values().flat_map(|tensor| tensor.values));
    all
}

/// Both ways go the same to the bit, through losses none like the one before.
#[track_caller]
fn agree(parameterization: &Parameterization, lessons: &[Lesson<Network>], device: &Device) {
    let replayed = learnt(trainer(parameterization, device), lessons, true);
    let launched = learnt(trainer(parameterization, device).launching(), lessons, false);
    assert!(replayed == launched);
    let losses: Vec<f32> = replayed[..2 * lessons.len()].iter().step_by(2).copied().collect();
    assert!(losses.windows(2).all(|pair| pair[0] != pair[1]), "{losses:?}");
}

#[test]
fn a_replayed_training_is_the_launched_one() {
    let Some(opened) = vulkan() else { return };
    let device = &opened.device;
    let has_half = device.supports_dtype(FloatDType::F16);
    for is_half in [false, true].into_iter().filter(|&is_half| !is_half || has_half) {
        let teacher = parameterization(false, is_half, device);
        let lessons: Vec<_> = (0..5).map(|i| teaching(&teacher, i, BATCH, device)).collect();
        agree(&teacher, &lessons, device);
        let student = parameterization(true, is_half, device);
        for horizon in [Horizon::CM, Horizon::Full] {
            let lessons: Vec<_> =
                (0..5).map(|i| distilling(&student, i, horizon, device)).collect();
            agree(&student, &lessons, device);
        }
    }
}

#[test]
fn lessons_of_other_kinds_and_sizes_are_learnt_in_between() {
    let Some(opened) = vulkan() else { return };
    let device = &opened.device;
    let student = parameterization(true, false, device);
    // From one kind to another and back, until the second has come so often that it is recorded.
    let lessons: Vec<_> = (0..16)
        .map(|i| match i {
            2 => teaching(&student, i, BATCH - 1, device),
            4..13 => distilling(&student, i, Horizon::Full, device),
            _ => distilling(&student, i, Horizon::CM, device),
        })
        .collect();
    agree(&student, &lessons, device);
}

#[test]
fn a_training_goes_on_on_another_thread() {
    let Some(opened) = vulkan() else { return };
    let device = &opened.device;
    let teacher = parameterization(false, false, device);
    let lessons: Vec<_> = (0..9).map(|i| teaching(&teacher, i, BATCH, device)).collect();
    let expected = learnt(trainer(&teacher, device).launching(), &lessons, false);
    let mut trainer = trainer(&teacher, device);
    let mut found = Vec::new();
    for lesson in &lessons[..3] {
        found.extend(pollster::block_on(trainer.learn(lesson).read()).expect("finite"));
    }
    let rest = || learnt(trainer, &lessons[3..], true);
    found.extend(std::thread::scope(|scope| scope.spawn(rest).join()).expect("no panic"));
    assert!(found == expected);
}
