//! The command line: parse, run, show. No algorithms.

mod args;
mod compare;
mod inspect;
mod progress;
mod sample;
mod train;

use std::process::ExitCode;

use clap::Parser as _;

use crate::engine::{Cancel, LabError};

/// The exit code of a run that the user stopped, as shells have it.
const INTERRUPTED: u8 = 130;

/// Runs the program with its command line.
pub fn main() -> ExitCode {
    let cli = args::Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("SKIPSTONE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("skipstone=warn,error"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();

    let cancel = Cancel::default();
    if let Err(error) = stop_on_ctrl_c(&cancel) {
        eprintln!("note: Ctrl-C will not save ({error})");
    }
    match pollster::block_on(run(cli.command, cancel)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_stop(&error) => {
            eprintln!("{error}");
            ExitCode::from(INTERRUPTED)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: args::Command, cancel: Cancel) -> anyhow::Result<()> {
    use args::Command;
    match command {
        Command::Train(args) => train::run(args, cancel).await,
        Command::Compare(args) => compare::compare(args, cancel).await,
        Command::Sample(args) => sample::run(args, cancel).await,
        Command::Eval(args) => compare::eval(args, cancel).await,
        Command::Info(args) => inspect::info(&args),
        Command::Devices => {
            inspect::devices().await;
            Ok(())
        }
        Command::Selftest(args) => inspect::selftest(args).await,
        Command::Bench(args) => inspect::bench(args).await,
    }
}

/// The first Ctrl-C asks for a stop, the second ends the program.
fn stop_on_ctrl_c(cancel: &Cancel) -> Result<(), ctrlc::Error> {
    let cancel = cancel.clone();
    ctrlc::set_handler(move || {
        if cancel.is_set() {
            std::process::exit(i32::from(INTERRUPTED));
        }
        eprintln!("\nstopping after this step (Ctrl-C again: at once, losing what is not saved)");
        cancel.set();
    })
}

fn is_stop(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<LabError>(), Some(LabError::Stopped))
}
