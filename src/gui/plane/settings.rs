//! What a person set in the plane.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::arrangement::Arrangement;
use crate::{
    data::Mixture,
    diffusion::Method,
    engine::worker::plane::{Request, Teacher, Training},
    math::seed::Seed,
};

/// How a map is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// As the image of a polar lattice.
    Lattice,
    /// As the images of noises.
    Particles,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlaneSettings {
    /// The data.
    #[serde(serialize_with = "write", deserialize_with = "read")]
    pub mixture: Mixture,
    /// The teacher's solver, one that students can learn from.
    #[serde(deserialize_with = "taught")]
    pub method: Method,
    /// Its intervals N.
    pub intervals: usize,
    /// Optimiser steps of a distillation.
    pub steps: u64,
    /// How maps are drawn.
    pub shown: Shown,
}

impl Default for PlaneSettings {
    /// The ring, DDIM with N = 20, and a distillation of half a minute.
    fn default() -> Self {
        Self {
            mixture: Arrangement::Ring.mixture(),
            method: Method::Ddim,
            intervals: 20,
            steps: 3000,
            shown: Shown::Lattice,
        }
    }
}

impl PlaneSettings {
    /// The exact teacher of the mixture.
    pub(super) fn teacher(&self) -> Teacher {
        let Self { mixture, method, intervals, .. } = self;
        Teacher { mixture: mixture.clone(), method: *method, intervals: *intervals }
    }

    /// The distillation of that teacher's students.
    pub(super) fn distillation(&self, seed: Seed) -> Request {
        Request::Distil(self.teacher(), Training { seed, steps: self.steps })
    }
}

/// A mixture in a file: all weights are equal.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    means: Vec<[f64; 2]>,
    std: f64,
}

fn write<S: Serializer>(mixture: &Mixture, to: S) -> Result<S::Ok, S::Error> {
    Kept { means: mixture.means.clone(), std: mixture.std }.serialize(to)
}

/// Files of older versions may hold a solver with memory.
fn taught<'de, D: Deserializer<'de>>(from: D) -> Result<Method, D::Error> {
    let method = Method::deserialize(from)?;
    Ok(if method.has_memory() { Method::Ddim } else { method })
}

/// A file may hold anything.
fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Mixture, D::Error> {
    let Kept { means, std } = Kept::deserialize(from)?;
    let mixture = Mixture::equal(means, std);
    match mixture.problem() {
        Some(problem) => Err(D::Error::custom(problem)),
        None => Ok(mixture),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::plane::arrangement;

    #[test]
    fn settings_survive_their_file_to_the_last_bit() {
        for arrangement in Arrangement::ALL {
            let mut settings = PlaneSettings {
                mixture: arrangement.mixture(),
                method: Method::EdmHeun,
                shown: Shown::Particles,
                ..PlaneSettings::default()
            };
            arrangement::put(&mut settings.mixture, 1, [0.123456789, -1.0 / 3.0]);
            let text = serde_json::to_string(&settings).expect("plain values");
            assert_eq!(serde_json::from_str::<PlaneSettings>(&text).expect("its own"), settings);
        }
        let older = serde_json::from_str::<PlaneSettings>(r#"{"method": "dpm2m"}"#);
        assert_eq!(older.expect("of an older version"), PlaneSettings::default());
        let all_by_default =
            serde_json::from_str::<PlaneSettings>("{}").expect("nothing is needed");
        assert_eq!(all_by_default, PlaneSettings::default());
    }

    #[test]
    fn what_is_no_mixture_is_refused() {
        for mixture in [
            r#"{"means": [], "std": 0.1}"#,
            r#"{"means": [[0, 0]], "std": 0}"#,
            r#"{"means": [[0, 0]], "std": -0.1}"#,
            r#"{"means": [[0, 0]], "std": 0.1, "weights": [2]}"#,
        ] {
            let text = format!(r#"{{"mixture": {mixture}}}"#);
            assert!(serde_json::from_str::<PlaneSettings>(&text).is_err(), "{mixture}");
        }
        assert!(serde_json::from_str::<PlaneSettings>(r#"{"std": 0.1}"#).is_err());
    }
}
