//! A student of a run: horizon-k distillation, watched by its ODE error.

use super::{
    Event, Lab, LabError, StageName,
    lab::{SAMPLE_SEED, export},
    lessons::lesson_of,
    model::{Body, Model},
    recipe::StudentRecipe,
    sampling::{self, Request, Sampler},
    stage::{Look, Numbers},
};
use crate::{
    consistency::Bounded,
    diffusion::Preconditioned,
    distill::{Distillation, bank::Bank},
    eval::OdeError,
    nn::{Network, parameters::Weights},
    picture,
    solver::host,
    train::Trainer,
};

impl Lab<'_> {
    /// Distils the teacher of this run.
    pub(super) async fn train_student(
        &self,
        stage: StageName,
        report: &mut dyn FnMut(Event),
    ) -> Result<(), LabError> {
        let name = stage.file_name();
        let teacher = self.teacher()?;
        self.warning_of_data("teacher", &teacher.manifest)
            .into_iter()
            .for_each(|text| report(Event::Note(text)));
        let recipe = self.recipe.student_of(stage);
        let optimisation = recipe.optimisation;
        let forerunner = self.forerunner(recipe.from, &teacher)?;
        let start = start(forerunner.as_ref().unwrap_or(&teacher)).await?;
        let mut trainer = self.trainer(optimisation, recipe.loss, start).await?;

        let (grid, ode, guided) = (self.recipe.grid()?, recipe.method.parts(), teacher.teacher()?);
        let StudentRecipe { loss, weighting, .. } = *recipe;
        let distillation = Distillation { teacher: &guided, ode: &ode, loss, weighting };
        let parameterization = self.recipe.of_student(self.opened.is_half);
        let lessons = self.recipe.lessons(stage).into_iter();
        let lessons = lessons.map(|lesson| self.lesson(lesson, &teacher, recipe));
        let lessons = lessons.collect::<Result<Vec<_>, _>>()?;
        let banks = lessons.iter().map(|lesson| self.bank(&distillation, recipe, lesson));
        let mut banks: Vec<Bank<'_>> = banks.collect();
        let draw = async |first: u64| {
            let step = first / optimisation.batch as u64;
            let bank = &mut banks[lesson_of(step, optimisation.steps, lessons.len())];
            let (drawn, landed) = bank.batch(first, optimisation.batch, self.device()).await?;
            Ok(distillation.lesson(&parameterization, &drawn, landed, Some((bank.seed, first))))
        };
        let request =
            Request::new(SAMPLE_SEED, self.recipe.output.samples, teacher.classes(), None);
        let sampler = Sampler::Teacher(recipe.method, &grid);
        let solutions =
            sampling::draw(&teacher, sampler, &request, self.device(), &self.cancel, report)
                .await?;
        let measure = async |trainer: &Trainer<Network>| {
            let student = self.bounded(&trainer.averaged());
            self.look(&student, &grid.times()[..1], &request, &solutions.values).await
        };
        let mut training = self.stage(&name, optimisation);
        let learnt = std::iter::once(&teacher).chain(&forerunner);
        training.origin.weights = learnt.map(|model| model.sha256.clone()).collect();
        let ended = training.run(&mut trainer, draw, measure, report).await?;
        let weights = export(&trainer.averaged()).await?;
        self.finish(stage, weights, Some(&teacher), &ended, report).await
    }

    /// One-step samples of a student beside the teacher's solutions from the same noise.
    async fn look(
        &self,
        student: &Bounded<Preconditioned>,
        start: &[f64],
        request: &Request,
        solutions: &[f32],
    ) -> Result<Look, LabError> {
        let d = self.data.train.dims();
        let mut values = Vec::with_capacity(request.labels.len() * d);
        for part in request.parts(d) {
            let (z, noise) = (request.initial(&part, d, self.device()), request.noise(&part));
            let x = sampling::walk(student, start, z, &request.labels[part], noise).await;
            values.extend(host(x).await?);
        }
        let error = OdeError::of(&values, solutions, &request.labels, SAMPLE_SEED);
        let mut numbers: Numbers = [
            ("ode_error".to_owned(), error.squared.mean),
            ("ode_error_low".to_owned(), error.squared.low),
            ("ode_error_high".to_owned(), error.squared.high),
        ]
        .into();
        numbers.extend(error.normalised.map(|v| ("ode_error_normalised".to_owned(), v)));
        let picture = self.picture(&values).or_else(|| self.points(&values, solutions));
        Ok(Look { values: numbers, score: error.squared.mean, picture })
    }

    /// Points of a mixture, each in the colour of the component where the teacher takes its noise.
    fn points(&self, values: &[f32], solutions: &[f32]) -> Option<image::RgbImage> {
        let labels = self.recipe.mixture()?.nearest(solutions);
        Some(picture::points(values, &labels, solutions))
    }

    fn bounded(&self, network: &Network) -> Bounded<Preconditioned> {
        self.recipe.consistency_function(network.clone(), self.opened.is_half)
    }
}

/// The weights that a student of `model` starts from; none where that is a formula.
async fn start(model: &Model) -> Result<Option<Weights>, LabError> {
    match &model.body {
        Body::Network(model) => Ok(Some(export(&model.network).await?)),
        Body::Mixture(_) => Ok(None),
    }
}
