//! A mixture in the plane: its exact flow, the teacher's map, and two students distilled while one looks.
//!
//! | file | holds |
//! |---|---|
//! | `lattice` | the noises whose images make a map |
//! | `flow` | the exact flow of particles, and the teacher's map |
//! | `distil` | CM and Direct CM from one start with one set of draws |
//!
//! Nothing here depends on the open models: the teacher is the mixture's own denoiser.

mod distil;
mod flow;
pub mod lattice;

pub use distil::Progress;

use super::{Finding as Any, Reply, Ticket, desk::Desk};
use crate::{
    data::Mixture,
    diffusion::{Method, MixtureDenoiser},
    engine::{LabError, lab::SAMPLE_SEED},
    eval::OdeError,
    math::{
        grid::TimeGrid,
        schedule::Process,
        seed::{self, Purpose, Seed},
    },
    picture::gpu::Lent,
};

/// The process of everything in the plane.
pub const PROCESS: Process = Process::ScaledLinear;
/// Noises that flow as particles, and behind every figure.
pub const NOISES: usize = 400;

/// An exact teacher: a mixture's denoiser, and how its ODE is solved.
#[derive(Clone, Debug, PartialEq)]
pub struct Teacher {
    /// The data.
    pub mixture: Mixture,
    /// The solver.
    pub method: Method,
    /// Its intervals N.
    pub intervals: usize,
}

impl Teacher {
    fn denoiser(&self) -> MixtureDenoiser {
        MixtureDenoiser::of(&self.mixture, PROCESS)
    }

    fn grid(&self) -> Result<TimeGrid, LabError> {
        if let Some(problem) = self.mixture.problem() {
            return Err(LabError::Request(problem.into()));
        }
        Ok(TimeGrid::uniform(self.intervals)?)
    }
}

/// What to look at.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// The exact flow and the teacher's map.
    Flow(Teacher),
    /// The same, then two students.
    Distil(Teacher, Training),
}

/// How students are distilled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Training {
    /// Seed of the first weights and of all draws.
    pub seed: Seed,
    /// Optimiser steps.
    pub steps: u64,
}

impl Request {
    /// The teacher looked at.
    pub fn teacher(&self) -> &Teacher {
        match self {
            Self::Flow(teacher) | Self::Distil(teacher, _) => teacher,
        }
    }
}

/// Part of the answer.
#[derive(Clone, Debug)]
pub enum Finding {
    /// The particles along the exact flow.
    Flow(Flow),
    /// The teacher's map.
    Map(Map),
    /// How far the teacher's solution is from the exact flow's end.
    Error(OdeError),
    /// How far the students are.
    Progress(Box<Progress>),
}

/// Particles along the exact flow.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Descending, the last one 0.
    pub times: Vec<f64>,
    /// At each time, [`NOISES`] points.
    pub states: Vec<Vec<[f32; 2]>>,
    /// The same in the device's memory, below each other.
    pub lent: Option<Lent>,
}

/// Where noise goes in one step, or along a solver's.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// Images of the lattice's points.
    pub lattice: Vec<[f32; 2]>,
    /// Images of [`noises`].
    pub samples: Vec<[f32; 2]>,
}

/// The noises that particles start from and figures are measured on; always the same.
pub fn noises() -> Vec<[f32; 2]> {
    let values = seed::rows(SAMPLE_SEED, Purpose::Initial, 0, 0, [NOISES, 2]);
    values.as_chunks().0.to_vec()
}

pub(super) async fn run(desk: &Desk, ticket: Ticket, request: &Request) -> Result<(), LabError> {
    let teacher = request.teacher();
    let tell = async |finding| desk.tell(Reply::Found(ticket, Any::Plane(finding))).await;
    let flow = flow::exact(teacher, desk.device()).await?;
    let ends = flow.states.last().cloned().unwrap_or_default();
    tell(Finding::Flow(flow)).await;
    let map = flow::map(teacher, desk.device()).await?;
    let solutions = map.samples.clone();
    tell(Finding::Map(map)).await;
    tell(Finding::Error(error(&solutions, &ends))).await;
    if let Request::Distil(teacher, training) = request {
        let pair = distil::Setting::new(teacher, *training, desk.device())?;
        pair.run(&solutions, async |progress| tell(Finding::Progress(Box::new(progress))).await)
            .await?;
    }
    Ok(())
}

/// The distance of points to where they should be.
fn error(points: &[[f32; 2]], solutions: &[[f32; 2]]) -> OdeError {
    let labels = vec![0; points.len()];
    OdeError::of(points.as_flattened(), solutions.as_flattened(), &labels, SAMPLE_SEED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{
        Opened,
        worker::{Command, Job, Worker},
    };

    fn teacher(std: f64) -> Teacher {
        let mixture = Mixture::equal(vec![[-0.5, 0.0], [0.5, 0.0]], std);
        Teacher { mixture, method: Method::Ddim, intervals: 10 }
    }

    fn next(worker: &Worker) -> Reply {
        pollster::block_on(worker.replies.recv()).expect("the worker lives")
    }

    #[test]
    fn a_newer_request_ends_a_distillation() {
        let worker = Worker::spawn(Opened::cpu(), || ());
        let training = Training { seed: Seed(1), steps: 1_000_000 };
        let distil = Job::Plane(Request::Distil(teacher(0.1), training));
        assert!(worker.send(Command::Start(Ticket(1), distil)));
        while !matches!(next(&worker), Reply::Found(_, Any::Plane(Finding::Progress(_)))) {}
        assert!(worker.send(Command::Start(Ticket(2), Job::Plane(Request::Flow(teacher(0.2))))));
        let mut parts = Vec::new();
        loop {
            match next(&worker) {
                Reply::Finished(ticket) => break assert_eq!(ticket, Ticket(2)),
                Reply::Found(Ticket(2), Any::Plane(finding)) => parts.push(finding),
                Reply::Failed(_, error) => panic!("{error}"),
                _ => {}
            }
        }
        let [Finding::Flow(flow), Finding::Map(map), Finding::Error(error)] = &parts[..] else {
            panic!("flow, map and error, in this order: {parts:?}");
        };
        assert_eq!(
            (flow.states[0].len(), map.samples.len(), error.samples),
            (NOISES, NOISES, NOISES)
        );
        assert_eq!(map.lattice.len(), lattice::points().len());
    }
}
