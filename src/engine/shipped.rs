//! Sets of weights: those inside this program, and those in a run's folder.

use std::path::{Path, PathBuf};

use burn::prelude::*;

use super::{LabError, features, model::Model};
use crate::{
    eval::FeatureExtractor,
    nn::NetworkConfig,
    store::{RunFolder, StoreError},
};

/// The files of one preset inside this program: `(name, bytes)`.
type Files = &'static [(&'static str, &'static [u8])];

macro_rules! files {
    ($preset:literal: $($name:literal),+) => {
        ($preset, &[$(($name, include_bytes!(
            concat!("../../assets/weights/", $preset, "/", $name, ".safetensors")
        ) as &[u8])),+] as Files)
    };
}

/// Weights that travel with this program.
const SHIPPED: &[(&str, Files)] = &[];

/// The students of a set, in the order they are shown.
const STUDENTS: [&str; 2] = ["cm", "direct"];

/// A teacher, its students, and what measures them.
pub struct ModelSet {
    /// The teacher.
    pub teacher: Model,
    /// Its students.
    pub students: Vec<Model>,
    /// Feature extractor; none where the data has no classes.
    pub features: Option<FeatureExtractor>,
}

/// Loads the model file at `path`.
pub fn load(path: &Path, device: &Device) -> Result<Model, LabError> {
    Ok(Model::from_bytes(&read(path)?, device)?)
}

fn read(path: &Path) -> Result<Vec<u8>, LabError> {
    let io = |error| StoreError::Io { action: "read", path: path.into(), error };
    Ok(std::fs::read(path).map_err(io)?)
}

/// Names of the presets with shipped weights.
pub fn presets() -> Vec<&'static str> {
    SHIPPED.iter().map(|(name, _)| *name).collect()
}

/// The bytes of the shipped file `name` of `preset`.
pub fn bytes(preset: &str, name: &str) -> Option<&'static [u8]> {
    let (_, files) = SHIPPED.iter().find(|(known, _)| *known == preset)?;
    files.iter().find(|(known, _)| *known == name).map(|(_, bytes)| *bytes)
}

impl ModelSet {
    /// The shipped set of `preset`.
    pub fn shipped(preset: &str, device: &Device) -> Result<Self, LabError> {
        let missing = || {
            let known = presets().join(", ");
            LabError::Request(format!(
                "no weights are shipped for the preset `{preset}` (there are: {known}); train it, \
                 then name the run with --run DIR"
            ))
        };
        Self::gather(device, |name| Ok(bytes(preset, name).map(<[u8]>::to_vec)))?
            .ok_or_else(missing)
    }

    /// The set in a run's folder.
    pub fn of_run(root: &Path, device: &Device) -> Result<Self, LabError> {
        let folder = RunFolder::at(root);
        let file = |name: &str| -> Result<Option<Vec<u8>>, LabError> {
            let path: PathBuf = folder.weights(name);
            if path.exists() { read(&path).map(Some) } else { Ok(None) }
        };
        Self::gather(device, file)?.ok_or_else(|| {
            LabError::Request(format!(
                "{} does not exist: there is no trained teacher in this run",
                folder.weights("teacher").display()
            ))
        })
    }

    fn gather(
        device: &Device,
        file: impl Fn(&str) -> Result<Option<Vec<u8>>, LabError>,
    ) -> Result<Option<Self>, LabError> {
        let Some(teacher) = file("teacher")? else { return Ok(None) };
        let teacher = Model::from_bytes(&teacher, device)?;
        let mut students = Vec::new();
        for name in STUDENTS {
            if let Some(bytes) = file(name)? {
                let student = Model::from_bytes(&bytes, device)?;
                student.require_parent(&teacher)?;
                students.push(student);
            }
        }
        let features = match (&teacher.recipe.model.network, file("features")?) {
            (NetworkConfig::Mlp(_), _) => Some(FeatureExtractor::Coordinates),
            (_, Some(bytes)) => Some(features::from_bytes(&bytes, device)?),
            (_, None) => None,
        };
        Ok(Some(Self { teacher, students, features }))
    }
}
