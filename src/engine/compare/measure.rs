//! What the samples of a comparison are measured by.

use burn::prelude::*;

use super::{Drawn, References};
use crate::{
    data::Shape,
    engine::{Cancel, Event, LabError, sampling::Request},
    eval::{
        FeatureExtractor, FeatureSet, OdeError, Spectra,
        frechet::{self, Both, Frechet},
        interval::Labelled,
        neighbours::{self, Training},
        ode,
    },
    math::{
        chance::{Chance, Score},
        seed::Seed,
        statistics::Estimate,
        whitening::Whitening,
    },
};

/// Tells how far a measurement is, and ends it where a stop was asked for.
pub(super) struct Pace<'a> {
    /// Samples of a column.
    pub(super) samples: usize,
    pub(super) cancel: &'a Cancel,
    pub(super) report: &'a mut dyn FnMut(Event),
}

impl Pace<'_> {
    /// So many columns `[done, all]` are measured.
    fn measured(&mut self, what: &str, columns: [usize; 2]) -> Result<(), LabError> {
        let [done, all] = columns.map(|count| count * self.samples);
        (self.report)(Event::Part { what: what.into(), done, all });
        if self.cancel.is_set() { Err(LabError::Stopped) } else { Ok(()) }
    }
}

impl Drawn {
    /// The figure of a score, which is kept under its name to tell samplers apart by.
    fn keep(&mut self, name: &'static str, score: Option<Score>) -> Option<Estimate> {
        let score = score?;
        let figure = score.figure;
        self.scores.insert(name, score);
        Some(figure)
    }
}

/// Fills in ODE errors.
pub(super) fn errors(columns: &mut [Drawn], request: &Request) {
    let (teacher, students) = columns.split_first_mut().expect("the teacher is first");
    for column in students {
        let (values, solutions) = (&column.samples.values, &teacher.samples.values);
        let ode = OdeError::of(values, solutions, &request.labels, request.seed);
        let chance = Chance::of_mean(ode::errors(values, solutions, request.labels.len()));
        column.scores.insert("ode", Score { figure: ode.squared, chance });
        column.line.ode = Some(ode);
    }
}

/// Fills in how often a classifier names the class asked for, of `classes`.
pub(super) async fn agreements(
    columns: &mut [Drawn],
    features: &FeatureExtractor,
    classes: u32,
    request: &Request,
    device: &Device,
) -> Result<(), LabError> {
    for column in columns {
        let (values, labels) = (&column.samples.values, &request.labels);
        let found = features.agreement(values, labels, classes, device).await?;
        column.line.agreement = column.keep("agreement", found);
    }
    Ok(())
}

/// Fills in distances to held-out data and to `teacher`, its samples from other noise, all rows of `d` values, and
/// what part of them samples reach; returns the distances of training samples to held-out ones.
pub(super) async fn distances(
    columns: &mut [Drawn],
    features: &FeatureExtractor,
    references: &References<'_>,
    teacher: &[f32],
    request: &Request,
    device: &Device,
    pace: &mut Pace<'_>,
) -> Result<Floor, LabError> {
    // Without classes all have the label 0.
    let (labels, d) = (&request.labels, teacher.len() / request.labels.len());
    let (teacher, dims) = features.features(teacher, d, device).await?;
    let held_out = features.features(&references.held_out, d, device).await?.0;
    let train = features.features(&references.train, d, device).await?.0;
    let whitening = frechet::whitening(&train, dims);
    let (white, seed) = (whitening.as_ref(), request.seed);
    let held_out = set(&held_out, &references.held_out_labels);
    let to_data = Against::new(held_out, dims, white, seed).await;
    let to_teacher = Against::new(set(&teacher, labels), dims, white, seed).await;
    let all = columns.len();
    for (index, column) in columns.iter_mut().enumerate() {
        let own = features.features(&column.samples.values, d, device).await?.0;
        column.measure(set(&own, labels), dims, [&to_data, &to_teacher], seed).await;
        pace.measured("distances", [index + 1, all])?;
    }
    let distance = to_data.frechet.plain.distance(set(&train, &references.train_labels)).await;
    Ok(Floor { distance, directions: white.map(Whitening::directions) })
}

/// What distances are to be held against.
#[derive(Default)]
pub(super) struct Floor {
    /// Of training samples to held-out ones.
    pub(super) distance: Frechet,
    /// In how many directions the features of training samples vary; none where they are not whitened.
    pub(super) directions: Option<f64>,
}

impl Drawn {
    /// Fills in what is measured of `own`, its features, beside held-out data and the teacher's samples.
    async fn measure(
        &mut self,
        own: Labelled<'_>,
        dims: usize,
        [to_data, to_teacher]: [&Against; 2],
        seed: Seed,
    ) {
        let [data, white] = to_data.frechet.distances(own).await;
        self.line.frechet_infinity_data = data.infinite;
        self.line.frechet_data = self.keep("frechet_data", data.whole);
        self.line.white_infinity_data = white.infinite;
        self.line.white_data = self.keep("white_data", white.whole);
        let [teacher, white] = to_teacher.frechet.distances(own).await;
        self.line.frechet_infinity_teacher = teacher.infinite;
        self.line.frechet_teacher = self.keep("frechet_teacher", teacher.whole);
        self.line.white_infinity_teacher = white.infinite;
        self.line.white_teacher = self.keep("white_teacher", white.whole);
        let prepared = FeatureSet::new(own, dims).await;
        let kernel = prepared.distance(&to_data.features).await;
        self.line.kernel_data = self.keep("kernel_data", kernel);
        let kernel = prepared.distance(&to_teacher.features).await;
        self.line.kernel_teacher = self.keep("kernel_teacher", kernel);
        let beside = prepared.beside(&to_data.features).await;
        self.line.beside_data = beside.map(|beside| beside.manifold(seed));
        let beside = prepared.beside(&to_teacher.features).await;
        self.keep("precision", beside.as_ref().map(|beside| beside.precision()));
        self.keep("coverage", beside.as_ref().map(|beside| beside.coverage()));
        self.line.beside_teacher = beside.map(|beside| beside.manifold(seed));
    }
}

/// A set that samples are measured against.
struct Against {
    frechet: Both,
    features: FeatureSet,
}

impl Against {
    async fn new(
        own: Labelled<'_>,
        dims: usize,
        whitening: Option<&Whitening>,
        seed: Seed,
    ) -> Self {
        let frechet = Both::new(own, dims, whitening, seed).await;
        Self { frechet, features: FeatureSet::new(own, dims).await }
    }
}

/// Fills in how much fine detail images of `shape` hold, beside the teacher's solutions from the same noise.
pub(super) fn sharpness(
    columns: &mut [Drawn],
    shape: Shape,
    seed: Seed,
    pace: &mut Pace<'_>,
) -> Result<(), LabError> {
    let (teacher, students) = columns.split_first_mut().expect("the teacher is first");
    let solutions = Spectra::new(&teacher.samples.values, shape);
    teacher.line.spectrum = Some(solutions.mean());
    let all = students.len();
    for (index, column) in students.iter_mut().enumerate() {
        let own = Spectra::new(&column.samples.values, shape);
        column.line.sharpness = own.sharpness(&solutions, seed);
        column.line.spectrum = Some(own.mean());
        pace.measured("sharpness", [index + 1, all])?;
    }
    Ok(())
}

/// Fills in the shares of near copies of training images; returns the distance that makes a sample one. None
/// of points.
pub(super) async fn copies(
    columns: &mut [Drawn],
    references: &References<'_>,
    seed: Seed,
    device: &Device,
    pace: &mut Pace<'_>,
) -> Result<Option<f64>, LabError> {
    let Some(training) = &references.training else { return Ok(None) };
    let held_out = distances_to(training, &references.unseen, device).await?;
    let all = columns.len();
    for (index, column) in columns.iter_mut().enumerate() {
        let own = distances_to(training, &column.samples.values, device).await?;
        column.line.near_copies = Some(neighbours::near_copies(&own, &held_out, seed));
        pace.measured("near copies", [index + 1, all])?;
    }
    Ok(Some(neighbours::limit(&held_out)))
}

fn set<'a>(features: &'a [f32], labels: &'a [u32]) -> Labelled<'a> {
    Labelled { features, labels }
}

async fn distances_to(
    training: &Training<'_>,
    values: &[f32],
    device: &Device,
) -> Result<Vec<f64>, LabError> {
    let found = training.nearest(values, device).await?;
    Ok(found.into_iter().map(|neighbour| neighbour.distance).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_tells_how_far_it_is_and_heeds_a_stop() {
        let (cancel, mut told) = (Cancel::default(), Vec::new());
        let mut report = |event| {
            told.extend(matches!(event, Event::Part { done: 20, all: 30, .. }).then_some(()))
        };
        let mut pace = Pace { samples: 10, cancel: &cancel, report: &mut report };
        assert!(pace.measured("copies", [2, 3]).is_ok());
        cancel.set();
        assert!(matches!(pace.measured("copies", [3, 3]), Err(LabError::Stopped)));
        assert_eq!(told.len(), 1);
    }
}
