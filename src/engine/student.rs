//! A student of a run: horizon-k distillation, watched by its ODE error.

use std::ops::Range;

use burn::prelude::*;

use super::{
    Event, Lab, LabError, StageName,
    lab::{SAMPLE_SEED, export},
    model::{Body, Model},
    sampling::{self, Request, Sampler},
    stage::{Measured, Numbers},
};
use crate::{
    consistency::Bounded,
    diffusion::Preconditioned,
    distill::{Distillation, Drawn, Horizon, Landing, bank::Bank},
    eval::OdeError,
    math::seed::Seed,
    nn::{DropoutDraws, Network},
    store::TargetCache,
    train::Trainer,
};

/// All students share their draws, so that they see the same data in the same order.
const STUDENT_DRAWS: u64 = 0x7374_7564;

/// The number of a batch's first sample, its draws and where the teacher takes them.
type Batch = (u64, Drawn, Landing);

impl Lab<'_> {
    /// Distils the teacher of this run.
    pub(super) async fn train_student(
        &self,
        horizon: Horizon,
        name: &str,
        report: &mut dyn FnMut(Event),
    ) -> Result<(), LabError> {
        let teacher = self.teacher()?;
        let start = match &teacher.body {
            Body::Network(teacher) => Some(export(&teacher.network).await?),
            Body::Mixture(_) => None,
        };
        let recipe = &self.recipe.student;
        let optimisation = recipe.optimisation;
        let mut trainer = self.trainer(optimisation, start)?;

        let (grid, ode, guided) = (self.recipe.grid()?, recipe.method.parts(), teacher.teacher()?);
        let distillation = Distillation { teacher: &guided, ode: &ode, loss: recipe.loss };
        let cache = self.target_cache(&teacher, horizon)?;
        let bank_seed = Seed(self.recipe.seed ^ STUDENT_DRAWS);
        let mut bank = Bank {
            distillation: &distillation,
            data: self.data.train.as_ref(),
            grid: &grid,
            horizon,
            seed: bank_seed,
            size: (recipe.bank > 0).then_some(recipe.bank),
            blocks: cache.as_ref().map(|cache| cache as _),
            held: None,
        };
        let batch = optimisation.batch;
        let draw = async |first| {
            let (drawn, landing) = bank.batch(first, batch, self.device()).await?;
            Ok((first, drawn, landing))
        };
        let (seed, tracked) = (bank_seed, trainer.device().clone());
        let loss = |(first, drawn, landing): &Batch, network: &Network, rows: Range<usize>| {
            let (drawn, landing) = (drawn.rows(rows.clone()), landing.rows(rows.clone()));
            let snapshot = self.bounded(&network.valid());
            let targets = distillation.targets(&snapshot, landing, &drawn.labels());
            let mut student = self.bounded(network);
            student.denoiser.dropout =
                Some(DropoutDraws { seed, first: first + rows.start as u64 });
            distillation.loss(&student, &drawn, targets, &tracked)
        };
        let request =
            Request::new(SAMPLE_SEED, self.recipe.output.samples, teacher.classes(), None);
        let sampler = Sampler::Teacher(recipe.method, &grid);
        let solutions =
            sampling::draw(&teacher, sampler, &request, self.device(), &self.cancel, report)
                .await?;
        let measure = async |trainer: &Trainer<Network>| {
            let student = self.bounded(&trainer.averaged());
            let (all, d) = (0..request.labels.len(), self.data.train.dims());
            let start = &grid.times()[..1];
            let x = sampling::jump(&student, start, &request, all, d, self.device());
            let values: Vec<f32> = x.into_data_async().await?.iter::<f32>().collect();
            let error = OdeError::of(&values, &solutions.values, &request.labels, SAMPLE_SEED);
            let mut numbers: Numbers = [
                ("ode_error".to_owned(), error.squared.mean),
                ("ode_error_low".to_owned(), error.squared.low),
                ("ode_error_high".to_owned(), error.squared.high),
            ]
            .into();
            numbers.extend(error.normalised.map(|v| ("ode_error_normalised".to_owned(), v)));
            let picture = self.picture(&values);
            Ok(Measured { values: numbers, score: error.squared.mean, picture })
        };
        let training = self.stage(name, optimisation);
        let numbers = training.run(&mut trainer, draw, loss, measure, report).await?;
        let weights = export(&trainer.averaged()).await?;
        let stage = StageName::Student(horizon);
        self.finish(stage, weights, Some(&teacher), &numbers, report).await
    }

    fn bounded(&self, network: &Network) -> Bounded<Preconditioned> {
        Bounded {
            denoiser: self.denoiser(network),
            boundary: self.recipe.student.boundary,
            sigma_data: self.recipe.model.sigma_data,
        }
    }

    /// Solved targets are shared by all runs beside this one with the same teacher, draws and horizon.
    fn target_cache(
        &self,
        teacher: &Model,
        horizon: Horizon,
    ) -> Result<Option<TargetCache>, LabError> {
        let student = &self.recipe.student;
        if student.bank == 0 || horizon == Horizon::CM {
            return Ok(None);
        }
        let key = serde_json::json!({
            "teacher": teacher.sha256,
            "data": self.data.record.sha256,
            "samples": self.data.train.len(),
            "seed": self.recipe.seed,
            "method": student.method,
            "intervals": student.intervals,
            "guidance": student.guidance,
            "horizon": StageName::Student(horizon).file_name(),
        });
        let runs = self.folder.root().parent().unwrap_or(self.folder.root());
        let (root, d) = (runs.join("targets"), self.data.train.dims());
        Ok(Some(TargetCache::open(&root, &key, d, student.cache)?))
    }
}
