//! The self-test in a process of its own, which a crashing driver takes down alone.

use std::{
    env,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::Duration,
};

use clap::ValueEnum as _;
use web_time::Instant;

use crate::{
    cli::args::{self, OnDevice},
    engine::Cancel,
};

/// Nobody waits longer than that for a trial; trying many kernels takes minutes.
const LONGEST: Duration = Duration::from_secs(600);

/// Whether the quick self-test of this device comes to its end, be it that it passes or fails in words; an error tells
/// how it did not.
pub(super) fn survived(on: OnDevice, cancel: &Cancel) -> Result<(), String> {
    let trial = self_test(on).map_err(|error| error.to_string())?;
    survives(trial, LONGEST, cancel)
}

/// What makes this program test itself.
fn words(on: OnDevice) -> Vec<String> {
    let args::Place { backend, gpu } = on.place;
    let name = backend.to_possible_value().expect("every backend has a name");
    let place = match gpu {
        Some(number) => ["--gpu".to_owned(), number.to_string()],
        None => ["--backend".to_owned(), name.get_name().to_owned()],
    };
    let words = ["selftest", "--quick"].map(str::to_owned).into_iter().chain(place);
    words.chain(on.half.then(|| "--half".to_owned())).collect()
}

fn self_test(on: OnDevice) -> std::io::Result<Child> {
    let mut command = Command::new(env::current_exe()?);
    // What fails in words fails here again, and is told then.
    command.args(words(on)).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn()
}

fn survives(mut trial: Child, limit: Duration, cancel: &Cancel) -> Result<(), String> {
    let ended = finished(&mut trial, limit, cancel);
    if !matches!(ended, Ok(Some(_))) {
        // It may have ended by itself since.
        trial.kill().ok();
        trial.wait().ok();
    }
    match ended.map_err(|error| error.to_string())? {
        Some(status) if matches!(status.code(), Some(0 | 1)) => Ok(()),
        Some(status) => Err(format!("a self-test ended with {status}")),
        None if cancel.is_set() => Err("its self-test was stopped".into()),
        None => Err(format!("a self-test had not ended after {} s", limit.as_secs_f32())),
    }
}

/// How it ended; none where its time ran out, or the user stops it.
fn finished(
    trial: &mut Child,
    limit: Duration,
    cancel: &Cancel,
) -> std::io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    while start.elapsed() < limit && !cancel.is_set() {
        if let Some(status) = trial.try_wait()? {
            return Ok(Some(status));
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tells this test, when it runs as its own child, how to end.
    const ENDING: &str = "SKIPSTONE_TRIAL_ENDS";

    fn child(ending: &str) -> Child {
        let mut command = Command::new(env::current_exe().expect("a path"));
        let name =
            "cli::trusted::trial::tests::a_trial_that_crashes_or_hangs_is_told_from_one_that_ends";
        command.args(["--exact", name]).env(ENDING, ending).stdout(Stdio::null());
        command.stderr(Stdio::null()).spawn().expect("this program starts")
    }

    #[test]
    fn a_trial_that_crashes_or_hangs_is_told_from_one_that_ends() {
        match env::var(ENDING).as_deref() {
            Ok("well") => std::process::exit(0),
            Ok("in words") => std::process::exit(1),
            Ok("in a crash") => std::process::abort(),
            Ok(_) => thread::sleep(Duration::from_secs(600)),
            Err(_) => {}
        }
        let (long, go_on) = (Duration::from_secs(300), Cancel::default());
        for ending in ["well", "in words"] {
            assert_eq!(survives(child(ending), long, &go_on), Ok(()), "{ending}");
        }
        let crash = survives(child("in a crash"), long, &go_on).unwrap_err();
        assert!(crash.starts_with("a self-test ended with"), "{crash}");
        let hang = survives(child("never"), Duration::from_millis(100), &go_on).unwrap_err();
        assert!(hang.contains("not ended after 0.1 s"), "{hang}");
        let stop = Cancel::default();
        stop.set();
        let stopped = survives(child("never"), long, &stop).unwrap_err();
        assert!(stopped.contains("stopped"), "{stopped}");
    }

    #[test]
    fn the_words_of_a_trial_are_those_of_the_command_line() {
        let backends = args::Backend::value_variants().iter();
        let places = backends.map(|&backend| args::Place { backend, gpu: None });
        let places = places.chain([args::Place { backend: args::Backend::Auto, gpu: Some(2) }]);
        for (place, half) in places.flat_map(|place| [(place, false), (place, true)]) {
            let on = OnDevice { place, half };
            let words = words(on);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let parsed = args::Cli::of(&words);
            let args::Command::Selftest(found) = parsed else { panic!("another command") };
            assert!(found.quick);
            assert_eq!(format!("{:?}", found.on), format!("{on:?}"));
        }
    }
}
