//! The manifest of a weights file: everything needed to run, judge and remake it.
//!
//! What the network is, how and on what it was trained, how good it is, and golden samples to
//! check a device against. The upper layers give `model`, `recipe` and `metrics` their types.

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::Value;

use super::{Archive, FORMAT, HostTensor, Precision, StoreError};

/// Name of the golden noise, `[n, d]`, in the archive.
pub const GOLDEN_INPUT: &str = "golden.input";
/// Name of the golden outputs, `[n, d]`, in the archive.
pub const GOLDEN_OUTPUT: &str = "golden.output";

/// What a weights file says about itself. Unknown fields are refused: within a format there are none.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the layout, [`FORMAT`] when written by this program.
    #[serde(deserialize_with = "known_format")]
    pub format: u32,
    /// What the network is for.
    pub role: Role,
    /// Name for people: data set and method.
    pub name: String,
    /// Network, process, prediction and boundary.
    pub model: Value,
    /// How it was trained.
    pub recipe: Value,
    /// SHA-256 of the teacher's file, for a student.
    pub parent: Option<String>,
    /// What it was trained on, or is the exact denoiser of; none where nobody recorded it.
    pub data: Option<DataRecord>,
    /// Measured quality, with intervals.
    pub metrics: Value,
    /// Seed of the training run.
    pub seed: u64,
    /// Training samples seen.
    pub images_seen: u64,
    /// Optimiser steps taken.
    pub steps: u64,
    /// How the golden tensors of the archive were made.
    pub golden: Option<Golden>,
    /// Program and version that wrote the file.
    pub software: String,
}

/// What a network is for.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A denoiser, sampled by a solver.
    Teacher,
    /// A consistency function, with the name of the method that made it.
    Student(String),
    /// A feature extractor for Frechet distances.
    Features,
}

impl Role {
    /// Whether this student was distilled for a single step, and is not meant for more.
    pub fn is_for_one_step(&self) -> bool {
        matches!(self, Self::Student(method) if method == "strong")
    }
}

/// The data set behind the weights.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DataRecord {
    /// Name for people.
    pub name: String,
    /// SHA-256 of the data.
    pub sha256: String,
    /// Licence of the data.
    pub licence: String,
    /// Number of samples.
    pub samples: u64,
    /// Names of the classes, in the order of their labels.
    pub classes: Vec<String>,
    /// Dimensions of one sample, slowest first.
    pub shape: Vec<usize>,
}

/// How the golden outputs follow from the golden noise.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Golden {
    /// Seed of the noise.
    pub seed: u64,
    /// Times of the samples, one each.
    pub times: Vec<f64>,
    /// Labels of the samples, one each.
    pub labels: Vec<u32>,
    /// Largest difference accepted on another device, in model space.
    pub tolerance: f64,
}

/// The golden samples of an archive, ready to be compared with.
#[derive(Clone, Copy, Debug)]
pub struct GoldenCase<'a> {
    /// How they were made.
    pub recipe: &'a Golden,
    /// The noise, `[n, d]`.
    pub input: &'a HostTensor,
    /// The expected outputs, `[n, d]`.
    pub output: &'a HostTensor,
}

/// Precision of shipped weights: golden tensors are exact, the network's are halved.
pub fn weights_precision(name: &str) -> Precision {
    if name.starts_with("golden.") { Precision::F32 } else { Precision::F16 }
}

impl Archive<Manifest> {
    /// The golden samples if the file has them; an error if the manifest and tensors disagree.
    pub fn golden(&self) -> Result<Option<GoldenCase<'_>>, StoreError> {
        let tensors = (self.tensors.get(GOLDEN_INPUT), self.tensors.get(GOLDEN_OUTPUT));
        match (&self.manifest.golden, tensors) {
            (None, (None, None)) => Ok(None),
            (Some(recipe), (Some(input), Some(output))) => {
                let case = GoldenCase { recipe, input, output };
                case.check().map(|()| Some(case))
            }
            _ => Err(mismatch("golden samples need a manifest entry, an input and an output")),
        }
    }
}

impl GoldenCase<'_> {
    fn check(&self) -> Result<(), StoreError> {
        let &[n, d] = &self.input.shape[..] else {
            return Err(mismatch(format!("{GOLDEN_INPUT} is not [n, d]")));
        };
        if self.output.shape != [n, d] {
            return Err(mismatch(format!("{GOLDEN_OUTPUT} is not [{n}, {d}] as the input is")));
        }
        if self.recipe.times.len() != n || self.recipe.labels.len() != n {
            return Err(mismatch(format!("{n} golden samples need {n} times and {n} labels")));
        }
        Ok(())
    }
}

fn mismatch(what: impl Into<String>) -> StoreError {
    StoreError::Mismatch(what.into())
}

/// The header's number decides what can be read; this one must not contradict it.
fn known_format<'de, D: Deserializer<'de>>(input: D) -> Result<u32, D::Error> {
    let format = u32::deserialize(input)?;
    if format > FORMAT {
        return Err(D::Error::custom(format!("format {format}, we read up to {FORMAT}")));
    }
    Ok(format)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn archive() -> Archive<Manifest> {
        let manifest = Manifest {
            format: FORMAT,
            role: Role::Student("cm".to_owned()),
            name: "tiles, CM".to_owned(),
            model: json!({ "network": { "width": 32 } }),
            recipe: json!({ "intervals": 100 }),
            parent: Some("00".repeat(32)),
            data: None,
            metrics: json!({}),
            seed: u64::MAX,
            images_seen: 12_800,
            steps: 400,
            golden: Some(Golden {
                seed: 1,
                times: vec![1000.0, 0.1],
                labels: vec![0, 3],
                tolerance: 1e-3,
            }),
            software: "skipstone 0.1.0".to_owned(),
        };
        let golden = HostTensor { shape: vec![2, 1], values: vec![0.1, 0.2] };
        let names = [GOLDEN_INPUT, GOLDEN_OUTPUT].map(str::to_owned);
        Archive { manifest, tensors: names.map(|name| (name, golden.clone())).into() }
    }

    #[test]
    fn weights_come_back_with_their_manifest_and_exact_golden_samples() {
        let bytes = archive().to_bytes(weights_precision).unwrap();
        let read = Archive::<Manifest>::from_bytes(&bytes).unwrap();
        assert_eq!(read, archive());
        let golden = read.golden().unwrap().unwrap();
        assert_eq!((golden.input.values[0], golden.recipe.times[1]), (0.1, 0.1));
    }

    #[test]
    fn numbers_come_back_to_the_last_bit() {
        let mut written = archive();
        // Read digit by digit, this one ends in 12.
        written.manifest.recipe = json!({ "sigma_data": 0.466_398_336_539_931_24 });
        let bytes = written.to_bytes(weights_precision).unwrap();
        assert_eq!(Archive::<Manifest>::from_bytes(&bytes).unwrap(), written);
    }

    #[test]
    fn roles_are_short_words() {
        assert_eq!(serde_json::to_value(Role::Teacher).unwrap(), json!("teacher"));
        assert_eq!(
            serde_json::to_value(Role::Student("cm".into())).unwrap(),
            json!({ "student": "cm" })
        );
    }

    #[test]
    fn unknown_or_missing_fields_and_later_formats_are_refused() {
        let read = |manifest: Value| {
            let bytes = Archive { manifest, tensors: archive().tensors }
                .to_bytes(weights_precision)
                .unwrap();
            Archive::<Manifest>::from_bytes(&bytes)
        };
        let good = serde_json::to_value(archive().manifest).unwrap();
        assert!(read(good.clone()).is_ok());
        for (key, value) in [("colour", json!(1)), ("seed", json!("x")), ("format", json!(9))] {
            let mut bad = good.clone();
            bad[key] = value;
            assert!(matches!(read(bad), Err(StoreError::Damaged(_))), "{key}");
        }
        assert!(read(json!({ "format": 1 })).is_err());
    }

    #[test]
    fn golden_tensors_that_contradict_the_manifest_are_refused() {
        let mut bad = archive();
        bad.tensors.remove(GOLDEN_OUTPUT);
        assert!(matches!(bad.golden(), Err(StoreError::Mismatch(_))));
        let mut bad = archive();
        bad.manifest.golden.as_mut().unwrap().labels.pop();
        assert!(matches!(bad.golden(), Err(StoreError::Mismatch(_))));
        let mut none = archive();
        none.manifest.golden = None;
        none.tensors.clear();
        assert!(none.golden().unwrap().is_none());
    }
}
