//! DPM-Solver++(2M) (Lu et al. 2022, algorithm 2), in the sigma chart.
//!
//! There `dy/ds = (y - D)/s`, so the end point that a slope points to is `D = y - s v`, and with
//! `lambda = -ln s`, `h = lambda' - lambda`, `r = h_before / h`:
//! `D~ = (1 + 1/2r) D - 1/2r D_before`, `y' = (s'/s) y + (1 - s'/s) D~`.

use burn::prelude::*;

use super::{Advance, Previous, Solver, VectorField, scale_rows};

/// See the module. The first step, and one to zero, are of first order.
#[derive(Clone, Copy, Debug)]
pub struct Multistep;

impl Solver for Multistep {
    fn step(
        &self,
        field: &dyn VectorField,
        y: Tensor<2>,
        from: &[f64],
        to: &[f64],
        previous: Option<&Previous>,
    ) -> Advance {
        let [n, d] = y.dims();
        let slope = field.velocity(y.clone(), from);
        let end = |y: Tensor<2>, v: Tensor<2>, s: &[f64]| y - scale_rows(v, s.iter().copied());
        let mut denoised = end(y.clone(), slope.clone(), from);
        if let Some(before) = previous {
            let rows = |t: &Tensor<2>| t.clone().slice([0..n, 0..d]);
            let older = end(rows(&before.state), rows(&before.slope), &before.at[..n]);
            let weight = (0..n).map(|i| extrapolation(before.at[i], from[i], to[i]));
            denoised = denoised.clone() + scale_rows(denoised - older, weight);
        }
        let kept = || from.iter().zip(to).map(|(a, b)| b / a);
        let state = scale_rows(y, kept()) + scale_rows(denoised, kept().map(|kept| 1.0 - kept));
        Advance { state, slope }
    }
}

/// `1 / 2r`, or 0 for a step to zero, whose `h` is infinite.
fn extrapolation(before: f64, from: f64, to: f64) -> f64 {
    if to == 0.0 { 0.0 } else { (from / to).ln() / (2.0 * (before / from).ln()) }
}
