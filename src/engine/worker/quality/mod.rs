//! ODE error against sample quality, while samples accumulate.
//!
//! Samples are measured against the teacher's from *other* noise, since students share the teacher's own,
//! and against held-out data where the program holds it. Only features and errors are kept, so that asking
//! for more samples goes on from those that are there.

mod gather;

use std::{cell::RefCell, sync::Arc};

use super::{ColumnKey, Reply, Ticket, desk::Desk};
use crate::{
    engine::LabError,
    eval::interval::{RESAMPLES, References, interval},
    math::{
        seed::Seed,
        statistics::{DEVIATIONS, Estimate, mean, spread},
    },
    platform,
};
pub(super) use gather::Gathered;
use gather::Set;

/// Numbers of students' steps that are measured, as far as they are fewer than the teacher's.
pub const STEPS: [usize; 5] = [1, 2, 3, 4, 8];
/// Samples behind the first dots; each time there are twice as many they are measured again.
const FIRST: usize = 32;
/// Samples drawn at once.
const CHUNK: usize = 64;

/// What to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Seed of the shared noise.
    pub seed: Seed,
    /// Samples of each sampler in the end.
    pub samples: usize,
}

/// Part of the answer.
#[derive(Clone, Debug)]
pub enum Finding {
    /// Nothing is there to measure samples with.
    NoFeatures,
    /// It has begun.
    Begun {
        /// What distances are measured on.
        features: &'static str,
        /// Held-out samples; none where the data is not inside the program.
        held_out: Option<usize>,
    },
    /// So many samples of each sampler are drawn.
    Drawn(usize),
    /// A sampler was measured.
    Dot(Dot),
}

/// A sampler's place between ODE error and sample quality.
#[derive(Clone, Debug, PartialEq)]
pub struct Dot {
    /// Which sampler.
    pub column: ColumnKey,
    /// Samples measured.
    pub samples: usize,
    /// Mean squared distance to the teacher's solutions; none for the teacher itself.
    pub ode: Option<Estimate>,
    /// Frechet distance to the teacher's samples from other noise.
    pub to_teacher: Estimate,
    /// Frechet distance to held-out data.
    pub to_data: Option<Estimate>,
    /// What chance does to these figures.
    pub chance: Arc<Chance>,
}

/// What chance does to a sampler's figures. Samplers start from the same noises and are resampled alike, so that what
/// chance does to all of them does not hide a difference between two.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chance {
    /// The mean squared distance of each sample to the teacher's solution.
    pub errors: Vec<f64>,
    /// The distance of each resample to the teacher's.
    pub to_teacher: Vec<f64>,
    /// The distance of each resample to held-out data.
    pub to_data: Vec<f64>,
}

/// Whether the means of values that were taken in pairs differ, by a 95% interval of their difference.
pub fn means_differ(a: &[f64], b: &[f64]) -> bool {
    let differences = differences(a, b);
    let error = spread(&differences) / (differences.len() as f64).sqrt();
    mean(&differences).abs() > DEVIATIONS * error
}

/// Whether two distances differ, by a 95% interval from the differences of their resamples.
pub fn distances_differ(distances: [f64; 2], resampled: [&[f64]; 2]) -> bool {
    let [a, b] = resampled;
    (distances[0] - distances[1]).abs() > DEVIATIONS * spread(&differences(a, b))
}

fn differences(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// Goes on from what was `found` for the same models and the same noise, and leaves what it draws there.
pub(super) async fn run(
    desk: &Desk,
    found: &RefCell<Option<Gathered>>,
    ticket: Ticket,
    request: &Request,
) -> Result<(), LabError> {
    let set = desk.set()?;
    let tell =
        async |finding| desk.tell(Reply::Found(ticket, super::Finding::Quality(finding))).await;
    let Some(features) = &set.features else {
        tell(Finding::NoFeatures).await;
        return Ok(());
    };
    if !found.borrow().as_ref().is_some_and(|found| found.is_of(set, request.seed)) {
        let fresh = Gathered::new(set, request.seed, desk.device()).await?;
        *found.borrow_mut() = Some(fresh);
    }
    let held_out = with(found, Gathered::held_out_count);
    tell(Finding::Begun { features: features.name(), held_out }).await;
    let data = references(found, request.seed, Gathered::held_out).await;

    loop {
        let drawn = with(found, Gathered::count);
        tell(Finding::Drawn(drawn.min(request.samples))).await;
        let measured = drawn.min(request.samples);
        if measured == request.samples || (measured >= FIRST && measured.is_power_of_two()) {
            let teacher =
                references(found, request.seed, |found| Some(found.reference(measured))).await;
            for column in with(found, Gathered::columns) {
                let teacher = teacher.as_ref().expect("a reference was drawn");
                tell(Finding::Dot(dot(found, column, measured, teacher, data.as_ref()).await))
                    .await;
            }
        }
        if measured == request.samples {
            return Ok(());
        }
        let next = drawn.max(FIRST / 2 + 1).next_power_of_two();
        let next = if next == drawn { 2 * drawn } else { next }.min(request.samples);
        let part = drawn..next.min(drawn + desk.at_once(CHUNK, set.teacher.dims()));
        let batch = gather::draw(desk.device(), set, found, request.seed, part).await?;
        found.borrow_mut().as_mut().expect("begun above").extend(batch);
    }
}

/// What was gathered, for as long as nothing is waited for.
fn with<T>(found: &RefCell<Option<Gathered>>, look: impl Fn(&Gathered) -> T) -> T {
    look(found.borrow().as_ref().expect("begun before anything is measured"))
}

/// A reference set and its resamples; none where there is no such set.
async fn references(
    found: &RefCell<Option<Gathered>>,
    seed: Seed,
    pick: impl Fn(&Gathered) -> Option<Set<'_>>,
) -> Option<References> {
    let begin = |found: &Gathered| {
        pick(found).map(|set| References::new(set.labelled(), found.dims(), seed))
    };
    let mut references = with(found, begin)?;
    loop {
        platform::yield_now().await;
        let found = found.borrow();
        let set = found.as_ref().and_then(&pick).expect("there a moment ago");
        if !references.resample(set.labelled()) {
            return Some(references);
        }
    }
}

/// The first `samples` of a column, measured.
async fn dot(
    found: &RefCell<Option<Gathered>>,
    column: ColumnKey,
    samples: usize,
    teacher: &References,
    data: Option<&References>,
) -> Dot {
    let ode = with(found, |found| found.ode(column, samples));
    let errors = with(found, |found| found.errors(column, samples).to_vec());
    let mut chance = Chance { errors, ..Chance::default() };
    let to_teacher = estimate(found, column, samples, teacher, &mut chance.to_teacher).await;
    let to_data = match data {
        Some(data) => Some(estimate(found, column, samples, data, &mut chance.to_data).await),
        None => None,
    };
    Dot { column, samples, ode, to_teacher, to_data, chance: Arc::new(chance) }
}

async fn estimate(
    found: &RefCell<Option<Gathered>>,
    column: ColumnKey,
    samples: usize,
    references: &References,
    resampled: &mut Vec<f64>,
) -> Estimate {
    for round in 0..RESAMPLES {
        platform::yield_now().await;
        let distance = |found: &Gathered| {
            references.resampled_distance(found.samples(column, samples).labelled(), round)
        };
        resampled.push(with(found, distance));
    }
    let distance =
        |found: &Gathered| references.distance(found.samples(column, samples).labelled().features);
    let whole = with(found, distance);
    interval(whole, resampled)
}

#[cfg(test)]
mod tests;
