//! The command line: parse, run, show. No algorithms.

mod args;
mod art;
mod compare;
mod eval;
mod frames;
mod inspect;
mod models;
mod output;
mod progress;
mod sample;
mod serve;
mod text;
mod times;
mod train;
mod trainings;
mod trusted;
mod window;

use std::{env, io, process::ExitCode};

use clap::Parser as _;
use progress::tell;
use tracing_subscriber::EnvFilter;
use web_time::{Duration, Instant};

use crate::engine::{Cancel, LabError};

/// The exit code of a run that the user stopped, as shells have it.
const INTERRUPTED: u8 = 130;

/// Within that time of the first request to stop, another one is the same: a terminal that closes may tell twice, by
/// itself and by its shell.
const ONE_REQUEST: Duration = Duration::from_millis(500);

/// The exit code of a command whose output nobody reads any more, as shells have it.
const READER_GONE: u8 = 141;

/// Runs the program with its command line.
pub fn main() -> ExitCode {
    end_with_the_reader();
    let cli = args::Cli::parse();
    begin_log();
    let command = cli.command.unwrap_or_else(|| args::Cli::of(&["window"]));
    let goes_on = if matches!(command, args::Command::Train(_)) {
        "; the same command goes on from here"
    } else {
        ""
    };
    match pollster::block_on(run(command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_stop(&error) => {
            tell(format_args!("{error}{goes_on}"));
            ExitCode::from(INTERRUPTED)
        }
        Err(error) => {
            tell(format_args!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Shows the program's own warnings, or what the filter in `SKIPSTONE_LOG` lets through. Libraries are silent unless asked: they
/// call a driver that is not there an error, where this program goes on without it and says so.
fn begin_log() {
    const VARIABLE: &str = "SKIPSTONE_LOG";
    let usual = || EnvFilter::new("skipstone=warn");
    let filter = match env::var_os(VARIABLE) {
        None => usual(),
        Some(_) => EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|error| {
            tell(format_args!(
                "note: {VARIABLE} is no filter ({error}), such as wgpu=debug is one: it is left out"
            ));
            usual()
        }),
    };
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // Of a log that cannot be written nothing can be said there either.
    log.log_internal_errors(false).init();
}

/// A command whose reader is gone, as after `head`, ends quietly, as other programs do. Where printing fails
/// otherwise, as on a full disk, it says why.
fn end_with_the_reader() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |fall| {
        let what = fall.payload_as_str().unwrap_or_default();
        if !what.starts_with("failed printing to stdout") {
            return usual(fall);
        }
        if is_of_broken_pipe(what) {
            std::process::exit(i32::from(READER_GONE));
        }
        tell(format_args!("error: {what}"));
        std::process::exit(1);
    }));
}

/// Whether a message of the standard library ends with the number that this system has for a broken pipe.
fn is_of_broken_pipe(what: &str) -> bool {
    let number = what.rsplit_once("(os error ").and_then(|(_, rest)| rest.strip_suffix(')'));
    let number = number.and_then(|number| number.parse::<i32>().ok());
    number.is_some_and(|number| {
        io::Error::from_raw_os_error(number).kind() == io::ErrorKind::BrokenPipe
    })
}

async fn run(command: args::Command) -> anyhow::Result<()> {
    use args::Command;
    match command {
        Command::Train(args) => train::run(args, stop_on_ctrl_c()).await,
        Command::Window(args) => window::run(args).await,
        Command::Compare(args) => compare::compare(args, stop_on_ctrl_c()).await,
        Command::Sample(args) => sample::run(args, stop_on_ctrl_c()).await,
        Command::Eval(args) => eval::run(args, stop_on_ctrl_c()).await,
        Command::Times(args) => times::run(args, stop_on_ctrl_c()).await,
        Command::Trainings(args) => trainings::run(&args),
        Command::Info(args) => inspect::info(&args),
        Command::Devices => {
            inspect::devices().await;
            Ok(())
        }
        Command::Selftest(args) => inspect::selftest(args).await,
        Command::PageArt(args) => art::run(args).await,
        Command::Serve(args) => serve::run(&args),
        Command::Bench(args) => inspect::bench(args).await,
    }
}

/// What the first Ctrl-C sets, which asks for a stop; another one, a moment later, ends the program.
///
/// Only for work that looks at it: any other command ends at once, as it does without a handler.
fn stop_on_ctrl_c() -> Cancel {
    let cancel = Cancel::default();
    let asked = cancel.clone();
    let mut first = None;
    let handler = move || match first {
        None => {
            first = Some(Instant::now());
            // First: who reads what is said may have been stopped by the same keys.
            asked.set();
            tell("\nstopping after this step (Ctrl-C again: at once, losing what is not saved)");
        }
        Some(first) if is_another(first, Instant::now()) => {
            std::process::exit(i32::from(INTERRUPTED));
        }
        Some(_) => {}
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        tell(format_args!("note: Ctrl-C will not save ({error})"));
    }
    cancel
}

/// Whether a request to stop that comes `now` is another one than the first.
fn is_another(first: Instant, now: Instant) -> bool {
    now.duration_since(first) >= ONE_REQUEST
}

fn is_stop(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<LabError>(), Some(LabError::Stopped))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_that_closes_asks_once_and_a_hand_may_ask_twice() {
        let first = Instant::now();
        assert!(!is_another(first, first + Duration::from_millis(200)));
        assert!(is_another(first, first + Duration::from_secs(1)));
    }
}
