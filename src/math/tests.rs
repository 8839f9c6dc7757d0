//! The golden tables of the method, by scalar solvers that use nothing but this layer.
//!
//! The data are N(0.3, 0.5^2), so the denoiser is known exactly and only the schedule, the grids
//! and the drift can be wrong. The solvers on tensors are tested against the same tables.

use super::grid::TimeGrid;
use super::schedule::{Level, Process};

const VP: Process = Process::ScaledLinear;
const MEAN: f64 = 0.3;
const VARIANCE: f64 = 0.25;
/// Half a unit of the last printed digit; a thousand roundings of numbers near 1 are far below.
const PRINTED: f64 = 5.01e-10;

pub(crate) fn assert_close(found: f64, expected: f64, tolerance: f64) {
    let difference = (found - expected).abs();
    assert!(difference <= tolerance, "found {found}, expected {expected} within {tolerance:e}");
}

/// Posterior mean of the clean sample, and the noise that goes with it.
fn denoised(level: Level, x: f64) -> (f64, f64) {
    let Level { alpha, sigma } = level;
    let gain = alpha * VARIANCE / (alpha * alpha * VARIANCE + sigma * sigma);
    let clean = MEAN + gain * (x - alpha * MEAN);
    (clean, (x - alpha * clean) / sigma)
}

/// Exact solution of the PF-ODE at clean data, from `x` at `level`.
fn exact(level: Level, x: f64) -> f64 {
    let spread = (level.alpha * level.alpha * VARIANCE + level.sigma * level.sigma).sqrt();
    MEAN + VARIANCE.sqrt() * (x - level.alpha * MEAN) / spread
}

fn vp_velocity(t: f64, x: f64) -> f64 {
    let level = VP.network_level(t);
    let (_, eps) = denoised(level, x);
    VP.drift(t) / 2.0 * (eps / level.sigma - x)
}

fn ddim_step(t: f64, next: f64, x: f64) -> f64 {
    let (clean, eps) = denoised(VP.network_level(t), x);
    let level = VP.level(next);
    level.alpha * clean + level.sigma * eps
}

fn euler_step(t: f64, next: f64, x: f64) -> f64 {
    x + (next - t) / 1000.0 * vp_velocity(t, x)
}

fn heun_step(t: f64, next: f64, x: f64) -> f64 {
    let predicted = euler_step(t, next, x);
    let slope = (vp_velocity(t, x) + vp_velocity(next, predicted)) / 2.0;
    x + (next - t) / 1000.0 * slope
}

fn solve(times: &[f64], x: f64, step: fn(f64, f64, f64) -> f64) -> f64 {
    times.windows(2).fold(x, |x, pair| step(pair[0], pair[1], x))
}

/// Euler in the sigma chart, with Heun's correction on every step but the last where asked.
fn solve_edm(times: &[f64], y: f64, is_corrected: bool) -> f64 {
    let slope = |s: f64, y: f64| denoised(Process::Edm.level(s), y).1;
    times.windows(2).fold(y, |y, pair| {
        let (first, width) = (slope(pair[0], y), pair[1] - pair[0]);
        match is_corrected && pair[1] > 0.0 {
            true => y + width * (first + slope(pair[1], y + width * first)) / 2.0,
            false => y + width * first,
        }
    })
}

#[test]
fn the_first_step_of_each_solver_matches_the_golden_numbers() {
    let (clean, eps) = denoised(VP.network_level(1000.0), 1.0);
    assert_close(eps, 0.980663019, PRINTED);
    assert_close(clean, 0.316775352, PRINTED);
    assert_close(ddim_step(1000.0, 990.0, 1.0), 1.001044469, PRINTED);
    assert_close(vp_velocity(1000.0, 1.0), -0.102263822, PRINTED);
    assert_close(euler_step(1000.0, 990.0, 1.0), 1.001022638, PRINTED);
}

#[test]
fn the_analytic_teacher_matches_the_golden_table() {
    assert_close(exact(VP.level(1000.0), 1.0), 0.790618387, PRINTED);
    for (intervals, ddim, euler, heun) in [
        (10, 0.677395467, 0.808889811, 0.791611017),
        (20, 0.725482714, 0.799479410, 0.791214229),
        (50, 0.760244533, 0.794324217, 0.791086114),
        (100, 0.773861298, 0.792677910, 0.791068568),
        (200, 0.781476145, 0.791867479, 0.791065093),
        (1000, 0.788445512, 0.791225091, 0.791064966),
    ] {
        let grid = TimeGrid::uniform(intervals).unwrap();
        assert_close(solve(grid.times(), 1.0, ddim_step), ddim, PRINTED);
        assert_close(solve(grid.times(), 1.0, euler_step), euler, PRINTED);
        assert_close(solve(grid.times(), 1.0, heun_step), heun, PRINTED);
    }
}

#[test]
fn the_analytic_teacher_matches_the_golden_numbers_from_other_starts() {
    let grid = TimeGrid::uniform(100).unwrap();
    for (start, x, end, ddim, euler, heun) in [
        (0, -0.7, -0.060870924, -0.048545365, -0.062921076, -0.062324768),
        (50, 0.8, 0.660707679, 0.648673979, 0.661936674, 0.661034088),
    ] {
        let times = &grid.times()[start..];
        assert_close(exact(VP.level(times[0]), x), end, PRINTED);
        assert_close(solve(times, x, ddim_step), ddim, PRINTED);
        assert_close(solve(times, x, euler_step), euler, PRINTED);
        assert_close(solve(times, x, heun_step), heun, PRINTED);
    }
}

#[test]
fn the_edm_teacher_matches_the_golden_numbers() {
    assert_close(exact(Process::Edm.level(80.0), 80.0), 0.798115271, PRINTED);
    for (levels, heun) in [(18, 0.825646045), (40, 0.802983576), (80, 0.799266019)] {
        let grid = TimeGrid::karras(levels).unwrap();
        assert_close(solve_edm(grid.times(), 80.0, true), heun, PRINTED);
    }
    for (levels, euler) in [(18, 0.721445069), (40, 0.763107584)] {
        let grid = TimeGrid::karras(levels).unwrap();
        assert_close(solve_edm(grid.times(), 80.0, false), euler, PRINTED);
    }
}
