//! Explicit Euler: `y' = y + h v(y, u)`.

use burn::prelude::*;

use super::{Advance, Previous, Solver, VectorField, scale_rows};

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Euler;

impl Solver for Euler {
    fn step(
        &self,
        field: &dyn VectorField,
        y: Tensor<2>,
        from: &[f64],
        to: &[f64],
        _: Option<&Previous>,
    ) -> Advance {
        let slope = field.velocity(y.clone(), from);
        let h = from.iter().zip(to).map(|(a, b)| b - a);
        let state = y + scale_rows(slope.clone(), h);
        Advance { state, slope }
    }
}
