//! The GPU against the CPU, on every operation and network that the product uses.
//!
//! Needs a Vulkan driver (lavapipe will do). Without one the tests say so and pass, unless
//! SKIPSTONE_REQUIRE_GPU is set, as it is in CI.

use std::{
    future::Future as _,
    task::{Context, Waker},
};

use burn::prelude::*;
use skipstone::{
    engine::{Opened, selftest},
    platform,
};

use crate::vulkan::vulkan;

#[test]
fn vulkan_computes_what_the_cpu_computes_forward_and_backward() {
    let Some(opened) = vulkan() else { return };
    let checks = pollster::block_on(selftest::run(&opened.device, false)).expect("readable");
    let wrong: Vec<String> = checks
        .iter()
        .filter(|check| !check.passes())
        .map(|check| format!("{}: {:e}", check.name, check.difference))
        .collect();
    assert!(wrong.is_empty(), "{} is wrong: {}", opened.name, wrong.join("; "));
    assert!(checks.len() > 20, "all operations are there");
}

#[test]
fn a_read_that_is_dropped_half_way_leaves_the_device_in_order() {
    let Some(opened) = vulkan() else { return };
    for i in 0..32 {
        let x = Tensor::<1>::ones([256], &opened.device) * i;
        let mut read = Box::pin(platform::whole(x.into_data_async()));
        let mut context = Context::from_waker(Waker::noop());
        // Whether it is done at once is up to the device.
        _ = read.as_mut().poll(&mut context);
        drop(read);
    }
    let x = Tensor::<1>::ones([256], &opened.device) * 3;
    let values = pollster::block_on(platform::whole(x.into_data_async())).expect("readable");
    assert!(values.iter::<f32>().all(|value| value == 3.0));
}

#[test]
fn the_cpu_passes_its_own_self_test_and_a_wrong_device_would_not() {
    let cpu = Opened::cpu();
    let checks = pollster::block_on(selftest::run(&cpu.device, true)).expect("readable");
    assert!(checks.iter().all(selftest::Check::passes));
    let wrong = selftest::Check { name: "x".into(), difference: f64::NAN, tolerance: 1.0 };
    assert!(!wrong.passes(), "not-a-number is no pass");
}
