//! What students learn from draws: targets, weights and gradients of their lessons.

use burn::{
    module::{ModuleMapper, ModuleVisitor, Param},
    prelude::*,
    tensor::Gradients,
};
use skipstone::{
    consistency::{Boundary, Bounded, ConsistencyFunction as _},
    diffusion::{Method, Preconditioned, Prediction},
    distill::{
        Distillation, Drawn, Horizon, Loss, Parameterization, Weighting,
        regression::{Details, Query, Target},
    },
    math::{
        schedule::Process,
        seed::{Purpose, Seed, gaussian as gaussian_noise},
    },
    nn::Network,
    train::{Learner as _, Lesson},
};

use crate::{
    distillation::{Bell, HORIZONS, grid, objective, paths},
    support::{bell, host, model, tiny_unet},
};

/// The same with noise on every parameter: fresh output layers are zero, so that no gradient comes past them.
pub(crate) fn scrambled(model: Preconditioned) -> Preconditioned {
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

/// A student that says something everywhere.
fn student(prediction: Prediction, boundary: Boundary, device: &Device) -> Bounded<Preconditioned> {
    let denoiser = scrambled(model(tiny_unet(), prediction, device));
    Bounded { denoiser, boundary, sigma_data: 0.5 }
}

fn parameterization(student: &Bounded<Preconditioned>) -> Parameterization {
    let (config, boundary) = (student.denoiser.config.clone(), Some(student.boundary));
    Parameterization { config, boundary, is_half: false }
}

fn loss_of(network: &Network, lesson: &Lesson<Network>) -> f64 {
    f64::from(host(network.loss(&lesson.objective, lesson.batch.inputs()))[0])
}

/// Where the teacher went all the way its end point, elsewhere the student's own.
fn targets(student: &Bounded<Preconditioned>, drawn: &Drawn, landed: Tensor<2>) -> Tensor<2> {
    let (times, labels) = (drawn.landing_times(), drawn.labels());
    let rows = (0..times.len()).map(|i| {
        let row = landed.clone().narrow(0, i, 1);
        if times[i] == 0.0 { row } else { student.endpoint(row, &times[i..=i], &labels[i..=i]) }
    });
    Tensor::cat(rows.collect(), 0)
}

#[test]
fn a_lesson_leads_to_the_teacher_s_end_point_or_to_the_student_s_own() {
    let (device, grid) = (Device::flex(), grid());
    let (teacher, ode) = (bell(64), Method::Ddim.parts());
    for boundary in [Boundary::Paper, Boundary::Edm] {
        for prediction in [Prediction::F, Prediction::Eps, Prediction::V, Prediction::X0] {
            let student = student(prediction, boundary, &device);
            for (horizon, loss) in HORIZONS.into_iter().zip([
                Loss::L2,
                Loss::HuberElementwise,
                Loss::HuberVector,
                Loss::L2,
            ]) {
                let distillation = Distillation { loss, ..objective(&teacher, &ode) };
                let paths = paths(&grid, horizon);
                let drawn = Drawn::new(Seed(6), 0..12, &Bell(64), paths, &device);
                let landed = distillation.land(&drawn);
                let target = targets(&student, &drawn, landed.clone());
                let (times, labels) = (drawn.times(), drawn.labels());
                let output = student.endpoint(drawn.states.clone(), &times, &labels);
                let expected = f64::from(host(loss.value(output, target, None))[0]);
                let learns = parameterization(&student);
                let lesson = distillation.lesson(&learns, &drawn, landed, None);
                let found = loss_of(&student.denoiser.network, &lesson);
                assert!(
                    (found - expected).abs() < 2e-5 * expected,
                    "{boundary:?}, {prediction:?}, {horizon:?}: {found} is not {expected}"
                );
            }
        }
    }
}

#[test]
fn samples_that_the_teacher_takes_to_the_end_need_no_word_of_the_student() {
    let (device, grid) = (Device::flex(), grid());
    let (teacher, ode) = (bell(64), Method::Ddim.parts());
    let distillation = Distillation { weighting: Weighting::Gap, ..objective(&teacher, &ode) };
    let student = student(Prediction::F, Boundary::Edm, &device);
    let drawn = Drawn::new(Seed(6), 0..24, &Bell(64), paths(&grid, HORIZONS[1]), &device);
    let landed = distillation.land(&drawn);
    let dropout = Some((Seed(1), 0));
    let lesson = distillation.lesson(&parameterization(&student), &drawn, landed, dropout);
    let mut light = 0;
    for i in 0..24 {
        let heavy = lesson.rows(i..i + 1);
        let lighter = Network::lighter(lesson.rows(i..i + 1));
        assert_eq!(lighter.objective.is_own, drawn.landing_times()[i] > 0.0);
        light += usize::from(!lighter.objective.is_own);
        let [a, b] = [heavy, lighter].map(|lesson| loss_of(&student.denoiser.network, &lesson));
        assert_eq!(a, b, "sample {i}");
    }
    assert!((1..24).contains(&light), "{light}");
}

#[test]
fn only_paths_that_all_end_at_the_data_need_no_word_of_the_student() {
    let (device, grid) = (Device::flex(), grid());
    let are_whole =
        |horizon| Drawn::new(Seed(1), 0..2, &Bell(1), paths(&grid, horizon), &device).are_whole;
    let steps = |k: usize| Horizon::Steps(k.try_into().expect("not zero"));
    let expected = [(steps(1), false), (steps(9), false), (steps(10), true), (steps(99), true)];
    for (horizon, expected) in expected {
        assert_eq!(are_whole(horizon), expected, "{horizon:?}");
    }
    assert!(are_whole(Horizon::Full) && !are_whole(Horizon::Random));
}

#[test]
fn a_gap_s_weight_is_one_over_the_way_from_start_to_landing() {
    let device = Device::flex();
    let (teacher, ode, grid) = (bell(64), Method::Ddim.parts(), grid());
    let uniform = objective(&teacher, &ode);
    let weighted = Distillation { weighting: Weighting::Gap, ..uniform };
    let student = student(Prediction::F, Boundary::Paper, &device);
    let drawn =
        |indices| Drawn::new(Seed(2), indices, &Bell(64), paths(&grid, HORIZONS[1]), &device);
    let of = |objective: &Distillation<'_>, drawn: &Drawn| {
        let landed = objective.land(drawn);
        let lesson = objective.lesson(&parameterization(&student), drawn, landed, None);
        loss_of(&student.denoiser.network, &lesson)
    };
    let ratio = |time: f64| Process::ScaledLinear.level(time).ratio();
    let each = (0..8).map(|i| {
        let row = drawn(i..i + 1);
        of(&uniform, &row) / (ratio(row.draws[0].time()) - ratio(row.draws[0].landing_time()))
    });
    let expected = each.sum::<f64>() / 8.0;
    let found = of(&weighted, &drawn(0..8));
    assert!((found - expected).abs() < 1e-5 * expected, "{found} is not {expected}");
}

/// The gradients of all parameters, in their order.
fn gradients(network: &Network, lesson: &Lesson<Network>) -> Vec<Vec<f32>> {
    struct Collected(Gradients, Vec<Vec<f32>>);
    impl ModuleVisitor for Collected {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.1.push(param.val().grad(&self.0).map(host).unwrap_or_default());
        }
    }
    let loss = network.loss(&lesson.objective, lesson.batch.inputs().as_constants());
    let mut found = Collected(loss.backward(), Vec::new());
    network.visit(&mut found);
    found.1
}

#[test]
fn gradients_of_both_objectives_agree_with_finite_differences() {
    let plain = Device::flex();
    let (teacher, ode, grid) = (bell(64), Method::Ddim.parts(), grid());
    let distillation = objective(&teacher, &ode);
    let of = |device: &Device| student(Prediction::F, Boundary::Paper, device);
    for horizon in [Horizon::CM, Horizon::Full] {
        let drawn = Drawn::new(Seed(2), 0..4, &Bell(64), paths(&grid, horizon), &plain);
        let (landed, base) = (distillation.land(&drawn), of(&plain));
        let learns = parameterization(&base);
        let lesson = distillation.lesson(&learns, &drawn, landed.clone(), None);
        let gradients = gradients(&of(&plain.clone().autodiff()).denoiser.network, &lesson);
        // The stop-gradient targets stay those of the base network.
        let target = Target::Given(targets(&base, &drawn, landed));
        let (states, labels) = (drawn.states.clone(), drawn.labels());
        let query = Query { states, affine: learns.affine(&drawn.times()), labels: &labels };
        let fixed = learns.lesson(Loss::L2, query, target, Details::default());
        let nudged =
            |mut nudge: Nudge| loss_of(&of(&plain).denoiser.network.map(&mut nudge), &fixed);
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
