//! A teacher's path on the host, and what a consistency function makes of its states.

use burn::{prelude::*, tensor::TensorData};

use crate::{
    consistency::{ConsistencyFunction, sample::Noise},
    diffusion::{Denoiser, OdeSolver, ode::Sight},
    engine::{LabError, loan},
    math::{grid::TimeGrid, seed::Seed},
    picture::gpu::Lent,
    platform,
    solver::host,
};

/// The states of some noises at the times of a grid: at each time `n` rows of `d` values.
#[derive(Clone, Debug)]
pub(super) struct Path {
    /// From noise to data, the last one 0.
    pub(super) times: Vec<f64>,
    /// `x_t`.
    pub(super) states: Vec<Vec<f32>>,
    /// The teacher's x0_hat; at t = 0 the state itself.
    pub(super) denoised: Vec<Vec<f32>>,
}

/// A state and what the teacher sees in it, in the device's memory.
pub(super) type Loans = [Option<Lent>; 2];

/// Noises of a seed by their numbers, `[n, d]`.
pub(super) fn noises(seed: Seed, numbers: &[usize], d: usize, device: &Device) -> Tensor<2> {
    let one = |&number: &usize| Noise { seed, first: number as u64 }.initial([1, d], device);
    Tensor::cat(numbers.iter().map(one).collect(), 0)
}

/// Follows the teacher from the states `x` `[n, d]` at the grid's start; `look` sees each time come in.
pub(super) async fn follow(
    teacher: &dyn Denoiser,
    ode: &OdeSolver,
    grid: &TimeGrid,
    x: Tensor<2>,
    labels: &[u32],
    mut look: impl AsyncFnMut(&Path, Loans),
) -> Result<Path, LabError> {
    let paths = vec![grid.times().to_vec(); labels.len()];
    let coordinates = ode.coordinates(teacher.process(), &paths);
    let mut solution = ode.begin(teacher, &coordinates, x, labels);
    let times = grid.times().to_vec();
    let mut path = Path { times, states: Vec::new(), denoised: Vec::new() };
    loop {
        platform::yield_now().await;
        let mut seen = None;
        let mut observe = |sight: Sight<'_>| seen = Some((sight.state, sight.denoised));
        if !solution.advance(Some(&mut observe)) {
            break;
        }
        let (state, denoised) = seen.expect("a step is observed");
        let loans = [&state, &denoised].map(loan::lend);
        path.states.push(host(state).await?);
        path.denoised.push(host(denoised).await?);
        look(&path, loans).await;
    }
    let end = solution.end();
    let lent = loan::lend(&end);
    let end = host(end).await?;
    path.states.push(end.clone());
    path.denoised.push(end);
    look(&path, [lent.clone(), lent]).await;
    Ok(path)
}

/// `f(x_t, t)` of every state of the path, about `at_once` rows at once; `look` sees them come in, some times at once, and
/// in the device's memory.
pub(super) async fn endpoints(
    f: &dyn ConsistencyFunction,
    path: &Path,
    labels: &[u32],
    at_once: usize,
    device: &Device,
    mut look: impl AsyncFnMut(&[Vec<f32>], Option<Lent>),
) -> Result<Vec<Vec<f32>>, LabError> {
    let n = labels.len();
    let together = (at_once / n).max(1);
    let mut ends = Vec::with_capacity(path.times.len());
    for (times, states) in path.times.chunks(together).zip(path.states.chunks(together)) {
        platform::yield_now().await;
        let rows = times.len() * n;
        let t: Vec<f64> = times.iter().flat_map(|&t| std::iter::repeat_n(t, n)).collect();
        let values = states.concat();
        let width = values.len() / rows;
        let x = Tensor::from_data(TensorData::new(values, [rows, width]), device);
        let mapped = f.endpoint(x, &t, &labels.repeat(times.len()));
        let lent = loan::lend(&mapped);
        let mapped = host(mapped).await?;
        let first = ends.len();
        ends.extend(mapped.chunks(n * width).map(<[f32]>::to_vec));
        look(&ends[first..], lent).await;
    }
    Ok(ends)
}
