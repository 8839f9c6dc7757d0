//! The comparison as a picture: rows of noises, a column for each sampler.

use super::{Comparison, Drawn};
use crate::{
    data::Shape,
    engine::{
        provenance::subject,
        report::{self, Line, Report, significant},
        sampling::Request,
        shipped::ModelSet,
    },
    math::seed::{self, Purpose},
    picture::{Cell, Column, Sheet},
};

/// All samplers side by side.
pub(super) fn sheet(
    set: &ModelSet,
    report: &Report,
    columns: &[Drawn],
    comparison: &Comparison,
    request: &Request,
) -> Sheet {
    let d = set.teacher.dims();
    let shape = set.teacher.recipe.shape();
    let samples = request.labels.len();
    let shown = comparison.rows.min(samples);
    let drawn = if shape.is_some() { shown } else { samples }; // points are all shown
    let z = seed::rows(request.seed, Purpose::Initial, 0, 0, [drawn, d]);

    // Points are coloured by where the teacher takes their noise.
    let colours = nearest_components(set, &columns[0].samples.values);
    let cell = |values: &[f32]| match shape {
        Some(shape) => Cell::Images { values: values[..shown * d].to_vec(), shape },
        None => Cell::Points { values: values.to_vec(), labels: colours.clone(), reach: None },
    };
    let mut all = vec![Column {
        group: "Noise".into(),
        heading: "z".into(),
        captions: Vec::new(),
        cell: match shape {
            Some(shape) => Cell::noise_images(&z, shape),
            None => Cell::noise_points(z, colours.clone()),
        },
    }];
    let has_frechet = report.lines.iter().any(|line| line.frechet_data.is_some());
    all.extend(columns.iter().map(|column| {
        let line = &column.line;
        let heading = report::steps(line.steps);
        let (group, cell) = (line.model.clone(), cell(&column.samples.values));
        Column { group, heading, captions: captions(line, report.samples, has_frechet), cell }
    }));
    Sheet {
        title: "The teacher's ODE solution and its few-step students".into(),
        subtitle: subtitle(set, report),
        measures: measures(has_frechet),
        columns: all,
        foot: foot(shape),
    }
}

fn subtitle(set: &ModelSet, report: &Report) -> String {
    let subject = subject(&report.preset, set.teacher.manifest.data.as_ref());
    let Report { intervals, guidance, seed, samples, device, method, .. } = report;
    let times: String = report.times.iter().map(|later| at(later)).collect();
    format!(
        "{subject} · {} with N = {intervals} · w = {guidance} · seed {seed}{times} · measured on {samples} samples · {device}",
        method.title()
    )
}

/// That students of so many steps take them at other times than even ones.
fn at(later: &[f64]) -> String {
    let steps = report::steps(later.len() + 1);
    let times: Vec<_> = later.iter().map(|&t| report::time(t)).collect();
    format!(" · {steps} with t = {}", times.join(", "))
}

/// What the captions of a column are.
fn measures(has_frechet: bool) -> Vec<String> {
    let mut measures = vec!["network calls".to_owned(), "time a sample".into(), "ODE error".into()];
    if has_frechet {
        measures.push("Frechet to data".into());
    }
    measures
}

/// The [`measures`] of a sampler.
fn captions(line: &Line, samples: usize, has_frechet: bool) -> Vec<String> {
    let number = |value: Option<f64>| value.map_or("–".into(), significant);
    let mut captions = vec![
        line.evaluations.to_string(),
        format!("{} ms", significant(1e3 * line.seconds / samples as f64)),
        number(line.ode.map(|ode| ode.squared.mean)),
    ];
    if has_frechet {
        captions.push(number(line.frechet_data.map(|found| found.mean)));
    }
    captions
}

fn foot(shape: Option<Shape>) -> String {
    let what = if shape.is_some() { "Every row starts" } else { "All samplers start" };
    format!(
        "{what} from the same noise. ODE error: mean squared distance to the teacher's solution. \
         Only one-step samples solve the ODE; with more steps a student adds fresh noise in between."
    )
}

/// The component nearest to each point; all zero without a mixture.
fn nearest_components(set: &ModelSet, points: &[f32]) -> Vec<u32> {
    let mixture = set.teacher.recipe.mixture();
    mixture.map_or_else(|| vec![0; points.len() / 2], |mixture| mixture.nearest(points))
}
