//! What of a recipe many want to change.

use std::ops::RangeInclusive;

use crate::{engine::Recipe, train::Optimiser};

/// A number.
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

/// One of the optimisers.
pub(super) struct Choice {
    pub(super) key: &'static str,
    pub(super) hint: &'static str,
    pub(super) read: fn(&Recipe) -> Optimiser,
}

/// The teacher's first, as in [`PAIRS`].
pub(super) const OPTIMISERS: [Choice; 2] = [
    Choice {
        key: "teacher.optimisation.optimiser",
        hint: "What moves the teacher's weights; each optimiser has rates of its own.",
        read: |recipe| recipe.teacher.optimisation.optimiser,
    },
    Choice {
        key: "student.optimisation.optimiser",
        hint: "What moves the weights of CM and Direct CM; each optimiser has rates of its own, and a strong \
               student may have another optimiser.",
        read: |recipe| recipe.student.optimisation.optimiser,
    },
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
    use crate::gui::training::wishes::Wishes;

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
        for value in OPTIMISERS {
            for optimiser in [Optimiser::Adamw, Optimiser::Muon] {
                let mut wishes = Wishes::default();
                let own = (value.read)(&wishes.plan("emoji").fresh().unwrap());
                wishes.set(value.key, optimiser, own);
                let recipe = wishes.plan("emoji").fresh().expect(value.key);
                assert_eq!((value.read)(&recipe), optimiser, "{}", value.key);
                let kept = serde_json::to_string(&wishes).unwrap();
                assert_eq!(serde_json::from_str::<Wishes>(&kept).unwrap(), wishes);
            }
        }
    }
}
