//! Evaluations that a GPU replays against those that it is launched for.

use burn::{
    prelude::*,
    tensor::{FloatDType, TensorData},
};
use skipstone::{
    consistency::sample::Noise,
    diffusion::{Denoiser as _, Preconditioned, Replay},
    engine::{
        Opened,
        model::{Body, Model},
        shipped,
    },
    math::seed::Seed,
};

use crate::vulkan::vulkan;

/// A shipped student, and the same without replays.
fn student(preset: &str, device: &Device) -> (Preconditioned, Preconditioned) {
    let bytes = shipped::bytes(preset, "cm").expect("shipped");
    let model = Model::from_bytes(bytes, device).expect("a model");
    let Body::Network(replaying) = model.body else { panic!("a network") };
    let launching = Preconditioned { replay: None, ..replaying.clone() };
    (replaying, launching)
}

fn replay(denoiser: &Preconditioned) -> &Replay {
    denoiser.replay.as_ref().expect("a model has one")
}

/// What `denoiser` says of `count` batches of `n`, none like another, read when all are under way.
fn denoised(denoiser: &Preconditioned, n: usize, count: u64, device: &Device) -> Vec<TensorData> {
    let d = denoiser.config.network.dims();
    let batches = (0..count).map(|batch| {
        let x = Noise { seed: Seed(batch), first: 0 }.initial([n, d], device);
        let t: Vec<f64> = (0..n).map(|i| (100 * (batch + 1) + 7 * i as u64) as f64).collect();
        let labels: Vec<u32> = (0..n as u32).map(|i| (i + batch as u32) % 3).collect();
        denoiser.denoise(x, &t, &labels)
    });
    let batches: Vec<Tensor<2>> = batches.collect();
    batches.into_iter().map(Tensor::into_data).collect()
}

#[test]
fn a_replayed_evaluation_is_the_launched_one_whatever_it_is_told() {
    let Some(Opened { device, .. }) = vulkan() else { return };
    for preset in ["ring", "digits"] {
        let (mut replaying, mut launching) = student(preset, &device);
        let d = launching.config.network.dims();
        let agree = |replaying: &Preconditioned, launching: &Preconditioned, n| {
            let [found, expected] =
                [replaying, launching].map(|denoiser| denoised(denoiser, n, 8, &device));
            assert!(expected[0] != expected[1], "{preset}: batches differ");
            assert!(found == expected, "{preset}, batches of {n}");
            assert_eq!(replay(replaying).shape(), Some([n, d]), "{preset}: recorded");
        };
        assert_eq!(replay(&replaying).shape(), None);
        denoised(&replaying, 3, 2, &device);
        assert_eq!(replay(&replaying).shape(), None, "too few to be worth it");
        agree(&replaying, &launching, 3);
        agree(&replaying, &launching, 8);
        if device.supports_dtype(FloatDType::F16) {
            (replaying.is_half, launching.is_half) = (true, true);
            agree(&replaying, &launching, 8);
        }
    }
}

#[test]
fn another_thread_evaluates_what_this_one_recorded() {
    let Some(Opened { device, .. }) = vulkan() else { return };
    let (replaying, launching) = student("ring", &device);
    let expected = denoised(&launching, 4, 8, &device);
    let agrees = || assert!(denoised(&replaying, 4, 8, &device) == expected);
    agrees();
    std::thread::scope(|scope| scope.spawn(agrees).join()).expect("no panic");
    agrees();
}

#[test]
fn the_check_of_a_models_golden_outputs_replays_them_too() {
    let Some(Opened { device, .. }) = vulkan() else { return };
    let bytes = shipped::bytes("ring", "cm").expect("shipped");
    let model = Model::from_bytes(bytes, &device).expect("a model");
    let checked = pollster::block_on(model.golden_difference(&device)).expect("readable");
    let [difference, tolerance] = checked.expect("golden outputs");
    assert!(difference <= tolerance, "{difference} of {tolerance}");
    let Body::Network(denoiser) = &model.body else { panic!("a network") };
    assert!(replay(denoiser).shape().is_some());
}
