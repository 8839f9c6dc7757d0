//! Solvers against a reference solution, the cheap ones first.
//!
//! Errors are root mean squares over samples and dimensions of `y = x/alpha`, in data units, at two times:
//! the last one that all grids share, and clean data. At the first the orders of convergence show. At the
//! second all solvers look alike, because the last step of every grid, from t = 1000/N to clean data, is one
//! of first order, and the finest detail forms there.

mod reference;

use burn::prelude::Device;

use super::{Reply, Ticket, desk::Desk};
use crate::{
    consistency::sample::Noise,
    diffusion::{Denoiser, Guided, Method, ode::Sight},
    engine::{
        LabError,
        recipe::method_problem,
        sampling::{Counted, at_start},
        shipped::ModelSet,
    },
    eval::ode,
    math::{grid::TimeGrid, seed::Seed, statistics::Estimate},
    platform::{self, Stopwatch},
    solver::host,
};
use reference::{Problem, References, Solution};

/// Noises solved at once.
const CHUNK: usize = 16;
/// Numbers of intervals N.
pub const INTERVALS: [usize; 9] = [5, 10, 20, 25, 40, 50, 100, 125, 200];
/// Images that are sent to be looked at; of points in the plane all are.
pub const SHOWN: usize = 3;

/// What to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The noise's seed.
    pub seed: Seed,
    /// Only this class; none: the classes in turn.
    pub class: Option<u32>,
    /// The teacher's guidance w.
    pub guidance: f64,
    /// Noises behind each error.
    pub samples: usize,
}

/// Part of the answer.
#[derive(Clone, Debug)]
pub enum Finding {
    /// The references are solved.
    Begun(Reference),
    /// A solver at one number of intervals.
    Point(Point),
}

/// What solvers are compared with.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The last time that all grids share, before clean data.
    pub common: Option<f64>,
    /// Whether both references are adaptive, or one is Heun's method on the finest grid, of some noises at least.
    pub is_adaptive: bool,
    /// How far the VP-time chart's solution is from the exact one, at [`Reference::common`] and at the end;
    /// none where the process has no such chart.
    pub apart: Option<[f64; 2]>,
    /// The exact end points of the samples to look at, rows of `d` values.
    pub shown: Vec<f32>,
}

/// A solver at one number of intervals.
#[derive(Clone, Debug)]
pub struct Point {
    /// The solver.
    pub method: Method,
    /// Intervals N.
    pub intervals: usize,
    /// Network evaluations a sample.
    pub evaluations: usize,
    /// Milliseconds a sample.
    pub sample_ms: f64,
    /// At the last time that all grids share.
    pub common: Option<Errors>,
    /// At clean data.
    pub end: Errors,
    /// End points of the samples to look at, rows of `d` values.
    pub shown: Vec<f32>,
}

/// Root mean squared errors with their 95% intervals over samples.
#[derive(Clone, Copy, Debug)]
pub struct Errors {
    /// To what this solver converges to, in its own chart.
    pub own: Estimate,
    /// To the exact solution.
    pub exact: Estimate,
}

pub(super) async fn run(desk: &Desk, ticket: Ticket, request: &Request) -> Result<(), LabError> {
    let set = desk.set()?;
    let tell =
        async |finding| desk.tell(Reply::Found(ticket, super::Finding::Converge(finding))).await;
    let labels = labels(request, set.teacher.classes());
    let shown = if set.teacher.dims() == 2 { labels.len() } else { SHOWN } * set.teacher.dims();

    let body = Counted::new(&set.teacher.body);
    let (scale, classes) = (request.guidance, set.teacher.classes());
    let teacher = Guided { denoiser: &body, scale, classes };
    let at_once = desk.at_once(CHUNK, set.teacher.dims());
    let problems = problems(&teacher, set, &labels, request.seed, at_once, desk.device());
    let references = References::of(&problems).await?;
    tell(Finding::Begun(references.told(shown))).await;

    for (method, intervals) in plan(set) {
        let watch = Stopwatch::start();
        let before = body.rows();
        let grid = set.teacher.recipe.grid_of(intervals)?;
        let found = solve_all(&problems, method, &grid).await?;
        let limit = references.limit(method.parts().chart);
        let errors = |pick: fn(&Solution) -> Option<&[f32]>| {
            let found = pick(&found)?;
            let of = |other: &[f32]| root_mean_square(found, other, labels.len(), request.seed);
            Some(Errors { own: of(pick(limit)?), exact: of(pick(&references.exact)?) })
        };
        let point = Point {
            method,
            intervals,
            evaluations: (body.rows() - before) / labels.len(),
            sample_ms: 1e3 * watch.seconds() / labels.len() as f64,
            common: errors(|solution| solution.common.as_deref()),
            end: errors(|solution| Some(&solution.end)).expect("every solution has an end"),
            shown: found.end[..shown.min(found.end.len())].to_vec(),
        };
        tell(Finding::Point(point)).await;
    }
    Ok(())
}

fn labels(request: &Request, classes: u32) -> Vec<u32> {
    (0..request.samples.max(1)).map(|i| super::label(request.class, i, classes)).collect()
}

/// Solvers and their numbers of intervals, those of few evaluations first.
fn plan(set: &ModelSet) -> Vec<(Method, usize)> {
    let process = set.teacher.recipe.model.process;
    let methods = Method::ALL.into_iter().filter(|&m| method_problem(m, process).is_none());
    let mut plan: Vec<(Method, usize)> =
        methods.flat_map(|method| INTERVALS.map(|intervals| (method, intervals))).collect();
    let calls = |method| if matches!(method, Method::VpHeun | Method::EdmHeun) { 2 } else { 1 };
    plan.sort_by_key(|&(method, intervals)| intervals * calls(method));
    plan
}

/// The last time before clean data at which all grids stop, after their common start.
fn common_time(set: &ModelSet) -> Option<f64> {
    let grids = INTERVALS.iter().map(|&n| set.teacher.recipe.grid_of(n));
    let grids: Vec<TimeGrid> = grids.collect::<Result<_, _>>().ok()?;
    let (first, others) = grids.split_first()?;
    let inner = first.times()[1..first.intervals()].iter().copied();
    inner.rev().find(|time| others.iter().all(|grid| grid.times().contains(time)))
}

/// The noises of `labels`, so many in each problem as are solved at once.
fn problems<'a>(
    teacher: &'a dyn Denoiser,
    set: &'a ModelSet,
    labels: &'a [u32],
    seed: Seed,
    at_once: usize,
    device: &Device,
) -> Vec<Problem<'a>> {
    let (dims, common) = (set.teacher.dims(), common_time(set));
    let problem = |(part, labels): (usize, &'a [u32])| {
        let noise = Noise { seed, first: (part * at_once) as u64 };
        let z = noise.initial([labels.len(), dims], device);
        Problem { teacher, set, labels, z, common }
    };
    labels.chunks(at_once).enumerate().map(problem).collect()
}

/// A solver's states on a grid, of all noises.
async fn solve_all(
    problems: &[Problem<'_>],
    method: Method,
    grid: &TimeGrid,
) -> Result<Solution, LabError> {
    let mut all = Solution::default();
    for problem in problems {
        all.extend(solve(problem, method, grid).await?);
    }
    Ok(all)
}

/// A solver's states on a grid: in data units at the common time, and at the end.
async fn solve(
    problem: &Problem<'_>,
    method: Method,
    grid: &TimeGrid,
) -> Result<Solution, LabError> {
    let ode = method.parts();
    let process = problem.teacher.process();
    let paths = ode.coordinates(process, &vec![grid.times().to_vec(); problem.labels.len()]);
    let z = at_start(problem.z.clone(), process, grid.times()[0]);
    let mut solution = ode.begin(problem.teacher, &paths, z, problem.labels);
    let place = grid.times().iter().position(|time| Some(*time) == problem.common);
    let mut state = None;
    for round in 0..grid.intervals() {
        platform::yield_now().await;
        let mut keep = |sight: Sight<'_>| state = Some(sight.state);
        let is_common = place == Some(round);
        solution.advance(is_common.then_some(&mut keep as &mut dyn FnMut(Sight<'_>)));
    }
    let end = host(solution.end()).await?;
    let common = match (state, problem.common) {
        (Some(x), Some(time)) => Some(host(x / process.level(time).alpha).await?),
        _ => None,
    };
    Ok(Solution { common, end })
}

/// With the interval of the mean square, whose root it is.
fn root_mean_square(a: &[f32], b: &[f32], samples: usize, seed: Seed) -> Estimate {
    let Estimate { mean, low, high } = Estimate::of(&ode::errors(a, b, samples), seed);
    Estimate { mean: mean.sqrt(), low: low.sqrt(), high: high.sqrt() }
}

#[cfg(test)]
mod tests;
