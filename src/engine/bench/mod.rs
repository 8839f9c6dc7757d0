//! Speed, measured: single operations, whole networks, and what a teacher costs its students.
//!
//! Ratios in one run say more than times: every operation stands beside what a matrix product or a
//! copy of its size reaches on the same device, its roofline.

mod distill;
mod launches;
mod networks;
mod operations;

use std::collections::BTreeSet;

use burn::prelude::*;
use serde::Serialize;
use web_time::Instant;

use launches::{Counting, LISTED};
pub use launches::{KernelLaunches, Launches};

use super::{LabError, Opened, Recipe, device::done};
use crate::{math::statistics::quantile, nn::pieces::is_cpu, platform::whole};

/// What to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Convolution, norm, attention, resampling, optimiser, average.
    Operations,
    /// Forward pass and training step.
    Networks,
    /// Teacher steps and images a second of the students.
    Distillation,
}

/// How much to measure.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Samples a batch.
    pub batch: usize,
    /// Repetitions of each measurement.
    pub repeat: usize,
}

/// One measurement: the median of some repetitions.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Timing {
    /// What was done.
    pub name: String,
    /// Milliseconds, median.
    pub milliseconds: f64,
    /// Milliseconds, fastest.
    pub fastest: f64,
    /// Samples a second at the median.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub samples_per_s: Option<f64>,
    /// 10^9 floating-point operations a second at the median.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gflops: Option<f64>,
    /// 10^9 bytes read and written a second at the median.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gigabytes_per_s: Option<f64>,
    /// This rate over that of a matrix product, or a copy, of the same size on the same device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of_roofline: Option<f64>,
    /// Evaluations of the guided teacher for each sample of a student's training step: one for each step of its solver,
    /// two with Heun's. Guidance makes two evaluations of the network out of each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teacher_evaluations: Option<f64>,
    /// Kernels that a GPU ran in one more round, each by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launches: Option<Launches>,
}

/// Measurements of one preset's network.
#[derive(Clone, Debug, Serialize)]
pub struct Section {
    /// Whose network.
    pub preset: String,
    /// Parameters of the network.
    pub parameters: u64,
    /// What took how long.
    pub timings: Vec<Timing>,
}

/// All measurements of a run.
#[derive(Clone, Debug, Serialize)]
pub struct BenchReport {
    /// Where.
    pub device: String,
    /// Threads that compute on the CPU.
    pub cores: usize,
    /// Whether images are of f16, those of single operations too.
    pub half: bool,
    /// Samples a batch.
    pub batch: usize,
    /// One for each preset.
    pub sections: Vec<Section>,
}

/// Measures `subjects` with the networks of `recipes`, each network once.
pub async fn run(
    subjects: &[Subject],
    recipes: &[Recipe],
    opened: &Opened,
    effort: Effort,
) -> Result<BenchReport, LabError> {
    let (mut sections, mut seen) = (Vec::new(), BTreeSet::new());
    for recipe in recipes {
        let shape = serde_json::to_string(&recipe.model.network).expect("plain values");
        if !seen.insert(shape) {
            continue;
        }
        let mut timings = Vec::new();
        for subject in subjects {
            timings.extend(match subject {
                Subject::Operations => operations::run(recipe, opened, effort).await?,
                Subject::Networks => networks::run(recipe, opened, effort).await?,
                Subject::Distillation => distill::run(recipe, opened, effort).await?,
            });
        }
        let parameters = recipe.model.network.parameters();
        sections.push(Section { preset: recipe.name.clone(), parameters, timings });
    }
    let (device, cores, half) = (opened.name.clone(), rayon::current_num_threads(), opened.is_half);
    Ok(BenchReport { device, cores, half, batch: effort.batch, sections })
}

/// Times `work` after one run that compiles what must be compiled; one more tells the kernels that a GPU runs.
async fn time(
    name: impl Into<String>,
    repeat: usize,
    device: &Device,
    mut work: impl AsyncFnMut() -> Result<Tensor<1>, LabError>,
) -> Result<Timing, LabError> {
    let mut round = async || -> Result<f64, LabError> {
        let begun = Instant::now();
        // Reading one value waits for the device.
        whole(work().await?.narrow(0, 0, 1).into_data_async()).await?;
        done(device).await?;
        Ok(begun.elapsed().as_secs_f64() * 1e3)
    };
    round().await?;
    let mut milliseconds = Vec::with_capacity(repeat);
    for _ in 0..repeat {
        milliseconds.push(round().await?);
    }
    milliseconds.sort_by(f64::total_cmp);
    let (median, fastest) = (quantile(&milliseconds, 0.5), milliseconds[0]);
    let mut launches = None;
    if !is_cpu(device) {
        let counting = Counting::begin();
        round().await?;
        launches = counting.end();
    }
    Ok(Timing { name: name.into(), milliseconds: median, fastest, launches, ..Timing::default() })
}

impl Timing {
    fn of_samples(self, samples: usize) -> Self {
        Self { samples_per_s: Some(samples as f64 / self.milliseconds * 1e3), ..self }
    }

    fn with_operations(self, operations: f64) -> Self {
        Self { gflops: Some(operations / self.milliseconds / 1e6), ..self }
    }

    fn with_bytes(self, bytes: f64) -> Self {
        Self { gigabytes_per_s: Some(bytes / self.milliseconds / 1e6), ..self }
    }

    /// Beside another measurement of the same kind.
    fn beside(self, roof: &Self) -> Self {
        let share = |own: Option<f64>, roof: Option<f64>| Some(own? / roof?);
        let of_roofline = share(self.gflops, roof.gflops)
            .or_else(|| share(self.gigabytes_per_s, roof.gigabytes_per_s));
        Self { of_roofline, ..self }
    }

    fn line(&self) -> String {
        let rates = [
            self.samples_per_s.map(|rate| format!("{rate:9.1} samples/s")),
            self.gflops.map(|rate| format!("{rate:9.1} GFLOP/s")),
            self.gigabytes_per_s.map(|rate| format!("{rate:9.1} GB/s")),
            self.of_roofline.map(|share| format!("{:4.0}% of roofline", 100.0 * share)),
            self.teacher_evaluations
                .map(|count| format!("{count:6.2} calls of the guided teacher")),
            self.launches.as_ref().map(Launches::summary),
        ];
        let rates: Vec<String> = rates.into_iter().flatten().collect();
        format!("  {:<50} {:>9.2} ms {}", self.name, self.milliseconds, rates.join("  "))
    }
}

impl BenchReport {
    /// As text.
    pub fn table(&self) -> String {
        let half = if self.half { ", images of f16" } else { "" };
        let Self { device, cores, batch, .. } = self;
        let mut text = format!("{device}, {cores} cores, batch {batch}{half}\n");
        for section in &self.sections {
            text += &format!("{}, {} parameters\n", section.preset, section.parameters);
            for timing in &section.timings {
                text += timing.line().trim_end();
                text.push('\n');
                // A single operation is a kernel or two.
                let launches = timing.launches.iter().filter(|launches| launches.count > LISTED);
                for line in launches.flat_map(Launches::lines) {
                    text += &format!("{line}\n");
                }
            }
        }
        text
    }
}
