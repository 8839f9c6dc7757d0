//! Clicked through as a person would.

mod replaced;

use std::{path::Path, thread};

use eframe::egui::{Rect, accesskit::Role};
use egui_kittest::{Harness, kittest::Queryable as _};
use web_time::{Duration, Instant};

use super::{super::App, hyperparameters::OPTIMISERS, *};
use crate::{engine::StageName, gui::Settings, train::Optimiser};

/// A busy machine takes its time; nothing here depends on how long.
const PATIENCE: Duration = Duration::from_secs(300);

fn window(settings: Settings) -> Harness<'static, App> {
    let harness = Harness::builder().with_size([1280.0, 800.0]);
    harness.build_eframe(move |creation| App::new(&creation.egui_ctx, Opened::cpu(), settings))
}

/// A training of some seconds at most.
fn settings(folder: &Path) -> Settings {
    let values = [
        ("student.optimisation.steps", 600.0),
        ("student.optimisation.batch", 32.0),
        ("student.intervals", 10.0),
        ("student.bank", 256.0),
        ("output.sample_every", 200.0),
        ("output.log_every", 20.0),
        ("output.samples", 64.0),
    ];
    let training = Wishes {
        folder: Some(folder.display().to_string()),
        values: values.map(|(key, value)| (key.to_owned(), value.into())).into(),
        ..Wishes::default()
    };
    Settings { view: View::Training, preset: "ring".into(), training, ..Settings::default() }
}

#[track_caller]
fn until(harness: &mut Harness<'_, App>, is_so: impl Fn(&Harness<'_, App>) -> bool) {
    let begun = Instant::now();
    while !is_so(harness) {
        harness.step();
        let training = &harness.state().training;
        let (phase, trouble) = (&training.phase, &training.trouble);
        assert!(begun.elapsed() < PATIENCE, "it does not come: {phase:?}, {trouble:?}");
        // The worker needs the processor more.
        thread::sleep(Duration::from_millis(20));
    }
}

fn shows(harness: &Harness<'_, App>, label: &str) -> bool {
    harness.query_all_by_label_contains(label).next().is_some()
}

#[test]
fn a_run_is_started_paused_resumed_and_shown_in_the_comparison() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let mut settings = settings(&run);
    // So long that it is not done before it can be paused.
    settings.training.values.insert("student.optimisation.steps".into(), 2000.0.into());
    settings.training.values.insert("output.sample_every".into(), 1000.0.into());
    let mut harness = window(settings);
    until(&mut harness, |harness| shows(harness, "exact: a formula"));
    harness.get_by_label("Start").click();
    harness.step();
    until(&mut harness, |harness| harness.query_by_label("Pause").is_some());
    // Not by its place, which moves when the run's record comes.
    harness.get_by_label("Pause").click_accesskit();
    until(&mut harness, |harness| harness.query_by_label("Resume").is_some());
    assert!(run.join("config.toml").exists());
    // Whatever is set meanwhile, what was paused goes on.
    let other = folder.path().join("other");
    let wish = |harness: &mut Harness<'_, App>, folder: &Path| {
        harness.state_mut().shared.settings.training.folder = Some(folder.display().to_string());
        harness.step();
    };
    wish(&mut harness, &other);
    harness.state_mut().shared.undo();
    let folder_now = harness.state().shared.settings.training.folder.clone();
    assert_eq!(folder_now.as_deref(), other.to_str(), "no undo reaches into a run");
    harness.get_by_label("Resume").click();
    harness.step();
    harness.step();
    wish(&mut harness, &run);
    until(&mut harness, |harness| shows(harness, "Direct CM: done"));
    until(&mut harness, |harness| shows(harness, "Step of the samples"));
    assert!(harness.state().training.trouble.is_none() && !other.exists());

    harness.get_by_label("Show in comparison").click();
    until(&mut harness, |harness| {
        let set = harness.state().shared.set.as_ref();
        set.is_some_and(|set| set.intervals == 10)
    });
    assert_eq!(harness.state().shared.settings.view, View::Comparison);
}

#[test]
fn a_run_that_begins_beside_the_window_is_seen_and_fits_a_small_one() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("a-name-that-is-too-long-for-a-line-of-figures".repeat(3));
    let mut beside = window(settings(&run));
    until(&mut beside, |harness| harness.state().is_settled());
    assert!(beside.state().training.record.is_none());
    let mut harness = window(settings(&run));
    until(&mut harness, |harness| harness.query_by_label("Start").is_some());
    harness.get_by_label("Start").click();
    harness.step();
    until(&mut harness, |harness| shows(harness, "Direct CM: done"));
    until(&mut beside, |harness| shows(harness, "Direct CM: done"));
    until(&mut beside, |harness| shows(harness, "Samples of Direct CM at step"));

    beside.set_size([820.0, 600.0].into());
    beside.run_steps(3);
    for chip in ["Teacher: done", "Direct CM: done"] {
        let place = beside.get_by_label_contains(chip).rect();
        assert!(place.left() >= 256.0 && place.right() <= 801.0, "{chip}: {place:?}");
    }
    assert_cards_fit(&mut beside);
}

/// In small windows cards cover nothing of each other, and each can be scrolled to as a whole.
#[track_caller]
fn assert_cards_fit(harness: &mut Harness<'_, App>) {
    let names = ["CM, loss", "CM, ode error", "CM, gradient norm", "Samples of Direct CM at step"];
    for size in [[700.0_f32, 500.0], [1280.0, 500.0]] {
        harness.set_size(size.into());
        harness.run_steps(3);
        let places = names.map(|name| harness.get_by_label_contains(name).rect());
        for (i, place) in places.iter().enumerate() {
            // A picture of samples has a shape of its own.
            assert!(i == 3 || place.height() >= 90.0, "{}: {place:?}", names[i]);
            let mut others = places[i + 1..].iter();
            assert!(!others.any(|other| other.intersects(*place)), "{} is covered", names[i]);
        }
        for name in names {
            harness.get_by_label_contains(name).scroll_to_me();
            harness.run_steps(3);
            let place = harness.get_by_label_contains(name).rect();
            let body = Rect::from_min_max([256.0, 40.0].into(), [size[0], size[1] - 28.0].into());
            assert!(body.contains_rect(place), "{name}: {place:?} in {body:?}");
        }
    }
}

#[test]
fn what_is_set_for_a_preset_stays_with_it_when_other_models_are_opened() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = window(settings(folder.path()));
    harness.step();
    let shared = &mut harness.state_mut().shared;
    shared.choose("grid");
    assert_eq!(shared.settings.training.plan(&shared.settings.preset).preset, "ring");
}

#[test]
fn what_cannot_be_trained_is_said_and_nothing_runs() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(&folder.path().join("run"));
    settings.training.choose("digits");
    settings.training.folder = Some(folder.path().join("run").display().to_string());
    let mut harness = window(settings);
    until(&mut harness, |harness| shows(harness, "Path of the data"));
    harness.get_by_label("Start").click();
    until(&mut harness, |harness| shows(harness, "MNIST files"));
    assert!(shows(&harness, "Start") && harness.state().training.running.is_none());
}

#[test]
fn a_run_whose_recipe_is_none_is_named_and_neither_begun_nor_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    std::fs::write(&config, "name = ").unwrap();
    let settings = settings(folder.path());
    let plan = settings.training.plan("ring");
    let mut harness = window(settings);
    until(&mut harness, |harness| shows(harness, &config.display().to_string()));
    harness.run_steps(2);
    assert!(!harness.state().training.is_startable(&plan));
    assert!(!shows(&harness, "A new run begins there") && !shows(&harness, "Start trains"));

    std::fs::remove_file(&config).unwrap();
    until(&mut harness, |harness| shows(harness, "A new run begins there"));
    assert!(harness.state().training.is_startable(&plan));
    assert!(harness.state().training.trouble.is_none());
}

#[test]
fn the_arrow_keys_go_back_through_the_looks() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = window(settings(folder.path()));
    until(&mut harness, |harness| harness.query_by_label("Start").is_some());
    harness.get_by_label("Start").click();
    harness.step();
    until(&mut harness, |harness| {
        harness.state().is_settled() && shows(harness, "Direct CM: done")
    });
    harness.step();
    assert_eq!(harness.state().training.recorder.marked(), None);
    harness.key_press(eframe::egui::Key::ArrowLeft);
    harness.step();
    harness.step();
    assert_eq!(harness.state().training.recorder.marked(), Some(400));
    harness.key_press(eframe::egui::Key::ArrowRight);
    harness.step();
    harness.step();
    assert_eq!(harness.state().training.recorder.marked(), None);

    // Where a look cannot be read, no other look stands under its name.
    let damaged = harness.state().training.stage().expect("a stage").grids[0].path.clone();
    std::fs::write(&damaged, []).unwrap();
    harness.state_mut().training.recorder.album.renew();
    harness.state_mut().training.recorder.go_to(200);
    harness.run_steps(2);
    until(&mut harness, |harness| harness.state().is_settled());
    assert!(!shows(&harness, "Samples of Direct CM at step 200"));

    // A run keeps its data; who drops other data on it is told what to do.
    let app = harness.state_mut();
    app.training.offer(&mut app.shared, Path::new("/tmp/images.zip"));
    let told = &app.shared.log.last().expect("a sentence").text;
    assert!(told.starts_with("images.zip was not taken") && told.contains("press New"), "{told}");
}

#[test]
fn a_picture_that_cannot_be_read_is_asked_for_once_until_the_run_writes_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = window(settings(folder.path()));
    let damaged = folder.path().join("cm-000200.png");
    std::fs::write(&damaged, []).unwrap();
    until(&mut harness, |harness| harness.state().is_settled());
    let asks = |harness: &mut Harness<'_, App>| {
        harness.state_mut().training.request(&damaged);
        let asks = !harness.state().training.reader.is_idle();
        until(harness, |harness| harness.state().training.reader.is_idle());
        asks
    };
    assert!(asks(&mut harness) && !asks(&mut harness));
    harness.state_mut().training.recorder.album.renew();
    assert!(asks(&mut harness));
}

#[test]
fn a_rate_that_is_only_looked_at_stays_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    settings.training.values.insert("student.optimisation.rate".into(), 0.00015.into());
    let mut harness = window(settings);
    let name = "Peak learning rate of CM and Direct CM; a strong student may have its own.";
    until(&mut harness, |harness| shows(harness, name));
    harness.get_by_role_and_label(Role::SpinButton, name).focus();
    harness.run_steps(2);
    harness.key_press(eframe::egui::Key::Tab);
    harness.run_steps(2);
    let values = &harness.state().shared.settings.training.values;
    assert_eq!(values["student.optimisation.rate"], 0.00015.into());
}

#[test]
fn an_optimiser_is_chosen_and_the_presets_own_is_nothing_to_keep() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = window(settings(folder.path()));
    let [_, students] = &OPTIMISERS;
    until(&mut harness, |harness| shows(harness, students.hint));
    let chosen = |harness: &mut Harness<'_, App>, title: &str| {
        harness.get_by_role_and_label(Role::ComboBox, students.hint).click();
        harness.run_steps(3);
        harness.get_by_label(title).click();
        harness.run_steps(3);
        let state = harness.state();
        state.shared.settings.training.values.get(students.key).copied()
    };
    assert_eq!(chosen(&mut harness, "Muon"), Some(Optimiser::Muon.into()));
    let recipe = harness.state().training.recipe().expect("one that can be trained").clone();
    assert_eq!((students.read)(&recipe), Optimiser::Muon);
    assert_eq!(chosen(&mut harness, "AdamW"), None);
}

#[test]
fn a_stage_that_the_recipe_does_not_have_is_nothing_to_train() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    // Points have no features.
    let others = StageName::ALL.into_iter().skip(1);
    settings.training.without = others.map(StageName::file_name).collect();
    let mut harness = window(settings.clone());
    until(&mut harness, |harness| shows(harness, "Start"));
    assert!(!harness.state().training.is_startable(&settings.training.plan("ring")));
    harness.state_mut().begin();
    let told = &harness.state().shared.log.last().expect("a sentence").text;
    assert_eq!(told, "There is nothing to train: choose a stage.");
    let all = Wishes { without: Default::default(), ..settings.training };
    assert!(harness.state().training.is_startable(&all.plan("ring")));
}
