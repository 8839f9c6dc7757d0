//! Several trainings of the same models, each measured by `eval`: what of a figure is left from one to the next.
//!
//! An interval of `eval` is over noises, for the weights at hand. What chance does to a training only trainings tell:
//! here each of them is one value, and intervals are Student's (1908) over these.

mod figures;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{LabError, report::marked, table::Table};
use crate::math::statistics::Estimate;
use figures::{FIGURES, Key, Means, gathered, rows};

/// What was measured of one training, by `eval`.
pub struct Measured {
    /// What it is called: the file of its figures.
    pub name: String,
    /// All of them.
    pub figures: Value,
}

/// A sampler, or a student less another, in all trainings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// `CM`, or `Direct CM - CM`.
    pub of: String,
    /// Its steps.
    pub steps: u64,
    /// By the names that `eval` has for them.
    pub figures: BTreeMap<&'static str, Figure>,
}

/// One figure of all trainings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// In the order of the trainings.
    pub each: Vec<f64>,
    /// Their mean, with its 95% interval over trainings.
    pub all: Estimate,
}

/// What all trainings have in common, and how far they differ.
#[derive(Clone, Debug, Serialize)]
pub struct Trainings {
    /// Of all.
    pub preset: String,
    /// Noises measured of each.
    pub samples: u64,
    /// What they are called.
    pub trainings: Vec<String>,
    /// What else is to be known of them.
    pub notes: Vec<String>,
    /// Samplers, then differences.
    pub rows: Vec<Row>,
}

/// What all trainings have to agree on, by the names that `eval` has for it; and why.
const ALIKE: [(&str, &str); 9] = [
    ("preset", "only trainings of the same models are to be gathered"),
    ("samples", "distances depend on it, so measure each with the same --samples"),
    ("method", ONE_ODE),
    ("intervals", ONE_ODE),
    ("guidance", ONE_ODE),
    (
        "times",
        "students took their steps at different times, so measure each with the same --times",
    ),
    ("data_sha256", "they learnt from different data"),
    ("held_out", "distances depend on it, so measure each with the same --samples and --data"),
    (
        "features_sha256",
        "figures by different feature networks cannot be compared: copy weights/features.safetensors of one run to \
         the other, and measure that again",
    ),
];
const ONE_ODE: &str = "students of one recipe learn to solve one ODE in one way";

impl Trainings {
    /// Gathers `all`; an error where they are fewer than two, differ in what decides a figure, or measured the same
    /// weights. What one of them lacks is left out.
    pub fn of(all: &[Measured]) -> Result<Self, LabError> {
        let (first, others) =
            all.split_first().filter(|(_, others)| !others.is_empty()).ok_or_else(|| {
                LabError::Request("it takes the figures of two trainings at least".into())
            })?;
        let (preset, samples) = subject(first)?;
        for other in others {
            subject(other)?;
            require_alike(first, other)?;
        }
        for (i, own) in all.iter().enumerate() {
            all[..i].iter().try_for_each(|before| require_other_weights(before, own))?;
        }
        let measured: Vec<_> = all.iter().map(|one| rows(&one.figures)).collect();
        let keys = measured[0].iter().map(|(key, _)| key);
        let rows: Vec<_> = keys.filter_map(|key| gathered(key, &measured)).collect();
        let trainings = all.iter().map(|one| one.name.clone()).collect();
        let notes = notes(all).into_iter().chain(left_out(&measured, &rows)).collect();
        Ok(Self { preset, samples, trainings, notes, rows })
    }

    /// As text: of each row all trainings together; then, where `each` is asked for, one by one.
    pub fn table(&self, each: bool) -> String {
        let Self { preset, samples, trainings, notes, rows } = self;
        let mut text = format!(
            "{preset}, {} trainings, N = {samples} of each: means, with 95% intervals over trainings\n",
            trainings.len()
        );
        notes.iter().for_each(|note| text += &format!("note: {note}\n"));
        let own = if each { trainings.len() } else { 0 };
        let mut names = Vec::new();
        let mut steps = Vec::new();
        for row in rows {
            names.push(row.of.clone());
            names.extend(
                trainings[..own].iter().map(|training| format!("  {}", shortened(training))),
            );
            steps.push(row.steps.to_string());
            steps.extend(vec![String::new(); own]);
        }
        let mut table = Table::new("", &names, &steps);
        for (heading, name, write) in FIGURES.into_iter().flatten() {
            if rows.iter().any(|row| row.figures.contains_key(name)) {
                let cells = rows.iter().flat_map(|row| {
                    let figure = row.figures.get(name);
                    let of_all = cell_of_all(row, figure, *write);
                    let of_one = move |i: usize| {
                        figure.map_or("-".into(), |figure| without_interval(*write, figure.each[i]))
                    };
                    std::iter::once(of_all).chain((0..own).map(of_one))
                });
                table.column(heading, cells);
            }
        }
        text + "\n" + &table.text() + "* an interval without 0\n"
    }
}

/// The mean of all with its interval. Of a sampler itself 0 tells nothing, and equal numbers have no interval.
fn cell_of_all(row: &Row, figure: Option<&Figure>, write: fn(Estimate) -> String) -> String {
    let Some(figure) = figure else { return "-  ".into() };
    if figure.each.iter().all(|value| *value == figure.each[0]) {
        return without_interval(write, figure.each[0]) + "  ";
    }
    match row.of.contains(" - ") {
        true => marked(Some(figure.all), write),
        false => write(figure.all) + "  ",
    }
}

/// A number as it is written before its interval.
fn without_interval(write: fn(Estimate) -> String, value: f64) -> String {
    let written = write(Estimate::around(value, 0.0));
    written.split(" [").next().unwrap_or_default().to_owned()
}

/// The end of a name, which tells trainings apart.
fn shortened(name: &str) -> String {
    let count = name.chars().count();
    if count <= 28 {
        name.to_owned()
    } else {
        format!("…{}", name.chars().skip(count - 27).collect::<String>())
    }
}

/// Preset and N.
fn subject(one: &Measured) -> Result<(String, u64), LabError> {
    let (preset, samples) = (one.figures["preset"].as_str(), one.figures["samples"].as_u64());
    let found = preset.zip(samples).filter(|_| one.figures["lines"].is_array());
    let (preset, samples) = found.ok_or_else(|| {
        LabError::Request(format!("{} does not hold figures of `eval`", one.name))
    })?;
    Ok((preset.to_owned(), samples))
}

/// Refuses to gather two of which something differs that decides a figure.
fn require_alike(first: &Measured, other: &Measured) -> Result<(), LabError> {
    let of = |key: &str| [&first.figures[key], &other.figures[key]];
    let differs = |key: &str| of(key)[0] != of(key)[1];
    let Some((key, why)) = ALIKE.iter().find(|(key, _)| differs(key)) else { return Ok(()) };
    let [own, found] = of(key);
    Err(LabError::Request(format!(
        "{} and {} differ in `{key}` ({own}, {found}): {why}",
        first.name, other.name
    )))
}

/// Weights of the students, by their names; they tell one training from another.
fn students(one: &Measured) -> Vec<(&String, &Value)> {
    let weights = one.figures["weights"].as_object().into_iter().flatten();
    weights.filter(|(name, _)| *name != "teacher").collect()
}

fn require_other_weights(before: &Measured, own: &Measured) -> Result<(), LabError> {
    let known = students(before);
    match students(own).into_iter().find(|found| known.contains(found)) {
        Some((name, _)) => Err(LabError::Request(format!(
            "{} and {} measured the same weights of `{name}`: they are one training, not two",
            before.name, own.name
        ))),
        None => Ok(()),
    }
}

/// What some trainings have and others lack.
fn left_out(measured: &[Vec<(Key, Means)>], rows: &[Row]) -> Option<String> {
    let is_gathered = |(of, at): &Key| rows.iter().any(|row| row.of == *of && row.steps == *at);
    let mut names: Vec<_> = measured
        .iter()
        .flatten()
        .filter(|(key, means)| !means.is_empty() && !is_gathered(key))
        .map(|((of, _), _)| of.as_str())
        .collect();
    names.sort();
    names.dedup();
    (!names.is_empty())
        .then(|| format!("not all have these, which are left out: {}", names.join(", ")))
}

/// What an interval over these trainings leaves out, as it is the same for all.
fn notes(all: &[Measured]) -> Vec<String> {
    let is_one = |find: fn(&Value) -> &Value| {
        all.iter().all(|one| find(&one.figures) == find(&all[0].figures))
    };
    let seen = [
        (is_one(|figures| &figures["seed"]), "all were measured on the same noise (--seed)"),
        (is_one(|figures| &figures["weights"]["teacher"]), "all learnt from one teacher"),
        // Points are drawn for each seed.
        (
            all[0].figures["features_sha256"].is_string(),
            "all distances to data are to the same held-out images",
        ),
    ];
    let seen = seen.into_iter().filter(|(is_same, _)| *is_same);
    let seen = seen.map(|(_, what)| format!("{what}: what others would do is in no interval here"));
    let few = (all.len() == 2).then(|| "two trainings tell little: take three or more".to_owned());
    seen.chain(few).collect()
}
