//! Speed, measured: a network and its parts, forward and training step, beside what one GEMM and one
//! copy reach on the same device.

use std::ops::Range;

use burn::prelude::*;
use serde::Serialize;
use web_time::Instant;

use super::{LabError, Opened, Recipe};
use crate::{
    consistency::sample::Noise,
    data::{Dataset, Points},
    diffusion::Preconditioned,
    distill::score::{ScoreMatching, TimeSampling},
    math::seed::{Purpose, Seed},
    nn::{DropoutDraws, Initial, Network, kernel},
    train::Trainer,
};

/// One measurement: the median of some repetitions.
#[derive(Clone, Debug, Serialize)]
pub struct Timing {
    /// What was done.
    pub name: String,
    /// Milliseconds, median.
    pub milliseconds: f64,
    /// Milliseconds, fastest.
    pub fastest: f64,
    /// Samples a second at the median; none for single operations.
    pub samples_per_s: Option<f64>,
    /// 10^9 floating-point operations a second at the median; none where they are not counted.
    pub gflops: Option<f64>,
}

/// All measurements of a run.
#[derive(Clone, Debug, Serialize)]
pub struct BenchReport {
    /// Where.
    pub device: String,
    /// Whose network.
    pub preset: String,
    /// Samples a batch.
    pub batch: usize,
    /// Parameters of the network.
    pub parameters: usize,
    /// What took how long.
    pub timings: Vec<Timing>,
}

/// Noise in place of data: speed does not depend on what is learnt.
struct Static {
    dims: usize,
}

impl Dataset for Static {
    fn dims(&self) -> usize {
        self.dims
    }

    fn len(&self) -> usize {
        1024
    }

    fn label(&self, _: usize) -> u32 {
        0
    }

    fn read(&self, index: usize, out: &mut [f32]) {
        out.fill((index % 7) as f32 / 7.0);
    }
}

/// Measures the network of `recipe` and its parts on a device.
pub async fn run(
    recipe: &Recipe,
    opened: &Opened,
    batch: usize,
    repeat: usize,
) -> Result<BenchReport, LabError> {
    let device = &opened.device;
    let mut timings = vec![
        gemm(device, repeat).await?,
        convolution(device, batch, [64, 64, 16], repeat).await?,
        convolution(device, batch, [128, 128, 8], repeat).await?,
        norm(device, batch, repeat).await?,
    ];
    let config = &recipe.model;
    let network = config.network.init(&mut Initial::new(Seed(0), device));
    let parameters = network.num_params();
    let model = Preconditioned { network, config: config.clone(), dropout: None };
    let (x, t) = (noise([batch, config.network.dims()], device), vec![500.0; batch]);
    let labels = vec![0; batch];
    let mut forward =
        time("network, forward", repeat, device, || Ok(model.raw(x.clone(), &t, &labels).0))
            .await?;
    forward.samples_per_s = Some(batch as f64 / forward.milliseconds * 1e3);
    timings.push(forward);
    timings.push(training_step(recipe, opened, batch, repeat).await?);
    let (device, preset) = (opened.name.clone(), recipe.name.clone());
    Ok(BenchReport { device, preset, batch, parameters, timings })
}

async fn training_step(
    recipe: &Recipe,
    opened: &Opened,
    batch: usize,
    repeat: usize,
) -> Result<Timing, LabError> {
    let tracked = opened.device.clone().autodiff();
    let config = &recipe.model;
    let data: Box<dyn Dataset> = match recipe.mixture() {
        Some(mixture) => Box::new(Points { mixture, seed: Seed(0), count: 1024 }),
        None => Box::new(Static { dims: config.network.dims() }),
    };
    let score =
        ScoreMatching { times: TimeSampling::LogNormal { mean: -1.0, std: 1.2 }, label_drop: 0.1 };
    let network = config.network.init(&mut Initial::new(Seed(0), &tracked));
    let settings = recipe.teacher.optimisation.settings();
    let device = tracked.clone();
    let mut trainer = Trainer::new(network, settings, tracked);
    let mut milliseconds = Vec::new();
    for _ in 0..=repeat {
        let begun = Instant::now();
        let first = trainer.step * batch as u64;
        let loss = |network: &Network, rows: Range<usize>| {
            let first = first + rows.start as u64;
            let dropout = Some(DropoutDraws { seed: Seed(0), first });
            let model =
                Preconditioned { network: network.clone(), config: config.clone(), dropout };
            score.loss(&model, data.as_ref(), Seed(0), first, rows.len(), &device)
        };
        trainer.apply(batch, loss).read().await?;
        milliseconds.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    let mut timing = Timing::of("network, training step", milliseconds.split_off(1));
    timing.samples_per_s = Some(batch as f64 / timing.milliseconds * 1e3);
    Ok(timing)
}

async fn gemm(device: &Device, repeat: usize) -> Result<Timing, LabError> {
    const SIDE: usize = 512;
    let [a, b] = [noise([SIDE, SIDE], device), noise([SIDE, SIDE], device)];
    let name = "matrix product 512x512x512";
    let timing = time(name, repeat, device, || Ok(a.clone().matmul(b.clone()))).await?;
    Ok(timing.with_operations(2.0 * (SIDE as f64).powi(3)))
}

async fn convolution(
    device: &Device,
    batch: usize,
    [inputs, outputs, side]: [usize; 3],
    repeat: usize,
) -> Result<Timing, LabError> {
    let x = noise([batch, inputs * side * side], device).reshape([batch, inputs, side, side]);
    let weight = noise([outputs, inputs * 9], device).reshape([outputs, inputs, 3, 3]);
    let name = format!("convolution 3x3, {inputs} to {outputs}, {side}x{side}, forward");
    let run = || Ok(flat(kernel::convolution(x.clone(), weight.clone(), None)));
    let operations = 18.0 * (batch * inputs * outputs * side * side) as f64;
    Ok(time(&name, repeat, device, run).await?.with_operations(operations))
}

async fn norm(device: &Device, batch: usize, repeat: usize) -> Result<Timing, LabError> {
    let x = noise([batch, 64 * 256], device).reshape([batch, 64, 16, 16]);
    let [scale, shift] = [noise([batch, 64], device), noise([batch, 64], device)];
    let run = || Ok(flat(kernel::group_norm(x.clone(), scale.clone(), shift.clone(), 8, true)));
    time("group norm + silu, 64 channels, 16x16, forward", repeat, device, run).await
}

fn noise(shape: [usize; 2], device: &Device) -> Tensor<2> {
    Noise { seed: Seed(1), first: 0 }.draw(Purpose::Initial, 0, shape, device)
}

fn flat(x: Tensor<4>) -> Tensor<2> {
    let [n, c, h, w] = x.dims();
    x.reshape([n, c * h * w])
}

/// Times `work` after one run that compiles what must be compiled.
async fn time(
    name: &str,
    repeat: usize,
    device: &Device,
    mut work: impl FnMut() -> Result<Tensor<2>, LabError>,
) -> Result<Timing, LabError> {
    let mut milliseconds = Vec::with_capacity(repeat);
    for round in 0..=repeat {
        let begun = Instant::now();
        // Reading one value waits for the device.
        work()?.slice([0..1, 0..1]).into_data_async().await?;
        device.sync()?;
        if round > 0 {
            milliseconds.push(begun.elapsed().as_secs_f64() * 1e3);
        }
    }
    Ok(Timing::of(name, milliseconds))
}

impl Timing {
    fn of(name: &str, mut milliseconds: Vec<f64>) -> Self {
        milliseconds.sort_by(f64::total_cmp);
        let (median, fastest) = (milliseconds[milliseconds.len() / 2], milliseconds[0]);
        Self { name: name.into(), milliseconds: median, fastest, samples_per_s: None, gflops: None }
    }

    fn with_operations(self, operations: f64) -> Self {
        Self { gflops: Some(operations / self.milliseconds / 1e6), ..self }
    }
}

impl BenchReport {
    /// As text.
    pub fn table(&self) -> String {
        let mut text = format!(
            "{}, preset {}, {} parameters, batch {}\n",
            self.device, self.preset, self.parameters, self.batch
        );
        for timing in &self.timings {
            let rate = match (timing.samples_per_s, timing.gflops) {
                (Some(rate), _) => format!("{rate:.1} samples/s"),
                (_, Some(gflops)) => format!("{gflops:.1} GFLOP/s"),
                _ => String::new(),
            };
            text += &format!("  {:<52} {:>9.2} ms  {rate}\n", timing.name, timing.milliseconds);
        }
        text
    }
}
