//! The window, clicked through by label as a person or a screen reader would find things.

use std::time::Instant;

use eframe::egui::{self, Key, Modifiers, accesskit::Role};
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};
use skipstone::{
    engine::Opened,
    gui::{App, Settings, View},
};

use crate::open_window::{PATIENCE, frame, ring, settle, window};

/// Labels of everything on screen.
fn labels(harness: &Harness<'_, App>) -> Vec<String> {
    fn collect(node: egui_kittest::Node<'_>, into: &mut Vec<String>) {
        into.extend(node.accesskit_node().label());
        node.children().for_each(|child| collect(child, into));
    }
    let mut all = Vec::new();
    collect(harness.root(), &mut all);
    all
}

pub(crate) fn figures(harness: &Harness<'_, App>) -> Vec<String> {
    labels(harness).into_iter().filter(|label| label.contains("ODE error")).collect()
}

#[test]
fn the_comparison_is_alive_on_opening() {
    let harness = window(ring());
    harness.get_by_label_contains("Teacher, 10 steps, the solution");
    let figures = figures(&harness);
    for model in ["CM, 1 step", "CM, 10 steps", "Direct CM, 1 step", "Direct CM, 4 steps"] {
        let found = figures.iter().filter(|label| label.starts_with(model)).count();
        assert_eq!(found, 1, "{model}: {figures:?}");
    }
}

#[test]
fn another_seed_gives_other_figures_and_undo_brings_the_first_ones_back() {
    let mut harness = window(ring());
    let before = figures(&harness);
    harness.get_by_label("Dice").click();
    settle(&mut harness);
    let rolled = figures(&harness);
    assert_ne!(before, rolled);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut harness);
    assert_eq!(before, figures(&harness));
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    settle(&mut harness);
    assert_eq!(rolled, figures(&harness));
}

#[test]
fn steps_are_shown_and_hidden() {
    let mut harness = window(ring());
    let shown = |harness: &Harness<'_, App>, what: &str| {
        figures(harness).iter().any(|label| label.starts_with(what))
    };
    assert!(!shown(&harness, "CM, 3 steps") && shown(&harness, "CM, 2 steps"));
    harness.get_by_label("3 steps").click();
    settle(&mut harness);
    harness.get_by_label("2 steps").click();
    settle(&mut harness);
    assert!(shown(&harness, "CM, 3 steps") && !shown(&harness, "CM, 2 steps"));
    // The teacher in as few steps, where a solver has such a grid.
    assert!(!shown(&harness, "DPM-Solver++(2M)"));
    harness.get_by_label("Teacher in few steps").click();
    settle(&mut harness);
    assert!(shown(&harness, "DPM-Solver++(2M), 4 steps, ODE error"));
    assert!(!shown(&harness, "DPM-Solver++(2M), 3 steps"));
}

#[test]
fn the_second_of_two_steps_is_moved_along_the_times() {
    let mut harness = window(ring());
    let two = |harness: &Harness<'_, App>| {
        let mut all = figures(harness);
        all.retain(|label| label.contains("CM, 2 "));
        all
    };
    let even = two(&harness);
    assert!(even.iter().any(|label| label.starts_with("CM, 2 steps, ODE error")), "{even:?}");
    harness.get_by_role_and_label(Role::Slider, "Second at t").focus();
    harness.run_steps(2);
    harness.key_press(Key::ArrowRight);
    settle(&mut harness);
    assert_eq!(harness.state().settings().second, Some(510.0));
    let moved = two(&harness);
    for student in ["CM", "Direct CM"] {
        let name = format!("{student}, 2 at t = 510, ODE error");
        assert!(moved.iter().any(|label| label.starts_with(&name)), "{name}: {moved:?}");
    }
    harness.key_press(Key::ArrowLeft);
    settle(&mut harness);
    assert_eq!(harness.state().settings().second, None, "the even time");
    assert_eq!(two(&harness), even);
}

#[test]
fn escape_stops_and_keeps_what_there_is() {
    let long = Settings { samples: 1024, intervals: Some(200), ..ring() };
    let harness = Harness::builder().with_size([1280.0, 800.0]);
    let mut harness = harness
        .build_eframe(move |creation| App::new(&creation.egui_ctx, Opened::cpu(), long).confined());
    let begun = Instant::now();
    while figures(&harness).is_empty() {
        frame(&mut harness);
        assert!(begun.elapsed() < PATIENCE, "no figures");
    }
    harness.key_press(Key::Escape);
    settle(&mut harness);
    let stopped = figures(&harness);
    (0..50).for_each(|_| harness.step());
    assert!(harness.state().is_settled());
    assert_eq!(stopped, figures(&harness));
}

#[test]
fn images_have_a_cell_for_each_noise_and_a_click_enlarges_it() {
    // A guidance between the steps of its slider, which is drawn beside them.
    let settings = Settings { rows: 2, samples: 8, steps: vec![1], ..Settings::default() };
    let settings = Settings { guidance: Some(1.3), ..settings };
    let mut harness = window(settings.clone());
    assert_eq!(harness.query_all_by_label_contains(", row 2").count(), 6);
    harness.get_by_label_contains("Direct CM, 1 step, row 2").click();
    settle(&mut harness);
    harness.get_by_label("Wipe");
    assert_eq!(harness.state().settings().guidance, settings.guidance);
    // The teacher is compared with nothing; any noise can be followed.
    harness.key_press(Key::Escape);
    settle(&mut harness);
    harness.get_by_role_and_label(Role::Button, "Teacher, 20 steps, row 2").click();
    settle(&mut harness);
    assert!(harness.query_by_label("Wipe").is_none());
    harness.get_by_label("Follow this noise").click();
    harness.step();
    let Settings { view, trajectory, .. } = harness.state().settings();
    assert_eq!((*view, trajectory.row), (View::Trajectory, 1));
}

#[test]
fn a_file_that_is_no_model_gets_a_sentence_and_changes_nothing() {
    let mut harness = window(ring());
    let before = figures(&harness);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.safetensors");
    std::fs::write(&path, b"not a model").unwrap();
    drop_file(&mut harness, &path);
    wait_for(&mut harness, "broken.safetensors");
    assert_eq!(before, figures(&harness));
}

#[test]
fn a_saved_picture_restores_its_settings_and_is_met_again_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("picture.png");
    let settings = Settings { seed: 4321, steps: vec![1, 3], ..ring() };
    let first = window(settings.clone());
    std::fs::write(&path, first.state().picture().expect("everything is drawn")).unwrap();

    let mut second = window(Settings { preset: "grid".into(), ..ring() });
    drop_file(&mut second, &path);
    wait_for(&mut second, "the largest difference to the picture is 0 of 255 levels");
    assert_eq!(second.state().settings(), &settings);
    assert_eq!(figures(&first), figures(&second));

    // Where all is as in the picture it is drawn again all the same.
    let mut third = window(settings);
    drop_file(&mut third, &path);
    wait_for(&mut third, "the largest difference to the picture is 0 of 255 levels");
}

#[test]
fn every_view_opens_by_its_tab_and_by_its_key() {
    let mut harness = window(ring());
    for view in View::ALL {
        harness.get_all_by_label(view.title()).next().expect("a tab").click();
        harness.step();
        harness.step();
        assert_eq!(harness.state().settings().view, view);
    }
    harness.key_press(Key::Num1);
    harness.step();
    assert_eq!(harness.state().settings().view, View::Comparison);
}

#[test]
fn the_theme_is_switched() {
    let mut harness = window(ring());
    harness.get_by_label_contains("theme").click();
    harness.run_ok();
    harness.get_by_label("Dark").click();
    harness.run_ok();
    assert!(harness.ctx.global_style().visuals.dark_mode);
}

#[test]
fn the_models_have_cards_with_their_parity_on_this_device() {
    let mut harness = window(Settings { view: View::Models, ..ring() });
    let begun = Instant::now();
    while harness.query_all_by_label_contains("● parity").count() < 3 {
        frame(&mut harness);
        assert!(begun.elapsed() < PATIENCE, "{:?}", labels(&harness));
    }
    // "parity unknown" and "parity, but close: ..." are badges, too.
    for other in ["parity unknown", "but close"] {
        assert_eq!(harness.query_all_by_label_contains(other).count(), 0, "{other}");
    }
    harness.get_by_label("Direct CM");
}

pub(crate) fn drop_file(harness: &mut Harness<'_, App>, path: &std::path::Path) {
    let file: egui::DroppedFileHandle = std::sync::Arc::new(Dropped(path.to_owned()));
    harness.input_mut().dropped_files.push(file);
}

pub(crate) fn wait_for(harness: &mut Harness<'_, App>, text: &str) {
    let begun = Instant::now();
    while harness.query_all_by_label_contains(text).next().is_none() {
        frame(harness);
        assert!(begun.elapsed() < PATIENCE, "`{text}` never appears: {:?}", labels(harness));
    }
    settle(harness);
}

/// A file of this machine, as a window system hands it over.
#[derive(Debug)]
struct Dropped(std::path::PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &std::path::Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}
