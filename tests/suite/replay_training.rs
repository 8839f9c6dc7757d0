//! Training steps that a GPU replays against those that it is launched for.

use burn::{prelude::*, tensor::FloatDType};
use skipstone::{
    consistency::{Boundary, sample::Noise},
    diffusion::{Method, ModelConfig, Prediction},
    distill::{
        Distillation, Drawn, Horizon, Loss, Parameterization, Weighting,
        score::{Samples, ScoreMatching, TimeSampling},
    },
    math::seed::Seed,
    nn::{
        Initial, Network, NetworkConfig, features::FeatureConfig, kernel::table::Table,
        mlp::MlpConfig, vit::VitConfig,
    },
    train::{
        Batch, Learner, Lesson, Optimiser, Rate, Settings, Trainer, adamw::AdamW, rate::Decay,
    },
};

use crate::{
    distillation::{Bell, grid, paths},
    gpu::gpu,
    support::{bell, model, tiny_unet},
};

const BATCH: usize = 6;

/// The network of images of the tests, with units that drop out.
pub(crate) fn dropping_out() -> NetworkConfig {
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
    let network = &parameterization.config.network;
    trainer_of(device, |init| network.init(init), parameterization.is_half)
}

fn trainer_of<M: Learner>(
    device: &Device,
    network: impl FnOnce(&mut Initial<'_>) -> M,
    is_half: bool,
) -> Trainer<M> {
    let tracked = device.clone().autodiff();
    let network = network(&mut Initial::new(Seed(4), &tracked));
    let settings = settings(Optimiser::Adamw);
    let settings = if is_half { settings.for_half(BATCH * 64) } else { settings };
    Trainer::new(network, settings, tracked)
}

fn settings(optimiser: Optimiser) -> Settings {
    let rate = Rate { peak: 0.01, warmup: 2, decay: Decay::Constant, steps: 100 };
    Settings { optimiser, adamw: AdamW::default(), rate, ema: 0.9, scale: 1.0 }
}

/// A teacher's, by Muon.
fn muons(parameterization: &Parameterization, device: &Device) -> Trainer<Network> {
    let tracked = device.clone().autodiff();
    let network = parameterization.config.network.init(&mut Initial::new(Seed(4), &tracked));
    Trainer::new(network, settings(Optimiser::Muon), tracked)
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
    let landed = distillation.land(&drawn);
    distillation.lesson(parameterization, &drawn, landed, Some((Seed(3), first)))
}

/// Loss and gradient norm of each lesson, and then all state; and how many steps were replayed.
fn learnt<M: Learner>(mut trainer: Trainer<M>, lessons: &[Lesson<M>]) -> (Vec<f32>, u64) {
    let mut all = Vec::new();
    for lesson in lessons {
        all.extend(pollster::block_on(trainer.learn(lesson).read()).expect("finite"));
    }
    let state = pollster::block_on(trainer.export()).expect("readable");
    all.extend(state.into_values().flat_map(|tensor| tensor.values));
    (all, trainer.replayed())
}

/// Both ways go the same to the bit, through losses none like the one before.
#[track_caller]
fn agree<M: Learner>(trainer: Trainer<M>, lessons: &[Lesson<M>]) {
    let (replayed, count) = learnt(trainer.clone(), lessons);
    assert_eq!(count, lessons.len() as u64);
    assert!((replayed.clone(), 0) == learnt(trainer.launching(), lessons));
    let losses: Vec<f32> = replayed[..2 * lessons.len()].iter().step_by(2).copied().collect();
    assert!(losses.windows(2).all(|pair| pair[0] != pair[1]), "{losses:?}");
}

#[test]
fn a_replayed_training_is_the_launched_one() {
    let Some(opened) = gpu() else { return };
    let device = &opened.device;
    let has_half = device.supports_dtype(FloatDType::F16);
    for is_half in [false, true].into_iter().filter(|&is_half| !is_half || has_half) {
        let teacher = parameterization(false, is_half, device);
        let lessons: Vec<_> = (0..5).map(|i| teaching(&teacher, i, BATCH, device)).collect();
        agree(trainer(&teacher, device), &lessons);
        let student = parameterization(true, is_half, device);
        for horizon in [Horizon::CM, Horizon::Full] {
            let lessons: Vec<_> =
                (0..5).map(|i| distilling(&student, i, horizon, device)).collect();
            agree(trainer(&student, device), &lessons);
        }
    }
}

#[test]
fn muon_is_replayed_and_goes_on_from_what_it_wrote() {
    let mut devices = vec![Device::flex()];
    devices.extend(gpu().map(|opened| opened.device));
    for device in &devices {
        let teacher = parameterization(false, false, device);
        let lessons: Vec<_> = (0..5).map(|i| teaching(&teacher, i, BATCH, device)).collect();
        let mut first = muons(&teacher, device);
        if *device != Device::flex() {
            agree(first.clone(), &lessons);
        }
        lessons[..2].iter().for_each(|lesson| drop(first.learn(lesson)));
        let mut second = muons(&teacher, device);
        let written = pollster::block_on(first.export()).expect("readable");
        second.restore(written, first.step).expect("of the same network");
        assert!(learnt(first, &lessons[2..]).0 == learnt(second, &lessons[2..]).0);
    }
}

#[test]
fn networks_of_all_kinds_are_replayed() {
    let Some(opened) = gpu() else { return };
    let device = &opened.device;
    let vit = VitConfig {
        channels: 1,
        size: 8,
        patch: 2,
        width: 16,
        depth: 2,
        heads: 2,
        groups: 2,
        classes: 3,
    };
    let mlp = MlpConfig { inputs: 64, width: 32, layers: 2, classes: 3 };
    for network in [NetworkConfig::Vit(vit), NetworkConfig::Mlp(mlp)] {
        let plain = parameterization(true, false, device);
        let config = ModelConfig { network, ..plain.config };
        let student = Parameterization { config, ..plain };
        let lessons: Vec<_> =
            (0..3).map(|i| distilling(&student, i, Horizon::CM, device)).collect();
        agree(trainer(&student, device), &lessons);
    }
    let config = FeatureConfig { channels: 3, size: 16, base: 8, classes: 4 };
    let images = |i| Noise { seed: Seed(i), first: 0 }.initial([5, 3 * 256], device);
    let labels = Table::column([0.0, 3.0, 1.0, 1.0, 2.0]);
    let lesson = |i| {
        let batch = Batch { states: vec![images(i)], tables: vec![labels.clone()] };
        Lesson { objective: (), batch }
    };
    agree(trainer_of(device, |init| config.init(init), false), &[lesson(1), lesson(2), lesson(3)]);
}

#[test]
fn lessons_of_other_kinds_and_sizes_are_learnt_in_between() {
    let Some(opened) = gpu() else { return };
    let device = &opened.device;
    let student = parameterization(true, false, device);
    let lessons: Vec<_> = (0..8)
        .map(|i| match i {
            2 => teaching(&student, i, BATCH - 1, device),
            4..6 => distilling(&student, i, Horizon::Full, device),
            _ => distilling(&student, i, Horizon::CM, device),
        })
        .collect();
    agree(trainer(&student, device), &lessons);
}

#[test]
fn a_recording_that_gave_its_memory_back_is_made_anew() {
    let Some(opened) = gpu() else { return };
    let device = &opened.device;
    let teacher = parameterization(false, false, device);
    let lessons: Vec<_> = (0..4).map(|i| teaching(&teacher, i, BATCH, device)).collect();
    let mut released = trainer(&teacher, device);
    for lesson in &lessons[..2] {
        released.learn(lesson);
        released.release();
    }
    let (mut found, count) = learnt(released, &lessons[2..]);
    let (expected, _) = learnt(trainer(&teacher, device).launching(), &lessons);
    assert_eq!(count, 4);
    // Without what was not read of the first two.
    found.splice(0..0, expected[..4].to_vec());
    assert!(found == expected);
}

#[test]
fn a_training_goes_on_on_another_thread() {
    let Some(opened) = gpu() else { return };
    let device = &opened.device;
    let teacher = parameterization(false, false, device);
    let lessons: Vec<_> = (0..9).map(|i| teaching(&teacher, i, BATCH, device)).collect();
    let (expected, _) = learnt(trainer(&teacher, device).launching(), &lessons);
    let mut trainer = trainer(&teacher, device);
    let mut found = Vec::new();
    for lesson in &lessons[..3] {
        found.extend(pollster::block_on(trainer.learn(lesson).read()).expect("finite"));
    }
    let rest = || learnt(trainer, &lessons[3..]);
    let (rest, count) = std::thread::scope(|scope| scope.spawn(rest).join()).expect("no panic");
    found.extend(rest);
    assert!(found == expected);
    assert_eq!(count, 9, "it is recorded there too");
}
