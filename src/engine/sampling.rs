//! Teacher's solutions and students' samples from the same noise, in chunks, with progress.

use burn::prelude::*;
use web_time::Instant;

use super::{Cancel, Event, LabError, model::Model};
use crate::{
    consistency::sample::{Noise, sample},
    diffusion::{Denoiser, Method},
    math::{grid::TimeGrid, schedule::Process, seed::Seed},
};

/// Which samples to draw: sample `i` of a seed has the same noise in every sampler.
#[derive(Clone, Debug)]
pub struct Request {
    /// The noise's seed.
    pub seed: Seed,
    /// One label a sample.
    pub labels: Vec<u32>,
    /// Samples at once.
    pub chunk: usize,
}

impl Request {
    /// `count` samples that go through the classes in turn, or all of `class`.
    pub fn new(seed: Seed, count: usize, classes: u32, class: Option<u32>) -> Self {
        let labels = (0..count as u32).map(|i| class.unwrap_or(i % classes.max(1)));
        Self { seed, labels: labels.collect(), chunk: 64 }
    }
}

/// Samples and what they cost.
#[derive(Clone, Debug)]
pub struct Samples {
    /// Rows of `d` values in model space.
    pub values: Vec<f32>,
    /// Network evaluations a sample.
    pub evaluations: usize,
    /// Seconds for all of them.
    pub seconds: f64,
}

/// How to draw.
pub enum Sampler<'a> {
    /// The teacher's solution on a grid.
    Teacher(Method, &'a TimeGrid),
    /// The student at these times.
    Student(&'a [f64]),
}

/// Draws what `request` asks for; reports each chunk, stops between chunks.
pub async fn draw(
    model: &Model,
    sampler: Sampler<'_>,
    request: &Request,
    device: &Device,
    cancel: &Cancel,
    report: &mut dyn FnMut(Event),
) -> Result<Samples, LabError> {
    let (d, all) = (model.dims(), request.labels.len());
    let mut values = Vec::with_capacity(all * d);
    let (mut evaluations, begun) = (0, Instant::now());
    let what = describe(model, &sampler);
    for (index, labels) in request.labels.chunks(request.chunk).enumerate() {
        let noise = Noise { seed: request.seed, first: (index * request.chunk) as u64 };
        let z = noise.initial([labels.len(), d], device);
        let x = match &sampler {
            Sampler::Teacher(method, grid) => {
                let teacher = Counted::new(model.teacher()?);
                let start = grid.times()[0];
                let z = at_start(z, teacher.process(), start);
                let paths = vec![grid.times().to_vec(); labels.len()];
                let x = method.parts().solve(&teacher, &paths, z, labels);
                evaluations = teacher.count();
                x
            }
            Sampler::Student(times) => {
                let student = model.student()?;
                let z = at_start(z, model.body.process(), times[0]);
                evaluations = times.len();
                sample(&student, times, z, labels, noise)
            }
        };
        values.extend(x.into_data_async().await?.iter::<f32>());
        report(Event::Part { what: what.clone(), done: values.len() / d, all });
        if cancel.is_set() {
            return Err(LabError::Stopped);
        }
    }
    Ok(Samples { values, evaluations, seconds: begun.elapsed().as_secs_f64() })
}

/// Noise of unit variance as a state at the first time: its sigma is 1 but for the EDM process.
pub fn at_start(z: Tensor<2>, process: Process, t: f64) -> Tensor<2> {
    match process {
        Process::ScaledLinear => z,
        Process::Edm => z * t,
    }
}

fn describe(model: &Model, sampler: &Sampler<'_>) -> String {
    match sampler {
        Sampler::Teacher(_, grid) => format!("teacher, {} steps", grid.intervals()),
        Sampler::Student(times) => {
            let plural = if times.len() == 1 { "step" } else { "steps" };
            format!("{}, {} {plural}", model.title(), times.len())
        }
    }
}

/// Counts the evaluations of a denoiser.
pub struct Counted<D> {
    denoiser: D,
    count: std::cell::Cell<usize>,
}

impl<D> Counted<D> {
    /// Nothing counted yet.
    pub fn new(denoiser: D) -> Self {
        Self { denoiser, count: std::cell::Cell::new(0) }
    }

    /// Evaluations so far, of whatever batch.
    pub fn count(&self) -> usize {
        self.count.get()
    }
}

impl<D: Denoiser> Denoiser for Counted<D> {
    fn denoise(&self, x: Tensor<2>, t: &[f64], labels: &[u32]) -> Tensor<2> {
        self.count.set(self.count.get() + 1);
        self.denoiser.denoise(x, t, labels)
    }

    fn process(&self) -> Process {
        self.denoiser.process()
    }
}
