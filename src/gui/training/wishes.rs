//! What a person wants trained, as far as it was said.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
    path::PathBuf,
};

use serde::{Deserialize, Serialize};

use crate::engine::{
    Recipe, StageName, data,
    recipe::{DEFAULT_PRESET, PRESETS},
    training::{Plan, usual_folder},
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
    pub values: BTreeMap<String, f64>,
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
            set: self.values.iter().map(|(key, value)| assignment(key, *value)).collect(),
        }
    }

    /// Sets a value; one that is the preset's own is not kept.
    pub(super) fn set(&mut self, key: &str, value: f64, own: f64) {
        if value == own {
            self.values.remove(key);
        } else {
            self.values.insert(key.to_owned(), value);
        }
    }
}

/// Whole numbers without a point: the recipe tells the two apart.
fn assignment(key: &str, value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        format!("{key}={}", value as i64)
    } else {
        format!("{key}={value}")
    }
}

/// A value that many want to change.
pub(super) struct Value {
    pub(super) key: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
    pub(super) range: RangeInclusive<f64>,
    pub(super) read: fn(&Recipe) -> f64,
}

/// What the rates are called, which are small numbers of many digits.
pub(super) const RATE: &str = "Learning rate";

/// Those that teacher and students have alike: a row each, the teacher's first.
pub(super) const PAIRS: [[Value; 2]; 3] = [
    [
        Value {
            key: "teacher.optimisation.steps",
            label: "Steps",
            hint: "Optimiser steps of the teacher.",
            range: RangeInclusive::new(1.0, 1e7),
            read: |recipe| recipe.teacher.optimisation.steps as f64,
        },
        Value {
            key: "student.optimisation.steps",
            label: "Steps",
            hint: "Optimiser steps of CM and Direct CM; a strong student may have its own.",
            range: RangeInclusive::new(1.0, 1e7),
            read: |recipe| recipe.student.optimisation.steps as f64,
        },
    ],
    [
        Value {
            key: "teacher.optimisation.batch",
            label: "Batch",
            hint: "Samples in each step of the teacher.",
            range: RangeInclusive::new(1.0, 4096.0),
            read: |recipe| recipe.teacher.optimisation.batch as f64,
        },
        Value {
            key: "student.optimisation.batch",
            label: "Batch",
            hint: "Samples in each step of a student.",
            range: RangeInclusive::new(1.0, 4096.0),
            read: |recipe| recipe.student.optimisation.batch as f64,
        },
    ],
    [
        Value {
            key: "teacher.optimisation.rate",
            label: RATE,
            hint: "Peak learning rate of the teacher.",
            range: RangeInclusive::new(1e-7, 1.0),
            read: |recipe| recipe.teacher.optimisation.rate,
        },
        Value {
            key: "student.optimisation.rate",
            label: RATE,
            hint: "Peak learning rate of CM and Direct CM; a strong student may have its own.",
            range: RangeInclusive::new(1e-7, 1.0),
            read: |recipe| recipe.student.optimisation.rate,
        },
    ],
];

pub(super) const INTERVALS: Value = Value {
    key: "student.intervals",
    label: "Intervals N",
    hint: "Steps of the teacher's solver, and of the students' time grid.",
    range: RangeInclusive::new(1.0, 1000.0),
    read: |recipe| recipe.student.intervals as f64,
};

pub(super) const GUIDANCE: Value = Value {
    key: "student.guidance",
    label: "Guidance w",
    hint: "How strongly the teacher leans to the class asked for, not at all at w = 1; the students learn it \
           built in.",
    range: RangeInclusive::new(0.0, 16.0),
    read: |recipe| recipe.student.guidance,
};

pub(super) const LOOKS: Value = Value {
    key: "output.sample_every",
    label: "Look every",
    hint: "Steps between two looks: samples from the fixed noise, and the measures.",
    range: RangeInclusive::new(1.0, 1e6),
    read: |recipe| recipe.output.sample_every as f64,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_the_panel_reaches_the_recipe_and_is_read_back() {
        let others = [INTERVALS, GUIDANCE, LOOKS];
        for value in PAIRS.into_iter().flatten().chain(others) {
            let mut wishes = Wishes::default();
            let own = (value.read)(&wishes.plan("emoji").fresh().unwrap());
            let other = if own < 1.0 { own / 2.0 } else { 2.0 * own };
            wishes.set(value.key, other, own);
            let recipe = wishes.plan("emoji").fresh().expect(value.key);
            assert_eq!((value.read)(&recipe), other, "{}", value.key);
            wishes.set(value.key, own, own);
            assert_eq!(wishes, Wishes::default());
        }
    }

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
