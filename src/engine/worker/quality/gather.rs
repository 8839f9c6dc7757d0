//! Samples of all samplers, kept as features and errors.

use std::ops::Range;

use burn::prelude::*;

use super::{ColumnKey, FAST_STEPS, STEPS};
use crate::{
    consistency::sample::Noise,
    data::{self, Dataset},
    engine::{
        Cancel, LabError, Model,
        data::{Corpus, rows},
        shipped::ModelSet,
        worker::samplers::{self, Solution},
    },
    eval::{interval, ode},
    math::{
        chance::Score,
        seed::{self, Purpose, Seed},
    },
    platform,
    solver::host,
};

/// Held-out samples at most.
const HELD_OUT: usize = 4096;

/// See the module.
pub(in crate::engine::worker) struct Gathered {
    seed: Seed,
    /// Sums of the files that the samples and their features are from, the teacher's first.
    files: Vec<String>,
    /// Values of a sample's features.
    dims: usize,
    /// Features of held-out data, in a random order.
    held_out: Option<Vec<f32>>,
    /// Labels of that data; the samples have as many of each.
    labels: Vec<u32>,
    classes: u32,
    /// Features of the teacher's samples from other noise.
    reference: Vec<f32>,
    columns: Vec<Column>,
}

/// Samples to be measured: their features, and the classes asked for.
pub(super) struct Set {
    features: Vec<f32>,
    labels: Vec<u32>,
}

impl Set {
    /// As distances take it.
    pub(super) fn labelled(&self) -> interval::Labelled<'_> {
        interval::Labelled { features: &self.features, labels: &self.labels }
    }
}

/// A sampler's samples.
struct Column {
    key: ColumnKey,
    features: Vec<f32>,
    /// Mean squared distance to the teacher's solution of each sample.
    errors: Vec<f64>,
}

/// More of each column, and of the reference.
pub(super) struct Batch {
    reference: Vec<f32>,
    columns: Vec<Column>,
}

impl Gathered {
    /// Nothing drawn yet.
    pub(super) async fn new(set: &ModelSet, seed: Seed, device: &Device) -> Result<Self, LabError> {
        let extractor = set.features.as_ref().expect("asked before");
        let d = set.teacher.dims();
        platform::yield_now().await;
        let (values, labels) = held_out(set).await?.unwrap_or_default();
        let (mut held_out, mut dims) = (Vec::new(), 0);
        for part in values.chunks(32 * d) {
            platform::yield_now().await;
            let (features, each) = extractor.features(part, d, device).await?;
            held_out.extend(features);
            dims = each;
        }
        if dims == 0 {
            dims = extractor.features(&vec![0.0; d], d, device).await?.1;
        }
        let intervals = set.teacher.recipe.student.intervals;
        let fast = FAST_STEPS.into_iter().filter(|&steps| steps < intervals);
        let fast = fast.map(|steps| ColumnKey { model: set.students.len() + 1, steps });
        let steps = STEPS.into_iter().filter(|&steps| steps <= intervals);
        let students = steps.flat_map(|steps| {
            let is_made_for =
                move |student: &Model| steps == 1 || !student.manifest.role.is_for_one_step();
            let students = set.students.iter().zip(1..).filter(move |(s, _)| is_made_for(s));
            students.map(move |(_, model)| ColumnKey { model, steps })
        });
        let teacher = ColumnKey { model: 0, steps: intervals };
        let column = |key| Column { key, features: Vec::new(), errors: Vec::new() };
        Ok(Self {
            seed,
            files: files(set),
            dims,
            held_out: (!held_out.is_empty()).then_some(held_out),
            labels,
            classes: set.teacher.classes(),
            reference: Vec::new(),
            columns: std::iter::once(teacher).chain(students).chain(fast).map(column).collect(),
        })
    }

    /// Whether these are samples of `set` from `seed`.
    pub(super) fn is_of(&self, set: &ModelSet, seed: Seed) -> bool {
        self.seed == seed && self.files == files(set)
    }

    pub(super) fn dims(&self) -> usize {
        self.dims
    }

    /// Samples of each sampler.
    pub(super) fn count(&self) -> usize {
        self.reference.len() / self.dims
    }

    pub(super) fn held_out_count(&self) -> Option<usize> {
        self.held_out.as_ref().map(|features| features.len() / self.dims)
    }

    pub(super) fn columns(&self) -> Vec<ColumnKey> {
        self.columns.iter().map(|column| column.key).collect()
    }

    /// Held-out data.
    pub(super) fn held_out(&self) -> Option<Set> {
        let features = self.held_out.clone()?;
        let labels = if self.classes > 0 { self.labels.clone() } else { Vec::new() };
        Some(Set { features, labels })
    }

    /// The first `count` samples of the teacher from other noise.
    pub(super) fn reference(&self, count: usize) -> Set {
        self.first(&self.reference, count)
    }

    /// The first `count` samples.
    pub(super) fn samples(&self, key: ColumnKey, count: usize) -> Set {
        self.first(&self.column(key).features, count)
    }

    fn first(&self, features: &[f32], count: usize) -> Set {
        let labels = if self.classes > 0 { self.labels(0..count) } else { Vec::new() };
        Set { features: features[..count * self.dims].to_vec(), labels }
    }

    /// The ODE error of the first `count` samples; none for the teacher.
    pub(super) fn ode(&self, key: ColumnKey, count: usize) -> Option<Score> {
        let errors = &self.column(key).errors[..count];
        (key.model != 0).then(|| Score::of_mean(errors.to_vec(), self.seed))
    }

    fn column(&self, key: ColumnKey) -> &Column {
        let column = self.columns.iter().find(|column| column.key == key);
        column.expect("keys come from the columns themselves")
    }

    /// Labels of these samples: those of the held-out data in their order, or the classes in turn.
    fn labels(&self, part: Range<usize>) -> Vec<u32> {
        let in_turn = |i: usize| i as u32 % self.classes.max(1);
        let count = self.labels.len().max(1);
        part.map(|i| self.labels.get(i % count).copied().unwrap_or_else(|| in_turn(i))).collect()
    }

    pub(super) fn extend(&mut self, batch: Batch) {
        self.reference.extend(batch.reference);
        for (column, more) in self.columns.iter_mut().zip(batch.columns) {
            column.features.extend(more.features);
            column.errors.extend(more.errors);
        }
    }
}

fn files(set: &ModelSet) -> Vec<String> {
    let models = set.models().map(|model| &model.sha256);
    models.chain([&set.features_file.sha256]).cloned().collect()
}

/// Samples `part` of all samplers, which go on from what was `found`.
pub(super) async fn draw(
    device: &Device,
    set: &ModelSet,
    found: &Gathered,
    seed: Seed,
    part: Range<usize>,
) -> Result<Batch, LabError> {
    let extractor = set.features.as_ref().expect("asked before");
    let (labels, keys) = (found.labels(part.clone()), found.columns());
    let d = set.teacher.dims();
    let own = Noise { seed, first: part.start as u64 };
    let other = Noise { seed: Seed(!seed.0), ..own };
    let solution = Solution::of(&set.teacher.recipe)?;
    let labels = &labels[..];
    let values = async |key, noise| {
        let (x, _) = samplers::draw(set, &solution, key, labels, noise, device).await?;
        Ok::<_, LabError>(host(x).await?)
    };
    let teacher = ColumnKey { model: 0, steps: solution.grid.intervals() };
    let reference = extractor.features(&values(teacher, other).await?, d, device).await?.0;
    let solutions = values(teacher, own).await?;
    let mut columns = Vec::new();
    for key in keys {
        let values = if key == teacher { solutions.clone() } else { values(key, own).await? };
        let errors = ode::errors(&values, &solutions, labels.len());
        let features = extractor.features(&values, d, device).await?.0;
        columns.push(Column { key, features, errors });
    }
    Ok(Batch { reference, columns })
}

/// Rows of values and their labels.
type Labelled = (Vec<f32>, Vec<u32>);

/// Held-out samples in a random order, where the data is inside the program.
async fn held_out(set: &ModelSet) -> Result<Option<Labelled>, LabError> {
    let mut recipe = set.teacher.recipe.clone();
    if !recipe.has_data_inside() {
        return Ok(None);
    }
    data::fetch(&recipe.data.source).await.map_err(LabError::Request)?;
    recipe.teacher.mirror = false; // measured against the images as they are
    let corpus = Corpus::load(&mut recipe, &Cancel::default(), &mut |_| ())?;
    if set.teacher.manifest.data.as_ref().is_some_and(|own| own.sha256 != corpus.record.sha256) {
        return Ok(None);
    }
    Ok(Some(shuffled(corpus.held_out.as_ref())))
}

/// Whatever the first of them are, they are like all of them.
fn shuffled(data: &dyn Dataset) -> Labelled {
    let (values, labels) = rows(data, HELD_OUT);
    let d = data.dims();
    let mut order: Vec<usize> = (0..labels.len()).collect();
    let place = |i: &usize| seed::below(Seed(0), Purpose::Shuffle, *i as u64, 0, usize::MAX);
    order.sort_by_cached_key(place);
    let values = order.iter().flat_map(|&i| values[i * d..(i + 1) * d].iter().copied()).collect();
    (values, order.iter().map(|&i| labels[i]).collect())
}
