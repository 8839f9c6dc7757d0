//! A window for tests: opened, and run until it comes to rest.

use std::{
    thread,
    time::{Duration, Instant},
};

use egui_kittest::Harness;
use skipstone::{
    engine::Opened,
    gui::{App, Settings},
};

/// Enough for the slowest machine; a test that waits longer has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) fn window(settings: Settings) -> Harness<'static, App> {
    window_on(Opened::cpu(), settings)
}

/// [`window`] on a device of one's choice.
pub(crate) fn window_on(opened: Opened, settings: Settings) -> Harness<'static, App> {
    let harness = Harness::builder().with_size([1280.0, 800.0]).with_max_steps(64);
    let mut harness = harness
        .build_eframe(move |creation| App::new(&creation.egui_ctx, opened, settings).confined());
    settle(&mut harness);
    harness
}

/// Points are quick: the ring is the model of most tests.
pub(crate) fn ring() -> Settings {
    Settings { preset: "ring".into(), samples: 8, intervals: Some(10), ..Settings::default() }
}

/// A frame; and a rest while something is computed, which needs the processor more.
pub(crate) fn frame(harness: &mut Harness<'_, App>) {
    harness.step();
    if !harness.state().is_settled() {
        thread::sleep(Duration::from_millis(20));
    }
}

/// Frames until nothing is asked for any more.
pub(crate) fn settle(harness: &mut Harness<'_, App>) {
    let begun = Instant::now();
    let mut still = 0;
    while still < 3 {
        frame(harness);
        still = if harness.state().is_settled() { still + 1 } else { 0 };
        assert!(begun.elapsed() < PATIENCE, "the window never comes to rest");
    }
}
