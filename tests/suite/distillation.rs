//! Draws, horizons and landings of the teacher.

use std::{
    num::NonZeroUsize,
    sync::atomic::{AtomicUsize, Ordering},
};

use burn::prelude::*;
use skipstone::{
    consistency::ConsistencyFunction,
    data::Dataset,
    diffusion::{Denoiser, Method, OdeSolver, diffuse},
    distill::{Distillation, Drawn, Horizon, Loss, Origin, Paths, Starts, Weighting},
    math::{
        grid::TimeGrid,
        schedule::Process,
        seed::{Purpose, Seed, gaussian as gaussian_noise},
    },
};

use crate::support::{gaussian, host};

/// Data of the analytic teacher, N(0.3, 0.5^2), `d` values a sample.
pub(crate) struct Bell(pub(crate) usize);

impl Dataset for Bell {
    fn dims(&self) -> usize {
        self.0
    }
    fn len(&self) -> usize {
        500
    }
    fn label(&self, index: usize) -> u32 {
        index as u32 % 3
    }
    fn read(&self, index: usize, out: &mut [f32]) {
        gaussian_noise(Seed(77), Purpose::Mixture, index as u64, 0, out);
        out.iter_mut().for_each(|v| *v = 0.3 + 0.5 * *v);
    }
}

pub(crate) const HORIZONS: [Horizon; 4] =
    [Horizon::CM, Horizon::Steps(NonZeroUsize::new(3).unwrap()), Horizon::Full, Horizon::Random];

pub(crate) fn grid() -> TimeGrid {
    TimeGrid::uniform(10).expect("a divisor of 1000")
}

/// The paper's: from noised data.
pub(crate) fn paths(grid: &TimeGrid, horizon: Horizon) -> Paths<'_> {
    Paths { process: Process::ScaledLinear, grid, starts: Starts::Uniform, horizon }
}

/// The paper's objective.
pub(crate) fn objective<'a>(teacher: &'a dyn Denoiser, ode: &'a OdeSolver) -> Distillation<'a> {
    Distillation { teacher, ode, loss: Loss::L2, weighting: Weighting::Uniform }
}

/// The true map of a discretised teacher: solve the rest of its own grid.
struct TrueMap {
    method: Method,
}

impl ConsistencyFunction for TrueMap {
    fn endpoint(&self, x: Tensor<2>, t: &[f64], labels: &[u32]) -> Tensor<2> {
        let times = grid().times().to_vec();
        let rows: Vec<Tensor<2>> = t
            .iter()
            .enumerate()
            .map(|(i, &t)| {
                let [_, d] = x.dims();
                let path: Vec<f64> = times.iter().copied().filter(|&u| u <= t).collect();
                let own = x.clone().slice([i..i + 1, 0..d]);
                let teacher = gaussian(Process::ScaledLinear);
                self.method.parts().solve(&teacher, &[path], own, &labels[i..=i])
            })
            .collect();
        Tensor::cat(rows, 0)
    }
    fn process(&self) -> Process {
        Process::ScaledLinear
    }
}

#[test]
fn every_landing_lies_on_the_true_path_of_its_teacher() {
    let device = Device::flex();
    for method in [Method::Ddim, Method::VpEuler, Method::VpHeun] {
        let (teacher, ode) = (gaussian(Process::ScaledLinear), method.parts());
        let distillation = objective(&teacher, &ode);
        let student = TrueMap { method };
        for horizon in HORIZONS {
            let drawn = Drawn::new(Seed(1), 0..16, &Bell(1), paths(&grid(), horizon), &device);
            let labels = drawn.labels();
            let from_start = student.endpoint(drawn.states.clone(), &drawn.times(), &labels);
            let landed = distillation.land(&drawn);
            let from_landing = student.endpoint(landed, &drawn.landing_times(), &labels);
            let loss = host(Loss::L2.value(from_start, from_landing, None))[0];
            assert!(loss < 1e-10, "{method:?}, {horizon:?}: {loss}");
        }
    }
}

#[test]
fn horizons_end_where_they_should() {
    let device = Device::flex();
    let drawn =
        |horizon| Drawn::new(Seed(3), 0..200, &Bell(1), paths(&grid(), horizon), &device).draws;
    assert!(drawn(Horizon::CM).iter().all(|d| d.path.len() == 2));
    assert!(drawn(Horizon::Full).iter().all(|d| d.landing_time() == 0.0));
    let three = drawn(HORIZONS[1]);
    assert!(three.iter().all(|d| d.path.len() == 4 || d.landing_time() == 0.0));
    let random = drawn(Horizon::Random);
    assert!(random.iter().any(|d| d.landing_time() > 0.0 && d.path.len() > 2));
    // The horizon changes nothing else: same data, same start.
    let mut starts: Vec<_> = three.iter().map(|d| (d.index, d.datum, d.path[0] as u64)).collect();
    let mut others: Vec<_> = random.iter().map(|d| (d.index, d.datum, d.path[0] as u64)).collect();
    starts.sort_unstable();
    others.sort_unstable();
    assert_eq!(starts, others);
}

#[test]
fn a_share_of_paths_starts_at_the_noise_that_samples_start_from() {
    let device = Device::flex();
    let grid = grid();
    let drawn = |starts| {
        let paths = Paths { starts, ..paths(&grid, Horizon::Full) };
        Drawn::new(Seed(3), 0..400, &Bell(2), paths, &device)
    };
    let (plain, mixed) = (drawn(Starts::Uniform), drawn(Starts::Noise(0.75)));
    let states = host(mixed.states.clone());
    let mut from_noise = 0;
    for (i, draw) in mixed.draws.iter().enumerate() {
        match draw.origin {
            Origin::Noise => {
                from_noise += 1;
                assert_eq!(draw.time(), 1000.0);
                let mut noise = [0.0; 2];
                gaussian_noise(Seed(3), Purpose::Noise, draw.index, 0, &mut noise);
                assert_eq!(states[2 * i..2 * i + 2], noise);
            }
            // The others are the draws that there are without them.
            Origin::Data => assert!(plain.draws.contains(draw)),
        }
    }
    // Binomial(400, 0.75): standard deviation 8.7, four of them.
    assert!((265..=335).contains(&from_noise), "{from_noise} of 400");
}

/// Counts the samples that a teacher evaluates.
struct Counting<D>(D, AtomicUsize);

impl<D: Denoiser> Denoiser for Counting<D> {
    fn denoise(&self, x: Tensor<2>, t: &[f64], labels: &[u32]) -> Tensor<2> {
        self.1.fetch_add(t.len(), Ordering::Relaxed);
        self.0.denoise(x, t, labels)
    }
    fn process(&self) -> Process {
        self.0.process()
    }
}

#[test]
fn only_samples_with_steps_to_go_are_evaluated() {
    let device = Device::flex();
    let teacher = Counting(gaussian(Process::ScaledLinear), AtomicUsize::new(0));
    let ode = Method::Ddim.parts();
    let distillation = objective(&teacher, &ode);
    let drawn = Drawn::new(Seed(1), 0..64, &Bell(1), paths(&grid(), Horizon::Full), &device);
    distillation.land(&drawn);
    let needed: usize = drawn.draws.iter().map(|d| d.path.len() - 1).sum();
    assert_eq!(teacher.1.load(Ordering::Relaxed), needed);
}

#[test]
fn states_are_the_data_noised_to_where_their_paths_start() {
    let (device, data, grid) = (Device::flex(), Bell(3), grid());
    let drawn = Drawn::new(Seed(5), 7..40, &data, paths(&grid, Horizon::Full), &device);
    let states = host(drawn.states.clone());
    for (state, draw) in states.chunks(3).zip(&drawn.draws) {
        let (mut x0, mut noise) = ([0.0; 3], [0.0; 3]);
        data.read(draw.datum, &mut x0);
        gaussian_noise(Seed(5), Purpose::Noise, draw.index, 0, &mut noise);
        let [x0, noise] = [x0, noise].map(|row| Tensor::<2>::from_floats([row], &device));
        let expected = host(diffuse(Process::ScaledLinear, x0, noise, &[draw.time()]));
        for (a, b) in state.iter().zip(expected) {
            assert!((a - b).abs() < 1e-6, "{a} is not {b}");
        }
    }
}
