//! What a person does at the window: by label, by key, from one run to the next.

use std::collections::BTreeMap;

use eframe::egui::{Key, Modifiers};
use egui_kittest::{Harness, kittest::Queryable as _};
use skipstone::{
    engine::Opened,
    gui::{App, Settings, View},
};

use crate::{
    open_window::{ring, settle, window},
    window::{drop_file, figures, wait_for},
};

/// Where eframe would keep things.
#[derive(Default)]
struct Memory(BTreeMap<String, String>);

impl eframe::Storage for Memory {
    fn get_string(&self, key: &str) -> Option<String> {
        self.0.get(key).cloned()
    }

    fn set_string(&mut self, key: &str, value: String) {
        self.0.insert(key.to_owned(), value);
    }

    fn remove_string(&mut self, key: &str) {
        self.0.remove(key);
    }

    fn flush(&mut self) {}
}

#[test]
fn sampling_takes_another_seed_where_it_is_not_locked() {
    let mut harness = window(ring());
    let locked = figures(&harness);
    harness.get_by_label("Sample").click();
    settle(&mut harness);
    assert_eq!(locked, figures(&harness), "the same seed gives the same figures");
    harness.get_by_label("Lock").click();
    harness.step();
    harness.get_by_label("Sample").click();
    settle(&mut harness);
    let sampled = figures(&harness);
    assert_ne!(locked, sampled);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    settle(&mut harness);
    assert_ne!(sampled, figures(&harness));
}

#[test]
fn control_and_enter_does_what_the_view_is_for() {
    for view in [View::Trajectory, View::Plane, View::Solvers] {
        // Long enough not to be done within a frame or two.
        let mut harness = window(Settings { view, intervals: Some(200), ..ring() });
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
        harness.step();
        assert!(!harness.state().is_settled(), "{view:?} stays idle");
        harness.key_press(Key::Escape);
        settle(&mut harness);
    }
}

#[test]
fn students_in_the_plane_are_distilled_by_their_button_until_the_last_step() {
    let mut settings = Settings { view: View::Plane, ..ring() };
    settings.plane.steps = 200;
    let mut harness = window(settings);
    harness.get_by_label("Distil CM and Direct CM").click();
    harness.step();
    wait_for(&mut harness, "Loss at step 200");
    harness.get_by_label_contains("Direct CM: ODE error");
}

#[test]
fn a_component_is_pushed_and_removed_by_keys() {
    let mut harness = window(Settings { view: View::Plane, ..ring() });
    let means = |harness: &Harness<'_, App>| harness.state().settings().plane.mixture.means.clone();
    let before = means(&harness);
    harness.get_by_label_contains("Component 1 at").focus();
    harness.run_steps(2);
    harness.key_press(Key::ArrowLeft);
    harness.run_steps(2);
    let pushed = means(&harness);
    assert!((before[0][0] - pushed[0][0] - 0.02).abs() < 1e-6 && pushed[0][1] == before[0][1]);
    harness.key_press(Key::Delete);
    harness.run_steps(2);
    assert_eq!(means(&harness), pushed[1..]);
}

#[test]
fn the_tour_has_five_cards_and_ends_by_its_buttons_and_by_escape() {
    let mut harness = window(ring());
    harness.state_mut().start_tour();
    for card in 1..=5 {
        harness.run_ok();
        harness.get_by_label(&format!("{card} of 5"));
        harness.get_by_label(if card < 5 { "Next" } else { "Done" }).click();
    }
    harness.run_ok();
    assert!(harness.query_by_label_contains(" of 5").is_none());
    harness.state_mut().start_tour();
    harness.run_ok();
    harness.get_by_label("1 of 5");
    harness.key_press(Key::Escape);
    harness.run_ok();
    assert!(harness.query_by_label_contains(" of 5").is_none());
}

#[test]
fn the_tour_waits_for_the_view_that_it_explains() {
    let mut harness = window(Settings { view: View::Models, ..ring() });
    harness.state_mut().start_tour();
    harness.run_ok();
    assert!(harness.query_by_label_contains(" of 5").is_none());
    harness.key_press(Key::Num1);
    settle(&mut harness);
    harness.get_by_label("1 of 5");
}

#[test]
fn escape_closes_the_enlarged_cell() {
    let mut harness = window(ring());
    harness.get_by_label_contains("Direct CM, 1 step, ODE error").click();
    settle(&mut harness);
    harness.get_by_label_contains("Rings: the teacher's solutions");
    harness.key_press(Key::Escape);
    settle(&mut harness);
    assert!(harness.query_by_label_contains("Rings: the teacher's solutions").is_none());
}

#[test]
fn where_there_is_nothing_to_save_or_to_do_it_is_said() {
    let mut harness = window(Settings { view: View::Models, ..ring() });
    for (key, sentence) in [(Key::S, "has no picture to take away"), (Key::Enter, "are checked")] {
        harness.key_press_modifiers(Modifiers::COMMAND, key);
        harness.step();
        harness.step();
        harness.get_by_label_contains(sentence);
    }
}

#[test]
fn what_is_set_survives_a_restart_and_what_is_unknown_is_said() {
    let mut memory = Memory::default();
    // No dice roll this one.
    let mut first = window(Settings { seed: 77_123, ..ring() });
    first.get_by_label("Dice").click();
    settle(&mut first);
    first.get_by_label("3 steps").click();
    settle(&mut first);
    eframe::App::save(first.state_mut(), &mut memory);

    let (kept, left) = Settings::kept(Some(&memory));
    assert_eq!((kept.seed, &kept.steps), (first.state().settings().seed, &vec![1, 2, 3, 4]));
    let mut second = window(kept);
    second.state_mut().recall(left);
    second.step();
    assert_eq!(second.state().settings(), first.state().settings());
    assert!(!second.state().address().contains("77123"), "{}", second.state().address());
    second.get_by_label("77123");

    let text = memory.0["settings"].replacen('{', "{\"colour\":\"red\",", 1);
    memory.0.insert("settings".into(), text);
    let (kept, left) = Settings::kept(Some(&memory));
    let mut third = window(kept);
    third.state_mut().recall(left);
    assert_eq!(third.state().settings(), first.state().settings());
    wait_for(&mut third, "`colour` is not known here");
}

/// A window on the training view with a run's folder in `folder`.
fn training(folder: &std::path::Path) -> Harness<'static, App> {
    let mut settings = Settings { view: View::Training, ..ring() };
    settings.training.folder = Some(folder.join("run").display().to_string());
    let harness = Harness::builder().with_size([1280.0, 800.0]);
    let mut harness = harness.build_eframe(move |creation| {
        App::new(&creation.egui_ctx, Opened::cpu(), settings).confined()
    });
    settle(&mut harness);
    harness
}

#[test]
fn the_training_view_opens_weights_and_takes_the_rest_for_data() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = training(folder.path());
    let weights = folder.path().join("broken.safetensors");
    std::fs::write(&weights, b"not a model").unwrap();
    drop_file(&mut harness, &weights);
    wait_for(&mut harness, "broken.safetensors");
    assert_eq!(harness.state().settings().training.data, None);
    harness.key_press(Key::Num1);
    settle(&mut harness);
    drop_file(&mut harness, &folder.path().join("images.zip"));
    wait_for(&mut harness, "images.zip was not taken");
    harness.key_press(Key::Num6);
    settle(&mut harness);
    let images = folder.path().join("images");
    std::fs::create_dir(&images).unwrap();
    drop_file(&mut harness, &images);
    wait_for(&mut harness, "is what will be learnt");
    let data = harness.state().settings().training.data.clone();
    assert_eq!(data.as_deref(), images.to_str());
}
