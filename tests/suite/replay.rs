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

use crate::gpu::gpu;

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
    let Some(Opened { device, .. }) = gpu() else { return };
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
    let Some(Opened { device, .. }) = gpu() else { return };
    let (replaying, launching) = student("ring", &device);
    let expected = denoised(&launching, 4, 8, &device);
    let agrees = || assert!(denoised(&replaying, 4, 8, &device) == expected);
    agrees();
    std::thread::scope(|scope| scope.spawn(agrees).join()).expect("no panic");
    agrees();
}

#[test]
fn only_the_latest_recordings_are_held() {
    let Some(Opened { device, .. }) = gpu() else { return };
    let students: Vec<Preconditioned> = (0..6).map(|_| student("ring", &device).0).collect();
    for student in &students {
        denoised(student, 3, 5, &device);
        assert!(replay(student).shape().is_some());
    }
    let held = students.iter().filter(|student| replay(student).shape().is_some()).count();
    assert!((1..=4).contains(&held), "{held}");
    let first = replay(&students[0]);
    assert_eq!(first.shape(), None);
    denoised(&students[0], 3, 4, &device);
    assert_eq!(first.shape(), None, "as patient as before");
    denoised(&students[0], 3, 1, &device);
    assert!(first.shape().is_some(), "recorded again");
}

#[test]
fn a_check_replays_its_first_evaluation() {
    let Some(Opened { device, .. }) = gpu() else { return };
    let (replaying, launching) = student("digits", &device);
    let checked = Preconditioned { replay: Some(Replay::at_once()), ..replaying };
    assert!(denoised(&checked, 2, 1, &device) == denoised(&launching, 2, 1, &device));
    let dims = checked.config.network.dims();
    assert_eq!(replay(&checked).shape(), Some([2, dims]));
}

#[test]
fn batches_that_take_turns_do_not_cost_each_other_their_recording() {
    let Some(Opened { device, .. }) = gpu() else { return };
    let (replaying, launching) = student("ring", &device);
    denoised(&replaying, 3, 5, &device);
    for _ in 0..6 {
        for n in [4, 3] {
            assert!(denoised(&replaying, n, 1, &device) == denoised(&launching, n, 1, &device));
            assert_eq!(replay(&replaying).shape(), Some([3, 2]));
        }
    }
}
