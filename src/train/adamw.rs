//! AdamW (Loshchilov and Hutter 2019) with clipping by the global gradient norm.
//!
//! Why not burn's: its record names moments by identities drawn anew in every process and restores
//! them on the default device; ours are named like the weights and stay on the network's device, so
//! that a killed run goes on to the same numbers. And it steps each small tensor by itself.

use burn::prelude::*;

use super::operations::{self, Numbers};

pub use super::operations::State;

/// Added to the gradient's norm before something is divided by it.
pub(super) const NO_ZERO: f32 = 1e-6;

/// The constants of the method.
#[derive(Clone, Copy, Debug)]
pub struct AdamW {
    /// Decay of the mean of gradients.
    pub beta1: f64,
    /// Decay of the mean of squared gradients.
    pub beta2: f64,
    /// Added to the root of the mean square.
    pub epsilon: f64,
    /// Share of a weight taken away a step, times the learning rate.
    pub weight_decay: f64,
    /// Largest norm of all gradients together.
    pub clip: f64,
}

impl Default for AdamW {
    /// The paper's settings.
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 1e-2, clip: 1.0 }
    }
}

impl AdamW {
    /// Takes `state` a step of rate `rate` along `gradient` `[p]`; `step` counts from 0. Returns the
    /// gradient norm before clipping, shape `[1]`.
    pub fn step(&self, state: &mut State, gradient: Tensor<1>, rate: f64, step: u64) -> Tensor<1> {
        let square_sum = operations::square_sum(gradient.clone());
        self.step_of(state, gradient, square_sum.clone(), (rate, step));
        square_sum.sqrt()
    }

    /// The same along a gradient that is clipped as one whose sum of squares is `square_sum` `[1]`.
    pub(super) fn step_of(
        &self,
        state: &mut State,
        gradient: Tensor<1>,
        square_sum: Tensor<1>,
        (rate, step): (f64, u64),
    ) {
        let count = step as f64 + 1.0;
        let numbers = Numbers {
            beta1: self.beta1 as f32,
            beta2: self.beta2 as f32,
            rate: (rate / (1.0 - self.beta1.powf(count))) as f32,
            correct2: (1.0 / (1.0 - self.beta2.powf(count))) as f32,
            epsilon: self.epsilon as f32,
            keep: (1.0 - rate * self.weight_decay) as f32,
            clip: self.clip as f32,
        };
        // Moved, not copied: a tensor with one owner is updated where it lies.
        let empty = State::new(Tensor::empty([0], &state.weights.device()));
        let before = std::mem::replace(state, empty);
        *state = operations::adamw(before, gradient, square_sum, numbers);
    }
}
