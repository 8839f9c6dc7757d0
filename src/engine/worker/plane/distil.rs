//! CM and Direct CM, distilled side by side: one network, one start, one set of draws, two horizons.
//!
//! Where the teacher takes a draw does not depend on the student, so each draw is solved once and kept.

use std::{collections::BTreeMap, sync::Mutex};

use burn::prelude::*;

use super::{Map, PROCESS, Teacher, Training, error, flow};
use crate::{
    consistency::ConsistencyFunction as _,
    data::Points,
    diffusion::{MixtureDenoiser, OdeSolver},
    distill::{
        Distillation, Horizon, Paths, Starts,
        bank::{BLOCK, Bank, Blocks},
    },
    engine::{
        LabError, Recipe,
        recipe::{Optimisation, StudentRecipe},
    },
    eval::OdeError,
    math::{grid::TimeGrid, seed::Seed},
    nn::{Initial, Network},
    platform::{self, Stopwatch},
    train::Trainer,
};

/// Teacher steps of the two students.
const HORIZONS: [Horizon; 2] = [Horizon::CM, Horizon::Full];
/// Distinct draws: solving them takes a few seconds.
const DRAWS: u64 = 64 * BLOCK;
/// Points of the mixture to draw from.
const POINTS: usize = 1 << 20;
/// Samples a step, and the highest rate. A CM learns from itself, backwards from the data, so that it
/// needs steps more than samples: twice as many of half the size take the same time. On the ring, N =
/// 20, it ends at an ODE error of 0.005 in place of 0.026 with the preset's 256 and 0.001.
const BATCH: usize = 128;
const RATE: f64 = 0.002;
/// Steps between looks, at first and later: the maps change most at the start.
const OFTEN: [u64; 2] = [20, 60];
/// From this step on looks are rarer.
const EARLY: u64 = 240;

/// How far the students are; CM first.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Steps done.
    pub step: u64,
    /// Mean losses since the look before; none before the first step.
    pub losses: Option<[f32; 2]>,
    /// One-step maps of the averaged networks.
    pub maps: [Map; 2],
    /// One-step distances to the teacher's solution.
    pub errors: [OdeError; 2],
    /// Steps a second, of both together.
    pub steps_per_s: f64,
    /// Seconds to go.
    pub left_s: f64,
}

/// What both students have in common.
pub(super) struct Setting<'a> {
    recipe: Recipe,
    seed: Seed,
    denoiser: MixtureDenoiser,
    ode: OdeSolver,
    grid: TimeGrid,
    data: Points,
    device: &'a Device,
}

/// Landings in memory.
#[derive(Default)]
struct Memory(Mutex<BTreeMap<u64, Vec<f32>>>);

impl Blocks for Memory {
    fn read(&self, block: u64) -> Option<Vec<f32>> {
        self.0.lock().ok()?.get(&block).cloned()
    }

    fn write(&self, block: u64, values: &[f32]) -> Result<(), String> {
        let mut blocks = self.0.lock().map_err(|error| error.to_string())?;
        blocks.insert(block, values.to_vec());
        Ok(())
    }
}

/// The ring preset's network and optimiser, for this mixture and so many steps.
fn recipe(teacher: &Teacher, steps: u64) -> Result<Recipe, LabError> {
    let mut recipe = Recipe::resolve("ring", None, &[])?;
    recipe.student.method = teacher.method;
    recipe.student.intervals = teacher.intervals;
    let optimisation = recipe.student.optimisation;
    recipe.student.optimisation =
        Optimisation { steps: steps.max(1), batch: BATCH, rate: RATE, ..optimisation };
    recipe.model.sigma_data = teacher.mixture.spread();
    Ok(recipe)
}

impl<'a> Setting<'a> {
    pub(super) fn new(
        teacher: &Teacher,
        training: Training,
        device: &'a Device,
    ) -> Result<Self, LabError> {
        let data = Points { mixture: teacher.mixture.clone(), seed: training.seed, count: POINTS };
        Ok(Self {
            recipe: recipe(teacher, training.steps)?,
            seed: training.seed,
            denoiser: teacher.denoiser(),
            ode: teacher.method.parts(),
            grid: teacher.grid()?,
            data,
            device,
        })
    }

    /// Distils both, step by step in turn; `tell` hears how far they are from `solutions`, the
    /// teacher's images of the noises.
    pub(super) async fn run(
        &self,
        solutions: &[[f32; 2]],
        mut tell: impl AsyncFnMut(Progress),
    ) -> Result<(), LabError> {
        let StudentRecipe { loss, weighting, .. } = self.recipe.student;
        let distillation =
            Distillation { teacher: &self.denoiser, ode: &self.ode, loss, weighting };
        let memories = HORIZONS.map(|_| Memory::default());
        let mut banks = [0, 1].map(|i| self.bank(&distillation, HORIZONS[i], &memories[i]));
        let start = self.trainer();
        let mut trainers = [start.clone(), start];
        let optimisation = self.recipe.student.optimisation;
        let (steps, batch) = (optimisation.steps, optimisation.batch);
        tell(self.look(&trainers, solutions).await?).await;

        let (mut watch, mut sums, mut counted) = (Stopwatch::start(), [0.0; 2], 0);
        for step in 1..=steps {
            for ((trainer, bank), sum) in trainers.iter_mut().zip(&mut banks).zip(&mut sums) {
                *sum += self.step(&distillation, trainer, bank, batch).await?;
                platform::yield_now().await;
            }
            counted += 1;
            let often = OFTEN[usize::from(step >= EARLY)];
            if step.is_multiple_of(often) || step == steps {
                let mut progress = self.look(&trainers, solutions).await?;
                progress.losses = Some(sums.map(|sum| sum / counted as f32));
                progress.steps_per_s = f64::from(counted) / watch.seconds().max(1e-9);
                progress.left_s = (steps - step) as f64 / progress.steps_per_s;
                tell(progress).await;
                (watch, sums, counted) = (Stopwatch::start(), [0.0; 2], 0);
            }
        }
        Ok(())
    }

    fn bank<'b>(
        &'b self,
        distillation: &'b Distillation<'b>,
        horizon: Horizon,
        memory: &'b Memory,
    ) -> Bank<'b> {
        let process = self.recipe.model.process;
        Bank {
            distillation,
            data: &self.data,
            paths: Paths { process, grid: &self.grid, starts: Starts::Uniform, horizon },
            seed: self.seed,
            size: Some(DRAWS),
            blocks: Some(memory),
            held: None,
            stop: None,
        }
    }

    fn trainer(&self) -> Trainer<Network> {
        let tracked = self.device.clone().autodiff();
        let network = self.recipe.model.network.init(&mut Initial::new(self.seed, &tracked));
        Trainer::new(network, self.recipe.student.optimisation.settings(), tracked)
    }

    /// One optimiser step of one student; its loss.
    async fn step(
        &self,
        distillation: &Distillation<'_>,
        trainer: &mut Trainer<Network>,
        bank: &mut Bank<'_>,
        batch: usize,
    ) -> Result<f32, LabError> {
        let first = trainer.step * batch as u64;
        let (drawn, landed) = bank.batch(first, batch, self.device).await?;
        let parameterization = self.recipe.of_student(false);
        let progress = trainer.learn(&distillation.lesson(&parameterization, &drawn, landed, None));
        let [loss, _] = progress.read().await?;
        Ok(loss)
    }

    /// Where both take noise in one step, and how far that is from `solutions`.
    async fn look(
        &self,
        trainers: &[Trainer<Network>; 2],
        solutions: &[[f32; 2]],
    ) -> Result<Progress, LabError> {
        let (starts, mut maps) = (flow::starts(), Vec::new());
        for trainer in trainers {
            let student = self.recipe.consistency_function(trainer.averaged(), false);
            let (z, n) = (flow::tensor(&starts, self.device), starts.len());
            let x = student.endpoint(z, &vec![PROCESS.terminal_time(); n], &vec![0; n]);
            maps.push(flow::split(flow::points(x).await?));
            platform::yield_now().await;
        }
        let maps: [Map; 2] = maps.try_into().expect("one map a student");
        let errors = [0, 1].map(|i| error(&maps[i].samples, solutions));
        Ok(Progress {
            step: trainers[0].step,
            losses: None,
            maps,
            errors,
            steps_per_s: 0.0,
            left_s: 0.0,
        })
    }
}

#[cfg(test)]
mod tests;
