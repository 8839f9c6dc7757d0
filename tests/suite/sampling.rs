//! Consistency functions, and few-step sampling with noise that is fixed by the seed.

use burn::prelude::*;
use pollster::block_on;
use skipstone::{
    consistency::{Boundary, Bounded, ConsistencyFunction, sample::Noise},
    diffusion::{Denoiser as _, Method, Prediction},
    engine::sampling::{solve, walk},
    math::{grid::TimeGrid, schedule::Process, seed::Seed},
};

use crate::support::{assert_close, gaussian, host, model, row, tiny_unet};

#[test]
fn a_consistency_function_is_the_identity_at_zero_whatever_the_network() {
    let device = Device::flex();
    for prediction in [Prediction::F, Prediction::Eps, Prediction::V, Prediction::X0] {
        let denoiser = model(tiny_unet(), prediction, &device);
        let f = Bounded { denoiser, boundary: Boundary::Paper, sigma_data: 0.5 };
        let x = Noise { seed: Seed(2), first: 0 }.initial([2, 64], &device);
        let found = host(f.endpoint(x.clone(), &[0.0, 0.0], &[0, 3]));
        assert_eq!(found, host(x), "{prediction:?}");
    }
}

#[test]
fn the_edm_boundary_weighs_the_raw_output_as_its_formula_says() {
    let device = Device::flex();
    let (sigma_data, e) = (0.5, 0.002);
    for (process, t) in [(Process::Edm, 0.3), (Process::Edm, 20.0), (Process::ScaledLinear, 500.0)]
    {
        let denoiser = gaussian(process);
        let level = process.level(t);
        let (x, s) = (0.7, level.ratio());
        let y = x / level.alpha;
        let denoised = f64::from(host(denoiser.denoise(row(&[x as f32]), &[t], &[0]))[0]);
        let total = s.hypot(sigma_data);
        let raw = (denoised - (sigma_data / total).powi(2) * y) * total / (s * sigma_data);
        let skip = sigma_data.powi(2) / ((s - e).powi(2) + sigma_data.powi(2));
        let out = sigma_data * (s - e) / total;
        let f = Bounded { denoiser, boundary: Boundary::Edm, sigma_data };
        let found = host(f.endpoint(row(&[x as f32]), &[t], &[0]));
        assert_close(&found, &[skip * y + out * raw], 1e-6);
    }
    let denoiser = gaussian(Process::Edm);
    let f = Bounded { denoiser, boundary: Boundary::Edm, sigma_data };
    let x = Noise { seed: Seed(2), first: 0 }.initial([2, 1], &device);
    assert_eq!(host(f.endpoint(x.clone(), &[0.0, e], &[0, 0])), host(x));
}

/// The exact end points of the analytic teacher.
struct Solution;

impl ConsistencyFunction for Solution {
    fn endpoint(&self, x: Tensor<2>, t: &[f64], _: &[u32]) -> Tensor<2> {
        let level = Process::ScaledLinear.level(t[0]);
        let total = (level.alpha.powi(2) * 0.25 + level.sigma.powi(2)).sqrt();
        (x - 0.3 * level.alpha) * (0.5 / total) + 0.3
    }

    fn process(&self) -> Process {
        Process::ScaledLinear
    }
}

#[test]
fn an_exact_student_samples_the_data_at_any_number_of_steps() {
    let device = Device::flex();
    let grid = TimeGrid::uniform(100).expect("a grid");
    let n = 4000;
    for steps in [1, 2, 4] {
        let noise = Noise { seed: Seed(5), first: 0 };
        let z = noise.initial([n, 1], &device);
        let times = grid.student_times(steps).expect("1..=N");
        let x = host(block_on(walk(&Solution, &times, z, &vec![0; n], noise)));
        let mean = x.iter().sum::<f32>() / n as f32;
        let variance = x.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / n as f32;
        // Four standard errors: 4 * 0.5 / sqrt(4000), and of the variance 4 * 0.25 sqrt(2 / 4000).
        assert!((mean - 0.3).abs() < 0.032, "mean {mean} at {steps} steps");
        assert!((variance - 0.25).abs() < 0.023, "variance {variance} at {steps} steps");
    }
}

#[test]
fn noise_is_made_as_wide_as_the_process_that_samples_start_from() {
    let z = || row(&[1.0]);
    for (process, method, intervals, end) in [
        (Process::Edm, Method::EdmHeun, 18, 0.825646045),
        (Process::ScaledLinear, Method::Ddim, 20, 0.725482714),
    ] {
        let (teacher, grid) = (gaussian(process), TimeGrid::of(process, intervals));
        let grid = grid.expect("a grid");
        let found = block_on(solve(&teacher, method, grid.times(), z(), &[0], None));
        // From 80, an ulp is 8e-6.
        assert_close(&host(found), &[end], 5e-5);

        let boundary = if process == Process::Edm { Boundary::Edm } else { Boundary::Paper };
        let f = Bounded { denoiser: teacher, boundary, sigma_data: 0.5 };
        let (start, noise) = (process.terminal_time(), Noise { seed: Seed(5), first: 0 });
        let found = block_on(walk(&f, &[start], z(), &[0], noise));
        let wide = row(&[process.pure_noise().sigma as f32]);
        assert_eq!(host(found), host(f.endpoint(wide, &[start], &[0])), "{process:?}");
    }
}

#[test]
fn a_sample_does_not_depend_on_the_batch_it_is_drawn_in() {
    let device = Device::flex();
    let denoiser = gaussian(Process::ScaledLinear);
    let f = Bounded { denoiser, boundary: Boundary::Paper, sigma_data: 0.5 };
    let times = [1000.0, 500.0, 250.0];
    let draw = |first: u64, n: usize| {
        let noise = Noise { seed: Seed(8), first };
        let z = noise.initial([n, 1], &device);
        host(block_on(walk(&f, &times, z, &vec![0; n], noise)))
    };
    let together = draw(0, 5);
    let apart: Vec<f32> = [draw(0, 2), draw(2, 3)].concat();
    assert_eq!(together, apart);
}

#[test]
fn every_prediction_gives_the_same_denoiser_for_the_same_network_output() {
    // An eps-network that says e, a v-network that says alpha e - sigma x0, and so on, mean one x0.
    let (x, x0) = (0.7, 0.25);
    for (process, t) in [(Process::ScaledLinear, 340.0), (Process::Edm, 2.5)] {
        let level = process.level(t);
        let eps = (x - level.alpha * x0) / level.sigma;
        let ratio = level.ratio();
        let edm_skip = 0.25 / (ratio * ratio + 0.25);
        let edm_out = ratio * 0.5 / (ratio * ratio + 0.25).sqrt();
        for (prediction, output) in [
            (Prediction::Eps, eps),
            (Prediction::V, level.alpha * eps - level.sigma * x0),
            (Prediction::X0, x0),
            (Prediction::F, (x0 - edm_skip * x / level.alpha) / edm_out),
        ] {
            let affine = prediction.affine(process, t, 0.5);
            let denoised = affine.skip * x + affine.out * output;
            assert!((denoised - x0).abs() < 1e-12, "{process:?} {prediction:?}: {denoised}");
        }
    }
}

#[test]
fn networks_are_shown_the_state_and_time_or_what_edm_makes_of_them() {
    let raw = Prediction::Eps.affine(Process::ScaledLinear, 670.0, 0.5);
    assert_eq!((raw.input, raw.noise), (1.0, 670.0));
    // 3, 4, 5: the spread of the noisy data is exactly 5.
    let edm = Prediction::F.affine(Process::Edm, 3.0, 4.0);
    assert!((edm.input - 0.2).abs() < 1e-15, "{edm:?}");
    // 250 ln 3 is near 275, which has 14 digits behind it.
    assert!((edm.noise - 250.0 * 3.0_f64.ln()).abs() < 1e-12, "{edm:?}");
    assert!(Prediction::F.affine(Process::Edm, 0.0, 4.0).noise.is_finite());
}

#[test]
fn boundary_coefficients_reach_the_tensors() {
    let denoiser = gaussian(Process::ScaledLinear);
    let f = Bounded { denoiser, boundary: Boundary::Paper, sigma_data: 0.5 };
    let found = host(f.endpoint(row(&[2.0]), &[1.0], &[0]));
    // c_skip 2.493766e-3, c_out 0.998752339 and the exact posterior mean at t = 1.
    let (a, s) = (0.999574910, 0.029154759);
    let denoised = 0.3 + a * 0.25 / (a * a * 0.25 + s * s) * (2.0 - a * 0.3);
    assert_close(&found, &[2.493766e-3 * 2.0 + 0.998752339 * denoised], 2e-6);
}
