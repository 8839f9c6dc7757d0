//! What can be said about measuring speed.

use clap::{Args, ValueEnum};

use super::{OnDevice, Overlay};

/// What `bench` measures.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum Subject {
    /// Convolution, norm, attention, resampling, optimiser, average: forward, and with backward.
    Operations,
    /// Forward pass and training step.
    Networks,
    /// A training step of CM and Direct CM, N = 100: calls of the guided teacher and images a second.
    Distill,
    /// Frames of the window while it samples, distils and trains; takes --backend, --gpu and --json only.
    Window,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Bench {
    #[command(flatten)]
    pub(in crate::cli) on: OnDevice,
    /// What to measure [default: operations and networks].
    #[arg(value_enum)]
    pub(in crate::cli) subject: Option<Subject>,
    /// The presets whose networks are measured (repeatable).
    #[arg(long, default_values = ["digits", "emoji", "ring"])]
    pub(in crate::cli) preset: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) overlay: Overlay,
    /// Samples a batch.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(in crate::cli) batch: u32,
    /// Repetitions of each measurement.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(in crate::cli) repeat: u32,
    /// As JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}
