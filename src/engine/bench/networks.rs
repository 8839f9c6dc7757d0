//! Forward pass and training step of a preset's network.

use burn::prelude::*;

use super::{Effort, Timing, time};
use crate::{
    consistency::sample::Noise,
    data::{Dataset, Points},
    diffusion::{Denoiser as _, Preconditioned, Replay},
    distill::score::{Samples, ScoreMatching, TimeSampling},
    engine::{LabError, Opened, Recipe},
    math::seed::Seed,
    nn::{Initial, Network},
    train::Trainer,
};

/// Flat images in place of data: speed does not depend on what is learnt.
struct Flat {
    dims: usize,
}

impl Dataset for Flat {
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

/// Data of a recipe's shape.
pub(super) fn data(recipe: &Recipe) -> Box<dyn Dataset> {
    match recipe.mixture() {
        Some(mixture) => Box::new(Points { mixture, seed: Seed(0), count: 1024 }),
        None => Box::new(Flat { dims: recipe.model.network.dims() }),
    }
}

/// A recipe's network with initial weights.
pub(super) fn network(recipe: &Recipe, device: &Device) -> Network {
    recipe.model.network.init(&mut Initial::new(Seed(0), device))
}

pub(super) async fn run(
    recipe: &Recipe,
    opened: &Opened,
    effort: Effort,
) -> Result<Vec<Timing>, LabError> {
    let model = recipe.denoiser(network(recipe, &opened.device), opened.is_half);
    let raw: Evaluation = |model, x, t, labels| model.raw(x, t, labels);
    let denoise: Evaluation = |model, x, t, labels| model.denoise(x, t, labels);
    let mut timings = vec![evaluation("network, forward", raw, &model, opened, effort).await?];
    if opened.is_gpu() {
        timings.push(evaluation("denoiser, launched", denoise, &model, opened, effort).await?);
        let replay = Replay::at_once();
        let model = Preconditioned { replay: Some(replay.clone()), ..model };
        let timing = evaluation("denoiser, replayed", denoise, &model, opened, effort).await?;
        // None where the batch is too large for that, or the device refused.
        timings.extend(replay.shape().map(|_| timing));
        timings.push(training("training step, launched", recipe, opened, effort, false).await?);
    }
    timings.push(training("network, training step", recipe, opened, effort, true).await?);
    Ok(timings)
}

/// What is asked of a model for a batch, its times and its labels.
type Evaluation = fn(&Preconditioned, Tensor<2>, &[f64], &[u32]) -> Tensor<2>;

async fn evaluation(
    name: &str,
    evaluate: Evaluation,
    model: &Preconditioned,
    opened: &Opened,
    effort: Effort,
) -> Result<Timing, LabError> {
    let Effort { batch, repeat } = effort;
    let (device, d) = (&opened.device, model.config.network.dims());
    let x = Noise { seed: Seed(1), first: 0 }.initial([batch, d], device);
    let (t, labels) = (vec![500.0; batch], vec![0; batch]);
    let work = async || Ok(evaluate(model, x.clone(), &t, &labels).flatten(0, 1));
    Ok(time(name, repeat, device, work).await?.of_samples(batch))
}

async fn training(
    name: &str,
    recipe: &Recipe,
    opened: &Opened,
    effort: Effort,
    records: bool,
) -> Result<Timing, LabError> {
    let Effort { batch, repeat } = effort;
    let tracked = opened.device.clone().autodiff();
    let (data, parameterization) = (data(recipe), recipe.of_teacher(opened.is_half));
    let score =
        ScoreMatching { times: TimeSampling::LogNormal { mean: -1.0, std: 1.2 }, label_drop: 0.1 };
    let settings = opened.settings(&recipe.teacher.optimisation, batch * data.dims());
    let trainer = Trainer::new(network(recipe, &tracked), settings, tracked);
    let mut trainer = if records { trainer } else { trainer.launching() };
    let work = async || {
        let first = trainer.step * batch as u64;
        let samples = Samples { data: data.as_ref(), seed: Seed(0), first, count: batch };
        let progress = trainer.learn(&score.lesson(&parameterization, samples, &opened.device));
        let [loss, _] = progress.read().await?;
        Ok(Tensor::from_floats([loss], &opened.device))
    };
    Ok(time(name, repeat, &opened.device, work).await?.of_samples(batch))
}
