//! The figures in the views are the same on the GPU and on the CPU, with the shipped ring.

use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use skipstone::{
    engine::Opened,
    gui::{Settings, View},
};

use crate::{
    gpu::gpu,
    open_window::{ring, settle, window_on},
};

/// The relative difference that is left to other roundings of sums and of three digits.
const TOLERANCE: f64 = 0.02;

/// What is said of a view whose sentence begins with `start`, by the GPU and by the CPU.
fn said(settings: &Settings, start: &str) -> Option<[String; 2]> {
    Some([gpu()?, Opened::cpu()].map(|opened| {
        let mut harness = window_on(opened, settings.clone());
        if harness.state().settings().view == View::Plane {
            harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
            harness.step();
            settle(&mut harness);
        }
        let node = harness.get_all_by_label_contains(start).next().expect("a sentence");
        let node = node.accesskit_node();
        node.label().or(node.value()).expect("a sentence")
    }))
}

fn numbers(text: &str) -> Vec<f64> {
    let parts = text.split(|c: char| !(c.is_ascii_alphanumeric() || "-.".contains(c)));
    parts.filter_map(|part| part.trim_end_matches('.').parse().ok()).collect()
}

fn assert_same(settings: &Settings, start: &str) {
    let Some([gpu, cpu]) = said(settings, start) else { return };
    let (own, other) = (numbers(&gpu), numbers(&cpu));
    assert!(own.len() > 2, "{gpu}");
    assert_eq!(own.len(), other.len(), "{gpu}\n{cpu}");
    for (a, b) in own.into_iter().zip(other) {
        assert!((a - b).abs() <= TOLERANCE * b.abs(), "{gpu}\n{cpu}");
    }
}

/// One after the other: on a processor that imitates a GPU each takes all of it.
#[test]
fn plot_microscope_and_distillation_find_the_same() {
    let mut paradox = Settings { view: View::Paradox, ..ring() };
    (paradox.paradox.samples, paradox.paradox.steps) = (Some(100), vec![1, 2]);
    assert_same(&paradox, "At 1 step");
    assert_same(&Settings { view: View::Solvers, ..ring() }, "at N = ");
    let mut plane = Settings { view: View::Plane, ..ring() };
    (plane.plane.steps, plane.plane.intervals) = (200, 4);
    assert_same(&plane, "ODE error at step 200");
}
