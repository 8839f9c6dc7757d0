//! Commands that measure: pictures with figures, figures alone, figures of several trainings.

use std::path::PathBuf;

use clap::Args;

use super::{Models, OnDevice, guidance, solver};
use crate::engine::compare::Baseline;

/// What students are to beat.
#[derive(Args, Debug)]
pub(in crate::cli) struct Baselines {
    /// The teacher in few steps of a solver, too, as students are to beat it: SOLVER:STEPS, such as dpm2m:4 (repeatable).
    #[arg(long = "baseline", value_name = "SOLVER:STEPS", value_parser = baseline)]
    pub(in crate::cli) all: Vec<Baseline>,
}

/// When students take their further steps.
#[derive(Args, Debug)]
pub(in crate::cli) struct When {
    /// Times that students are noised up to between their steps, descending, such as 640 for two steps or 750,400 for three;
    /// `times` finds good ones (repeatable) [default: evenly spread].
    #[arg(long, value_name = "T,T", value_parser = times)]
    pub(in crate::cli) times: Vec<Later>,
}

/// Times of the steps after the first.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Later(pub(in crate::cli) Vec<f64>);

impl When {
    /// Those of each number of steps.
    pub(in crate::cli) fn lists(&self) -> Vec<Vec<f64>> {
        self.times.iter().map(|Later(times)| times.clone()).collect()
    }
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Compare {
    #[command(flatten)]
    pub(in crate::cli) on: OnDevice,
    #[command(flatten)]
    pub(in crate::cli) models: Models,
    /// Seed of the shared noise.
    #[arg(long, default_value_t = 1)]
    pub(in crate::cli) seed: u64,
    /// Noises that the figures are measured on.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub(in crate::cli) samples: u32,
    /// Rows of pictures.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(in crate::cli) rows: u32,
    /// Only this class: its name, or its number from 0.
    #[arg(long)]
    pub(in crate::cli) class: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) baselines: Baselines,
    #[command(flatten)]
    pub(in crate::cli) when: When,
    /// The picture; the figures go beside it as .json [default: compare.png; of a run, in its folder].
    #[arg(long, value_name = "FILE.png")]
    pub(in crate::cli) out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Eval {
    #[command(flatten)]
    pub(in crate::cli) on: OnDevice,
    #[command(flatten)]
    pub(in crate::cli) models: Models,
    /// Data to measure against [default: the recipe's, where it is inside the program or a run's; digits need it].
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) data: Option<String>,
    /// Seed of the noise.
    #[arg(long, default_value_t = 7)]
    pub(in crate::cli) seed: u64,
    /// Samples of each sampler: the N of every figure.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub(in crate::cli) samples: u32,
    /// The teacher alone, with this guidance w: its students learnt it with their own.
    #[arg(long, value_name = "W", value_parser = guidance, allow_negative_numbers = true)]
    pub(in crate::cli) guidance: Option<f64>,
    #[command(flatten)]
    pub(in crate::cli) baselines: Baselines,
    #[command(flatten)]
    pub(in crate::cli) when: When,
    /// Where the figures go as JSON [default: eval.json, or eval-guidance-W.json; of a run, in its folder].
    #[arg(long, value_name = "FILE.json")]
    pub(in crate::cli) out: Option<PathBuf>,
    /// A picture of the teacher's samples above the training images nearest to them.
    #[arg(long, value_name = "FILE.png")]
    pub(in crate::cli) neighbours: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Times {
    #[command(flatten)]
    pub(in crate::cli) on: OnDevice,
    #[command(flatten)]
    pub(in crate::cli) models: Models,
    /// The most steps: the times of 2 are found first, then one more each time.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(2..=64))]
    pub(in crate::cli) steps: u32,
    /// Times that are tried for each step.
    #[arg(long, default_value_t = 19, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(in crate::cli) tries: u32,
    /// Seed of the noise that times are chosen on; they are checked on that of the next.
    #[arg(long, default_value_t = 7)]
    pub(in crate::cli) seed: u64,
    /// Samples behind each distance.
    #[arg(long, default_value_t = 512, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub(in crate::cli) samples: u32,
    /// Where all of it goes as JSON [default: times.json; of a run, in its folder].
    #[arg(long, value_name = "FILE.json")]
    pub(in crate::cli) out: Option<PathBuf>,
    /// A picture of the distances over the time of the second step.
    #[arg(long, value_name = "FILE.png")]
    pub(in crate::cli) plot: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Trainings {
    /// Files that `eval` wrote, one for each training, of one preset and one N.
    #[arg(num_args = 2.., required = true, value_name = "EVAL.json")]
    pub(in crate::cli) files: Vec<PathBuf>,
    /// Print each training below the mean of all.
    #[arg(long)]
    pub(in crate::cli) each: bool,
    /// Where all of it goes as JSON.
    #[arg(long, value_name = "FILE.json")]
    pub(in crate::cli) out: Option<PathBuf>,
}

/// `dpm2m:4`.
fn baseline(text: &str) -> Result<Baseline, String> {
    let (name, steps) = text.split_once(':').unwrap_or((text, ""));
    let method = solver(name)?;
    match steps.parse() {
        Ok(steps) => Ok(Baseline { method, steps }),
        Err(_) => Err(format!("how many steps? Write {name}:4 for four of them")),
    }
}

/// `750,400`.
fn times(text: &str) -> Result<Later, String> {
    let times = text.split(',').map(|time| time.trim().parse());
    let times = times.collect::<Result<_, _>>();
    times.map(Later).map_err(|_| "times are numbers with commas between, such as 750,400".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::Method;

    #[test]
    fn a_baseline_is_a_solver_and_its_steps() {
        assert_eq!(baseline("dpm2m:4"), Ok(Baseline { method: Method::Dpm2m, steps: 4 }));
        assert!(baseline("heun:4").unwrap_err().contains("no solver `heun`; there are ddim"));
        for text in ["ddim", "ddim:", "ddim:four", "ddim:-1"] {
            assert_eq!(
                baseline(text).unwrap_err(),
                "how many steps? Write ddim:4 for four of them"
            );
        }
    }
}
