//! A run: features, teacher, CM, Direct CM, each trained once and kept in the run's folder.

use std::{num::NonZeroUsize, path::Path};

use burn::prelude::*;

use super::{
    Cancel, Event, LabError, Opened,
    data::{LabData, rows},
    model::{BodyConfig, Model, ModelSpec, to_bytes},
    recipe::{Optimisation, Recipe},
    sampling::{self, Request, Sampler},
    stage::{Measured, Stage},
};
use crate::{
    consistency::{Bounded, ConsistencyFunction as _},
    data::Shape,
    diffusion::Preconditioned,
    distill::{Distillation, Horizon, bank::Bank, horizon::on, score::ScoreMatching},
    eval::OdeError,
    math::seed::Seed,
    nn::{
        Initial, Network, NetworkConfig,
        parameters::{self, Weights},
    },
    picture,
    store::{FORMAT, Manifest, Role, RunFolder, TargetCache, atomic},
    train::Trainer,
};

/// Which training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageName {
    /// The feature network.
    Features,
    /// The teacher.
    Teacher,
    /// A student.
    Student(Horizon),
}

impl StageName {
    /// What a run trains without more.
    pub const ALL: [Self; 4] =
        [Self::Features, Self::Teacher, Self::Student(Horizon::CM), Self::Student(Horizon::Full)];

    /// The stage called `text`, or a sentence that lists what there is.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "features" => Ok(Self::Features),
            "teacher" => Ok(Self::Teacher),
            "cm" => Ok(Self::Student(Horizon::CM)),
            "direct" => Ok(Self::Student(Horizon::Full)),
            "random" => Ok(Self::Student(Horizon::Random)),
            _ => {
                let steps = text.strip_prefix("horizon:").and_then(|k| k.parse().ok());
                steps.map(|k: NonZeroUsize| Self::Student(Horizon::Steps(k))).ok_or_else(|| {
                    format!(
                        "`{text}` is no stage; there are features, teacher, cm, direct, random and \
                         horizon:K with K teacher steps"
                    )
                })
            }
        }
    }

    /// The name in files and logs.
    pub fn file_name(self) -> String {
        match self {
            Self::Features => "features".into(),
            Self::Teacher => "teacher".into(),
            Self::Student(Horizon::CM) => "cm".into(),
            Self::Student(Horizon::Full) => "direct".into(),
            Self::Student(Horizon::Random) => "random".into(),
            Self::Student(Horizon::Steps(k)) => format!("horizon-{k}"),
        }
    }
}

/// Seeds of the trainings: students share theirs, so that they see the same draws.
const TEACHER_DRAWS: u64 = 0x7465_6163;
const STUDENT_DRAWS: u64 = 0x7374_7564;
/// The noise that sample grids and measurements during training start from.
pub const SAMPLE_SEED: Seed = Seed(2024);
/// Held-out draws behind the teacher's validation loss.
const VALIDATION: usize = 256;

/// See the module.
pub struct Lab<'a> {
    /// What is trained.
    pub recipe: Recipe,
    /// Where it goes.
    pub folder: RunFolder,
    /// Where it computes.
    pub opened: &'a Opened,
    /// What is learnt.
    pub data: LabData,
    /// Set when the user wants to stop.
    pub cancel: Cancel,
}

impl<'a> Lab<'a> {
    /// Loads the data and opens or goes on with the folder.
    pub fn open(
        mut recipe: Recipe,
        out: &Path,
        opened: &'a Opened,
        cancel: Cancel,
    ) -> Result<Self, LabError> {
        let data = LabData::load(&mut recipe)?;
        let (folder, _) = RunFolder::open(out, &recipe.table())?;
        Ok(Self { recipe, folder, opened, data, cancel })
    }

    /// Trains `stage` if it is not done; goes on from its checkpoint.
    pub async fn train(
        &self,
        stage: StageName,
        report: &mut dyn FnMut(Event),
    ) -> Result<(), LabError> {
        let name = stage.file_name();
        if self.folder.weights(&name).exists() {
            report(Event::Done { name });
            return Ok(());
        }
        match stage {
            StageName::Features => self.train_features(report).await,
            StageName::Teacher => self.train_teacher(report).await,
            StageName::Student(horizon) => self.train_student(horizon, &name, report).await,
        }
    }

    fn device(&self) -> &Device {
        &self.opened.device
    }

    pub(super) fn stage<'s>(&'s self, name: &'s str, optimisation: Optimisation) -> Stage<'s> {
        let (folder, output) = (&self.folder, self.recipe.output);
        Stage { name, folder, optimisation, output, cancel: &self.cancel }
    }

    /// A trainer of the recipe's network, from `start` or from fresh weights.
    fn trainer(
        &self,
        optimisation: Optimisation,
        start: Option<Weights>,
    ) -> Result<Trainer<Network>, LabError> {
        let device = self.device().clone().autodiff();
        let seed = Seed(self.recipe.seed);
        let network = self.recipe.model.network.init(&mut Initial::new(seed, &device));
        let network = match start {
            Some(weights) => parameters::import(network, weights)
                .map_err(crate::train::TrainError::Parameters)?,
            None => network,
        };
        Ok(Trainer::new(network, optimisation.settings(seed), device))
    }

    fn denoiser(&self, network: &Network) -> Preconditioned {
        Preconditioned { network: network.clone(), config: self.recipe.model.clone() }
    }

    async fn train_teacher(&self, report: &mut dyn FnMut(Event)) -> Result<(), LabError> {
        if self.recipe.teacher.exact {
            return self.finish(StageName::Teacher, Weights::new(), None, report).await;
        }
        let optimisation = self.recipe.teacher.optimisation;
        let mut trainer = self.trainer(optimisation, None)?;
        let recipe = self.recipe.teacher;
        let score = ScoreMatching {
            times: recipe.times,
            label_drop: recipe.label_drop,
            mirror: recipe.mirror,
        };
        let seed = Seed(self.recipe.seed ^ TEACHER_DRAWS);
        let batch = optimisation.batch;
        let loss = async |trainer: &Trainer<Network>| {
            let model = self.denoiser(&trainer.network);
            let first = trainer.step * batch as u64;
            Ok(score.loss(&model, self.data.train.as_ref(), seed, first, batch, trainer.device()))
        };
        let measure = async |trainer: &Trainer<Network>| {
            let model = self.denoiser(trainer.averaged());
            let plain = ScoreMatching { label_drop: 0.0, mirror: false, ..score };
            let data = self.data.held_out.as_ref();
            let loss = plain.loss(&model, data, SAMPLE_SEED, 0, VALIDATION, self.device());
            let loss = f64::from(loss.into_data_async().await?.iter::<f32>().sum::<f32>());
            let picture = self.grid(&model).await?;
            Ok(Measured { values: vec![("validation_loss", loss)], score: loss, picture })
        };
        self.stage("teacher", optimisation).run(&mut trainer, loss, measure, report).await?;
        let weights = export(trainer.averaged()).await?;
        self.finish(StageName::Teacher, weights, None, report).await
    }

    /// The teacher of this run.
    pub fn teacher(&self) -> Result<Model, LabError> {
        let path = self.folder.weights("teacher");
        if !path.exists() {
            return Err(LabError::Request(format!(
                "a student needs its teacher, and {} does not exist: train the teacher first",
                path.display()
            )));
        }
        super::shipped::load(&path, self.device())
    }

    async fn train_student(
        &self,
        horizon: Horizon,
        name: &str,
        report: &mut dyn FnMut(Event),
    ) -> Result<(), LabError> {
        let teacher = self.teacher()?;
        let start = match &teacher.body {
            super::model::Body::Network(teacher) => Some(export(&teacher.network).await?),
            super::model::Body::Mixture(_) => None,
        };
        let recipe = &self.recipe.student;
        let optimisation = recipe.optimisation;
        let mut trainer = self.trainer(optimisation, start)?;

        let (grid, ode, guided) = (self.recipe.grid()?, recipe.method.parts(), teacher.teacher()?);
        let distillation = Distillation { teacher: &guided, ode: &ode, loss: recipe.loss };
        let cache = self.target_cache(&teacher, horizon)?;
        let mut bank = Bank {
            distillation: &distillation,
            data: self.data.train.as_ref(),
            grid: &grid,
            horizon,
            seed: Seed(self.recipe.seed ^ STUDENT_DRAWS),
            size: (recipe.bank > 0).then_some(recipe.bank),
            blocks: cache.as_ref().map(|cache| cache as _),
            held: None,
        };
        let batch = optimisation.batch;
        let loss = async |trainer: &Trainer<Network>| {
            let first = trainer.step * batch as u64;
            let (drawn, landing) = bank.batch(first, batch, self.device()).await?;
            let snapshot = self.bounded(&trainer.network.valid());
            let targets = distillation.targets(&snapshot, landing, &drawn.labels());
            let student = self.bounded(&trainer.network);
            Ok(distillation.loss(&student, &drawn, targets, trainer.device()))
        };
        let request =
            Request::new(SAMPLE_SEED, self.recipe.output.samples, teacher.classes(), None);
        let cancel = Cancel::default(); // a measurement is short, and is finished
        let sampler = Sampler::Teacher(recipe.method, &grid);
        let solutions =
            sampling::draw(&teacher, sampler, &request, self.device(), &cancel, report).await?;
        let measure = async |trainer: &Trainer<Network>| {
            let student = self.bounded(trainer.averaged());
            let values = self.one_step(&student, &request, &grid).await?;
            let error = OdeError::of(&values, &solutions.values, &request.labels, SAMPLE_SEED);
            let numbers = vec![
                ("ode_error", error.squared.mean),
                ("ode_error_normalised", error.normalised.unwrap_or(f64::NAN)),
            ];
            let numbers = numbers.into_iter().filter(|(_, v)| v.is_finite()).collect();
            let picture = self.picture(&values);
            Ok(Measured { values: numbers, score: error.squared.mean, picture })
        };
        self.stage(name, optimisation).run(&mut trainer, loss, measure, report).await?;
        let weights = export(trainer.averaged()).await?;
        let stage = StageName::Student(horizon);
        self.finish(stage, weights, Some(&teacher), report).await
    }

    fn bounded(&self, network: &Network) -> Bounded<Preconditioned> {
        Bounded {
            denoiser: self.denoiser(network),
            boundary: self.recipe.student.boundary,
            sigma_data: self.recipe.model.sigma_data,
        }
    }

    /// One-step samples for the noises of `request`.
    async fn one_step(
        &self,
        student: &Bounded<Preconditioned>,
        request: &Request,
        grid: &crate::math::grid::TimeGrid,
    ) -> Result<Vec<f32>, LabError> {
        let n = request.labels.len();
        let noise = crate::consistency::sample::Noise { seed: request.seed, first: 0 };
        let z = noise.initial([n, self.data.train.dims()], self.device());
        let t = grid.times()[0];
        let x = student.endpoint(
            sampling::at_start(z, self.recipe.model.process, t),
            &vec![t; n],
            &request.labels,
        );
        Ok(on(x, self.device()).into_data_async().await?.iter::<f32>().collect())
    }

    /// Solved targets are shared by every run with the same teacher, draws and horizon.
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
            "samples": self.data.record.samples,
            "seed": self.recipe.seed,
            "method": student.method,
            "intervals": student.intervals,
            "guidance": student.guidance,
            "horizon": StageName::Student(horizon).file_name(),
        });
        let (root, d) = (self.folder.root().join("targets"), self.data.train.dims());
        Ok(Some(TargetCache::open(&root, &key, d, student.cache)?))
    }

    /// A grid of the teacher's solutions from the fixed noise.
    async fn grid(&self, model: &Preconditioned) -> Result<Option<image::RgbImage>, LabError> {
        let Some(_) = self.shape() else { return Ok(None) };
        let classes = self.recipe.model.network.classes() as u32;
        let labels = Request::new(SAMPLE_SEED, self.recipe.output.samples, classes, None).labels;
        let noise = crate::consistency::sample::Noise { seed: SAMPLE_SEED, first: 0 };
        let z = noise.initial([labels.len(), self.data.train.dims()], self.device());
        let grid = self.recipe.grid()?;
        let z = sampling::at_start(z, self.recipe.model.process, grid.times()[0]);
        let paths = vec![grid.times().to_vec(); labels.len()];
        let x = self.recipe.student.method.parts().solve(model, &paths, z, &labels);
        let values: Vec<f32> = x.into_data_async().await?.iter::<f32>().collect();
        Ok(self.picture(&values))
    }

    /// The shape of an image; none for points.
    fn shape(&self) -> Option<Shape> {
        shape_of(&self.recipe.model.network)
    }

    fn picture(&self, values: &[f32]) -> Option<image::RgbImage> {
        self.shape().map(|shape| picture::grid(values, shape, 8, 2, 2))
    }

    /// Writes a stage's weights with all that is known about them.
    async fn finish(
        &self,
        stage: StageName,
        weights: Weights,
        teacher: Option<&Model>,
        report: &mut dyn FnMut(Event),
    ) -> Result<(), LabError> {
        let body = match self.recipe.mixture() {
            Some(mixture) if self.recipe.teacher.exact && stage == StageName::Teacher => {
                BodyConfig::Mixture(mixture, self.recipe.model.process)
            }
            _ => BodyConfig::Network(self.recipe.model.clone()),
        };
        let (role, optimisation, boundary) = match stage {
            StageName::Student(_) => (
                Role::Student(stage.file_name()),
                self.recipe.student.optimisation,
                Some(self.recipe.student.boundary),
            ),
            _ => (Role::Teacher, self.recipe.teacher.optimisation, None),
        };
        let steps = if weights.is_empty() { 0 } else { optimisation.steps };
        let spec = ModelSpec { body, boundary };
        let json = |value| serde_json::to_value(value).expect("plain values");
        let manifest = Manifest {
            format: FORMAT,
            role,
            name: format!("{} {}", self.recipe.name, stage.file_name()),
            model: json(&spec),
            recipe: serde_json::to_value(&self.recipe).expect("plain values"),
            parent: teacher.map(|teacher| teacher.sha256.clone()),
            data: Some(self.data.record.clone()),
            metrics: serde_json::json!({ "device": self.opened.name }),
            seed: self.recipe.seed,
            images_seen: steps * optimisation.batch as u64,
            steps,
            golden: None,
            software: concat!("skipstone ", env!("CARGO_PKG_VERSION")).into(),
        };
        let path = self.folder.weights(&stage.file_name());
        atomic::write(&path, &to_bytes(manifest, weights).await?)?;
        report(Event::Saved { what: "weights", path });
        Ok(())
    }

    /// Held-out samples, at most `most`, to measure against.
    pub fn held_out(&self, most: usize) -> Vec<f32> {
        rows(self.data.held_out.as_ref(), most).0
    }
}

/// The shape of a network's images; none for points.
pub fn shape_of(network: &NetworkConfig) -> Option<Shape> {
    match network {
        NetworkConfig::Unet(unet) => {
            Some(Shape { channels: unet.channels, height: unet.size, width: unet.size })
        }
        NetworkConfig::Mlp(_) => None,
    }
}

async fn export(network: &Network) -> Result<Weights, LabError> {
    Ok(parameters::export(network).await.map_err(crate::train::TrainError::Parameters)?)
}
