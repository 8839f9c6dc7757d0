//! The teacher of a run: denoising score matching, watched by its loss on held-out data.

use super::{
    Event, Lab, LabError, StageName,
    lab::{SAMPLE_SEED, export},
    sampling::{self, Request},
    stage::{Look, Outcome, Stage},
};
use crate::{
    diffusion::{Guided, Preconditioned},
    distill::{
        Loss, Parameterization,
        score::{Samples, ScoreMatching},
    },
    math::seed::Seed,
    nn::{Network, parameters::Weights, rows_at_once},
    solver::host,
    train::{Learner as _, Lesson, Trainer},
};

/// Tells the teacher's draws from the students'.
const TEACHER_DRAWS: u64 = 0x7465_6163;
/// Held-out draws behind the teacher's validation loss.
const VALIDATION: usize = 256;

impl Lab<'_> {
    /// Trains the teacher, or writes the exact one.
    pub(super) async fn train_teacher(
        &self,
        report: &mut dyn FnMut(Event),
    ) -> Result<(), LabError> {
        if self.recipe.teacher.exact {
            return self
                .finish(StageName::Teacher, Weights::new(), None, &Outcome::default(), report)
                .await;
        }
        let optimisation = self.recipe.teacher.optimisation;
        let mut trainer = self.trainer(optimisation, Loss::L2, None).await?;
        let recipe = self.recipe.teacher;
        let score = ScoreMatching { times: recipe.times, label_drop: recipe.label_drop };
        let seed = Seed(self.recipe.seed ^ TEACHER_DRAWS);
        let (parameterization, data) =
            (self.recipe.of_teacher(self.opened.is_half), self.data.train.as_ref());
        let draw = async |first: u64| {
            let samples = Samples { data, seed, first, count: optimisation.batch };
            Ok(score.lesson(&parameterization, samples, self.device()))
        };
        let measure = async |trainer: &Trainer<Network>| {
            let network = trainer.averaged();
            let plain = ScoreMatching { label_drop: 0.0, ..score };
            let loss = self.validation_loss(&plain, &parameterization, &network).await?;
            let picture = self.grid(&self.denoiser(&network)).await?;
            Ok(Look { values: [("validation_loss".into(), loss)].into(), score: loss, picture })
        };
        let stage = Stage { patience: recipe.patience, ..self.stage("teacher", optimisation) };
        let ended = stage.run(&mut trainer, draw, measure, report).await?;
        let weights = export(&trainer.averaged()).await?;
        self.finish(StageName::Teacher, weights, None, &ended, report).await
    }

    /// The mean loss of the held-out draws.
    async fn validation_loss(
        &self,
        score: &ScoreMatching,
        parameterization: &Parameterization,
        network: &Network,
    ) -> Result<f64, LabError> {
        let data = self.data.held_out.as_ref();
        let rows = rows_at_once(data.dims());
        let mut sum = 0.0;
        for first in (0..VALIDATION).step_by(rows) {
            let count = rows.min(VALIDATION - first);
            let samples = Samples { data, seed: SAMPLE_SEED, first: first as u64, count };
            let Lesson { objective, batch } =
                score.lesson(parameterization, samples, self.device());
            let mean: f32 = host(network.loss(&objective, batch.inputs())).await?.iter().sum();
            sum += count as f64 * f64::from(mean);
        }
        Ok(sum / VALIDATION as f64)
    }

    /// A grid of the guided teacher's solutions from the fixed noise; none for points, nor where a stop would wait for it.
    async fn grid(&self, model: &Preconditioned) -> Result<Option<image::RgbImage>, LabError> {
        if self.shape().is_none() {
            return Ok(None);
        }
        let (student, d) = (&self.recipe.student, self.data.train.dims());
        let classes = self.recipe.model.network.classes() as u32;
        let request = Request::new(SAMPLE_SEED, self.recipe.output.samples, classes, None);
        let teacher = Guided { denoiser: model.clone(), scale: student.guidance, classes };
        let grid = self.recipe.grid()?;
        let mut values = Vec::with_capacity(request.labels.len() * d);
        for part in request.parts(d) {
            if self.cancel.is_set() {
                return Ok(None);
            }
            let z = request.initial(&part, d, self.device());
            let labels = &request.labels[part];
            let x = sampling::solve(&teacher, student.method, grid.times(), z, labels, None).await;
            values.extend(host(x).await?);
        }
        Ok(self.picture(&values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        data::{Dataset, Mixture, Points},
        engine::lab::tests::Workshop,
        nn::Initial,
    };

    #[test]
    fn a_teacher_is_judged_by_what_is_held_out_and_not_by_what_it_learns() {
        let workshop = Workshop::new();
        let mut lab = workshop.lab("ring", &["model.network.width=32"]);
        let loss = |lab: &Lab<'_>| {
            let score = ScoreMatching { times: lab.recipe.teacher.times, label_drop: 0.0 };
            let parameterization = lab.recipe.of_teacher(false);
            let network = &parameterization.config.network;
            let network = network.init(&mut Initial::new(Seed(1), lab.device()));
            pollster::block_on(lab.validation_loss(&score, &parameterization, &network)).unwrap()
        };
        let others = || -> Box<dyn Dataset> {
            let mixture = Mixture::named("grid").unwrap();
            Box::new(Points { mixture, seed: Seed(5), count: 500 })
        };
        let usual = loss(&lab);
        lab.data.train = others();
        assert_eq!(loss(&lab), usual);
        lab.data.held_out = others();
        assert_ne!(loss(&lab), usual);
    }
}
