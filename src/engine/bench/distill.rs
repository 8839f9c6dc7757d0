//! What the teacher costs its students: steps of its own, and images a second.
//!
//! The teacher is the preset's network with initial weights, also where the preset's own is exact.

use burn::prelude::*;

use super::{Effort, Timing, networks, time};
use crate::{
    diffusion::Guided,
    distill::{Distillation, Drawn, Horizon, Paths, Starts},
    engine::{LabError, Opened, Recipe, recipe::StudentRecipe, sampling::Counted},
    math::{grid::TimeGrid, seed::Seed},
    nn::Network,
    train::Trainer,
};

/// Intervals of the teacher's grid, as in the reference implementation of the paper. It takes a whole
/// batch as far as its farthest sample: 94.6 steps a sample at batch 16, where 50.5 are needed.
const INTERVALS: usize = 100;

pub(super) async fn run(
    recipe: &Recipe,
    opened: &Opened,
    effort: Effort,
) -> Result<Vec<Timing>, LabError> {
    let mut timings = Vec::new();
    for (name, horizon) in [("CM", Horizon::CM), ("Direct CM", Horizon::Full)] {
        let bench = Bench::new(recipe, opened, effort, horizon)?;
        timings.push(bench.time(&format!("{name} step, teacher solved"), false).await?);
        timings.push(bench.time(&format!("{name} step, targets cached"), true).await?);
    }
    Ok(timings)
}

struct Bench<'a> {
    recipe: &'a Recipe,
    opened: &'a Opened,
    effort: Effort,
    horizon: Horizon,
    grid: TimeGrid,
    trainer: Trainer<Network>,
}

impl<'a> Bench<'a> {
    fn new(
        recipe: &'a Recipe,
        opened: &'a Opened,
        effort: Effort,
        horizon: Horizon,
    ) -> Result<Self, LabError> {
        let tracked = opened.device.clone().autodiff();
        let StudentRecipe { loss, optimisation, .. } = recipe.student;
        let values = loss.values(effort.batch, recipe.model.network.dims());
        let settings = opened.settings(&optimisation, values);
        let trainer = Trainer::new(networks::network(recipe, &tracked), settings, tracked);
        let grid = recipe.grid_of(INTERVALS)?;
        Ok(Self { recipe, opened, effort, horizon, grid, trainer })
    }

    /// Student's steps on fresh draws; with `cached` targets the teacher is asked before the clock runs.
    async fn time(&self, name: &str, cached: bool) -> Result<Timing, LabError> {
        let Effort { batch, repeat } = self.effort;
        let device = &self.opened.device;
        let network = networks::network(self.recipe, device);
        let model = self.recipe.denoiser(network, self.opened.is_half);
        let classes = self.recipe.model.network.classes() as u32;
        let guided = Guided { denoiser: model, scale: self.recipe.student.guidance, classes };
        let counted = Counted::new(&guided);
        let ode = self.recipe.student.method.parts();
        let StudentRecipe { loss, weighting, .. } = self.recipe.student;
        let distillation = Distillation { teacher: &counted, ode: &ode, loss, weighting };
        let data = networks::data(self.recipe);
        let (process, horizon) = (self.recipe.model.process, self.horizon);
        let paths = Paths { process, grid: &self.grid, starts: Starts::Uniform, horizon };
        let draw = |step: u64| {
            let indices = step * batch as u64..(step + 1) * batch as u64;
            Drawn::new(Seed(3), indices, data.as_ref(), paths, device)
        };
        let land = |drawn: &Drawn| distillation.land(drawn);
        let kept = cached.then(|| draw(0)).map(|drawn| (land(&drawn), drawn));
        let before = counted.rows();

        let (mut step, parameterization) = (0, self.recipe.of_student(self.opened.is_half));
        // Each measurement starts from the same trainer.
        let mut trainer = self.trainer.clone();
        let work = async || {
            let (landed, drawn) = match &kept {
                Some((landed, drawn)) => (landed.clone(), drawn.clone()),
                None => {
                    let drawn = draw(step);
                    (land(&drawn), drawn)
                }
            };
            step += 1;
            let dropout = Some((Seed(3), step * batch as u64));
            let progress =
                trainer.learn(&distillation.lesson(&parameterization, &drawn, landed, dropout));
            let [loss, _] = progress.read().await?;
            Ok(Tensor::from_floats([loss], device))
        };
        let timing = time(name, repeat, device, work).await?.of_samples(batch);
        let evaluations = (counted.rows() - before) as f64 / (step * batch as u64) as f64;
        Ok(Timing { teacher_evaluations: Some(evaluations), ..timing })
    }
}
