//! Heun's method: an Euler step, then the mean of the slopes at both ends.
//!
//! Where the slope does not exist at the end, the Euler step stands (Karras et al. 2022, algorithm 1).

use burn::prelude::*;

use super::{Advance, Previous, Solver, VectorField, scale_rows};

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Heun;

impl Solver for Heun {
    fn step(
        &self,
        field: &dyn VectorField,
        y: Tensor<2>,
        from: &[f64],
        to: &[f64],
        _: Option<&Previous>,
    ) -> Advance {
        let n = to.len();
        let h = |i: usize| to[i] - from[i];
        let slope = field.velocity(y.clone(), from);
        let euler = y + scale_rows(slope.clone(), (0..n).map(h));

        let regular: Vec<bool> = to.iter().map(|&u| field.is_regular(u)).collect();
        if !regular.contains(&true) {
            return Advance { state: euler, slope };
        }
        // A sample without a slope at its end is evaluated where it started, with weight zero.
        let pick = |i: usize| if regular[i] { (to[i], h(i) / 2.0) } else { (from[i], 0.0) };
        let (at, half): (Vec<f64>, Vec<f64>) = (0..n).map(pick).unzip();
        let change = field.velocity(euler.clone(), &at) - slope.clone();
        Advance { state: euler + scale_rows(change, half), slope }
    }
}
