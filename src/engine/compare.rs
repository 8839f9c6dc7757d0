//! The comparison: teacher, CM and Direct CM at 1, 2, 4 and N steps from the same noise.

use super::report::{Line, Report, significant};
use burn::prelude::*;

use super::{
    Cancel, Event, LabError,
    lab::shape_of,
    sampling::{self, Request, Sampler, Samples},
    shipped::ModelSet,
};
use crate::{
    consistency::sample::Noise,
    data::Shape,
    eval::{FeatureExtractor, OdeError, frechet},
    math::{grid::TimeGrid, seed::Seed},
    picture::{Cell, Column, Sheet},
    platform::whole,
};

/// Student steps shown; the teacher's N is added.
const STEPS: [usize; 3] = [1, 2, 4];

/// What to compare.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Seed of the shared noise.
    pub seed: Seed,
    /// Noises measured; the first of them are drawn.
    pub samples: usize,
    /// One label a sample; none: the classes in turn.
    pub labels: Option<Vec<u32>>,
    /// Rows of pictures.
    pub rows: usize,
}

/// Samples beside their line.
struct Drawn {
    line: Line,
    samples: Samples,
}

/// Reference sets for Frechet distances, rows of `d` values.
#[derive(Clone, Debug, Default)]
pub struct References {
    /// Held-out data.
    pub held_out: Vec<f32>,
    /// Training data, as many.
    pub train: Vec<f32>,
}

/// Draws and measures all samplers of `set`; the sheet shows the first rows.
pub async fn run(
    set: &ModelSet,
    comparison: &Comparison,
    references: Option<&References>,
    device: &Device,
    device_name: &str,
    cancel: &Cancel,
    report: &mut dyn FnMut(Event),
) -> Result<(Report, Sheet), LabError> {
    let recipe = &set.teacher.recipe;
    let classes = set.teacher.classes();
    let mut request = Request::new(comparison.seed, comparison.samples, classes, None);
    if let Some(labels) = &comparison.labels {
        request.labels.clone_from(labels);
    }
    let mut columns = draw_all(set, &request, device, cancel, report).await?;
    measure(&mut columns, &request);
    let floor = match (references, &set.features) {
        (Some(references), Some(features)) => {
            let teacher = independent_teacher(set, &request, device, cancel, report).await?;
            let d = set.teacher.dims();
            agreements(set, features, &mut columns, &request, device).await?;
            distances(features, d, &mut columns, references, &teacher, device).await?
        }
        _ => None,
    };

    let summary = Report {
        preset: recipe.name.clone(),
        seed: comparison.seed.0,
        samples: comparison.samples,
        method: recipe.student.method,
        intervals: recipe.student.intervals,
        guidance: recipe.student.guidance,
        device: device_name.to_owned(),
        features: set.features.as_ref().map(|features| features.name()),
        frechet_floor: floor,
        held_out: references.map(|r| r.held_out.len() / set.teacher.dims()),
        train: references.map(|r| r.train.len() / set.teacher.dims()),
        lines: columns.iter().map(|column| column.line.clone()).collect(),
    };
    let sheet = sheet(set, &summary, &columns, comparison, &request).await?;
    Ok((summary, sheet))
}

/// The teacher first, then each student at each number of steps.
async fn draw_all(
    set: &ModelSet,
    request: &Request,
    device: &Device,
    cancel: &Cancel,
    report: &mut dyn FnMut(Event),
) -> Result<Vec<Drawn>, LabError> {
    let recipe = &set.teacher.recipe;
    let grid = recipe.grid()?;
    let line = |model: String, steps, samples: &Samples| Line {
        model,
        steps,
        evaluations: samples.evaluations,
        seconds: samples.seconds,
        ode: None,
        frechet_teacher: None,
        frechet_data: None,
        agreement: None,
    };
    warm_up(set, request, device).await?;
    let sampler = Sampler::Teacher(recipe.student.method, &grid);
    let samples = sampling::draw(&set.teacher, sampler, request, device, cancel, report).await?;
    let steps = grid.intervals();
    let mut all = vec![Drawn { line: line(set.teacher.title(), steps, &samples), samples }];
    for student in &set.students {
        for steps in STEPS.into_iter().filter(|s| *s < grid.intervals()).chain([grid.intervals()]) {
            let times = grid.student_times(steps)?;
            let sampler = Sampler::Student(&times);
            let samples = sampling::draw(student, sampler, request, device, cancel, report).await?;
            all.push(Drawn { line: line(student.title(), steps, &samples), samples });
        }
    }
    Ok(all)
}

/// One evaluation whose time does not count: a GPU compiles its kernels at the first.
async fn warm_up(set: &ModelSet, request: &Request, device: &Device) -> Result<(), LabError> {
    let first = Request { labels: request.first_chunk().to_vec(), ..request.clone() };
    let grid = set.teacher.recipe.grid()?;
    let start = TimeGrid::from_times(vec![grid.times()[0], 0.0])?;
    let (method, all) = (set.teacher.recipe.student.method, 0..first.labels.len());
    let teacher = set.teacher.teacher()?;
    let x = sampling::solve(&teacher, method, &start, &first, all, set.teacher.dims(), device);
    whole(x.into_data_async()).await?;
    Ok(())
}

/// Fills in ODE errors.
fn measure(columns: &mut [Drawn], request: &Request) {
    let (teacher, students) = columns.split_first_mut().expect("the teacher is first");
    for column in students {
        let (values, solutions) = (&column.samples.values, &teacher.samples.values);
        column.line.ode = Some(OdeError::of(values, solutions, &request.labels, request.seed));
    }
}

/// The teacher's samples from other noise: students share the teacher's noise, so that its samples
/// from that noise would favour the better ODE solver.
async fn independent_teacher(
    set: &ModelSet,
    request: &Request,
    device: &Device,
    cancel: &Cancel,
    report: &mut dyn FnMut(Event),
) -> Result<Vec<f32>, LabError> {
    let recipe = &set.teacher.recipe;
    let (grid, method) = (recipe.grid()?, recipe.student.method);
    let other = Request { seed: Seed(!request.seed.0), ..request.clone() };
    let sampler = Sampler::Teacher(method, &grid);
    Ok(sampling::draw(&set.teacher, sampler, &other, device, cancel, report).await?.values)
}

/// Fills in how often a classifier names the class asked for.
async fn agreements(
    set: &ModelSet,
    features: &FeatureExtractor,
    columns: &mut [Drawn],
    request: &Request,
    device: &Device,
) -> Result<(), LabError> {
    let (classes, seed) = (set.teacher.classes(), request.seed);
    for column in columns {
        let values = &column.samples.values;
        column.line.agreement =
            features.agreement(values, &request.labels, classes, seed, device).await?;
    }
    Ok(())
}

/// Fills in Frechet distances, to the teacher's samples from other noise and to held-out data; returns
/// that of training samples to held-out ones.
async fn distances(
    features: &FeatureExtractor,
    d: usize,
    columns: &mut [Drawn],
    references: &References,
    teacher: &[f32],
    device: &Device,
) -> Result<Option<f64>, LabError> {
    let held_out = features.moments(&references.held_out, d, device).await?;
    let teacher = features.moments(teacher, d, device).await?;
    for column in columns {
        let own = features.moments(&column.samples.values, d, device).await?;
        column.line.frechet_data = frechet(&own, &held_out);
        column.line.frechet_teacher = frechet(&own, &teacher);
    }
    let train = features.moments(&references.train, d, device).await?;
    Ok(frechet(&train, &held_out))
}

async fn sheet(
    set: &ModelSet,
    report: &Report,
    columns: &[Drawn],
    comparison: &Comparison,
    request: &Request,
) -> Result<Sheet, LabError> {
    let d = set.teacher.dims();
    let shape = shape_of(&set.teacher.recipe.model.network);
    let noise = Noise { seed: request.seed, first: 0 };
    let shown = comparison.rows.min(request.labels.len());
    let z =
        whole(noise.initial([request.labels.len(), d], &Device::flex()).into_data_async()).await?;
    let z: Vec<f32> = z.iter::<f32>().collect();

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
            Some(shape) => Cell::noise_images(&z[..shown * d], shape),
            None => Cell::noise_points(z, colours.clone()),
        },
    }];
    let has_frechet = report.lines.iter().any(|line| line.frechet_data.is_some());
    all.extend(columns.iter().map(|column| {
        let line = &column.line;
        let plural = if line.steps == 1 { "step" } else { "steps" };
        let number = |value: Option<f64>| value.map_or("–".into(), significant);
        let mut captions = vec![
            line.evaluations.to_string(),
            format!("{} ms", significant(1e3 * line.seconds / report.samples as f64)),
            number(line.ode.map(|ode| ode.squared.mean)),
        ];
        if has_frechet {
            captions.push(number(line.frechet_data));
        }
        Column {
            group: line.model.clone(),
            heading: format!("{} {plural}", line.steps),
            captions,
            cell: cell(&column.samples.values),
        }
    }));
    let mut measures = vec!["network calls".to_owned(), "time a sample".into(), "ODE error".into()];
    if has_frechet {
        measures.push("Frechet to data".into());
    }
    Ok(Sheet {
        title: "The teacher's ODE solution and its few-step students".into(),
        subtitle: format!(
            "{} · {} with N = {} · w = {} · seed {} · measured on {} samples · {}",
            report.preset,
            serde_json::to_value(report.method)
                .ok()
                .and_then(|v| v.as_str().map(str::to_owned))
                .unwrap_or_default(),
            report.intervals,
            report.guidance,
            report.seed,
            report.samples,
            report.device
        ),
        measures,
        columns: all,
        foot: foot(shape),
    })
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
