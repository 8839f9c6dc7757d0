//! The living comparison: first the rows on screen, then more samples for the figures.

use std::ops::Range;

use super::{
    ColumnKey, Finding, Reply, SetCard, Ticket,
    desk::Desk,
    samplers::{self, Solution},
};
use crate::{
    consistency::sample::Noise,
    diffusion::Method,
    engine::{LabError, Model, loan, report, shipped::ModelSet},
    eval::{OdeError, Spectra, ode},
    math::seed::Seed,
    picture::gpu::Lent,
    platform::{self, Stopwatch},
    solver::host,
    store::Role,
};

/// Samples drawn at once after the first rows.
const CHUNK: usize = 16;

/// What to compare.
#[derive(Clone, Debug, PartialEq)]
pub struct Live {
    /// Seed of the shared noise.
    pub seed: Seed,
    /// Rows on screen, drawn first.
    pub rows: usize,
    /// Noises that the figures are measured on in the end.
    pub samples: usize,
    /// Only this class; none: the classes in turn.
    pub class: Option<u32>,
    /// The teacher's solver.
    pub method: Method,
    /// Its intervals N.
    pub intervals: usize,
    /// Its guidance w.
    pub guidance: f64,
    /// Students' steps.
    pub steps: Vec<usize>,
    /// When they take the second of two; none: at the even time.
    pub second: Option<f64>,
    /// Steps of the teacher by [`FAST`](super::FAST) beside them.
    pub fast: Vec<usize>,
}

/// Some samples of a column.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// Of which sampler.
    pub column: ColumnKey,
    /// The first sample's number.
    pub first: usize,
    /// Rows of `d` values in model space; of images only those on screen, which begin at 0.
    pub values: Vec<f32>,
    /// The same in the device's memory, of the rows on screen.
    pub lent: Option<Lent>,
    /// Network evaluations a sample.
    pub evaluations: usize,
    /// Milliseconds a sample.
    pub sample_ms: f64,
}

/// How far a student's column is from the teacher's.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Of which sampler.
    pub column: ColumnKey,
    /// Mean squared distance of each sample.
    pub each: Vec<f64>,
    /// Over all samples so far.
    pub ode: OdeError,
    /// Power in fine detail over that of the teacher's solutions; none of points.
    pub sharpness: Option<f64>,
}

struct Column {
    key: ColumnKey,
    values: Vec<f32>,
    /// Power in fine detail of each image.
    fine: Vec<f64>,
}

impl Live {
    /// Labels of the samples asked for.
    fn labels(&self, classes: u32) -> Vec<u32> {
        let all = 0..self.samples.max(self.rows);
        all.map(|i| super::label(self.class, i, classes)).collect()
    }

    /// Steps at which a student is looked at: one that was distilled for a single step is not for more.
    pub fn steps_of(&self, role: &Role) -> impl Iterator<Item = usize> {
        let is_single = role.is_for_one_step();
        self.steps.iter().copied().filter(move |&steps| steps == 1 || !is_single)
    }

    /// When a sampler takes the second of two steps, where that is chosen.
    pub fn second_of(&self, key: ColumnKey, set: &SetCard) -> Option<f64> {
        let is_student = (1..set.fast()).contains(&key.model);
        self.second.filter(|_| is_student && key.steps == 2)
    }

    /// Its steps in words, or when it takes the second of two.
    pub fn steps_in_words(&self, key: ColumnKey, set: &SetCard) -> String {
        match self.second_of(key, set) {
            Some(time) => format!("2 at t = {}", report::time(time)),
            None => report::steps(key.steps),
        }
    }

    /// Its name, with these.
    pub fn name(&self, key: ColumnKey, set: &SetCard) -> String {
        format!("{}, {}", set.title(key.model), self.steps_in_words(key, set))
    }

    /// The samplers, those of few steps first; the teacher's whole solution is the last.
    fn columns(&self, students: &[Model]) -> Vec<ColumnKey> {
        let of = |(i, student): (usize, &Model)| {
            let steps = self.steps_of(&student.manifest.role);
            steps.map(move |steps| ColumnKey { model: i + 1, steps }).collect::<Vec<_>>()
        };
        let fast = self.fast.iter().map(|&steps| ColumnKey { model: students.len() + 1, steps });
        let mut keys: Vec<_> = students.iter().enumerate().flat_map(of).chain(fast).collect();
        keys.sort_by_key(|key| (key.steps, key.model));
        keys.push(ColumnKey { model: 0, steps: self.intervals });
        keys
    }

    /// The rows on screen, then chunks.
    fn parts(&self, all: usize, chunk: usize) -> impl Iterator<Item = Range<usize>> {
        let rows = self.rows.min(all);
        let rest = (rows..all).step_by(chunk).map(move |first| first..(first + chunk).min(all));
        std::iter::once(0..rows).chain(rest)
    }
}

pub(super) async fn run(desk: &Desk, ticket: Ticket, live: &Live) -> Result<(), LabError> {
    let set = desk.set()?;
    let grid = set.teacher.recipe.grid_of(live.intervals)?;
    let Live { method, guidance, second, .. } = *live;
    let solution = Solution { method, grid, guidance, second };
    let labels = live.labels(set.teacher.classes());
    let keys = live.columns(&set.students);
    let column = |key| Column { key, values: Vec::new(), fine: Vec::new() };
    let mut columns: Vec<Column> = keys.into_iter().map(column).collect();
    let shape = set.teacher.recipe.shape();
    let chunk = desk.at_once(CHUNK, set.teacher.dims());
    let mut measured = 0;
    for part in live.parts(labels.len(), chunk) {
        for column in &mut columns {
            let mut drawn =
                draw(desk, set, &solution, column.key, live.seed, &labels, part.clone()).await?;
            if let Some(shape) = shape {
                column.fine.extend(Spectra::new(&drawn.values, shape).fine());
            }
            // Points are all in one plot; nobody sees more images than are on screen.
            if shape.is_none() || part.start == 0 {
                column.values.extend(&drawn.values);
            } else {
                column.values.append(&mut drawn.values);
            }
            desk.tell(Reply::Found(ticket, Finding::Drawn(drawn))).await;
        }
        // Intervals over thousands of samples take longer than to draw a few more.
        if part.end >= 2 * measured || part.end == labels.len() {
            let found = measure(&columns, &labels[..part.end], live.seed).await;
            desk.tell(Reply::Found(ticket, Finding::Measured(found))).await;
            measured = part.end;
        }
    }
    Ok(())
}

async fn draw(
    desk: &Desk,
    set: &ModelSet,
    solution: &Solution,
    column: ColumnKey,
    seed: Seed,
    labels: &[u32],
    part: Range<usize>,
) -> Result<Drawn, LabError> {
    let (watch, first) = (Stopwatch::start(), part.start);
    let (labels, noise) = (&labels[part], Noise { seed, first: first as u64 });
    let drawing = samplers::draw(set, solution, column, labels, noise, desk.device());
    let (x, evaluations) = drawing.await?;
    let lent = if first == 0 { loan::lend(&x) } else { None };
    let values = host(x).await?;
    let sample_ms = 1e3 * watch.seconds() / labels.len().max(1) as f64;
    Ok(Drawn { column, first, values, lent, evaluations, sample_ms })
}

/// Errors of the students' columns; the teacher's is the last.
async fn measure(columns: &[Column], labels: &[u32], seed: Seed) -> Vec<Measured> {
    let (teacher, students) = columns.split_last().expect("the teacher is always drawn");
    let mut found = Vec::new();
    for column in students {
        platform::yield_now().await;
        let ode = OdeError::of(&column.values, &teacher.values, labels, seed);
        let each = ode::errors(&column.values, &teacher.values, labels.len());
        let [own, sharp] = [&column.fine, &teacher.fine].map(|fine| fine.iter().sum::<f64>());
        let sharpness = Some(own / sharp).filter(|_| sharp > 0.0);
        found.push(Measured { column: column.key, each, ode, sharpness });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Opened, worker::Source};

    /// What is answered to a request for five samples, two on screen, of students in one step and the teacher in one.
    fn replies(preset: &str) -> Vec<Finding> {
        let (outbox, replies) = async_channel::unbounded();
        let mut desk = Desk::new(Opened::cpu(), outbox, Box::new(|| ()));
        pollster::block_on(desk.open(Source::Shipped(preset.into()))).unwrap();
        let live = Live {
            seed: Seed(1),
            rows: 2,
            samples: 5,
            class: None,
            method: Method::Ddim,
            intervals: 2,
            guidance: 1.0,
            steps: vec![1],
            second: None,
            fast: vec![1],
        };
        pollster::block_on(run(&desk, Ticket(1), &live)).unwrap();
        let replies = std::iter::from_fn(|| replies.try_recv().ok());
        let finding = |reply| match reply {
            Reply::Found(_, finding) => Some(finding),
            _ => None,
        };
        replies.filter_map(finding).collect()
    }

    /// Values that are sent of each part of a student's column, and the samples behind the last figures.
    fn sent(preset: &str) -> (Vec<usize>, usize) {
        let (mut values, mut measured) = (Vec::new(), 0);
        for finding in replies(preset) {
            match finding {
                Finding::Drawn(drawn) if drawn.column.model == 1 => values.push(drawn.values.len()),
                Finding::Measured(all) => measured = all[0].each.len(),
                _ => {}
            }
        }
        (values, measured)
    }

    #[test]
    fn all_samples_are_measured_but_of_images_only_those_on_screen_are_sent() {
        assert_eq!(sent("ring"), (vec![2 * 2, 3 * 2], 5));
        assert_eq!(sent("digits"), (vec![2 * 32 * 32, 0], 5));
    }
    #[test]
    fn the_teacher_in_few_steps_is_drawn_by_the_fast_solver_and_measured_as_students_are() {
        let findings = replies("ring");
        let fast = ColumnKey { model: 3, steps: 1 };
        let drawn: Vec<_> = findings
            .iter()
            .filter_map(|finding| match finding {
                Finding::Drawn(drawn) if drawn.column == fast => Some(drawn),
                _ => None,
            })
            .collect();
        assert_eq!(drawn.iter().map(|drawn| drawn.first).collect::<Vec<_>>(), [0, 2]);
        assert!(drawn.iter().all(|drawn| drawn.evaluations == 1), "without guidance");
        let Some(Finding::Measured(all)) = findings.last() else { panic!("figures come last") };
        let keys: Vec<_> = all.iter().map(|measured| measured.column).collect();
        assert_eq!(keys.last(), Some(&fast), "{keys:?}");
        assert!(all[2].ode.squared.mean > 0.0, "one step is not the solution in two");
    }
}
