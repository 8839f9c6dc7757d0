//! Dormand and Prince's 5(4) pair with error control (1980): the reference solution.
//!
//! Every sample starts at the same coordinate and shares the step, which is chosen so that the
//! largest error estimate in the batch stays below `tolerance * (1 + |y|)`.

use burn::{prelude::*, tensor::ExecutionError};

use super::VectorField;
use crate::platform::{self, whole};

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Adaptive {
    /// Error allowed a step, absolute and relative.
    pub tolerance: f64,
    /// Steps, taken or refused, after which the solve is given up.
    pub most_steps: usize,
}

/// Why a reference solution could not be found.
#[derive(Debug, thiserror::Error)]
pub enum AdaptiveError {
    /// The field is too stiff or too rough for the tolerance.
    #[error("no solution to a tolerance of {tolerance:e} within {steps} steps (reached {at})")]
    TooManySteps {
        /// The tolerance asked for.
        tolerance: f64,
        /// Steps made.
        steps: usize,
        /// The coordinate reached.
        at: f64,
    },
    /// The field returned a value that is no number.
    #[error("the slope is not finite at {0}")]
    NotFinite(f64),
    /// The device did not answer.
    #[error("the device could not be read: {0}")]
    Device(#[from] ExecutionError),
}

/// Coordinates and weights of the stages after the first, and the difference of the two solutions (Hairer et al. 1993).
const NODES: [f64; 6] = [0.2, 0.3, 0.8, 8.0 / 9.0, 1.0, 1.0];
#[rustfmt::skip]
const STAGES: [&[f64]; 6] = [
    &[1.0 / 5.0],
    &[3.0 / 40.0, 9.0 / 40.0],
    &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
    &[19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0],
    &[9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0],
    &[35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
];
const ERROR: [f64; 7] = [
    71.0 / 57600.0,
    0.0,
    -71.0 / 16695.0,
    71.0 / 1920.0,
    -17253.0 / 339200.0,
    22.0 / 525.0,
    -1.0 / 40.0,
];

impl Adaptive {
    /// Follows `field` from `y` `[n, d]` at `from` to `to`; returns the state there.
    pub async fn solve(
        &self,
        field: &dyn VectorField,
        mut y: Tensor<2>,
        from: f64,
        to: f64,
    ) -> Result<Tensor<2>, AdaptiveError> {
        if from == to {
            return Ok(y);
        }
        let (mut at, mut h) = (from, (to - from) / 100.0);
        let mut slope = field.velocity(y.clone(), &vec![from; y.dims()[0]]);
        for _ in 0..self.most_steps {
            platform::yield_now().await;
            let is_last = (to - at).abs() <= h.abs();
            if is_last {
                h = to - at;
            }
            let (next, error) = self.attempt(field, [&y, &slope], at, h);
            let error = f64::from(whole(error.into_scalar_async::<f32>()).await?);
            if !error.is_finite() {
                return Err(AdaptiveError::NotFinite(at));
            }
            if error <= 1.0 {
                at = if is_last { to } else { at + h };
                // The last stage of a step is the first of the next.
                [y, slope] = next;
            }
            if at == to {
                return Ok(y);
            }
            h *= (0.9 * error.max(1e-10).powf(-0.2)).clamp(0.2, 5.0);
        }
        let (tolerance, steps) = (self.tolerance, self.most_steps);
        Err(AdaptiveError::TooManySteps { tolerance, steps, at })
    }

    /// State and slope after `h`, of those before it, and the largest error, as a multiple of what is allowed, `[1]`.
    fn attempt(
        &self,
        field: &dyn VectorField,
        [y, slope]: [&Tensor<2>; 2],
        at: f64,
        h: f64,
    ) -> ([Tensor<2>; 2], Tensor<1>) {
        let mut state = y.clone();
        let mut slopes = vec![slope.clone()];
        for (node, weights) in NODES.iter().zip(STAGES) {
            state = y.clone() + weighted(&slopes, weights, h);
            slopes.push(field.velocity(state.clone(), &vec![at + node * h; y.dims()[0]]));
        }
        let allowed = (y.clone().abs().max_pair(state.clone().abs()) + 1.0) * self.tolerance;
        let error = weighted(&slopes, &ERROR, h) / allowed;
        ([state, slopes.pop().expect("one a stage")], error.abs().max())
    }
}

/// `h * sum_i weights_i slopes_i`.
fn weighted(slopes: &[Tensor<2>], weights: &[f64], h: f64) -> Tensor<2> {
    let terms = slopes.iter().zip(weights).filter(|(_, weight)| **weight != 0.0);
    let terms = terms.map(|(slope, weight)| slope.clone() * (h * weight));
    terms.reduce(|sum, term| sum + term).expect("a weight above or below 0")
}
