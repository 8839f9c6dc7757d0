//! The device that a command computes on: opened, and tried before it is trusted.

use std::{
    env,
    future::poll_fn,
    panic::{self, AssertUnwindSafe},
    pin::pin,
    process::{Child, Command, ExitStatus, Stdio},
    task::Poll,
    thread,
    time::Duration,
};

use clap::ValueEnum as _;
use web_time::Instant;

use super::{
    args::{self, OnDevice},
    progress::Progress,
};
use crate::engine::{
    Cancel, Event, Opened,
    device::{self, DeviceError},
    selftest,
};

/// Nobody waits longer than that for a trial; trying many kernels takes minutes.
const LONGEST_TRIAL: Duration = Duration::from_secs(600);

/// The device asked for if there is one that passes the quick self-test, else the CPU, with a line that says so; an error
/// where the list has no such number.
pub(super) async fn trusted(
    on: OnDevice,
    progress: &mut Progress,
    cancel: &Cancel,
) -> Result<Opened, DeviceError> {
    let opened = open(on, &mut |note| progress.show(Event::Note(note))).await;
    let tried = match opened {
        Err(unlisted @ DeviceError::Unlisted(_)) => return Err(unlisted),
        Err(refused) => Err(refused.to_string()),
        Ok(opened) => tried(opened, on, progress, cancel).await,
    };
    Ok(tried.unwrap_or_else(|why| {
        progress.show(Event::Note(format!("{why}: computing on the CPU")));
        Opened::cpu_instead(why)
    }))
}

async fn tried(
    mut opened: Opened,
    on: OnDevice,
    progress: &mut Progress,
    cancel: &Cancel,
) -> Result<Opened, String> {
    if let Some(why) = &opened.without_gpu {
        return Err(why.clone());
    }
    if !opened.is_gpu() {
        return Ok(opened);
    }
    if let Some(feature) = opened.kernels_of_feature() {
        let text = format!("trying the kernels of the feature {feature} in a process of their own");
        progress.show(Event::Note(text));
        let trial = self_test(on).map_err(|error| error.to_string());
        trial
            .and_then(|trial| survives(trial, LONGEST_TRIAL, cancel))
            .map_err(|why| format!("{} fails with the feature {feature} ({why})", opened.name))?;
    }
    let mut failed = failure(&opened).await;
    if opened.is_half
        && let Some(why) = &failed
    {
        let name = &opened.name;
        let text =
            format!("{name} computes wrongly with images of f16 ({why}): f32 in their place");
        progress.show(Event::Note(text));
        opened.is_half = false;
        failed = failure(&opened).await;
    }
    match failed {
        None => Ok(opened),
        Some(why) => Err(format!("{} computes wrongly ({why})", opened.name)),
    }
}

/// The check of the quick self-test that a device fails, if any.
async fn failure(opened: &Opened) -> Option<String> {
    match unless_it_falls(selftest::run(opened, true)).await {
        Some(Ok(checks)) => {
            checks.into_iter().find(|check| !check.passes()).map(|check| check.name)
        }
        Some(Err(error)) => Some(error.to_string()),
        None => Some("the self-test ended in a panic".into()),
    }
}

/// What `work` comes to; nothing where it panics, as burn does on a GPU that has too little of something for its kernels.
async fn unless_it_falls<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|context| {
        let poll = AssertUnwindSafe(|| work.as_mut().poll(context));
        panic::catch_unwind(poll).map_or(Poll::Ready(None), |poll| poll.map(Some))
    })
    .await
}

/// The device asked for, not tried yet, with images of f16 if they are asked for and it has them; `note` hears why not.
pub(super) async fn open(
    on: OnDevice,
    note: &mut dyn FnMut(String),
) -> Result<Opened, DeviceError> {
    let mut opened = device::open(on.place.into()).await?;
    if on.half
        && let Err(why) = opened.keep_images_in_f16()
    {
        note(format!("{why}: --half changes nothing on {}", opened.name));
    }
    Ok(opened)
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

/// The quick self-test as a process of its own, which a crashing driver takes down alone.
fn self_test(on: OnDevice) -> std::io::Result<Child> {
    let mut command = Command::new(env::current_exe()?);
    // What fails in words fails here again, and is told then.
    command.args(words(on)).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn()
}

/// Whether a trial comes to its end, be it that it passes or fails in words; an error tells how it did not.
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
        let name = "cli::trusted::tests::a_trial_that_crashes_or_hangs_is_told_from_one_that_ends";
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

    #[test]
    fn a_trial_that_panics_has_failed_and_ends_nothing_else() {
        let falls = async { panic::resume_unwind(Box::new("too little memory")) };
        assert_eq!(pollster::block_on(unless_it_falls::<()>(falls)), None);
        assert_eq!(pollster::block_on(unless_it_falls(async { 7 })), Some(7));
    }
}
