//! How far students are apart, and from their teacher, by figures over the same draws.

use std::collections::BTreeMap;

use super::{Drawn, baseline};
use crate::{engine::report::Difference, math::chance::Score};

/// Figures with what chance does to them, by the names that the report has for them.
pub(super) type Scores = BTreeMap<&'static str, Score>;

/// Each student less the one before it, at each number of steps; then single steps less all of the teacher's, and less
/// its baselines: the first of `solvers`, and the others.
pub(super) fn differences((solvers, students): (&[Drawn], &[Drawn])) -> Vec<Difference> {
    let apart = students.iter().enumerate().filter_map(|(index, own)| {
        let is_other = |other: &&Drawn| {
            other.line.steps == own.line.steps && other.line.model != own.line.model
        };
        let other = students[..index].iter().rev().find(is_other)?;
        Some(difference(own, other, other.line.model.clone()))
    });
    let name = |other: &Drawn| baseline::name(&solvers[0].line, &other.line);
    let single = students.iter().filter(|own| own.line.steps == 1);
    let lost = single
        .flat_map(|own| solvers.iter().map(move |other| difference(own, other, name(other))))
        // Where samples are not measured they differ in nothing.
        .filter(|lost| !lost.figures.is_empty());
    apart.chain(lost).collect()
}

fn difference(own: &Drawn, other: &Drawn, less: String) -> Difference {
    let figure =
        |(name, score): (&&'static str, &Score)| Some((*name, score.less(other.scores.get(name)?)));
    Difference {
        model: own.line.model.clone(),
        less,
        steps: own.line.steps,
        figures: own.scores.iter().filter_map(figure).collect(),
    }
}
