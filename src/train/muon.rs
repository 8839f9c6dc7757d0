//! Muon (Jordan et al. 2024): the matrices of hidden layers move along their momentum, made orthogonal, so that what
//! gradients rarely point to is learnt as fast as what they mostly do. All other parameters are AdamW's.

#[cfg(test)]
mod tests;

use burn::prelude::*;

use super::{
    adamw::{AdamW, State},
    flat::{self, Place},
    matrices::Matrices,
    operations::{self, square_sum},
};
use crate::nn::{
    kernel::replay::{Recorder, Slot},
    pieces,
};

/// Decay of the mean of gradients.
const MOMENTUM: f32 = 0.95;

/// What a recording reads: where the momentum is written to that is made orthogonal.
struct Kept(Matrices, Slot<1>);

/// Its state in one run.
#[derive(Clone)]
pub(super) struct Muon {
    /// Decaying mean of gradients, `[p]`.
    pub(super) momentum: Tensor<1>,
    matrices: Matrices,
    /// 0 where a matrix is, 1 elsewhere, `[p]`.
    others: Tensor<1>,
    /// On a GPU, of some hundred small products.
    recorder: Option<Recorder<Kept, Tensor<1>>>,
}

impl Muon {
    /// For the parameters of `module`, `weights` `[p]`, before the first step.
    pub(super) fn new<M: Module>(module: &M, weights: &Tensor<1>) -> Self {
        Self::of(&flat::places(module), weights)
    }

    fn of(places: &[Place], weights: &Tensor<1>) -> Self {
        let ([length], device) = (weights.dims(), weights.device());
        let hidden: Vec<_> = places.iter().filter(|place| place.is_hidden()).collect();
        let mut others = vec![1.0f32; length];
        hidden.iter().for_each(|place| others[place.range()].fill(0.0));
        Self {
            momentum: weights.zeros_like(),
            matrices: Matrices::new(hidden, length, &device),
            others: Tensor::from_floats(others.as_slice(), &device),
            recorder: (!pieces::is_cpu(&device)).then(Recorder::default),
        }
    }

    /// [`AdamW::step`], but that the matrices move by `rate` along their momentum made orthogonal.
    pub(super) fn step(
        &mut self,
        adamw: &AdamW,
        state: &mut State,
        gradient: Tensor<1>,
        (rate, step): (f64, u64),
    ) -> Tensor<1> {
        let square_sum = square_sum(gradient.clone());
        // Moved, not copied: a tensor with one owner is updated where it lies.
        let before = std::mem::replace(&mut self.momentum, square_sum.clone());
        let (clip, norm) = (adamw.clip as f32, square_sum.clone());
        let [momentum, ahead] =
            operations::momentum(before, gradient.clone(), norm, MOMENTUM, clip);
        self.momentum = momentum;
        let directions = self.orthogonal(&ahead);
        let others = gradient * self.others.clone();
        adamw.step_of(state, others, square_sum.clone(), (rate, step));
        let weights = std::mem::replace(&mut state.weights, square_sum.clone());
        state.weights = operations::along(weights, directions, -rate as f32);
        square_sum.sqrt()
    }

    /// The same without recordings.
    pub(super) fn launching(self) -> Self {
        Self { recorder: None, ..self }
    }

    /// Gives the memory back that a recording keeps from others.
    pub(super) fn release(&mut self) {
        self.recorder.iter_mut().for_each(Recorder::release);
    }

    /// See [`Matrices::orthogonal`].
    fn orthogonal(&mut self, x: &Tensor<1>) -> Tensor<1> {
        let Self { matrices, recorder, .. } = self;
        let device = x.device();
        let keep = || Some(Kept(matrices.clone(), Slot::new(x.dims(), &device)?));
        let work = |Kept(matrices, slot): &Kept| matrices.orthogonal(&slot.tensor());
        let tell = |Kept(_, slot): &Kept| slot.copy_from(x);
        let replayed =
            recorder.as_mut().and_then(|all| all.replay(&device, |_| true, keep, work, tell));
        replayed.unwrap_or_else(|| matrices.orthogonal(x))
    }
}
