//! The objectives: their minimiser, their gradients, and the bookkeeping of horizons and banks.

use std::{
    num::NonZeroUsize,
    sync::atomic::{AtomicUsize, Ordering},
};

use burn::{module::ModuleMapper, module::Param, prelude::*};
use skipstone::{
    consistency::{Boundary, Bounded, ConsistencyFunction},
    data::Dataset,
    diffusion::{Denoiser, Method, OdeSolver, Preconditioned, Prediction, diffuse},
    distill::{
        Distillation, Drawn, Horizon, Landing, Loss, Origin, Parameterization, Paths, Starts,
        Weighting,
        regression::{Details, Query, Target},
    },
    math::{
        grid::TimeGrid,
        schedule::Process,
        seed::{Purpose, Seed, gaussian as gaussian_noise},
    },
    nn::Network,
    train::{Learner as _, Lesson},
};

use crate::support::{bell, gaussian, host, model, tiny_unet};

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

const HORIZONS: [Horizon; 4] =
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
fn every_horizon_has_no_loss_at_the_true_map_of_its_teacher() {
    let device = Device::flex();
    for method in [Method::Ddim, Method::VpEuler, Method::VpHeun] {
        let (teacher, ode) = (gaussian(Process::ScaledLinear), method.parts());
        let distillation = objective(&teacher, &ode);
        let student = TrueMap { method };
        for horizon in HORIZONS {
            let drawn = Drawn::new(Seed(1), 0..16, &Bell(1), paths(&grid(), horizon), &device);
            let Landing { state, times } = distillation.land(&drawn);
            let word = student.endpoint(drawn.states.clone(), &drawn.times(), &drawn.labels());
            let target = student.endpoint(state, &times, &drawn.labels());
            let loss = host(Loss::L2.value(word, target, None))[0];
            assert!(loss < 1e-10, "{method:?}, {horizon:?}: {loss}");
        }
    }
}

#[test]
fn a_gap_s_weight_is_one_over_the_way_from_start_to_landing() {
    let device = Device::flex();
    let (teacher, ode, grid) = (bell(64), Method::Ddim.parts(), grid());
    let uniform = objective(&teacher, &ode);
    let weighted = Distillation { weighting: Weighting::Gap, ..uniform };
    let student = scrambled(model(tiny_unet(), Prediction::F, &device));
    let drawn = Drawn::new(Seed(2), 0..8, &Bell(64), paths(&grid, HORIZONS[1]), &device);
    let of = |objective: &Distillation<'_>, drawn: &Drawn| {
        let lesson =
            objective.lesson(&parameterization(&student), drawn, objective.land(drawn), None);
        f64::from(host(loss_of(&student.network, &lesson))[0])
    };
    let ratio = |time: f64| Process::ScaledLinear.level(time).ratio();
    let each = (0..8).map(|i| {
        let row = drawn.rows(i..i + 1);
        of(&uniform, &row) / (ratio(row.draws[0].time()) - ratio(row.draws[0].landing_time()))
    });
    let expected = each.sum::<f64>() / 8.0;
    let found = of(&weighted, &drawn);
    assert!((found - expected).abs() < 1e-5 * expected, "{found} is not {expected}");
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

/// The same with noise on every parameter: fresh output layers are zero, so that no gradient comes past them.
fn scrambled(model: Preconditioned) -> Preconditioned {
    struct Scramble(u64);
    impl ModuleMapper for Scramble {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            self.0 += 1;
            param.map(|old| {
                let mut data = old.to_data();
                let values = data.as_mut_slice::<f32>().expect("f32");
                let mut noise = vec![0.0; values.len()];
                gaussian_noise(Seed(9), Purpose::Weights, self.0, 1, &mut noise);
                values.iter_mut().zip(noise).for_each(|(value, noise)| *value += 0.1 * noise);
                let new = Tensor::from_data(data, &old.device());
                if old.is_require_grad() { new.require_grad() } else { new }
            })
        }
    }
    Preconditioned { network: model.network.map(&mut Scramble(0)), ..model }
}

/// Adds `by` to value `at` of the `number`-th parameter.
struct Nudge {
    number: usize,
    at: usize,
    by: f32,
    seen: usize,
}

impl ModuleMapper for Nudge {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        self.seen += 1;
        if self.seen - 1 != self.number {
            return param;
        }
        param.map(|old| {
            let mut data = old.to_data();
            data.as_mut_slice::<f32>().expect("f32")[self.at] += self.by;
            Tensor::from_data(data, &old.device())
        })
    }
}

/// A student's parameterization is its denoiser within the paper's boundary.
fn parameterization(student: &Preconditioned) -> Parameterization {
    Parameterization {
        config: student.config.clone(),
        boundary: Some(Boundary::Paper),
        is_half: false,
    }
}

fn loss_of(network: &Network, lesson: &Lesson<Network>) -> Tensor<1> {
    network.loss(&lesson.objective, lesson.batch.inputs())
}

/// The gradients of all parameters, in their order.
fn gradients_of(network: &Network, lesson: &Lesson<Network>) -> Vec<Vec<f32>> {
    let loss = network.loss(&lesson.objective, lesson.batch.inputs().as_constants());
    let mut gradients = Collected { source: loss.backward(), found: Vec::new() };
    network.visit(&mut gradients);
    gradients.found
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

#[test]
fn gradients_of_both_objectives_agree_with_finite_differences() {
    let plain = Device::flex();
    let (teacher, ode) = (bell(64), Method::Ddim.parts());
    let distillation = objective(&teacher, &ode);
    for horizon in [Horizon::CM, Horizon::Full] {
        let drawn = Drawn::new(Seed(2), 0..4, &Bell(64), paths(&grid(), horizon), &plain);
        let student = |device: &Device| scrambled(model(tiny_unet(), Prediction::F, device));
        let landing = distillation.land(&drawn);
        let parameterization = parameterization(&student(&plain));
        let lesson = distillation.lesson(&parameterization, &drawn, landing.clone(), None);
        // The stop-gradient targets stay those of the base network.
        let (denoiser, boundary) = (student(&plain), Boundary::Paper);
        let base = Bounded { denoiser, boundary, sigma_data: 0.5 };
        let target = base.endpoint(landing.state, &landing.times, &drawn.labels());
        let labels = drawn.labels();
        let states = drawn.states.clone();
        let query =
            Query { states, affine: parameterization.affine(&drawn.times()), labels: &labels };
        let fixed =
            parameterization.lesson(Loss::L2, query, Target::Given(target), Details::default());

        let tracked = student(&plain.clone().autodiff()).network;
        let gradients = gradients_of(&tracked, &lesson);
        let nudged = |mut nudge: Nudge| {
            let network = student(&plain).network.map(&mut nudge);
            f64::from(host(loss_of(&network, &fixed))[0])
        };
        let mut checked = 0;
        for (number, gradient) in gradients.iter().enumerate() {
            let (at, by) = (gradient.len() / 2, 4e-3);
            let value = |by: f32| nudged(Nudge { number, at, by, seen: 0 });
            let difference = (value(by) - value(-by)) / (2.0 * f64::from(by));
            let gradient = f64::from(gradient[at]);
            // f32 losses near 1 over a step of 0.008: 1e-5 of noise.
            let apart = (difference - gradient).abs();
            assert!(
                apart < 3e-5 + 0.01 * gradient.abs(),
                "{horizon:?}, parameter {number}: {difference} {gradient}"
            );
            checked += usize::from(gradient.abs() > 1e-3);
        }
        assert!(checked >= 10, "{checked} gradients are not small");
    }
}

struct Collected {
    source: burn::tensor::Gradients,
    found: Vec<Vec<f32>>,
}

impl burn::module::ModuleVisitor for Collected {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let gradient = param.val().grad(&self.source);
        self.found.push(gradient.map(host).unwrap_or_default());
    }
}
