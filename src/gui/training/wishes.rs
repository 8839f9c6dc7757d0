//! What a person wants trained, as far as it was said.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};

use crate::{
    engine::{
        StageName, data,
        recipe::{DEFAULT_PRESET, PRESETS},
        training::{Plan, usual_folder},
    },
    train::Optimiser,
};

/// See the module. What is `None` follows the preset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wishes {
    /// The preset; none: that of the open models where its data is inside the program.
    pub preset: Option<String>,
    /// A name or a path.
    pub data: Option<String>,
    /// The run's folder.
    pub folder: Option<String>,
    /// Stages left out, by their names in files.
    pub without: BTreeSet<String>,
    /// Values over the preset's, by their dotted names.
    pub values: BTreeMap<String, Wish>,
}

/// A value over the preset's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Wish {
    /// Steps, sizes and rates.
    Number(f64),
    /// Of the teacher, or of CM and Direct CM.
    Optimiser(Optimiser),
}

impl From<f64> for Wish {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<Optimiser> for Wish {
    fn from(optimiser: Optimiser) -> Self {
        Self::Optimiser(optimiser)
    }
}

impl Default for Wishes {
    /// Everything as the preset has it.
    fn default() -> Self {
        Self {
            preset: None,
            data: None,
            folder: None,
            without: BTreeSet::new(),
            values: BTreeMap::new(),
        }
    }
}

impl Wishes {
    /// The preset, where `models` are open.
    pub(super) fn preset(&self, models: &str) -> String {
        let has_data =
            |name: &&str| data::files_of(name).is_none() && PRESETS.iter().any(|(p, _)| p == name);
        let fallback = || Some(models).filter(has_data).unwrap_or(DEFAULT_PRESET).to_owned();
        self.preset.clone().unwrap_or_else(fallback)
    }

    /// Stays with the preset that counts now, whichever models are opened later.
    pub(super) fn pin(&mut self, models: &str) {
        self.preset = Some(self.preset(models));
    }

    /// Another preset; what depends on it starts from its own.
    pub(super) fn choose(&mut self, preset: &str) {
        *self = Self { preset: Some(preset.to_owned()), ..Self::default() };
    }

    /// Whether this stage is not left out.
    pub(super) fn has(&self, stage: StageName) -> bool {
        !self.without.contains(&stage.file_name())
    }

    /// Whether all of the preset shall be trained as it is.
    pub(super) fn is_usual(&self) -> bool {
        let Self { data, without, values, .. } = self;
        data.is_none() && without.is_empty() && values.is_empty()
    }

    /// The run's folder.
    pub(super) fn folder(&self, models: &str) -> PathBuf {
        match self.folder.as_deref().map(str::trim) {
            Some(folder) if !folder.is_empty() => folder.into(),
            _ => usual_folder(&self.preset(models)),
        }
    }

    /// All of it as the engine takes it.
    pub(super) fn plan(&self, models: &str) -> Plan {
        Plan {
            preset: self.preset(models),
            data: self.data.as_ref().map(|data| data.trim().to_owned()),
            out: self.folder(models),
            stages: StageName::ALL.into_iter().filter(|stage| self.has(*stage)).collect(),
            set: self.values.iter().map(|(key, wish)| format!("{key}={}", wish.as_set())).collect(),
        }
    }

    /// Sets a value; one that is the preset's own is not kept.
    pub(super) fn set<T: Into<Wish> + PartialEq>(&mut self, key: &str, value: T, own: T) {
        if value == own {
            self.values.remove(key);
        } else {
            self.values.insert(key.to_owned(), value.into());
        }
    }
}

impl Wish {
    /// As `--set` takes it. Whole numbers have no point: the recipe tells the two apart.
    fn as_set(self) -> String {
        match self {
            Self::Number(value) if value.fract() == 0.0 && value.abs() < 1e15 => {
                (value as i64).to_string()
            }
            Self::Number(value) => value.to_string(),
            Self::Optimiser(optimiser) => {
                toml::Value::try_from(optimiser).expect("a name").to_string()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_word_the_open_models_are_trained_where_their_data_is_inside() {
        let wishes = Wishes::default();
        assert_eq!(
            ["ring", "digits", "my own"].map(|m| wishes.preset(m)),
            ["ring", "emoji", "emoji"]
        );
        assert_eq!(wishes.folder("ring"), PathBuf::from("runs/ring"));
        let plan = wishes.plan("ring");
        assert_eq!((plan.stages, plan.set.len()), (StageName::ALL.to_vec(), 0));
        for (preset, _) in PRESETS {
            let mut wishes = wishes.clone();
            wishes.choose(preset);
            assert_eq!(wishes.plan("emoji").fresh().expect(preset).name, preset);
        }
    }
}
