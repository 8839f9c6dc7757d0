//! Weights and pictures that are dropped, chosen or fetched.

use super::{files::Arrival, *};

/// A weights file of the program, as if it were dropped.
fn weights(name: &str) -> Arrival {
    let path = format!("{}/assets/weights/{name}", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).expect("a shipped file");
    Arrival::Files(vec![(name.to_owned(), bytes.into())])
}

#[test]
fn a_feature_network_is_not_laid_over_models_of_points() {
    let mut harness = window(Settings { view: View::Paradox, ..ring() }, |_| ());
    settle(&mut harness);
    harness.state_mut().accept(weights("emoji/features.safetensors"));
    settle(&mut harness);
    let log = &harness.state().shared.log;
    assert!(log.iter().any(|notice| notice.text.contains("measured by their coordinates")));
    assert!(log.iter().all(|notice| !notice.text.contains("was lost")));
    // A teacher of points by itself is measured, too.
    harness.state_mut().accept(weights("ring/teacher.safetensors"));
    harness.step();
    settle(&mut harness);
    assert!(harness.query_by_label_contains("There is nothing to measure").is_none());
}

#[test]
fn a_teacher_that_is_handed_over_brings_its_own_solver_and_one_of_an_address_leaves_what_that_says()
{
    let chosen = Settings { class: Some(1), intervals: Some(20), guidance: Some(1.0), ..ring() };
    let mut harness = window(chosen.clone(), |_| ());
    settle(&mut harness);
    let shown = |app: &App| app.shared.set.as_ref().expect("models are open").preset.clone();

    harness.state_mut().accept(weights("ring/direct.safetensors"));
    until(&mut harness, |app| !app.shared.link.is_opening());
    assert_eq!(harness.state().shared.settings, chosen, "the teacher is the same");

    let app = harness.state_mut();
    app.shared.fetched.ask(vec!["there".into()]);
    app.accept(Arrival::Fetched("there".into(), Box::new(weights("grid/teacher.safetensors"))));
    until(&mut harness, |app| shown(app) == "grid");
    assert_eq!(harness.state().shared.settings, chosen);

    harness.state_mut().accept(weights("ring/teacher.safetensors"));
    until(&mut harness, |app| shown(app) == "ring");
    assert_eq!(harness.state().shared.settings, ring());
}

#[test]
fn pictures_say_nothing_of_runs_and_leave_what_is_set_for_them() {
    let mut settings = ring();
    settings.training.folder = Some("/home/somebody/run".into());
    let mut harness = window(settings.clone(), |_| ());
    settle(&mut harness);
    let bytes = harness.state().picture().expect("every column is drawn");
    assert_eq!(share::decode(&bytes).expect("settings").settings.training, Wishes::default());
    let app = harness.state_mut();
    app.accept(Arrival::Files(vec![("a.png".into(), bytes.into())]));
    assert_eq!(app.shared.settings, settings);
}

#[test]
fn weights_that_an_address_no_longer_names_are_taken_away() {
    let mut harness = window(ring(), |_| ());
    settle(&mut harness);
    harness.state_mut().follow(permalink::decode("preset=ring&weights=nowhere.safetensors"));
    until(&mut harness, |app| !app.shared.fetched.is_coming());
    assert!(harness.state().shared.fetched.is_empty(), "what failed can be asked for again");
    let app = harness.state_mut();
    assert!(app.address().contains("weights=nowhere"), "{}", app.address());
    app.shared.fetched.ask(vec!["old.safetensors".into()]);
    app.shared.fetched.receive("old.safetensors".into(), Some(Vec::new()));
    app.shared.open(Source::Files(Vec::new()));
    app.follow(permalink::decode("preset=ring&seed=3"));
    assert_eq!(app.shared.link.sources(), [Source::Shipped("ring".into())]);
    assert!(!app.address().contains("weights="), "{}", app.address());
}

#[test]
fn students_of_an_address_wait_for_their_teacher_and_not_for_what_cannot_be_had() {
    let mut harness = window(ring(), |_| ());
    settle(&mut harness);
    let app = harness.state_mut();
    let names = ["student", "lost", "teacher"].map(str::to_owned);
    app.shared.fetched.ask(names.to_vec());
    let lost = Arrival::Notice(Notice::error("it is not there"));
    let student = weights("grid/cm.safetensors");
    app.accept(Arrival::Fetched("student".into(), Box::new(student)));
    app.accept(Arrival::Fetched("lost".into(), Box::new(lost)));
    assert!(!app.shared.link.is_opening() && app.shared.is_busy());
    let teacher = weights("grid/teacher.safetensors");
    app.accept(Arrival::Fetched("teacher".into(), Box::new(teacher)));
    settle(&mut harness);
    let set = harness.state().shared.set.as_ref().expect("models are open");
    assert_eq!((&*set.preset, set.cards.len()), ("grid", 2));
    assert_eq!(harness.state().failures().collect::<Vec<_>>(), ["it is not there"]);
}

#[test]
fn weights_that_come_late_are_not_laid_over_models_chosen_since() {
    let (worker, _ends) = Worker::silent();
    let mut harness = window(ring(), |app| {
        app.shared.link = Link::new(worker);
    });
    let app = harness.state_mut();
    app.shared.fetched.ask(vec!["slow.safetensors".into()]);
    app.shared.choose("grid");
    // It may never come, and what is asked for next has not to wait for it.
    assert!(!app.shared.fetched.is_coming());
    assert_eq!(app.shared.fetched.ask(vec!["next".into()]), ["next"]);
    let arrival = Arrival::Files(vec![("slow.safetensors".into(), [0; 8].into())]);
    app.accept(Arrival::Fetched("slow.safetensors".into(), Box::new(arrival)));
    assert_eq!(app.shared.link.sources(), [Source::Shipped("grid".into())]);
    assert!(app.shared.fetched.is_coming(), "the next one");
    app.shared.fetched.receive("next".into(), Some(Vec::new()));
    assert!(!app.shared.fetched.is_coming());
}

#[test]
fn weights_dropped_with_a_picture_of_other_models_lie_over_those() {
    let mut harness = window(ring(), |_| ());
    settle(&mut harness);
    let picture = harness.state().picture().expect("every column is drawn");
    let app = harness.state_mut();
    app.shared.choose("grid");
    let weights = ("own.safetensors".to_owned(), [0; 8].into());
    app.accept(Arrival::Files(vec![weights, ("a.png".into(), picture.into())]));
    assert!(
        matches!(&app.shared.link.sources()[..], [Source::Shipped(ring), Source::Files(_)] if ring == "ring")
    );
}

#[test]
fn a_picture_that_is_left_again_is_held_against_nothing() {
    let mut harness = window(ring(), |_| ());
    settle(&mut harness);
    let picture = harness.state().picture().expect("every column is drawn");
    let app = harness.state_mut();
    app.accept(Arrival::Files(vec![("a.png".into(), picture.clone().into())]));
    harness.step();
    harness.state_mut().shared.settings.seed = 77;
    harness.step();
    settle(&mut harness);
    // Nor where Sample takes another seed.
    let app = harness.state_mut();
    app.accept(Arrival::Files(vec![("a.png".into(), picture.into())]));
    app.shared.settings.keeps_seed = false;
    app.comparison.again(&mut app.shared);
    harness.step();
    settle(&mut harness);
    let log = &harness.state().shared.log;
    assert!(log.iter().all(|notice| !notice.is_error), "noise of another seed is no fault");
}

#[test]
fn a_picture_of_an_own_teacher_waits_for_its_weights_and_keeps_its_settings() {
    let mut harness = window(ring(), |_| ());
    settle(&mut harness);
    harness.state_mut().accept(weights("grid/teacher.safetensors"));
    settle(&mut harness);
    harness.state_mut().shared.settings.intervals = Some(20);
    harness.run_steps(2);
    settle(&mut harness);
    let picture = harness.state().picture().expect("every column is drawn");
    harness.state_mut().shared.choose("ring");
    settle(&mut harness);
    harness.state_mut().accept(Arrival::Files(vec![("a.png".into(), picture.into())]));
    harness.run_steps(2);
    settle(&mut harness);
    let told = |app: &App, what: &str| app.shared.log.iter().any(|n| n.text.contains(what));
    assert!(told(harness.state(), "another teacher"));

    harness.state_mut().accept(weights("grid/teacher.safetensors"));
    settle(&mut harness);
    assert_eq!(harness.state().settings().intervals, Some(20), "its own teacher is no other");
    assert!(told(harness.state(), "restored: from the same noise"));
}

#[test]
fn a_picture_of_shipped_models_takes_away_own_files_that_lie_over_them() {
    let mut harness = window(ring(), |_| ());
    settle(&mut harness);
    let picture = harness.state().picture().expect("every column is drawn");
    harness.state_mut().accept(weights("grid/teacher.safetensors"));
    settle(&mut harness);
    assert!(harness.state().shared.shows_own_files());
    harness.state_mut().accept(Arrival::Files(vec![("a.png".into(), picture.into())]));
    harness.run_steps(2);
    settle(&mut harness);
    let app = harness.state();
    let told = |what: &str| app.shared.log.iter().any(|notice| notice.text.contains(what));
    assert!(told("restored: from the same noise") && !told("another teacher"));
    assert_eq!(app.shared.link.sources(), [Source::Shipped("ring".into())]);
}

#[test]
fn models_of_a_run_are_others_than_the_shipped_ones_of_their_preset() {
    let (worker, _ends) = Worker::silent();
    let chosen = Settings { class: Some(1), ..ring() };
    let mut harness = window(chosen, |app| {
        app.shared.link = Link::new(worker);
        app.shared.open(Source::Shipped("ring".into()));
    });
    let app = harness.state_mut();
    assert!(!app.shared.shows_own_files());
    app.open_run("run");
    assert!(app.shared.shows_own_files(), "a picture of the shipped ones opens those");
    assert_eq!(app.shared.link.sources(), [Source::Run("run".into())]);
    assert_eq!(app.settings().class, None, "its own classes");
}

#[test]
fn nothing_is_asked_of_models_while_others_are_being_opened() {
    for view in [View::Comparison, View::Trajectory, View::Paradox, View::Solvers] {
        let mut harness = window(Settings { view, ..ring() }, |_| ());
        until(&mut harness, |app| app.shared.set.is_some());
        let (worker, (_inbox, outbox)) = Worker::silent();
        let app = harness.state_mut();
        app.shared.link = app.shared.link.successor(worker);
        app.shared.choose("grid");
        harness.run_steps(2);
        let app = harness.state();
        assert!(app.shared.link.is_opening() && !app.shared.link.is_at_work(), "{view:?}");
        outbox.try_send(Reply::Refused("it is not there".into())).expect("room for one");
        harness.run_steps(2);
        assert!(harness.state().shared.link.is_at_work(), "{view:?} stays without an answer");
    }
}

#[test]
fn of_several_things_that_went_wrong_all_are_told_until_they_are_dismissed() {
    let mut harness = window(ring(), |_| ());
    settle(&mut harness);
    for what in ["first", "second", "third"] {
        harness.state_mut().shared.fail(what);
    }
    harness.run_steps(2);
    assert!(harness.query_by_label("third").is_some());
    harness.get_by_label("2 more in the log");
    // What is dropped next is no answer to them.
    harness.state_mut().accept(weights("ring/direct.safetensors"));
    settle(&mut harness);
    harness.get_by_label("2 more in the log");
    harness.get_by_label("Dismiss").click();
    harness.run_steps(2);
    assert!(harness.query_by_label_contains("more in the log").is_none());
    // Nor do they come back where a window is opened anew, which is an error of its own.
    let left = harness.state().hand_over();
    let mut next = window(ring(), |app| app.take_over(left));
    next.run_steps(2);
    assert!(next.query_by_label_contains("the window was opened anew").is_some());
    assert!(next.query_by_label_contains("more in the log").is_none());
}

#[test]
fn why_models_could_not_be_opened_is_told_whatever_went_wrong_since() {
    let mut harness = window(Settings { preset: "nowhere".into(), ..ring() }, |_| ());
    until(&mut harness, |app| !app.shared.log.is_empty());
    let app = harness.state_mut();
    let reason = app.shared.log[0].text.clone();
    app.shared.fail("something else");
    harness.run_steps(2);
    assert!(harness.query_by_label(&reason).is_some());
}
