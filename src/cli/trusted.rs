//! The device that a command computes on: tried before it is trusted.

use std::{
    env,
    io::Read as _,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use clap::ValueEnum as _;

use super::{args::Backend, progress::Progress};
use crate::engine::{Event, Opened, device, selftest};

/// The features of this build under which burn makes kernels otherwise than the tests have seen them.
const FEATURES: &[&str] = &[
    #[cfg(feature = "autotune")]
    "autotune",
    #[cfg(feature = "metal")]
    "metal",
    #[cfg(feature = "spirv")]
    "spirv",
];

/// A trial that has not ended by then never will: tuning takes minutes.
const LONGEST_TRIAL: Duration = Duration::from_secs(600);

/// The device of `backend` if there is one that passes the quick self-test, else the CPU, with a line that says so.
pub(super) async fn trusted(backend: Backend, progress: &mut Progress) -> Opened {
    match tried(backend, progress).await {
        Ok(opened) => opened,
        Err(why) => {
            progress.show(Event::Note(format!("{why}: computing on the CPU")));
            Opened::cpu_instead(why)
        }
    }
}

async fn tried(backend: Backend, progress: &mut Progress) -> Result<Opened, String> {
    if !FEATURES.is_empty() && !matches!(backend, Backend::Cpu) {
        let built = format!("this build's features ({})", FEATURES.join(", "));
        progress.show(Event::Note(format!("trying {built} in a process of their own")));
        let trial = self_test(backend).map_err(|error| error.to_string());
        trial
            .and_then(|trial| passes(trial, LONGEST_TRIAL))
            .map_err(|why| format!("{built} do not serve here ({why}; build without them)"))?;
    }
    let opened = device::open(backend.into()).await.map_err(|error| error.to_string())?;
    if let Some(why) = &opened.without_gpu {
        return Err(why.clone());
    }
    if !opened.is_gpu() {
        return Ok(opened);
    }
    let failed = match selftest::run(&opened.device, true).await {
        Ok(checks) => checks.into_iter().find(|check| !check.passes()).map(|check| check.name),
        Err(error) => Some(error.to_string()),
    };
    match failed {
        None => Ok(opened),
        Some(failed) => Err(format!("{} computes wrongly ({failed})", opened.name)),
    }
}

/// This program's quick self-test as a process of its own, which a crashing driver takes down alone.
fn self_test(backend: Backend) -> std::io::Result<Child> {
    let name = backend.to_possible_value().expect("every backend has a name");
    Command::new(env::current_exe()?)
        .args(["selftest", "--quick", "--backend", name.get_name()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
}

/// Waits for a trial; an error tells in words how it failed.
fn passes(mut trial: Child, limit: Duration) -> Result<(), String> {
    let status = finished(&mut trial, limit).map_err(|error| error.to_string())?;
    let Some(status) = status else {
        return Err(format!("a self-test had not ended after {} s", limit.as_secs_f32()));
    };
    if status.success() {
        return Ok(());
    }
    let mut said = String::new();
    if let Some(mut stream) = trial.stderr.take() {
        // Without it the status has to do.
        stream.read_to_string(&mut said).ok();
    }
    let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    Err(format!("a self-test ended with {status} {last}").trim_end().to_owned())
}

/// How it ended; none where it had to be ended.
fn finished(trial: &mut Child, limit: Duration) -> std::io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    while start.elapsed() < limit {
        if let Some(status) = trial.try_wait()? {
            return Ok(Some(status));
        }
        thread::sleep(Duration::from_millis(20));
    }
    trial.kill()?;
    trial.wait()?;
    Ok(None)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Child {
        let command = Command::new("sh").args(["-c", script]).stderr(Stdio::piped()).spawn();
        command.expect("there is a shell")
    }

    #[test]
    fn a_trial_that_crashes_fails_or_hangs_is_told_from_one_that_passes() {
        let long = Duration::from_secs(60);
        assert_eq!(passes(shell("true"), long), Ok(()));
        let crash = passes(shell("kill -SEGV $$"), long).unwrap_err();
        assert!(crash.contains("signal: 11"), "{crash}");
        let wrong = passes(shell("echo 2 checks failed >&2; exit 1"), long).unwrap_err();
        assert!(wrong.ends_with("exit status: 1 2 checks failed"), "{wrong}");
        let start = Instant::now();
        let hang = passes(shell("exec sleep 60"), Duration::from_millis(100)).unwrap_err();
        assert!(hang.contains("not ended after 0.1 s"), "{hang}");
        assert!(start.elapsed() < long, "it is not waited for");
    }
}
