//! Teacher's solutions and students' samples from the same noise, in chunks, with progress.

use std::{
    future::poll_fn,
    ops::Range,
    pin::pin,
    sync::atomic::{AtomicUsize, Ordering},
    task::Poll,
};

use burn::prelude::*;
use web_time::Instant;

use super::{Cancel, Event, LabError, model::Model, report};
use crate::{
    consistency::{
        ConsistencyFunction,
        sample::{Noise, jump},
    },
    diffusion::{Denoiser, Method, ode::Sight},
    math::{
        grid::TimeGrid,
        schedule::Process,
        seed::{self, Purpose, Seed},
    },
    nn::rows_at_once,
    platform,
    solver::host,
};

/// Samples at once.
const CHUNK: usize = 64;

/// Which samples to draw: sample `i` of a seed has the same noise in every sampler.
#[derive(Clone, Debug)]
pub struct Request {
    /// The noise's seed.
    pub seed: Seed,
    /// One label a sample.
    pub labels: Vec<u32>,
}

impl Request {
    /// `count` samples that go through the classes in turn, or all of `class`.
    pub fn new(seed: Seed, count: usize, classes: u32, class: Option<u32>) -> Self {
        let labels = (0..count as u32).map(|i| class.unwrap_or(i % classes.max(1)));
        Self { seed, labels: labels.collect() }
    }

    /// The samples in parts: fewer at once of large images, of `d` values.
    pub(super) fn parts(&self, d: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let (all, chunk) = (self.labels.len(), CHUNK.min(rows_at_once(d)));
        (0..all).step_by(chunk).map(move |first| first..(first + chunk).min(all))
    }

    /// The noise of a part.
    pub(super) fn noise(&self, part: &Range<usize>) -> Noise {
        Noise { seed: self.seed, first: part.start as u64 }
    }

    /// What a student adds after each of its first `jumps` steps: `[jumps, n, d]`, draws from N(0, 1).
    pub fn fresh(&self, jumps: usize, d: usize) -> Vec<f32> {
        let rows = [self.labels.len(), d];
        let step = |step| seed::rows(self.seed, Purpose::Renoise, 0, step, rows);
        (0..jumps as u64).flat_map(step).collect()
    }

    /// What a part starts from, `[n, d]`.
    pub(super) fn initial(&self, part: &Range<usize>, d: usize, device: &Device) -> Tensor<2> {
        self.noise(part).initial([part.len(), d], device)
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

/// Draws what `request` asks for; reports each chunk, stops between chunks and between the steps of one.
pub async fn draw(
    model: &Model,
    sampler: Sampler<'_>,
    request: &Request,
    device: &Device,
    cancel: &Cancel,
    report: &mut dyn FnMut(Event),
) -> Result<Samples, LabError> {
    let (d, all, begun) = (model.dims(), request.labels.len(), Instant::now());
    let (mut values, mut evaluated) = (Vec::with_capacity(all * d), 0);
    let what = describe(model, &sampler);
    for part in request.parts(d) {
        let body = Counted::new(&model.body);
        let (z, noise) = (request.initial(&part, d, device), request.noise(&part));
        let labels = &request.labels[part];
        let x = match &sampler {
            Sampler::Teacher(method, grid) => {
                let teacher = model.teacher_of(&body)?;
                let solving = solve(&teacher, *method, grid.times(), z, labels, None);
                unless_stopped(solving, cancel).await?
            }
            Sampler::Student(times) => {
                let student = model.student_of(&body)?;
                unless_stopped(walk(&student, times, z, labels, noise), cancel).await?
            }
        };
        values.extend(host(x).await?);
        evaluated += body.rows();
        report(Event::Part { what: what.clone(), done: values.len() / d, all });
        if cancel.is_set() {
            return Err(LabError::Stopped);
        }
    }
    let evaluations = evaluated / all.max(1);
    Ok(Samples { values, evaluations, seconds: begun.elapsed().as_secs_f64() })
}

/// What comes of `sampling`, which lets others have their turn at each step, or a stop.
async fn unless_stopped(
    sampling: impl Future<Output = Tensor<2>>,
    cancel: &Cancel,
) -> Result<Tensor<2>, LabError> {
    let mut sampling = pin!(sampling);
    poll_fn(|context| match sampling.as_mut().poll(context) {
        Poll::Pending if cancel.is_set() => Poll::Ready(Err(LabError::Stopped)),
        step => step.map(Ok),
    })
    .await
}

/// A teacher's solutions, `[n, d]`, from the noise `z` along `times`, one step at a time so that others have their turn;
/// `observe` sees each.
pub async fn solve(
    teacher: &dyn Denoiser,
    method: Method,
    times: &[f64],
    z: Tensor<2>,
    labels: &[u32],
    mut observe: Option<&mut dyn FnMut(Sight<'_>)>,
) -> Tensor<2> {
    let (process, ode) = (teacher.process(), method.parts());
    let paths = ode.coordinates(process, &vec![times.to_vec(); labels.len()]);
    let z = at_start(z, process, times[0]);
    let mut solution = ode.begin(teacher, &paths, z, labels);
    while solution.advance(observe.as_mut().map(|observe| &mut **observe as _)) {
        platform::yield_now().await;
    }
    solution.end()
}

/// A student's samples, `[n, d]`, from the noise `z` at `times` (descending), one step at a time so that others have
/// their turn; `noise` says which samples these are.
pub async fn walk(
    student: &dyn ConsistencyFunction,
    times: &[f64],
    z: Tensor<2>,
    labels: &[u32],
    noise: Noise,
) -> Tensor<2> {
    let mut x = at_start(z, student.process(), times[0]);
    for step in 0..times.len() {
        platform::yield_now().await;
        x = jump(student, times, step, x, labels, noise);
    }
    x
}

/// Noise of unit variance as a state at the first time: its sigma is 1 but for the EDM process.
pub(super) fn at_start(z: Tensor<2>, process: Process, t: f64) -> Tensor<2> {
    match process {
        Process::ScaledLinear => z,
        Process::Edm => z * t,
    }
}

fn describe(model: &Model, sampler: &Sampler<'_>) -> String {
    match sampler {
        Sampler::Teacher(_, grid) => format!("teacher, {}", report::steps(grid.intervals())),
        Sampler::Student(times) => format!("{}, {}", model.title(), report::steps(times.len())),
    }
}

/// Counts the samples that a denoiser evaluates.
pub struct Counted<'a, D> {
    denoiser: &'a D,
    rows: AtomicUsize,
}

impl<'a, D> Counted<'a, D> {
    /// Nothing counted yet.
    pub fn new(denoiser: &'a D) -> Self {
        Self { denoiser, rows: AtomicUsize::new(0) }
    }

    /// Evaluations of one sample so far.
    pub fn rows(&self) -> usize {
        self.rows.load(Ordering::Relaxed)
    }
}

impl<D: Denoiser> Denoiser for Counted<'_, D> {
    fn denoise(&self, x: Tensor<2>, t: &[f64], labels: &[u32]) -> Tensor<2> {
        self.rows.fetch_add(t.len(), Ordering::Relaxed);
        self.denoiser.denoise(x, t, labels)
    }

    fn process(&self) -> Process {
        self.denoiser.process()
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;
    use crate::{diffusion::diffuse, engine::shipped::ModelSet};

    #[test]
    fn a_students_steps_are_taken_again_by_its_fresh_noise() {
        let (device, cancel) = (Device::flex(), Cancel::default());
        let set = pollster::block_on(ModelSet::shipped("ring", &device)).expect("ring");
        let (student, rows) = (&set.students[0], [4, 2]);
        let times = set.teacher.recipe.grid().and_then(|grid| grid.student_times(3)).expect("fit");
        let request = Request::new(Seed(5), rows[0], 0, None);
        let mut quiet = |_| ();
        let sampler = Sampler::Student(&times);
        let drawing = draw(student, sampler, &request, &device, &cancel, &mut quiet);
        let drawn = pollster::block_on(drawing).expect("samples").values;

        let f = student.student().expect("a student");
        let mut x = request.initial(&(0..4), 2, &device);
        for (step, noise) in request.fresh(2, 2).chunks(rows[0] * rows[1]).enumerate() {
            let noise = Tensor::from_data(TensorData::new(noise.to_vec(), rows), &device);
            let end = f.endpoint(x, &[times[step]; 4], &[0; 4]);
            x = diffuse(f.process(), end, noise, &[times[step + 1]; 4]);
        }
        let end = f.endpoint(x, &[times[2]; 4], &[0; 4]);
        let again = pollster::block_on(host(end)).expect("values");
        let apart = drawn.iter().zip(&again).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-6, "{apart}: {drawn:?}, {again:?}");
    }
}
