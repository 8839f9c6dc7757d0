//! How far students are apart, and from their teacher, by figures over the same draws.

use std::collections::BTreeMap;

use super::Drawn;
use crate::{engine::report::Difference, math::chance::Score};

/// Figures with what chance does to them, by the names that the report has for them.
pub(super) type Scores = BTreeMap<&'static str, Score>;

/// Each student less the one before it, at each number of steps; then single steps less all of the teacher's.
pub(super) fn differences(columns: &[Drawn]) -> Vec<Difference> {
    let Some((teacher, students)) = columns.split_first() else { return Vec::new() };
    let apart = students.iter().enumerate().filter_map(|(index, own)| {
        let is_other = |other: &&Drawn| {
            other.line.steps == own.line.steps && other.line.model != own.line.model
        };
        students[..index].iter().rev().find(is_other).map(|other| difference(own, other))
    });
    let single = students.iter().filter(|own| own.line.steps == 1);
    // Where samples are not measured they differ in nothing.
    let lost = single.map(|own| difference(own, teacher)).filter(|lost| !lost.figures.is_empty());
    apart.chain(lost).collect()
}

fn difference(own: &Drawn, other: &Drawn) -> Difference {
    let less =
        |(name, score): (&&'static str, &Score)| Some((*name, score.less(other.scores.get(name)?)));
    Difference {
        model: own.line.model.clone(),
        less: other.line.model.clone(),
        steps: own.line.steps,
        figures: own.scores.iter().filter_map(less).collect(),
    }
}
