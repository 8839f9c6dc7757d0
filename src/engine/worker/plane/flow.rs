//! The exact flow of particles, and where the teacher's solver takes noise.

use burn::{prelude::*, tensor::TensorData};

use super::{Flow, Map, NOISES, PROCESS, Teacher, lattice, noises};
use crate::{
    diffusion::{Method, ode::Sight},
    engine::{LabError, loan, sampling::solve},
    solver::host,
};

/// Intervals of the exact flow. Against 1000 of them its end points are 1e-3 off at most.
const FINE: usize = 80;

/// Times from 1000 to 0, denser towards 0, where the flow is stiff.
fn fine_times(intervals: usize) -> Vec<f64> {
    let end = PROCESS.terminal_time();
    let at = |i: usize| end * (i as f64 / intervals as f64).powi(2);
    (0..=intervals).rev().map(at).collect()
}

/// Points as a tensor `[n, 2]`.
pub(super) fn tensor(points: &[[f32; 2]], device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(points.as_flattened().to_vec(), [points.len(), 2]), device)
}

/// A tensor `[n, 2]` as points.
pub(super) async fn points(x: Tensor<2>) -> Result<Vec<[f32; 2]>, LabError> {
    Ok(host(x).await?.as_chunks().0.to_vec())
}

/// The particles along the exact flow: Heun in sigma on a fine grid.
pub(super) async fn exact(teacher: &Teacher, device: &Device) -> Result<Flow, LabError> {
    teacher.grid()?;
    let (times, mut states) = (fine_times(FINE), Vec::new());
    let z = tensor(&noises(), device);
    let mut observe = |seen: Sight<'_>| states.push(seen.state);
    let end = follow(teacher, Method::EdmHeun, &times, z, Some(&mut observe)).await;
    states.push(end);
    // All at once: one copy from the device in place of one a time.
    let states = Tensor::cat(states, 0);
    let lent = loan::lend(&states);
    let all = points(states).await?;
    Ok(Flow { times, states: all.chunks(NOISES).map(<[_]>::to_vec).collect(), lent })
}

/// Where the teacher's solver takes the lattice and the noises.
pub(super) async fn map(teacher: &Teacher, device: &Device) -> Result<Map, LabError> {
    let grid = teacher.grid()?;
    let z = tensor(&starts(), device);
    Ok(split(points(follow(teacher, teacher.method, grid.times(), z, None).await).await?))
}

/// What every map starts from: the lattice, then the noises.
pub(super) fn starts() -> Vec<[f32; 2]> {
    [lattice::points(), noises()].concat()
}

/// Images of [`starts`] as a map.
pub(super) fn split(mut lattice: Vec<[f32; 2]>) -> Map {
    let samples = lattice.split_off(lattice.len() - NOISES);
    Map { lattice, samples }
}

/// The end of the ODE's path from each of `z`, one step at a time.
async fn follow(
    teacher: &Teacher,
    method: Method,
    times: &[f64],
    z: Tensor<2>,
    observe: Option<&mut dyn FnMut(Sight<'_>)>,
) -> Tensor<2> {
    let (denoiser, labels) = (teacher.denoiser(), vec![0; z.dims()[0]]);
    solve(&denoiser, method, times, z, &labels, observe).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        data::Mixture,
        diffusion::{Denoiser as _, MixtureDenoiser},
        math::mixture::Noised,
    };

    fn ring(method: Method, intervals: usize) -> Teacher {
        Teacher { mixture: Mixture::named("ring").expect("known"), method, intervals }
    }

    fn apart(a: &[[f32; 2]], b: &[[f32; 2]]) -> Vec<f32> {
        let distance = |(a, b): (&[f32; 2], &[f32; 2])| (a[0] - b[0]).hypot(a[1] - b[1]);
        let mut all: Vec<f32> = a.iter().zip(b).map(distance).collect();
        all.sort_by(f32::total_cmp);
        all
    }

    #[test]
    fn the_exact_flow_starts_at_the_noises_and_ends_where_a_finer_solution_does() {
        let (teacher, device) = (ring(Method::Ddim, 20), Device::flex());
        let flow = pollster::block_on(exact(&teacher, &device)).expect("a flow");
        assert_eq!((flow.times[0], flow.times[FINE]), (1000.0, 0.0));
        assert!(apart(&flow.states[0], &noises())[NOISES - 1] < 1e-5);

        let (z, times) = (tensor(&noises(), &device), fine_times(1000));
        let fine = async { points(follow(&teacher, Method::EdmHeun, &times, z, None).await).await };
        let fine = pollster::block_on(fine).expect("points");
        let apart = apart(&flow.states[FINE], &fine);
        // Of order two: (80 / 1000)^2 is far below. The last ones lie beside a watershed, where the
        // flow takes neighbours to different components.
        assert!(apart[NOISES * 98 / 100] < 2e-3, "{:?}", &apart[NOISES * 98 / 100..]);
    }

    #[test]
    fn a_single_component_flows_as_its_closed_form_says() {
        let mixture = Mixture::equal(vec![[0.3, -0.2]], 0.5);
        let teacher = Teacher { mixture, method: Method::EdmHeun, intervals: 1000 };
        let device = Device::flex();
        let flow = pollster::block_on(exact(&teacher, &device)).expect("a flow");
        let map = pollster::block_on(map(&teacher, &device)).expect("a map");
        let starts = [noises(), starts()].concat();
        let ends = [flow.states[FINE].clone(), map.lattice, map.samples].concat();
        assert_eq!(starts.len(), ends.len());
        let level = PROCESS.level(1000.0);
        let spread = (level.alpha * level.alpha * 0.25 + level.sigma * level.sigma).sqrt();
        for (z, x) in starts.iter().zip(&ends) {
            for (i, mean) in [0.3, -0.2].into_iter().enumerate() {
                let exact = mean + 0.5 * (f64::from(z[i]) - level.alpha * mean) / spread;
                // The last step is Euler's: s^2 / (2 std^2) of the state, 2e-3 at t = 1 (s = 0.029).
                let apart = (f64::from(x[i]) - exact).abs();
                assert!(apart < 2e-3 * (1.0 + exact.abs()), "{z:?}: {} {exact}", x[i]);
            }
        }
    }

    /// Tweedie: `D = (x + sigma^2 grad log p) / alpha`.
    #[test]
    fn the_score_that_is_drawn_is_the_one_that_the_teacher_follows() {
        let mixture = Mixture::named("grid").expect("known");
        let denoiser = MixtureDenoiser::of(&mixture, PROCESS);
        let (z, device) = (noises(), Device::flex());
        for t in [1.0, 60.0, 300.0, 1000.0] {
            let level = PROCESS.level(t);
            let Mixture { means, std, weights } = &mixture;
            let noised = Noised::new(means, *std, weights, level);
            let denoised = denoiser.denoise(tensor(&z, &device), &[t; NOISES], &[0; NOISES]);
            let denoised: Vec<f32> = denoised.into_data().iter::<f32>().collect();
            for (x, found) in z.iter().zip(denoised.chunks(2)) {
                let x = x.map(f64::from);
                let score = noised.score(x);
                for i in 0..2 {
                    let expected = (x[i] + level.sigma.powi(2) * score[i]) / level.alpha;
                    // f32 behind a softmax of exponents up to some 1e4, where noise is least.
                    assert!((f64::from(found[i]) - expected).abs() < 5e-3, "t = {t}, {x:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_mixture_and_no_grid_is_refused() {
        let mut bad = ring(Method::Ddim, 20);
        bad.mixture.means.clear();
        let refused = |teacher: &Teacher| {
            pollster::block_on(map(teacher, &Device::flex())).map(drop).map_err(|e| e.to_string())
        };
        assert!(refused(&bad).unwrap_err().contains("component"));
        assert!(refused(&ring(Method::Ddim, 7)).unwrap_err().contains("7 intervals"));
    }
}
