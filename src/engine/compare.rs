//! The comparison: teacher, CM and Direct CM at 1, 2, 4 and N steps from the same noise.

mod baseline;
mod copies;
mod differences;
mod draw;
mod measure;
mod sheet;

use burn::prelude::*;

use super::{
    Cancel, Event, LabError,
    provenance::Provenance,
    report::{Line, Report},
    sampling::{Request, Samples},
    shipped::ModelSet,
};
use crate::{
    eval::{Spectra, neighbours::Training},
    math::seed::Seed,
    picture::Sheet,
};
pub use baseline::Baseline;
pub use copies::neighbours;
use differences::Scores;
use draw::draw_all;
pub(super) use draw::independent_teacher;
use measure::Pace;

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
    /// What the students are to beat.
    pub baselines: Vec<Baseline>,
    /// Times of students' steps after the first, instead of even ones of as many; a number of steps that is not shown
    /// otherwise is shown, too.
    pub times: Vec<Vec<f64>>,
}

impl Comparison {
    /// So many noises of a seed, of which the first is drawn; students take their steps at even times.
    pub fn new(seed: Seed, samples: usize) -> Self {
        Self { seed, samples, labels: None, rows: 1, baselines: Vec::new(), times: Vec::new() }
    }

    /// Its samples, of models with `classes`.
    fn request(&self, classes: u32) -> Request {
        let request = Request::new(self.seed, self.samples, classes, None);
        match &self.labels {
            Some(labels) => Request { labels: labels.clone(), ..request },
            None => request,
        }
    }
}

/// Samples beside their line.
struct Drawn {
    line: Line,
    samples: Samples,
    scores: Scores,
}

/// What samples are measured against, rows of `d` values.
#[derive(Clone, Default)]
pub struct References<'a> {
    /// Held-out data.
    pub held_out: Vec<f32>,
    /// Its classes; empty where there are none.
    pub held_out_labels: Vec<u32>,
    /// Training data, as many.
    pub train: Vec<f32>,
    /// Its classes.
    pub train_labels: Vec<u32>,
    /// Held-out images that say how near to a training image is too near: all of them, up to a number.
    pub unseen: Vec<f32>,
    /// All training images, to look for copies of them; none of points.
    pub training: Option<Training<'a>>,
}

/// Draws and measures all samplers of `set`; the sheet shows the first rows.
pub async fn run(
    set: &ModelSet,
    comparison: &Comparison,
    references: Option<&References<'_>>,
    device: &Device,
    device_name: &str,
    cancel: &Cancel,
    report: &mut dyn FnMut(Event),
) -> Result<(Report, Sheet), LabError> {
    let recipe = &set.teacher.recipe;
    let classes = set.teacher.classes();
    let request = comparison.request(classes);
    let mut columns = draw_all(set, comparison, &request, device, cancel, report).await?;
    measure::errors(&mut columns, &request);
    let shape = recipe.shape();
    let pace = &mut Pace { samples: comparison.samples, cancel, report };
    if let Some(shape) = shape {
        measure::sharpness(&mut columns, shape, request.seed, pace)?;
    }
    let floor = match (references, &set.features) {
        (Some(references), Some(features)) => {
            let teacher = independent_teacher(set, &request, device, cancel, pace.report).await?;
            measure::agreements(&mut columns, features, classes, &request, device).await?;
            let columns = &mut columns;
            measure::distances(columns, features, references, &teacher, &request, device, pace)
                .await?
        }
        _ => measure::Floor::default(),
    };
    let copy_distance = match references {
        Some(references) => {
            measure::copies(&mut columns, references, request.seed, device, pace).await?
        }
        None => None,
    };

    let summary = Report {
        preset: recipe.name.clone(),
        provenance: Provenance::of(set),
        class: None,
        seed: comparison.seed.0,
        samples: comparison.samples,
        method: recipe.student.method,
        intervals: recipe.student.intervals,
        guidance: recipe.student.guidance,
        times: comparison.times.clone(),
        device: device_name.to_owned(),
        features: set.features.as_ref().map(|features| features.name()),
        frechet_floor: floor.distance.whole.map(|score| score.figure),
        frechet_infinity_floor: floor.distance.infinite,
        directions: floor.directions,
        held_out_spectrum: references
            .zip(shape)
            .map(|(r, shape)| Spectra::new(&r.held_out, shape).mean()),
        copy_distance,
        held_out: references.map(|r| r.held_out.len() / set.teacher.dims()),
        train: references.map(|r| r.train.len() / set.teacher.dims()),
        lines: columns.iter().map(|column| column.line.clone()).collect(),
        differences: differences::differences(columns.split_at(1 + comparison.baselines.len())),
    };
    let sheet = sheet::sheet(set, &summary, &columns, comparison, &request);
    Ok((summary, sheet))
}

/// `samples` labels, each class with the share that it has in `labels`, or a perfect model would not score
/// best. Data is sorted by class, so that its first labels over again would be of the first class.
pub fn shared_out(labels: &[u32], samples: usize) -> Vec<u32> {
    let asked = |i: usize| labels[i * labels.len() / samples];
    if labels.is_empty() { Vec::new() } else { (0..samples).map(asked).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_to_the_teacher_are_shown_where_too_little_is_held_out_for_those_to_data() {
        let (device, cancel) = (Device::flex(), Cancel::default());
        let set = pollster::block_on(ModelSet::shipped("ring", &device)).expect("ring");
        let (held_out, train) = (vec![0.7, 0.0], vec![0.7, 0.0, 0.0, 0.7]);
        let references = References { held_out, train, ..References::default() };
        let comparison = Comparison::new(Seed(1), 4);
        let mut heard = |_: Event| ();
        let found = run(&set, &comparison, Some(&references), &device, "CPU", &cancel, &mut heard);
        let report = pollster::block_on(found).expect("measured").0;
        assert!(report.frechet_floor.is_none() && report.lines[0].frechet_data.is_none());
        assert!(report.table().contains("FD teacher (95%)"), "{}", report.table());
        let lost = report.differences.iter().filter(|found| found.less == "Teacher");
        let lost: Vec<_> = lost.map(|found| (&*found.model, found.steps)).collect();
        assert_eq!(lost, [("CM", 1), ("Direct CM", 1)], "what one step loses");
    }

    #[test]
    fn every_class_keeps_its_share_however_many_samples_there_are() {
        let counts = [100, 60, 16];
        let labels: Vec<u32> = (0..3).flat_map(|k| vec![k; counts[k as usize]]).collect();
        for samples in [176, 256, 1000] {
            let asked = shared_out(&labels, samples);
            assert_eq!(asked.len(), samples);
            for (class, count) in counts.iter().enumerate() {
                let found = asked.iter().filter(|&&label| label == class as u32).count();
                let share = samples as f64 * *count as f64 / 176.0;
                assert!(
                    (found as f64 - share).abs() <= 1.0,
                    "{found} of class {class} in {samples}"
                );
            }
        }
        assert!(shared_out(&[], 4).is_empty());
    }
}
