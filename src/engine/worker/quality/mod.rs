//! ODE error against sample quality, while samples accumulate.
//!
//! Samples are measured against the teacher's from *other* noise, since students share the teacher's own,
//! and against held-out data where the program holds it. Only features and errors are kept, so that asking
//! for more samples goes on from those that are there.

mod gather;
mod measure;

use super::{ColumnKey, Reply, Ticket, desk::Desk};
use crate::{
    engine::LabError,
    math::{chance::Score, seed::Seed},
};
pub(super) use gather::Gathered;
use measure::{Against, Samples};
pub use measure::{Measure, Measured};

/// Numbers of students' steps that are measured, as far as they are fewer than the teacher's.
pub const STEPS: [usize; 5] = [1, 2, 3, 4, 8];
/// Those of the teacher by [`FAST`](super::FAST): in fewer its samples are so far off that nothing beside them could be
/// told apart.
const FAST_STEPS: [usize; 2] = [4, 8];
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
    Dot(Box<Dot>),
}

/// A sampler's place between ODE error and sample quality.
#[derive(Clone, Debug, PartialEq)]
pub struct Dot {
    /// Which sampler.
    pub column: ColumnKey,
    /// Samples measured.
    pub samples: usize,
    /// Mean squared distance to the teacher's solutions; none for the teacher itself.
    pub ode: Option<Score>,
    /// Beside the teacher's samples from other noise.
    pub to_teacher: Measured,
    /// Beside held-out data.
    pub to_data: Option<Measured>,
}

/// Goes on from what was `found` for the same models and the same noise, and leaves what it draws there.
pub(super) async fn run(
    desk: &Desk,
    found: &mut Option<Gathered>,
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
    if !found.as_ref().is_some_and(|found| found.is_of(set, request.seed)) {
        *found = Some(Gathered::new(set, request.seed, desk.device()).await?);
    }
    let found = found.as_mut().expect("it is there, or was made above");
    let (held_out, dims) = (found.held_out_count(), found.dims());
    tell(Finding::Begun { features: features.name(), held_out }).await;
    let data = match found.held_out() {
        Some(held_out) => Some(Against::new(&held_out, dims, request.seed).await),
        None => None,
    };

    loop {
        let drawn = found.count();
        let measured = drawn.min(request.samples);
        tell(Finding::Drawn(measured)).await;
        if measured == request.samples || (measured >= FIRST && measured.is_power_of_two()) {
            let teacher = Against::new(&found.reference(measured), dims, request.seed).await;
            for column in found.columns() {
                let dot = dot(found, column, measured, &teacher, data.as_ref()).await;
                tell(Finding::Dot(Box::new(dot))).await;
            }
        }
        if measured == request.samples {
            return Ok(());
        }
        let next = (drawn + 1).max(FIRST).next_power_of_two().min(request.samples);
        let part = drawn..next.min(drawn + desk.at_once(CHUNK, set.teacher.dims()));
        let batch = gather::draw(desk.device(), set, found, request.seed, part).await?;
        found.extend(batch);
    }
}

/// The first `samples` of a column, measured.
async fn dot(
    found: &Gathered,
    column: ColumnKey,
    samples: usize,
    teacher: &Against,
    data: Option<&Against>,
) -> Dot {
    let (ode, set) = (found.ode(column, samples), found.samples(column, samples));
    let own = Samples::new(&set, found.dims()).await;
    let to_teacher = own.beside(teacher).await;
    let to_data = match data {
        Some(data) => Some(own.beside(data).await),
        None => None,
    };
    Dot { column, samples, ode, to_teacher, to_data }
}

#[cfg(test)]
mod tests;
