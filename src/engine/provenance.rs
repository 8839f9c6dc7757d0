//! What figures and pictures are of, so that they are never taken for those of other models.

use std::collections::BTreeMap;

use serde::Serialize;

use super::shipped::ModelSet;
use crate::store::DataRecord;

/// This program and its version.
pub const SOFTWARE: &str = concat!("skipstone ", env!("CARGO_PKG_VERSION"));

/// What figures were measured on, and with: so that they are never taken for those of others.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Provenance {
    /// The program and its version.
    pub software: &'static str,
    /// What the teacher learnt from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Its SHA-256.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_sha256: Option<String>,
    /// The SHA-256 of the feature network by which samples are measured; none of points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub features_sha256: Option<String>,
    /// The SHA-256 of each model's weights, by its name.
    pub weights: BTreeMap<String, String>,
}

impl Provenance {
    /// That of all models of `set`.
    pub fn of(set: &ModelSet) -> Self {
        let data = set.teacher.manifest.data.as_ref();
        let weights = set.models().map(|model| (model.file_name(), model.sha256.clone()));
        Self {
            software: SOFTWARE,
            data: data.map(|data| data.name.clone()),
            data_sha256: data.map(|data| data.sha256.clone()),
            features_sha256: Some(set.features_file.sha256.clone()).filter(|sum| !sum.is_empty()),
            weights: weights.collect(),
        }
    }
}

/// What models are of: their preset, and in brackets the images they learnt where these are called otherwise.
pub fn subject(preset: &str, data: Option<&DataRecord>) -> String {
    match data {
        Some(data) if data.shape.len() == 3 && data.name != preset => {
            format!("{preset} ({})", data.name)
        }
        _ => preset.to_owned(),
    }
}
