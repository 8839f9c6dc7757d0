//! A GPU that is lost under the window that draws and computes on it. A program of its own: a process opens its
//! device once.

#[path = "suite/gpu.rs"]
mod gpu;
#[allow(dead_code, reason = "windows here are on a device that can be lost")]
#[path = "suite/open_window.rs"]
mod open_window;

use std::time::Instant;

use burn::tensor::{ExecutionError, wgpu::wgpu};
use egui_kittest::{Harness, kittest::Queryable as _};
use gpu::renderer;
use open_window::{PATIENCE, ring, settle};
use skipstone::{
    engine::Opened,
    gui::{App, Settings},
    platform,
};

/// A window that draws and computes on the same device.
fn window(opened: Opened, settings: Settings) -> Harness<'static, App> {
    let renderer = renderer(&opened);
    Harness::builder().renderer(renderer).build_eframe(move |creation| {
        let context = &creation.egui_ctx;
        let app = App::new(context, opened, settings).confined();
        app.on_screen(context, creation.wgpu_render_state.as_ref())
    })
}

#[test]
fn a_window_whose_gpu_is_lost_leaves_its_state_for_another_one_on_the_cpu() {
    let Some(opened) = gpu::gpu() else { return };
    let device = opened.setup.as_ref().expect("a GPU").device.clone();
    let mut harness = window(opened, Settings { intervals: Some(5), ..ring() });
    settle(&mut harness);
    assert!(harness.state().is_on_gpu() && !harness.state().is_stranded());

    device.destroy();
    harness.get_by_label("Dice").click();
    let begun = Instant::now();
    while !harness.state().is_stranded() {
        harness.step();
        assert!(begun.elapsed() < PATIENCE, "the loss is not noticed");
    }
    let left = harness.state().hand_over();
    let settings = harness.state().settings().clone();
    drop(harness);

    let mut next = Harness::builder().build_eframe(|creation| {
        let mut app = App::new(&creation.egui_ctx, Opened::cpu(), Settings::default()).confined();
        app.take_over(left);
        app
    });
    settle(&mut next);
    assert_eq!(next.state().settings(), &settings);
    next.get_by_label_contains("nothing you set is lost, and the CPU computes now");
    next.get_by_label_contains("Direct CM, 1 step, ODE error");

    // A driver that lost its GPU may never answer: nobody waits for it. That a device was destroyed is told to who asks.
    let begun = Instant::now();
    while !platform::loss::is_noted() {
        device.poll(wgpu::PollType::Poll).ok();
        assert!(begun.elapsed() < PATIENCE, "the loss is not told");
    }
    let read = platform::whole(std::future::pending::<Result<(), ExecutionError>>());
    let error = pollster::block_on(read).expect_err("nothing was read").to_string();
    assert!(error.contains("the GPU was lost"), "{error}");
    // What is answered after the loss may be anything, but for a CPU's, which is there at once.
    let late = platform::whole(async {
        platform::yield_now().await;
        Ok(1)
    });
    assert!(pollster::block_on(late).is_err());
    assert_eq!(pollster::block_on(platform::whole(async { Ok(1) })).ok(), Some(1));
}
