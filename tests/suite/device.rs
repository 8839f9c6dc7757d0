//! The GPU against the CPU, on every operation and network that the product uses.
//!
//! Needs a Vulkan driver (lavapipe will do). Without one the tests say so and pass, unless
//! SKIPSTONE_REQUIRE_GPU is set, as it is in CI.

use skipstone::engine::{Opened, selftest};

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
fn the_cpu_passes_its_own_self_test_and_a_wrong_device_would_not() {
    let cpu = Opened::cpu();
    let checks = pollster::block_on(selftest::run(&cpu.device, true)).expect("readable");
    assert!(checks.iter().all(selftest::Check::passes));
    let wrong = selftest::Check { name: "x".into(), difference: f64::NAN, tolerance: 1.0 };
    assert!(!wrong.passes(), "not-a-number is no pass");
}
