//! A run: features, teacher and students, each trained once and kept in the run's folder.

use std::path::Path;

use burn::prelude::*;

use super::{
    Cancel, Event, LabError, Opened, StageName,
    data::Corpus,
    model::{BodyConfig, Model, ModelSpec, to_bytes},
    moved,
    origin::Origin,
    provenance::SOFTWARE,
    recipe::{Optimisation, Recipe},
    selftest,
    stage::{Outcome, Stage},
};
use crate::{
    data::Shape,
    diffusion::Preconditioned,
    distill::Loss,
    math::seed::Seed,
    nn::{
        Initial, Network,
        parameters::{self, Weights},
    },
    picture,
    store::{FORMAT, Manifest, Role, RunFolder, atomic},
    train::{Optimiser, Trainer},
};

/// The noise that sample grids and measurements during training start from.
pub const SAMPLE_SEED: Seed = Seed(2024);

/// How samples are laid out in the pictures of a run.
pub struct SampleGrid {
    /// Images in a row.
    pub columns: usize,
    /// Pixels a pixel.
    pub scale: u32,
    /// Pixels between and around the images.
    pub gap: u32,
}

/// The layout of all runs.
pub const GRID: SampleGrid = SampleGrid { columns: 8, scale: 2, gap: 2 };

impl SampleGrid {
    /// Whether a pixel `[x, y]` lies between the `count` images of `size` pixels a side.
    pub fn is_between(&self, size: usize, pixel: [u32; 2], count: usize) -> bool {
        let pitch = size as u32 * self.scale + self.gap;
        let [column, row] = pixel.map(|place| (place / pitch) as usize);
        pixel.into_iter().any(|place| place % pitch < self.gap)
            || row * self.columns + column >= count
    }
}

/// See the module.
pub struct Lab<'a> {
    /// What is trained.
    pub recipe: Recipe,
    /// Where it goes.
    pub folder: RunFolder,
    /// Where it computes.
    pub opened: &'a Opened,
    /// What is learnt.
    pub data: Corpus,
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
        report: &mut dyn FnMut(Event),
    ) -> Result<Self, LabError> {
        let data = Corpus::load(&mut recipe, &cancel, report)?;
        recipe.check()?; // with the channels and classes of the data
        let folder = moved::open(out, &recipe, &data.record)?;
        Ok(Self { recipe, folder, opened, data, cancel })
    }

    /// Trains `stage` if it is not done; goes on from its checkpoint. Weights that are there may be others' (a teacher
    /// of another run), but a student's must be of what there is now.
    pub async fn train(
        &self,
        stage: StageName,
        report: &mut dyn FnMut(Event),
    ) -> Result<(), LabError> {
        let name = stage.file_name();
        if self.folder.weights(&name).exists() {
            self.finished(stage)?.into_iter().for_each(|text| report(Event::Note(text)));
            report(Event::Done { name });
            return Ok(());
        }
        match stage {
            StageName::Features => self.train_features(report).await,
            StageName::Teacher => self.train_teacher(report).await,
            StageName::Student(_) | StageName::Strong => self.train_student(stage, report).await,
        }
    }

    pub(super) fn device(&self) -> &Device {
        &self.opened.device
    }

    pub(super) fn stage<'s>(&'s self, name: &'s str, optimisation: Optimisation) -> Stage<'s> {
        let (folder, output, cancel) = (&self.folder, self.recipe.output, &self.cancel);
        let origin = Origin { data: self.data.record.sha256.clone(), weights: Vec::new() };
        Stage {
            name,
            folder,
            origin,
            device: arithmetic(self.opened),
            optimisation,
            output,
            patience: None,
            cancel,
        }
    }

    /// Refuses a device that moves weights wrong.
    pub(super) async fn require_optimiser(&self, by: Optimisation) -> Result<(), LabError> {
        match by.optimiser {
            Optimiser::Muon => selftest::require_muon(self.opened).await,
            Optimiser::Adamw => Ok(()),
        }
    }

    /// A trainer of the recipe's network under `loss`, from `start` or from fresh weights.
    pub(super) async fn trainer(
        &self,
        optimisation: Optimisation,
        loss: Loss,
        start: Option<Weights>,
    ) -> Result<Trainer<Network>, LabError> {
        self.require_optimiser(optimisation).await?;
        let device = self.device().clone().autodiff();
        let config = &self.recipe.model.network;
        let network = match start {
            Some(weights) => parameters::import(config.init(&mut Initial::zeros(&device)), weights)
                .map_err(crate::train::TrainError::Parameters)?,
            None => config.init(&mut Initial::new(Seed(self.recipe.seed), &device)),
        };
        let values = loss.values(optimisation.batch, config.dims());
        let settings = self.opened.settings(&optimisation, values);
        Ok(Trainer::new(network, settings, device))
    }

    pub(super) fn denoiser(&self, network: &Network) -> Preconditioned {
        self.recipe.denoiser(network.clone(), self.opened.is_half)
    }

    /// The shape of an image; none for points.
    pub(super) fn shape(&self) -> Option<Shape> {
        self.recipe.shape()
    }

    pub(super) fn picture(&self, values: &[f32]) -> Option<image::RgbImage> {
        let SampleGrid { columns, scale, gap } = GRID;
        self.shape().map(|shape| picture::grid(values, shape, columns, scale, gap))
    }

    /// Writes a stage's weights with all that is known about them.
    pub(super) async fn finish(
        &self,
        stage: StageName,
        weights: Weights,
        teacher: Option<&Model>,
        ended: &Outcome,
        report: &mut dyn FnMut(Event),
    ) -> Result<(), LabError> {
        let body = match self.recipe.mixture() {
            Some(mixture) if self.recipe.teacher.exact && stage == StageName::Teacher => {
                BodyConfig::Mixture(mixture, self.recipe.model.process)
            }
            _ => BodyConfig::Network(self.recipe.model.clone()),
        };
        let (role, optimisation, boundary) = match stage.horizon() {
            Some(_) => {
                let student = self.recipe.student_of(stage);
                let role = Role::Student(stage.file_name());
                (role, student.optimisation, Some(student.boundary))
            }
            None => (Role::Teacher, self.recipe.teacher.optimisation, None),
        };
        let spec = ModelSpec { body, boundary };
        let json = |value| serde_json::to_value(value).expect("plain values");
        let manifest = Manifest {
            parent: teacher.map(|teacher| teacher.sha256.clone()),
            ..self.manifest(role, &stage.file_name(), json(&spec), optimisation.batch, ended)
        };
        let path = self.folder.weights(&stage.file_name());
        atomic::write(&path, &to_bytes(manifest, weights).await?)?;
        report(Event::Saved { what: "weights", path });
        Ok(())
    }

    /// What is said of every file of this run, whose training took `batch` samples a step.
    pub(super) fn manifest(
        &self,
        role: Role,
        stage: &str,
        model: serde_json::Value,
        batch: usize,
        ended: &Outcome,
    ) -> Manifest {
        Manifest {
            format: FORMAT,
            role,
            name: format!("{} {stage}", self.recipe.name),
            model,
            recipe: serde_json::to_value(self.portable_recipe()).expect("plain values"),
            parent: None,
            data: Some(self.data.record.clone()),
            metrics: metrics(ended, self.opened),
            seed: self.recipe.seed,
            images_seen: ended.step * batch as u64,
            steps: ended.step,
            golden: None,
            software: SOFTWARE.into(),
        }
    }

    /// The recipe without the way to the data on this machine: only the name at its end.
    fn portable_recipe(&self) -> Recipe {
        let mut recipe = self.recipe.clone();
        recipe.data.source = match Path::new(&recipe.data.source).file_name() {
            Some(name) => name.to_string_lossy().into_owned(),
            // A path that ends in `..`, or none.
            None => self.data.record.name.clone(),
        };
        recipe
    }
}

/// What a stage measured last, on its fixed noise and held-out draws, and what it was trained on.
fn metrics(ended: &Outcome, opened: &Opened) -> serde_json::Value {
    let device = match &ended.devices[..] {
        [] => arithmetic(opened),
        devices => devices.join(", then "),
    };
    let mut metrics = serde_json::json!({ "device": device });
    for (name, value) in &ended.numbers {
        metrics[name] = (*value).into();
    }
    metrics
}

/// The device, and what images are of where that is not f32.
fn arithmetic(opened: &Opened) -> String {
    let images = if opened.is_half { ", images of f16" } else { "" };
    format!("{}{images}", opened.name)
}

pub(super) async fn export(network: &Network) -> Result<Weights, LabError> {
    Ok(parameters::export(network).await.map_err(crate::train::TrainError::Parameters)?)
}

#[cfg(test)]
pub(super) mod tests;
