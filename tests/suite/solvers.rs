//! Solvers and charts against closed forms and the golden tables of the method.

use burn::prelude::*;
use skipstone::{
    diffusion::{Chart, Denoiser as _, Guided, Method, ProbabilityFlow, ode::Sight},
    math::{grid::TimeGrid, schedule::Process},
    solver::{Adaptive, Euler, Heun, Integration, Multistep, Solver, VectorField, scale_rows},
};

use crate::support::{assert_close, gaussian, host, row, solve_observed, two_points};

/// The end of the path from `x` at the first of `times`.
fn solve(method: Method, times: &[f64], x: f32) -> f32 {
    let teacher = gaussian(Process::ScaledLinear);
    host(method.parts().solve(&teacher, &[times.to_vec()], row(&[x]), &[0]))[0]
}

fn uniform(intervals: usize) -> Vec<f64> {
    TimeGrid::uniform(intervals).expect("a divisor of 1000").times().to_vec()
}

#[test]
fn the_three_teachers_of_the_paper_give_the_golden_end_points() {
    let table = [
        (10, [0.677395467, 0.808889811, 0.791611017]),
        (20, [0.725482714, 0.799479410, 0.791214229]),
        (50, [0.760244533, 0.794324217, 0.791086114]),
        (100, [0.773861298, 0.792677910, 0.791068568]),
        (200, [0.781476145, 0.791867479, 0.791065093]),
        (1000, [0.788445512, 0.791225091, 0.791064966]),
    ];
    for (intervals, expected) in table {
        let times = uniform(intervals);
        let found = [Method::Ddim, Method::VpEuler, Method::VpHeun].map(|m| solve(m, &times, 1.0));
        // f32 rounding, an ulp of the state a step.
        assert_close(&found, &expected, 2e-6 + 1e-7 * intervals as f64);
    }
}

#[test]
fn other_starts_give_their_golden_end_points_too() {
    let methods = [Method::Ddim, Method::VpEuler, Method::VpHeun];
    let found = methods.map(|m| solve(m, &uniform(100), -0.7));
    assert_close(&found, &[-0.048545365, -0.062921076, -0.062324768], 1e-5);
    let late: Vec<f64> = uniform(100).into_iter().filter(|&t| t <= 500.0).collect();
    let found = methods.map(|m| solve(m, &late, 0.8));
    assert_close(&found, &[0.648673979, 0.661936674, 0.661034088], 1e-5);
    let one = [Method::Ddim, Method::VpEuler].map(|m| solve(m, &[1000.0, 990.0], 1.0));
    assert_close(&one, &[1.001044469, 1.001022638], 1e-6);
}

#[test]
fn the_edm_sampler_gives_its_golden_end_points() {
    let teacher = gaussian(Process::Edm);
    for (method, levels, expected) in [
        (Method::EdmHeun, 18, 0.825646045),
        (Method::EdmHeun, 40, 0.802983576),
        (Method::EdmHeun, 80, 0.799266019),
        (Method::Ddim, 18, 0.721445069),
        (Method::Ddim, 40, 0.763107584),
    ] {
        let grid = TimeGrid::karras(levels).expect("a grid");
        let paths = [grid.times().to_vec()];
        let end = method.parts().solve(&teacher, &paths, row(&[80.0]), &[0]);
        // From y = 80, an ulp is 8e-6.
        assert_close(&host(end), &[expected], 5e-5);
    }
}

#[test]
fn the_first_slope_is_the_golden_one() {
    let teacher = gaussian(Process::ScaledLinear);
    let clean = host(teacher.denoise(row(&[1.0]), &[1000.0], &[0]))[0];
    let level = Process::ScaledLinear.level(1000.0);
    let eps = (1.0 - level.alpha * f64::from(clean)) / level.sigma;
    assert_close(&[clean, eps as f32], &[0.316775352, 0.980663019], 1e-6);
    let flow = ProbabilityFlow { denoiser: &teacher, chart: Chart::VpTime, labels: &[0] };
    let slope = host(flow.velocity(row(&[1.0]), &[1000.0]));
    // The golden slope is that of the whole time, 1000 of the chart's units. f32 rounding, a few ulps.
    assert_close(&slope, &[-0.102263822 / 1000.0], 2e-10);
}

/// `dy/du = (y - 1)/u`-like: a Gaussian's ODE in the sigma chart, whose solution is known.
struct Bell;

const MEAN: f64 = 0.3;
const VARIANCE: f64 = 0.25;

impl VectorField for Bell {
    fn velocity(&self, y: Tensor<2>, at: &[f64]) -> Tensor<2> {
        scale_rows(y - MEAN, at.iter().map(|s| s / (VARIANCE + s * s)))
    }
}

fn exact(y: f64, from: f64, to: f64) -> f64 {
    MEAN + (y - MEAN) * ((VARIANCE + to * to) / (VARIANCE + from * from)).sqrt()
}

#[test]
fn the_closed_form_gives_the_golden_end_points() {
    for (process, t, x, end) in [
        (Process::ScaledLinear, 1000.0, 1.0, 0.790618387),
        (Process::ScaledLinear, 1000.0, -0.7, -0.060870924),
        (Process::ScaledLinear, 500.0, 0.8, 0.660707679),
        (Process::Edm, 80.0, 80.0, 0.798115271),
    ] {
        let level = process.level(t);
        let found = exact(x / level.alpha, level.ratio(), 0.0);
        // Half a unit of the last printed digit.
        assert!((found - end).abs() <= 5.01e-10, "{found} is not {end}");
    }
}

/// The order that halving the step twice shows.
fn measured_order(solver: &dyn Solver) -> f64 {
    let error = |steps: usize| {
        let level = |i: usize| 4.0 * (0.1f64 / 4.0).powf(i as f64 / steps as f64);
        let paths: [Vec<f64>; 1] = [(0..=steps).map(level).collect()];
        let mut walk = Integration::new(&paths, row(&[3.0]));
        while walk.advance(&Bell, solver, &mut |_| {}) {}
        (f64::from(host(walk.end())[0]) - exact(3.0, 4.0, 0.1)).abs()
    };
    (error(12) / error(48)).log2() / 2.0
}

#[test]
fn each_solver_converges_with_its_order() {
    let solvers = [&Euler as &dyn Solver, &Heun, &Multistep];
    for (solver, order) in solvers.into_iter().zip([1.0, 2.0, 2.0]) {
        let measured = measured_order(solver);
        assert!((measured - order).abs() < 0.35, "measured {measured}, should be {order}");
    }
}

#[test]
fn the_adaptive_reference_meets_its_tolerance() {
    for tolerance in [1e-3, 1e-5] {
        let adaptive = Adaptive { tolerance, most_steps: 1000 };
        let y = row(&[3.0, -2.0]);
        let end = pollster::block_on(adaptive.solve(&Bell, y, 4.0, 0.0)).expect("solved");
        let expected = [exact(3.0, 4.0, 0.0), exact(-2.0, 4.0, 0.0)];
        assert_close(&host(end), &expected, 30.0 * tolerance);
    }
    let hurried = Adaptive { tolerance: 1e-6, most_steps: 3 };
    let error = pollster::block_on(hurried.solve(&Bell, row(&[3.0]), 4.0, 0.0));
    assert!(error.is_err(), "three steps cannot be enough");
}

#[test]
fn the_adaptive_reference_may_end_on_its_last_step() {
    /// Stands still: the step grows fivefold from a hundredth, and the fourth one arrives.
    struct Rest;
    impl VectorField for Rest {
        fn velocity(&self, y: Tensor<2>, _: &[f64]) -> Tensor<2> {
            y.zeros_like()
        }
    }
    let solve = |most_steps| {
        let adaptive = Adaptive { tolerance: 1e-3, most_steps };
        pollster::block_on(adaptive.solve(&Rest, row(&[3.0]), 4.0, 0.0))
    };
    assert_eq!(host(solve(4).expect("arrived")), [3.0]);
    assert!(solve(3).is_err(), "three steps cannot be enough");
}

#[test]
fn fine_grids_of_both_second_order_teachers_agree_with_the_adaptive_reference() {
    let teacher = two_points();
    let labels = [0, 0];
    let x = Tensor::<2>::from_floats([[0.3, -1.0], [-0.8, 0.4]], &Device::flex());
    let process = teacher.process();
    let flow = ProbabilityFlow { denoiser: &teacher, chart: Chart::Sigma, labels: &labels };
    let [start, end] = [1000.0, 1.0].map(|t| process.level(t));
    let adaptive = Adaptive { tolerance: 1e-5, most_steps: 5000 };
    let y = x.clone() / start.alpha;
    let y = pollster::block_on(adaptive.solve(&flow, y, start.ratio(), end.ratio()));
    let reference: Vec<f64> =
        host(y.expect("solved") * end.alpha).into_iter().map(f64::from).collect();

    let fine: Vec<f64> = (1..=1000).rev().map(f64::from).collect();
    for method in [Method::EdmHeun, Method::Dpm2m] {
        let paths = vec![fine.clone(); 2];
        let found = host(method.parts().solve(&teacher, &paths, x.clone(), &labels));
        assert_close(&found, &reference, 2e-3);
    }
}

#[test]
fn paths_of_different_lengths_end_where_each_would_alone() {
    let teacher = two_points();
    let x = Tensor::<2>::from_floats([[0.3, -1.0], [-0.8, 0.4], [0.2, 0.1]], &Device::flex());
    let all = uniform(20);
    let paths = [all.clone(), all[10..].to_vec(), vec![0.0]];
    for method in [Method::Ddim, Method::VpHeun, Method::EdmHeun, Method::Dpm2m] {
        let together = host(method.parts().solve(&teacher, &paths, x.clone(), &[0; 3]));
        for (i, path) in paths.iter().enumerate() {
            let own = x.clone().slice([i..i + 1, 0..2]);
            let alone = host(method.parts().solve(&teacher, std::slice::from_ref(path), own, &[0]));
            let alone: Vec<f64> = alone.into_iter().map(f64::from).collect();
            assert_close(&together[2 * i..2 * i + 2], &alone, 1e-6);
        }
    }
}

#[test]
fn an_observer_sees_every_state_and_what_the_teacher_makes_of_it() {
    let teacher = gaussian(Process::ScaledLinear);
    for method in [Method::Ddim, Method::VpEuler, Method::VpHeun] {
        let mut seen = Vec::new();
        let observe = |sight: Sight<'_>| {
            let expected = host(teacher.denoise(sight.state.clone(), sight.t, &[0]));
            assert_close(&host(sight.denoised), &[f64::from(expected[0])], 2e-4);
            seen.push((sight.t[0].round(), host(sight.state)[0]));
        };
        solve_observed(method, &teacher, &[uniform(10)], row(&[1.0]), &[0], observe);
        assert_eq!(seen.len(), 10);
        assert_eq!((seen[0].0, seen[9].0), (1000.0, 100.0));
        assert!((seen[0].1 - 1.0).abs() < 1e-6, "the first state is the start");
    }
}

#[test]
fn guidance_mixes_noise_predictions_as_imagen_does() {
    /// Conditional on c, the data is a Gaussian at c; without, at 0.
    struct Shifted;
    impl skipstone::diffusion::Denoiser for Shifted {
        fn denoise(&self, x: Tensor<2>, _: &[f64], labels: &[u32]) -> Tensor<2> {
            let shift = labels.iter().map(|&l| if l == 2 { 0.0 } else { f64::from(l) + 1.0 });
            let ones = Tensor::ones([labels.len(), 1], &x.device());
            x * 0.5 + scale_rows(ones, shift)
        }
        fn process(&self) -> Process {
            Process::ScaledLinear
        }
    }
    let x = row(&[0.4, -0.2]);
    let (t, labels) = ([500.0, 250.0], [0, 1]);
    let eps = |denoised: &[f32]| -> Vec<f64> {
        (0..2)
            .map(|i| {
                let level = Process::ScaledLinear.level(t[i]);
                let state = [0.4, -0.2][i];
                (state - level.alpha * f64::from(denoised[i])) / level.sigma
            })
            .collect()
    };
    let guided = Guided { denoiser: Shifted, scale: 3.0, classes: 2 };
    let found = eps(&host(guided.denoise(x.clone(), &t, &labels)));
    let conditional = eps(&host(Shifted.denoise(x.clone(), &t, &labels)));
    let null = eps(&host(Shifted.denoise(x, &t, &[2, 2])));
    for i in 0..2 {
        let expected = null[i] + 3.0 * (conditional[i] - null[i]);
        assert!((found[i] - expected).abs() < 1e-5, "{} is not {expected}", found[i]);
    }
}
