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
    picture,
    platform::whole,
    store::TargetCache,
    train::Trainer,
};

/// All students share their draws, so that they see the same data in the same order.
const STUDENT_DRAWS: u64 = 0x7374_7564;

/// What one step learns from.
struct Batch {
    /// Seed of all draws.
    seed: Seed,
    /// Number of the first sample.
    first: u64,
    drawn: Drawn,
    /// Where the teacher takes the draws.
    landing: Landing,
}

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
        let seed = Seed(self.recipe.seed ^ STUDENT_DRAWS);
        let mut bank = Bank {
            distillation: &distillation,
            data: self.data.train.as_ref(),
            grid: &grid,
            horizon,
            seed,
            size: (recipe.bank > 0).then_some(recipe.bank),
            blocks: cache.as_ref().map(|cache| cache as _),
            held: None,
        };
        let draw = async |first| {
            let (drawn, landing) = bank.batch(first, optimisation.batch, self.device()).await?;
            Ok(Batch { seed, first, drawn, landing })
        };
        let tracked = trainer.device().clone();
        let loss = |batch: &Batch, network: &Network, rows| {
            self.loss(&distillation, batch, network, rows, &tracked)
        };
        let request =
            Request::new(SAMPLE_SEED, self.recipe.output.samples, teacher.classes(), None);
        let sampler = Sampler::Teacher(recipe.method, &grid);
        let solutions =
            sampling::draw(&teacher, sampler, &request, self.device(), &self.cancel, report)
                .await?;
        let measure = async |trainer: &Trainer<Network>| {
            self.look(&trainer.averaged(), &grid.times()[..1], &request, &solutions.values).await
        };
        let training = self.stage(name, optimisation);
        let numbers = training.run(&mut trainer, draw, loss, measure, report).await?;
        let weights = export(&trainer.averaged()).await?;
        let stage = StageName::Student(horizon);
        self.finish(stage, weights, Some(&teacher), &numbers, report).await
    }

    /// The mean loss of some rows of a batch, shape `[1]`.
    fn loss(
        &self,
        distillation: &Distillation<'_>,
        batch: &Batch,
        network: &Network,
        rows: Range<usize>,
        device: &Device,
    ) -> Tensor<1> {
        let first = batch.first + rows.start as u64;
        let mut student = self.bounded(network);
        student.denoiser.dropout = Some(DropoutDraws { seed: batch.seed, first });
        let snapshot = self.bounded(&network.valid());
        let Batch { drawn, landing, .. } = batch;
        distillation.loss_of_rows(&student, &snapshot, drawn, landing, rows, device)
    }

    /// One-step samples of a student beside the teacher's solutions from the same noise.
    async fn look(
        &self,
        network: &Network,
        start: &[f64],
        request: &Request,
        solutions: &[f32],
    ) -> Result<Measured, LabError> {
        let student = self.bounded(network);
        let (all, d) = (0..request.labels.len(), self.data.train.dims());
        let x = sampling::jump(&student, start, request, all, d, self.device());
        let values: Vec<f32> = whole(x.into_data_async()).await?.iter::<f32>().collect();
        let error = OdeError::of(&values, solutions, &request.labels, SAMPLE_SEED);
        let mut numbers: Numbers = [
            ("ode_error".to_owned(), error.squared.mean),
            ("ode_error_low".to_owned(), error.squared.low),
            ("ode_error_high".to_owned(), error.squared.high),
        ]
        .into();
        numbers.extend(error.normalised.map(|v| ("ode_error_normalised".to_owned(), v)));
        let picture = self.picture(&values).or_else(|| self.points(&values, solutions));
        Ok(Measured { values: numbers, score: error.squared.mean, picture })
    }

    /// Points of a mixture, each in the colour of the component where the teacher takes its noise.
    fn points(&self, values: &[f32], solutions: &[f32]) -> Option<image::RgbImage> {
        let labels = self.recipe.mixture()?.nearest(solutions);
        Some(picture::points(values, &labels, solutions))
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
