//! Model files: weights that know how to be run, checked against themselves.

mod check;
mod golden;

use burn::{prelude::*, tensor::ExecutionError};
use serde::{Deserialize, Serialize};

use super::{StageName, recipe::Recipe};
use crate::{
    consistency::{Boundary, Bounded},
    data::Mixture,
    diffusion::{Denoiser, Guided, MixtureDenoiser, ModelConfig, Preconditioned, Replay},
    math::schedule::Process,
    nn::{
        Initial,
        parameters::{self, ParameterError},
    },
    store::{Archive, Manifest, Role, StoreError, digest::sha256},
};

pub(super) use check::require_size;
use golden::GoldenTensors;
pub use golden::to_bytes;

/// What a file's denoiser is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BodyConfig {
    /// A trained network.
    Network(ModelConfig),
    /// The exact denoiser of a mixture.
    Mixture(Mixture, Process),
}

/// The manifest's `model`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// The denoiser.
    pub body: BodyConfig,
    /// A student's boundary condition.
    pub boundary: Option<Boundary>,
}

/// A denoiser of either kind.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)] // one lives at a time
pub enum Body {
    /// A trained network.
    Network(Preconditioned),
    /// The exact denoiser of a mixture.
    Mixture(MixtureDenoiser),
}

impl Denoiser for Body {
    fn denoise(&self, x: Tensor<2>, t: &[f64], labels: &[u32]) -> Tensor<2> {
        match self {
            Self::Network(network) => network.denoise(x, t, labels),
            Self::Mixture(mixture) => mixture.denoise(x, t, labels),
        }
    }

    fn process(&self) -> Process {
        match self {
            Self::Network(network) => network.process(),
            Self::Mixture(mixture) => mixture.process(),
        }
    }
}

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The manifest's model or recipe is not one that we know.
    #[error("the model's description is not one that this version knows: {0}")]
    Description(String),
    /// The weights do not fit the network described.
    #[error("the weights do not fit the network that the file describes: {0}")]
    Weights(#[from] ParameterError),
    /// The file is of another role than needed.
    #[error("this file holds {found}, and {needed} is needed here")]
    Role {
        /// What it is.
        found: String,
        /// What it should be.
        needed: &'static str,
    },
    /// A student beside somebody else's teacher.
    #[error("`{student}` was distilled from another teacher than the one beside it")]
    Parent {
        /// The student's name.
        student: String,
    },
    /// A student that names a teacher of which it cannot have learnt.
    #[error(
        "`{student}` is of another kind than the teacher that it names: values of a sample, classes or noise differ"
    )]
    Kind {
        /// The student's name.
        student: String,
    },
    /// The device did not answer.
    #[error("the device could not be read: {0}")]
    Device(#[from] ExecutionError),
}

/// A model on a device.
pub struct Model {
    /// All the file says.
    pub manifest: Manifest,
    /// How it is run.
    pub spec: ModelSpec,
    /// How it was trained.
    pub recipe: Recipe,
    /// The denoiser.
    pub body: Body,
    /// SHA-256 of the file.
    pub sha256: String,
    golden: Option<GoldenTensors>,
}

impl Model {
    /// Loads a teacher or a student from a file's bytes.
    pub fn from_bytes(bytes: &[u8], device: &Device) -> Result<Self, ModelError> {
        let mut archive = Archive::<Manifest>::from_bytes(bytes)?;
        let golden = archive.golden()?.map(|case| GoldenTensors {
            recipe: case.recipe.clone(),
            input: case.input.clone(),
            output: case.output.clone(),
        });
        let Archive { manifest, tensors } = &mut archive;
        tensors.retain(|name, _| !name.starts_with("golden."));
        let describe = |error: serde_json::Error| ModelError::Description(error.to_string());
        let spec: ModelSpec = serde_json::from_value(manifest.model.clone()).map_err(describe)?;
        let recipe: Recipe = serde_json::from_value(manifest.recipe.clone()).map_err(describe)?;
        check::description(&spec, &recipe, golden.as_ref()).map_err(ModelError::Description)?;
        let body = match &spec.body {
            BodyConfig::Network(config) => {
                require_size(config.network.parameters(), tensors)
                    .map_err(ModelError::Description)?;
                let network = config.network.init(&mut Initial::zeros(device));
                let network = parameters::import(network, std::mem::take(tensors))?;
                let replay = Some(Replay::default());
                Body::Network(Preconditioned { replay, ..recipe.denoiser(network, false) })
            }
            BodyConfig::Mixture(mixture, process) => {
                Body::Mixture(MixtureDenoiser::of(mixture, *process))
            }
        };
        let Archive { manifest, .. } = archive;
        Ok(Self { manifest, spec, recipe, body, sha256: sha256(bytes), golden })
    }

    /// Lets a U-Net's images be of f16 between its layers, or of f32; states are of f32 always.
    pub fn in_half(&mut self, is_half: bool) {
        if let Body::Network(network) = &mut self.body {
            network.is_half = is_half;
        }
    }

    /// Values of a sample.
    pub fn dims(&self) -> usize {
        self.spec.dims()
    }

    /// Classes; the null label has this number.
    pub fn classes(&self) -> u32 {
        self.spec.classes()
    }

    /// The teacher under the guidance of its recipe.
    pub fn teacher(&self) -> Result<Guided<Body>, ModelError> {
        self.teacher_of(self.body.clone())
    }

    /// [`Model::teacher`] around `denoiser`, which stands for this model's own.
    pub fn teacher_of<D: Denoiser>(&self, denoiser: D) -> Result<Guided<D>, ModelError> {
        self.require(self.manifest.role == Role::Teacher, "a teacher")?;
        let scale = self.recipe.student.guidance;
        Ok(Guided { denoiser, scale, classes: self.classes() })
    }

    /// The student as a consistency function.
    pub fn student(&self) -> Result<Bounded<Body>, ModelError> {
        self.student_of(self.body.clone())
    }

    /// [`Model::student`] around `denoiser`, which stands for this model's own.
    pub fn student_of<D: Denoiser>(&self, denoiser: D) -> Result<Bounded<D>, ModelError> {
        self.require(matches!(self.manifest.role, Role::Student(_)), "a student")?;
        let boundary = self.spec.boundary;
        let boundary = boundary
            .ok_or_else(|| ModelError::Description("a student without a boundary".into()))?;
        let sigma_data = self.recipe.model.sigma_data;
        Ok(Bounded { denoiser, boundary, sigma_data })
    }

    /// A short title for pictures and tables.
    pub fn title(&self) -> String {
        StageName::title_of(&self.file_name())
    }

    /// The name of its file in a run: `teacher`, `cm`, `direct` or another method.
    pub fn file_name(&self) -> String {
        match &self.manifest.role {
            Role::Teacher => "teacher".into(),
            Role::Features => "features".into(),
            Role::Student(name) => name.clone(),
        }
    }

    /// A student is only ever compared with the teacher that it was distilled from.
    pub fn require_parent(&self, teacher: &Self) -> Result<(), ModelError> {
        self.require(matches!(self.manifest.role, Role::Student(_)), "a student")?;
        let student = || self.manifest.name.clone();
        if self.manifest.parent.as_ref() != Some(&teacher.sha256) {
            return Err(ModelError::Parent { student: student() });
        }
        // Anybody can write a teacher's sum into a file.
        let kind = |model: &Self| (model.dims(), model.classes(), model.recipe.model.process);
        if kind(self) != kind(teacher) {
            return Err(ModelError::Kind { student: student() });
        }
        Ok(())
    }

    fn require(&self, holds: bool, needed: &'static str) -> Result<(), ModelError> {
        let found = || match &self.manifest.role {
            Role::Teacher => "a teacher".to_owned(),
            Role::Student(name) => format!("a student ({name})"),
            Role::Features => "a feature network".to_owned(),
        };
        if holds { Ok(()) } else { Err(ModelError::Role { found: found(), needed }) }
    }
}
