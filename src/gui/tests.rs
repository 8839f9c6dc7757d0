//! What only the inside can test.

mod arrivals;
mod hands;
mod sight;

use std::thread;

use egui_kittest::{Harness, kittest::Queryable as _};
use web_time::{Duration, Instant};

use super::*;
use crate::engine::{
    shipped,
    worker::{Parity, Reply},
};

fn window(settings: Settings, change: impl FnOnce(&mut App)) -> Harness<'static, App> {
    Harness::builder().build_eframe(move |creation| {
        let mut app = App::new(&creation.egui_ctx, Opened::cpu(), settings);
        change(&mut app);
        app
    })
}

/// Few points of the quickest model.
fn ring() -> Settings {
    Settings { preset: "ring".into(), samples: 16, ..Settings::default() }
}

/// Frames until `is_so`, with rests: the worker needs the processor more.
#[track_caller]
fn until(harness: &mut Harness<'_, App>, is_so: impl Fn(&App) -> bool) {
    let begun = Instant::now();
    while !is_so(harness.state()) {
        harness.step();
        assert!(begun.elapsed().as_secs() < 300, "the worker never answers");
        thread::sleep(Duration::from_millis(20));
    }
}

#[track_caller]
fn settle(harness: &mut Harness<'_, App>) {
    until(harness, App::is_settled);
}

#[test]
fn a_lost_worker_is_replaced_by_one_on_the_cpu_and_settings_stay() {
    let settings = Settings { seed: 5, ..ring() };
    let lost = |app: &mut App| {
        app.shared.link = Link::new(Worker::lost());
        app.shared.open(Source::Shipped("ring".into()));
    };
    let mut harness = window(settings.clone(), lost);
    harness.step();
    harness.step();
    assert!(harness.query_by_label_contains("was lost, ran out of memory or").is_some());
    assert_eq!(harness.state().shared.settings, settings);
    settle(&mut harness);
    assert_eq!(harness.state().shared.link.sources(), [Source::Shipped("ring".into())]);
    // Models that end every worker are not opened for ever.
    lost(harness.state_mut());
    harness.run_steps(2);
    settle(&mut harness);
    assert_eq!(harness.state().shared.settings.preset, shipped::DEFAULT_MODELS);
}

#[test]
fn a_gpu_that_misses_golden_outputs_is_left_for_the_cpu() {
    let mut harness = window(ring(), |app| {
        app.is_gpu = true;
        let parity = Parity { difference: Some(0.1), tolerance: 1e-3 };
        app.receive(Reply::Checked(0, parity));
    });
    harness.step();
    harness.step();
    assert!(harness.query_by_label_contains("golden outputs wrongly").is_some());
    settle(&mut harness);
    assert!(!harness.state().is_gpu);
}

#[test]
fn a_gpu_warms_up_until_it_answers_for_the_models() {
    let (worker, _ends) = Worker::silent();
    let silent = window(ring(), |app| {
        (app.shared.is_warming, app.shared.link) = (true, Link::new(worker));
        app.shared.open(Source::Shipped("ring".into()));
    });
    assert!(silent.query_by_label("warming up").is_some(), "nothing was computed yet");
    let on_a_gpu = |app: &mut App| (app.is_gpu, app.shared.is_warming) = (true, true);
    let mut harness = window(ring(), on_a_gpu);
    settle(&mut harness);
    assert!(!harness.state().shared.is_warming);
    let set = harness.state().shared.set.as_deref().expect("models are open").clone();
    harness.state_mut().receive(Reply::Opened(Box::new(set)));
    assert!(harness.state().shared.is_warming, "other models, other kernels");
}

#[test]
fn an_address_with_other_weights_or_unknown_settings_is_followed_with_a_warning() {
    let mut harness = window(ring(), |_| ());
    settle(&mut harness);
    let own = harness.state().address();
    assert!(own.contains("model="), "{own}");
    harness.state_mut().follow(permalink::decode(&own));
    harness.step();
    assert!(harness.state().shared.log.is_empty());
    // The teacher is right, the CM is not, and there is no fourth file.
    let digits =
        |i: usize| harness.state().shared.set.as_ref().unwrap().cards[i].sha256[..8].to_owned();
    let models = format!("{},00000000,{},11111111", digits(0), digits(2));
    let other = format!("preset=ring&seed=9&model={models}&colour=red");
    harness.state_mut().follow(permalink::decode(&other));
    harness.step();
    let told: Vec<&str> = harness.state().shared.log.iter().map(|n| n.text.as_str()).collect();
    assert!(told[0].contains("colour") && told[1].contains("(CM, file 4)"), "{told:?}");
    assert_eq!(harness.state().settings().seed, 9);
}

#[test]
fn an_address_says_nothing_of_models_that_are_about_to_go() {
    let mut harness = window(ring(), |_| ());
    settle(&mut harness);
    let app = harness.state_mut();
    assert!(app.address().contains("model="), "{}", app.address());
    app.shared.choose("grid");
    assert!(!app.address().contains("model="), "{}", app.address());
}

#[test]
fn an_address_tells_where_to_look_and_follows_where_one_looks() {
    let mut harness = window(ring(), |_| ());
    settle(&mut harness);
    let looks = "preset=ring&at.cell=[2,1,0]&at.path=0.25&at.time=12";
    harness.state_mut().follow(permalink::decode(looks));
    harness.step();
    harness.step();
    assert!(harness.query_by_label_contains("Rings: the teacher's solutions").is_some());
    for part in ["at.cell=[2,1,0]", "at.path=0.25", "at.time=12"] {
        assert!(harness.state().address().contains(part), "{}", harness.state().address());
    }
    harness.key_press(egui::Key::Escape);
    harness.step();
    assert!(!harness.state().address().contains("at.cell"), "{}", harness.state().address());
    // Where there is no such cell nothing is enlarged, and nothing breaks.
    harness.state_mut().follow(permalink::decode("preset=ring&at.cell=[9,1,70]"));
    harness.step();
    harness.state_mut().follow(permalink::decode("preset=ring&view=trajectory&at.path=0.25"));
    harness.step();
    settle(&mut harness);
    harness.step();
    assert!(harness.query_by_label("step 25 of 100").is_some());
}

#[test]
fn an_enlarged_cell_that_is_not_on_show_takes_no_escape() {
    let mut harness = window(ring(), |_| ());
    settle(&mut harness);
    let app = harness.state_mut();
    app.shared.place.cell = Some([2, 3, 0]); // three steps are not among those shown
    (app.shared.settings.samples, app.shared.settings.intervals) = (1024, Some(200));
    harness.step();
    assert!(harness.state().shared.link.is_busy());
    harness.key_press(egui::Key::Escape);
    harness.step();
    assert!(!harness.state().shared.link.is_busy());
}

#[test]
fn models_that_cannot_be_opened_say_so_and_can_be_asked_for_again() {
    let mut harness = window(Settings { preset: "nowhere".into(), ..ring() }, |_| ());
    for tries in 1..3 {
        until(&mut harness, |app| app.shared.log.len() >= tries);
        harness.step();
        assert!(harness.query_by_label("The models could not be opened").is_some());
        harness.get_by_label("Try again").click();
        harness.step();
    }
}

#[test]
fn models_that_cannot_be_opened_leave_the_settings_to_those_that_stay() {
    let mut harness = window(ring(), |_| ());
    settle(&mut harness);
    harness.state_mut().shared.choose("nowhere");
    until(&mut harness, |app| !app.shared.log.is_empty());
    harness.step();
    let app = harness.state();
    assert_eq!(app.settings(), &ring());
    assert!(app.address().contains("model="), "{}", app.address());
    assert!(!app.shared.history.can_undo(&app.shared.settings), "nothing came of it");
}

#[test]
fn a_seed_of_any_size_stays_what_it_is_until_somebody_changes_it() {
    use eframe::egui::accesskit::Role;
    for (seed, role) in [(1 << 53, Role::SpinButton), (u64::MAX - 1, Role::Button)] {
        let mut harness = window(Settings { seed, ..ring() }, |_| ());
        settle(&mut harness);
        harness.get_by_role_and_label(role, "Seed").focus();
        harness.run_steps(2);
        harness.key_press(egui::Key::Tab);
        harness.run_steps(2);
        assert_eq!(harness.state().settings().seed, seed);
    }
}

#[test]
fn what_is_typed_is_undone_in_one_step() {
    let settings = Settings { view: View::Training, ..ring() };
    let mut harness = window(settings, |app| app.shared.files.confine());
    harness.get_by_role_and_label(egui::accesskit::Role::TextInput, "Folder").focus();
    harness.run_steps(2);
    for letter in ["a", "b"] {
        harness.event(egui::Event::Text(letter.to_owned()));
        harness.run_steps(2);
    }
    let shared = &mut harness.state_mut().shared;
    assert_eq!(shared.settings.training.folder.as_deref(), Some("ab"));
    shared.undo();
    assert_eq!(shared.settings.training.folder, None);
}

#[test]
fn a_window_that_is_opened_anew_can_undo_what_was_set_in_the_one_before() {
    let mut first = window(ring(), |_| ());
    first.step();
    first.state_mut().shared.settings.seed = 5;
    first.step();
    let left = first.state().hand_over();
    let mut second = window(ring(), |app| app.take_over(left));
    second.step();
    assert_eq!(second.state().settings().seed, 5);
    second.state_mut().shared.undo();
    assert_eq!(second.state().settings().seed, ring().seed);
}

#[test]
fn whatever_an_address_says_of_rows_there_are_some_where_controls_are_folded() {
    let settings = Settings { rows: 0, samples: 0, ..ring() };
    let mut harness = hands::window_of([420.0, 800.0], settings);
    assert!(harness.state().has_pictures());
    // The list of keys fits, too.
    harness.state_mut().frame.toggle_keys();
    harness.run_steps(3);
    let last = harness.get_by_label_contains("show or hide this list").rect();
    assert!(last.left() >= 0.0 && last.right() <= 420.0 && last.bottom() <= 800.0, "{last:?}");
}

#[test]
fn an_address_of_other_models_keeps_what_it_says_of_their_solver() {
    let mut harness = window(ring(), |_| ());
    settle(&mut harness);
    // Of the ring these are the students' own, of the digits they are not.
    harness
        .state_mut()
        .follow(permalink::decode("preset=digits&intervals=100&guidance=1.0&rows=1&samples=8"));
    harness.run_steps(2);
    settle(&mut harness);
    let Settings { intervals, guidance, .. } = harness.state().settings();
    assert_eq!((*intervals, *guidance), (Some(100), Some(1.0)));
    assert!(harness.query_by_label_contains("The students were distilled from").is_some());
}

#[test]
fn a_stop_while_models_are_opened_is_no_failure() {
    let (worker, _ends) = Worker::silent();
    let mut harness = window(ring(), |app| {
        app.shared.link = Link::new(worker);
        app.shared.open(Source::Shipped("ring".into()));
    });
    harness.key_press(egui::Key::Escape);
    harness.run_steps(2);
    assert!(harness.query_by_label_contains("could not be opened").is_none());
    assert!(harness.state().shared.link.is_busy());
}

#[test]
fn a_picture_is_taken_of_what_is_asked_for_and_of_nothing_older() {
    let mut harness = window(ring(), |_| ());
    settle(&mut harness);
    assert!(harness.state().picture().is_some());
    harness.state_mut().shared.settings.seed = 5;
    harness.step();
    assert!(harness.state().picture().is_none(), "other samples under these settings");
    settle(&mut harness);
    assert!(harness.state().picture().is_some());
    harness.state_mut().shared.choose("grid");
    assert!(harness.state().picture().is_none(), "what is set is of other models");
}
