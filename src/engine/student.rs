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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        distill::Horizon,
        engine::lab::tests::Workshop,
        store::{Archive, Manifest},
    };

    /// Trains a stage: the losses that are told on the way, and what is measured.
    fn train(lab: &Lab<'_>, stage: StageName) -> (Vec<f32>, Vec<Numbers>) {
        let (mut losses, mut looks) = (Vec::new(), Vec::new());
        let mut report = |event| match event {
            Event::Step { loss, .. } => losses.push(loss),
            Event::Measured { values, .. } => looks.push(values),
            _ => {}
        };
        pollster::block_on(lab.train(stage, &mut report)).unwrap();
        (losses, looks)
    }

    /// The weights that a stage has left.
    fn weights(lab: &Lab<'_>, stage: StageName) -> Weights {
        let path = lab.folder.weights(&stage.file_name());
        let mut weights = Archive::<Manifest>::read(&path).unwrap().tensors;
        weights.retain(|name, _| !name.starts_with("golden."));
        weights
    }

    #[test]
    fn a_student_begins_as_its_teacher_and_at_the_data_says_the_state_itself() {
        let workshop = Workshop::new();
        let set = [
            "model.network.base=8",
            "model.network.groups=4",
            "teacher.optimisation.steps=8",
            "student.optimisation.steps=1",
            "student.optimisation.rate=1e-12",
            // All paths are the last of two steps: with one, none would need the student's own word.
            "student.intervals=2",
            "student.starts={ log-normal = { mean = -10.0, std = 0.1 } }",
            "student.bank=0",
            "output.samples=4",
        ];
        let lab = workshop.lab("tiny", &set);
        train(&lab, StageName::Teacher);
        let teacher = weights(&lab, StageName::Teacher);
        for horizon in [Horizon::CM, Horizon::Full] {
            let stage = StageName::Student(horizon);
            let (losses, _) = train(&lab, stage);
            // DDIM's last step ends at x0_hat, which is what the teacher says as a student, but for f32 rounding: 1e-6 of
            // a state. A denoiser's word at the data would be 1e-3 of a state away from it, and fresh weights say zero.
            assert!(losses[0] < 1e-9, "{horizon:?}: {losses:?}");
            // At no rate to speak of: less than what rounds a weight on disk.
            assert!(weights(&lab, stage) == teacher, "{horizon:?} began elsewhere");
        }
    }

    #[test]
    fn a_student_of_points_comes_near_its_teacher_in_sixty_steps() {
        let workshop = Workshop::new();
        let set = [
            "model.network.width=32",
            "model.network.layers=2",
            "student.optimisation.steps=60",
            "student.optimisation.batch=64",
            "student.optimisation.rate=0.003",
            "student.optimisation.warmup=1",
            "student.optimisation.decay=constant",
            "student.optimisation.ema=0",
            "student.intervals=10",
            "student.bank=0",
            "output.samples=64",
            "output.sample_every=10",
        ];
        let lab = workshop.lab("ring", &set);
        train(&lab, StageName::Teacher);
        let (_, looks) = train(&lab, StageName::Student(Horizon::Full));
        let (first, last) = (&looks[0], &looks[5]);
        // The same in NumPy, from three seeds, left a 20th and less of step 10's error, and 0.006 of that of wrong pairs.
        let [first_error, error] = [first, last].map(|look| look["ode_error"]);
        assert!(error < 0.2 * first_error, "{first:?}, {last:?}");
        assert!(last["ode_error_normalised"] < 0.1, "{last:?}");
    }
}
