//! How far students are apart, by figures over the same draws.

use std::collections::BTreeMap;

use super::Drawn;
use crate::{engine::report::Difference, math::chance::Score};

/// Figures with what chance does to them, by the names that the report has for them.
pub(super) type Scores = BTreeMap<&'static str, Score>;

/// Each student less the one before it, at each number of steps.
pub(super) fn differences(columns: &[Drawn]) -> Vec<Difference> {
    let students = columns.iter().enumerate().skip(1);
    let differences = students.filter_map(|(index, own)| {
        let is_other = |other: &&Drawn| {
            other.line.steps == own.line.steps && other.line.model != own.line.model
        };
        let other = columns[1..index].iter().rev().find(is_other)?;
        let less = |(name, score): (&&'static str, &Score)| {
            Some((*name, score.less(other.scores.get(name)?)))
        };
        Some(Difference {
            model: own.line.model.clone(),
            less: other.line.model.clone(),
            steps: own.line.steps,
            figures: own.scores.iter().filter_map(less).collect(),
        })
    });
    differences.collect()
}
