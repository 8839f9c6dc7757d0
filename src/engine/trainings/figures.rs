//! From what `eval` wrote of each training to the figures of all.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Figure, Row};
use crate::{
    engine::report::{Apart, DIFFERENCES, interval, percent},
    math::statistics::Estimate,
};

/// What is gathered: what `eval` tells students apart by, then what it says of each sampler alone, whose differences need
/// no intervals of its own here.
pub(super) const FIGURES: [&[Apart]; 2] = [&DIFFERENCES, &ALONE];
const ALONE: [Apart; 8] = [
    ("FD-inf teacher", "frechet_infinity_teacher", interval),
    ("FD-inf data", "frechet_infinity_data", interval),
    ("white FD-inf teacher", "white_infinity_teacher", interval),
    ("white FD-inf data", "white_infinity_data", interval),
    ("sharpness", "sharpness", interval),
    ("recall", "recall", percent),
    ("density", "density", interval),
    ("near copies", "near_copies", percent),
];

/// Shares of 1, whose ends Student's interval does not know; differences of these may be below 0.
const SHARES: [&str; 5] = ["agreement", "precision", "coverage", "recall", "near_copies"];

/// Name and steps of a sampler, or of a difference.
pub(super) type Key = (String, u64);
/// Figures by name.
pub(super) type Means = BTreeMap<&'static str, f64>;

/// What was measured of one training: samplers, then differences.
pub(super) fn rows(figures: &Value) -> Vec<(Key, Means)> {
    let list = |key: &str| figures[key].as_array().into_iter().flatten();
    let lines: Vec<_> = list("lines").map(|line| (key(line, "model"), of_line(line))).collect();
    let differences = list("differences").map(|difference| {
        let ((model, steps), (less, _)) = (key(difference, "model"), key(difference, "less"));
        let of_lines = apart(&lines, &model, &less, steps);
        let own = means(|name| difference["figures"][name]["mean"].as_f64());
        ((format!("{model} - {less}"), steps), of_lines.into_iter().chain(own).collect())
    });
    let differences: Vec<_> = differences.collect();
    lines.into_iter().chain(differences).collect()
}

/// What tells one row of figures from another.
fn key(row: &Value, name: &str) -> Key {
    (row[name].as_str().unwrap_or_default().to_owned(), row["steps"].as_u64().unwrap_or_default())
}

/// The figures that `find` finds.
fn means(find: impl Fn(&str) -> Option<f64>) -> Means {
    let all = FIGURES.into_iter().flatten();
    all.filter_map(|(_, name, _)| Some((*name, find(name)?))).collect()
}

/// The figures of a sampler; in a difference all lie side by side.
fn of_line(line: &Value) -> Means {
    let figure = |name: &str| match name {
        "ode" => &line["ode"]["squared"],
        "precision" | "recall" | "density" | "coverage" => &line["beside_teacher"][name],
        _ => &line[name],
    };
    means(|name| figure(name)["mean"].as_f64())
}

/// Figures of the student `model` less those of `less`, another at the same steps or the teacher.
fn apart(lines: &[(Key, Means)], model: &str, less: &str, steps: u64) -> Means {
    let called = |name: &str, is_at: &dyn Fn(u64) -> bool| {
        let mut found = lines.iter().filter(|((own, at), _)| own == name && is_at(*at));
        found.next().map(|(_, means)| means)
    };
    let other = called(less, &|at| at == steps).or_else(|| called(less, &|_| true));
    let Some((own, other)) = called(model, &|at| at == steps).zip(other) else {
        return Means::new();
    };
    own.iter().filter_map(|(name, own)| Some((*name, own - other.get(name)?))).collect()
}

/// The figures of `key` that all trainings have; none where there are none.
pub(super) fn gathered(key: &Key, measured: &[Vec<(Key, Means)>]) -> Option<Row> {
    let found = measured.iter().map(|rows| {
        let own = rows.iter().find(|(found, _)| found == key)?;
        Some(&own.1)
    });
    let found = found.collect::<Option<Vec<_>>>()?;
    let figure = |name: &&'static str| {
        let each = found.iter().map(|means| means.get(name).copied());
        let each = each.collect::<Option<Vec<f64>>>()?;
        let mut all = Estimate::of_trials(&each);
        if SHARES.contains(name) && !key.0.contains(" - ") {
            (all.low, all.high) = (all.low.max(0.0), all.high.min(1.0));
        }
        Some((*name, Figure { all, each }))
    };
    let figures: BTreeMap<_, _> = found[0].keys().filter_map(figure).collect();
    let (of, steps) = key.clone();
    (!figures.is_empty()).then_some(Row { of, steps, figures })
}
