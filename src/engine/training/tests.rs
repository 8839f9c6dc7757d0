use std::{
    fs,
    io::Write as _,
    path::Path,
    time::{Duration, SystemTime},
};

use super::*;
use crate::{
    engine::Model,
    store::{Archive, Manifest, manifest::weights_precision},
};

/// Points in the plane: a run of a second or two.
fn plan(out: &Path) -> Plan {
    let set = [
        "student.optimisation.steps=40",
        "student.optimisation.batch=32",
        "student.bank=256",
        "student.intervals=10",
        "model.network.width=32",
        "output.log_every=4",
        "output.sample_every=10",
        "output.checkpoint_every=20",
        "output.samples=64",
    ];
    Plan {
        preset: "ring".into(),
        data: None,
        out: out.to_owned(),
        stages: StageName::ALL.to_vec(),
        set: set.map(str::to_owned).to_vec(),
    }
}

/// Trains to the end; `each` hears all news, and until it has the training waits: it is never ahead.
fn listen(plan: Plan, mut each: impl FnMut(&Training, &News)) -> End {
    // Dropped after `turn`, without which the training waits no more: a test that fails ends.
    let training;
    let (turn, turns) = async_channel::bounded(1);
    let wait = move || turns.recv_blocking().unwrap_or_default();
    training = Training::start(plan, Opened::cpu(), wait);
    while let Ok(news) = training.news.recv_blocking() {
        each(&training, &news);
        turn.send_blocking(()).expect("it waits");
        if let News::Ended(end) = news {
            return end;
        }
    }
    panic!("a training says how it ended");
}

fn end(plan: Plan) -> End {
    listen(plan, |_, _| ())
}

#[test]
fn a_run_reaches_its_end_and_its_news_say_what_its_folder_says() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let mut heard = None;
    let end = listen(plan(&out), |_, news| match news {
        News::Opened(record) => heard = Some(record.clone()),
        News::Heard(event) => heard.as_mut().expect("opened first").hear(event),
        News::Ended(_) => {}
    });
    assert_eq!(end, End::Done);
    let (mut heard, mut read) = (heard.unwrap(), Record::read(&out).unwrap().unwrap());
    assert!(read.written.take().is_some());
    heard.written = None;
    assert_eq!(heard.current.take().as_deref(), Some("direct"));
    assert!(read.is_comparable());
    let direct = read.stage("direct").unwrap();
    let steps = |name| direct.curve(name).iter().map(|p| p[0] as u64).collect::<Vec<_>>();
    assert_eq!(steps("loss"), [4, 8, 12, 16, 20, 24, 28, 32, 36, 40]);
    assert_eq!(steps("ode_error"), [10, 20, 30, 40]);
    assert_eq!(direct.grids.iter().map(|grid| grid.step).collect::<Vec<_>>(), [10, 20, 30, 40]);
    assert_eq!(folder::picture(&direct.grids[0].path).unwrap().dimensions(), (480, 480));
    let shown = |record: &Record| format!("{record:?}");
    assert_eq!(shown(&heard), shown(&read));

    // A picture from beyond the log's end is of a training that was cut back.
    let samples = out.join("samples");
    fs::copy(samples.join("direct-000040.png"), samples.join("direct-000050.png")).unwrap();
    // And this one is of no stage.
    fs::copy(samples.join("direct-000040.png"), samples.join("holiday-3.png")).unwrap();
    let again = Record::read(&out).unwrap().unwrap();
    assert!(again.stage("holiday").is_none());
    assert_eq!(again.stage("direct").unwrap().grids, direct.grids);
}

#[test]
fn a_paused_run_goes_on_to_the_weights_of_an_uninterrupted_one() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, paused] = ["whole", "paused"].map(|name| folder.path().join(name));
    assert_eq!(end(plan(&whole)), End::Done);

    let mut steps = 0;
    let first = listen(plan(&paused), |training, news| {
        if let News::Heard(Event::Step { step, .. }) = news {
            steps = *step;
            training.stop();
        }
    });
    assert_eq!(first, End::Stopped);
    assert!(steps < 40, "it went on for {steps} steps");
    let before = Record::read(&paused).unwrap().unwrap();
    assert!(!before.is_comparable());

    let mut begun = 0;
    // Whatever a person sets meanwhile: a run keeps its recipe.
    let other = Plan { set: vec!["student.optimisation.steps=7".into()], ..plan(&paused) };
    let second = listen(other, |_, news| {
        if let News::Heard(Event::Stage { name, step, .. }) = news
            && name == "cm"
        {
            begun = *step;
        }
    });
    assert_eq!((second, begun > 0), (End::Done, true));
    for name in ["cm", "direct"] {
        let weights = |out: &Path| fs::read(RunFolder::at(out).weights(name)).unwrap();
        assert!(weights(&whole) == weights(&paused), "the weights of {name} differ");
    }
    let losses = |out: &Path| {
        Record::read(out).unwrap().unwrap().stage("cm").unwrap().curve("loss").to_vec()
    };
    assert_eq!(losses(&whole), losses(&paused));
}

#[test]
fn a_strong_student_goes_on_from_the_direct_cm_with_targets_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let mut plan = plan(&out);
    let strong =
        "strong={ from = \"direct\", starts = { noise = 0.5 }, optimisation = { rate = 1e-9 } }";
    plan.set.push(strong.into());
    assert_eq!(end(plan.clone()), End::Done);
    let record = Record::read(&out).unwrap().unwrap();
    let stage = record.stage("strong").unwrap();
    assert!(stage.is_done && stage.title == "Strong");
    // Draws from noise are others than the Direct CM's, and a single step ends elsewhere than all.
    assert_eq!(fs::read_dir(folder.path().join("targets")).unwrap().count(), 3);

    let device = burn::prelude::Device::flex();
    let set = crate::engine::shipped::ModelSet::of_run(&out, &device).unwrap();
    let titles: Vec<String> = set.students.iter().map(Model::title).collect();
    assert_eq!(titles, ["CM", "Direct CM", "Strong"]);
    assert_eq!(set.students[2].recipe.strong.as_ref().unwrap().optimisation.rate, 1e-9);
    // At next to no rate it is still what it started from, but for its rounding on disk.
    let error = |name: &str| record.stage(name).unwrap().curve("ode_error").last().unwrap()[1];
    let (direct, strong) = (error("direct"), error("strong"));
    assert!((direct - strong).abs() < 0.01 * direct, "{direct}, {strong}");

    assert_eq!(end(plan.clone()), End::Done, "there is nothing left to do");
    let direct = RunFolder::at(&out).weights("direct");
    let mut other = Archive::<Manifest>::read(&direct).unwrap();
    other.manifest.name = "another".into();
    other.write(&direct, weights_precision).unwrap();
    let End::Failed(said) = end(plan) else { panic!("it is of another Direct CM") };
    assert!(said.contains("other weights of a stage before"), "{said}");
}

#[test]
fn what_cannot_be_trained_is_said_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let failed = |plan: Plan| match end(plan) {
        End::Failed(sentence) => sentence,
        other => panic!("{other:?}"),
    };
    let wrong = Plan { preset: "tiny".into(), data: Some("no/such/place".into()), ..plan(&out) };
    let said = failed(Plan { set: Vec::new(), ..wrong });
    assert!(said.contains("no/such/place") && !said.contains("--"), "{said}");
    let digits = Plan { preset: "digits".into(), set: Vec::new(), ..plan(&out) };
    assert!(failed(digits).contains("MNIST"));
    let said = failed(Plan { set: vec!["student.intervals=7".into()], ..plan(&out) });
    assert!(said.contains("student.intervals"), "{said}");
    let said = failed(Plan { data: Some("emoji".into()), ..plan(&out) });
    assert!(said.contains("mixture"), "{said}");
    assert!(!out.exists(), "a run that cannot begin leaves nothing behind");

    fs::create_dir(&out).unwrap();
    fs::write(out.join("holiday.jpg"), b"").unwrap();
    let said = failed(plan(&out));
    assert!(said.contains("other files") && !said.contains("--out"), "{said}");
    // A run keeps its data: no other can be chosen.
    let gone = Recipe::resolve("tiny", None, &["data.source=no/such/place".into()]).unwrap();
    fs::write(out.join("config.toml"), toml::to_string(&gone.table()).unwrap()).unwrap();
    assert!(failed(plan(&out)).contains("bring it back"));
}

#[test]
fn a_run_whose_targets_cannot_be_kept_is_refused_before_anything_is_trained() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("targets"), b"a file").unwrap();
    let out = folder.path().join("run");
    let End::Failed(said) = end(plan(&out)) else { panic!("it went on") };
    assert!(said.contains("targets are kept") && !said.contains("--out"), "{said}");
    assert!(!RunFolder::at(&out).weights("teacher").exists());
    // What needs none is trained.
    assert_eq!(end(Plan { stages: vec![StageName::Teacher], ..plan(&out) }), End::Done);
}

#[test]
fn a_second_training_in_the_same_folder_is_refused_while_the_first_is_at_work() {
    let folder = tempfile::tempdir().unwrap();
    let mut second = None;
    let first = listen(plan(folder.path()), |training, news| {
        if matches!(news, News::Opened(_)) {
            second = Some(end(plan(folder.path())));
            training.stop();
        }
    });
    assert_eq!(first, End::Stopped);
    let Some(End::Failed(said)) = second else { panic!("{second:?}") };
    assert!(said.contains("Another training"), "{said}");
}

#[test]
fn a_dropped_training_has_saved_its_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let training = Training::start(plan(folder.path()), Opened::cpu(), || ());
    while !matches!(training.news.recv_blocking(), Ok(News::Heard(Event::Step { .. }))) {}
    drop(training);
    let last = RunFolder::at(folder.path()).checkpoint("cm", crate::store::Keep::Last);
    assert!(last.exists());
}

#[test]
fn a_shell_that_does_not_listen_does_not_hold_up_the_training() {
    let (sender, news) = async_channel::bounded(2);
    let mut outbox = Outbox { sender, held: VecDeque::new(), wake: || () };
    let step = |step| Event::Step {
        step,
        steps: 9,
        loss: 1.0,
        gradient_norm: 1.0,
        seconds: 1.0,
        images_per_s: 1.0,
        left_s: 1.0,
    };
    (1..=9).for_each(|i| outbox.put(News::Heard(step(i))));
    outbox.put(News::Heard(Event::Note("kept".into())));
    assert_eq!(outbox.held.len(), 1);
    for _ in 0..2 {
        assert!(matches!(news.try_recv(), Ok(News::Heard(Event::Step { .. }))));
    }
    outbox.put(News::Heard(step(9)));
    assert!(matches!(news.try_recv(), Ok(News::Heard(Event::Note(_)))));
}

#[test]
fn the_reader_finds_runs_and_says_what_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("one");
    let stages = vec![StageName::Teacher];
    assert_eq!(end(Plan { stages, ..plan(&run) }), End::Done);
    fs::create_dir(folder.path().join("targets")).unwrap();
    let runs = folder::runs(folder.path());
    assert_eq!((runs.len(), &runs[0].path, &*runs[0].preset), (1, &run, "ring"));
    assert_eq!(runs[0].done, ["Teacher"]);
    assert!(folder::runs(&folder.path().join("nowhere")).is_empty());
    assert!(Record::read(&folder.path().join("nowhere")).unwrap().is_none());
    let beside = folder.path().join("one-2");
    assert_eq!([free_folder(&run), free_folder(&run.join(""))], [beside.clone(), beside]);
    assert!(free_folder(Path::new(".")).parent() != std::env::current_dir().ok().as_deref());
}

#[test]
fn a_run_is_read_again_only_where_something_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    assert_eq!(end(plan(&out)), End::Done);
    let (woken, wakes) = async_channel::unbounded();
    let mut reader = Reader::spawn(move || woken.try_send(()).unwrap());
    let mut ask = |since| {
        reader.ask(Question::Since(out.clone(), since));
        wakes.recv_blocking().unwrap();
        reader.poll().pop().expect("an answer woke us")
    };
    let mut read = |since| match ask(since) {
        Answer::Run(root, Ok(Some(record))) if root == out => record.written,
        Answer::Same => None,
        other => panic!("{other:?}"),
    };
    let written = read(None);
    assert!(written.is_some() && read(written).is_none());
    let mut log = fs::File::options().append(true).open(RunFolder::at(&out).metrics()).unwrap();
    // Clocks of file systems are coarse.
    let later = SystemTime::now() + Duration::from_secs(5);
    log.set_modified(later).unwrap();
    let written = read(written);
    assert!(written.is_some() && read(written).is_none());
    // As Windows leaves the time of a log while it is open.
    log.write_all(b"\n").unwrap();
    log.set_modified(later).unwrap();
    assert!(read(written).is_some());
}
