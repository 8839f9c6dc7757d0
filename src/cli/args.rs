//! What can be typed: commands and options, with the help that teaches them.

mod bench;
mod measure;
mod page;
mod window;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(super) use bench::{Bench, Subject};
pub(super) use measure::{Compare, Eval, Times, Trainings};
pub(super) use page::{PageArt, Serve};
pub(super) use window::Window;

use crate::{diffusion::Method, engine::DeviceChoice};

/// Train, compare and run few-step diffusion models on any GPU, or on the CPU.
///
/// Without a command a window opens, with the weights inside this program: a teacher's ODE solution beside
/// its consistency models, from the same noise. Without a display the same comparison becomes a picture,
/// as with `skipstone compare`. Without a GPU everything works on the CPU.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

impl Cli {
    /// The command that these words would be.
    pub(super) fn of(words: &[&str]) -> Command {
        let words = std::iter::once(&"skipstone").chain(words);
        Self::parse_from(words).command.expect("words name a command")
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Open the window (what happens without a command, too).
    Window(Window),
    /// Train a teacher, then distil a CM, a Direct CM and a strong student (or one stage of these).
    ///
    /// The same command again goes on where it stopped; Ctrl-C saves first.
    Train(Train),
    /// Draw teacher | CM | Direct CM at 1, 2, 4, N steps from the same noise, with ODE error and cost.
    Compare(Compare),
    /// Draw samples of one model as a grid, a folder of PNG files or an .npz file.
    Sample(Sample),
    /// Measure a set of models: ODE error, distances to the teacher's samples and to data, sharpness, coverage, near copies.
    ///
    /// Everything has its interval; the last table tells how far students are apart.
    Eval(Eval),
    /// Find the times at which a student's further steps are best taken, and hold them against even ones.
    ///
    /// Each is found after those before it, by the Frechet distance to the teacher's samples; what was found is measured
    /// again on other noise. `sample`, `eval` and `compare` take it as --times.
    Times(Times),
    /// Gather what `eval` wrote of several trainings of the same models: each figure's mean, and its interval over trainings.
    ///
    /// An interval of `eval` is over noises, for one training; whether another would say the same, only another tells. Train
    /// with `--seed 1`, `--seed 2` into folders of their own, each with `--from` the first, by whose features all are to be
    /// measured (and of whose teacher the students are then), and measure each with a --seed of its own.
    Trainings(Trainings),
    /// Tell what a weights file says about itself; with --json all of it.
    Info(Info),
    /// List the devices of this machine.
    Devices,
    /// Check this device against the CPU, operation by operation, and against the golden outputs.
    Selftest(Selftest),
    /// Serve the page that `cargo page` built, on this machine.
    Serve(Serve),
    /// Draw the pictures, icons and the card of the page, for `cargo page`.
    #[command(hide = true)]
    PageArt(PageArt),
    /// Measure speed: single operations beside their roofline, whole networks, distillation.
    Bench(Bench),
}

/// Where tensors live.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Backend {
    /// The GPU if there is one that computes right, else the CPU.
    Auto,
    Vulkan,
    Metal,
    Dx12,
    Cpu,
}

impl From<Backend> for DeviceChoice {
    fn from(backend: Backend) -> Self {
        match backend {
            Backend::Auto => Self::Auto,
            Backend::Vulkan => Self::Vulkan,
            Backend::Metal => Self::Metal,
            Backend::Dx12 => Self::Dx12,
            Backend::Cpu => Self::Cpu,
        }
    }
}

/// Where tensors live, by API or by number.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct Place {
    /// Where to compute.
    #[arg(long, value_enum, default_value = "auto")]
    pub(super) backend: Backend,
    /// Compute on the GPU of this number in the list that `devices` prints.
    #[arg(long, value_name = "NUMBER", conflicts_with = "backend")]
    pub(super) gpu: Option<usize>,
}

impl From<Place> for DeviceChoice {
    fn from(place: Place) -> Self {
        place.gpu.map_or_else(|| place.backend.into(), Self::Listed)
    }
}

#[derive(Args, Clone, Copy, Debug)]
pub(super) struct OnDevice {
    #[command(flatten)]
    pub(super) place: Place,
    /// Keep a U-Net's images in f16 between its layers, on a GPU that has it: sums inside kernels, weights and states stay f32.
    #[arg(long)]
    pub(super) half: bool,
}

/// Which models: those inside the program, or those of a run.
#[derive(Args, Debug)]
pub(super) struct Models {
    /// Shipped weights of this preset [default: digits].
    #[arg(long, conflicts_with = "run")]
    pub(super) preset: Option<String>,
    /// Weights of this run folder, as `train` left them.
    #[arg(long, value_name = "DIR")]
    pub(super) run: Option<PathBuf>,
}

/// What is laid over a preset.
#[derive(Args, Debug)]
pub(super) struct Overlay {
    /// A TOML file laid over the preset; a whole recipe, as --dry-run prints it, takes its place.
    #[arg(long, value_name = "FILE.toml")]
    pub(super) config: Option<PathBuf>,
    /// One value laid over all that, such as student.intervals=20 (repeatable).
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
}

#[derive(Args, Debug)]
pub(super) struct Train {
    #[command(flatten)]
    pub(super) on: OnDevice,
    /// Only this stage: features, teacher, cm, direct, strong, random, or horizon:K for K teacher steps.
    #[arg(long, value_name = "STAGE")]
    pub(super) stage: Option<String>,
    /// Take over what the stage builds on from a preset's shipped weights or a run's folder; without --stage teacher and
    /// features, so that their students are trained.
    #[arg(long, value_name = "PRESET|DIR")]
    pub(super) from: Option<String>,
    /// The recipe to start from: emoji, digits, tiles, cifar10, ring, grid or tiny [default: emoji;
    /// without --config tiny on a software rasteriser].
    #[arg(long)]
    pub(super) preset: Option<String>,
    #[command(flatten)]
    pub(super) overlay: Overlay,
    /// Seed of all that chance decides, as --set seed=S.
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// What to learn: MNIST or CIFAR-10 files, a folder or archive of images, emoji, tiles (ring, grid for points).
    #[arg(long, value_name = "PATH")]
    pub(super) data: Option<String>,
    /// The run's folder [default: runs/ and the recipe's name].
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Insist on going on: refuse to start afresh where no run is.
    #[arg(long)]
    pub(super) resume: bool,
    /// Print the resolved configuration and stop; classes, and channels of MNIST and CIFAR-10 files, follow the data
    /// once training begins.
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Args, Debug)]
pub(super) struct Sample {
    #[command(flatten)]
    pub(super) on: OnDevice,
    #[command(flatten)]
    pub(super) models: Models,
    /// teacher, cm, direct, strong, or another student of the run.
    #[arg(long, default_value = "cm")]
    pub(super) model: String,
    /// Steps of a student; for a teacher, intervals of its grid [default: 1; a teacher's own N].
    #[arg(long)]
    pub(super) steps: Option<usize>,
    /// Times that a student is noised up to between its steps, descending, such as 640 or 750,400 [default: evenly spread,
    /// as many as --steps say].
    #[arg(long, value_name = "T,T", value_delimiter = ',', conflicts_with = "steps")]
    pub(super) times: Option<Vec<f64>>,
    /// A teacher's solver: ddim, vp-euler, vp-heun, edm-heun, dpm2m [default: its recipe's].
    #[arg(long, value_parser = solver)]
    pub(super) method: Option<Method>,
    /// A teacher's guidance w [default: its recipe's].
    #[arg(long, value_name = "W", value_parser = guidance, allow_negative_numbers = true)]
    pub(super) guidance: Option<f64>,
    /// How many.
    #[arg(long, alias = "samples", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(super) count: u32,
    /// Seed of the noise.
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// Only this class: its name, or its number from 0.
    #[arg(long)]
    pub(super) class: Option<String>,
    /// A .png file (grid), an .npz file (raw values), or a folder (one PNG a sample) [default: samples.png; of points
    /// samples.npz].
    #[arg(long, value_name = "PATH")]
    pub(super) out: Option<PathBuf>,
}

fn solver(name: &str) -> Result<Method, String> {
    let known = || Method::ALL.map(word).join(", ");
    serde_json::from_value(name.into())
        .map_err(|_| format!("there is no solver `{name}`; there are {}", known()))
}

/// The word that files have for a value.
fn word(value: impl serde::Serialize) -> String {
    let word = serde_json::to_value(value).and_then(serde_json::from_value::<String>);
    word.expect("it is kept as a word")
}

fn guidance(text: &str) -> Result<f64, String> {
    let scale = text.parse().ok().filter(|scale: &f64| scale.is_finite() && *scale >= 0.0);
    scale.ok_or_else(|| "guidance is a number from 0 on; 1 is none, 2 a usual one".into())
}

#[derive(Args, Debug)]
pub(super) struct Info {
    /// A weights file.
    pub(super) file: PathBuf,
    /// The whole manifest as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Args, Debug)]
pub(super) struct Selftest {
    #[command(flatten)]
    pub(super) on: OnDevice,
    /// Only what every start checks: the smallest network, and the teachers' golden outputs.
    #[arg(long)]
    pub(super) quick: bool,
    /// As JSON.
    #[arg(long)]
    pub(super) json: bool,
}
