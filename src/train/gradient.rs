//! The gradient of a lesson: launched, or, on a GPU, recorded once and replayed for every later batch.

use burn::{optim::GradientsParams, prelude::*};

use super::{
    flat,
    lesson::{Inputs, Learner, Lesson},
};
use crate::nn::kernel::{
    replay::{Made, Recorder, Slot},
    table::pack,
};

/// A loss and what it says of all parameters.
pub(super) struct Gradient {
    /// `[1]`
    pub(super) loss: Tensor<1>,
    /// `[p]`
    pub(super) values: Tensor<1>,
}

/// What a loss is multiplied by.
#[derive(Clone, Copy)]
pub(super) struct Factors {
    /// The share of a batch that the samples are.
    pub(super) share: f64,
    /// See [`super::Settings::scale`]: gradients are divided by it again.
    pub(super) scale: f64,
}

impl Gradient {
    /// Of a network whose parameters are leaves of a graph of their own.
    pub(super) fn new<M: Learner>(
        network: &M,
        objective: &M::Objective,
        inputs: Inputs,
        Factors { share, scale }: Factors,
    ) -> Self {
        let loss = network.loss(objective, inputs.as_constants());
        let loss = if share == 1.0 { loss } else { loss * share };
        let value = loss.clone().inner();
        let loss = if scale == 1.0 { loss } else { loss * scale };
        let gradients = GradientsParams::from_grads(loss.backward(), network);
        let values = flat::gradients(network, gradients, &value.device());
        Self { loss: value, values: if scale == 1.0 { values } else { values / scale } }
    }

    /// The same at `weights`, of what is recorded for such a lesson, or is now: a training does the same thousands of
    /// times. None where that is launched.
    pub(super) fn replayed<M: Learner>(
        replay: &mut Replay<M>,
        network: &M,
        scale: f64,
        weights: &Tensor<1>,
        lesson: &Lesson<M>,
    ) -> Option<Self> {
        let fits = |kept: &Kept<M>| kept.fits(lesson);
        let keep = || Kept::new(network, scale, weights, lesson);
        let tell = |kept: &Kept<M>| kept.tell(weights, lesson);
        replay.replay(&weights.device(), fits, keep, Kept::run, tell)
    }

    /// Of both.
    pub(super) fn sum(self, other: Self) -> Self {
        Self { loss: self.loss + other.loss, values: self.values + other.values }
    }
}

impl Made for Gradient {
    fn copied(&self) -> Option<Self> {
        Some(Self { loss: self.loss.copied()?, values: self.values.copied()? })
    }
}

/// The recording of a trainer.
pub(super) type Replay<M> = Recorder<Kept<M>, Gradient>;

/// A gradient whose inputs are written to the GPU before it is computed.
pub(super) struct Kept<M: Learner> {
    network: M,
    objective: M::Objective,
    scale: f64,
    weights: Slot<1>,
    states: Vec<Slot<2>>,
    told: Slot<1>,
    /// Of the tables that are told.
    widths: Vec<usize>,
}

impl<M: Learner> Kept<M> {
    /// For batches of this lesson's shape; none on a CPU.
    fn new(network: &M, scale: f64, weights: &Tensor<1>, lesson: &Lesson<M>) -> Option<Self> {
        let (batch, device) = (&lesson.batch, weights.device());
        let states = batch.states.iter().map(|x| Slot::new(x.dims(), &device));
        Some(Self {
            network: network.clone(),
            objective: lesson.objective.clone(),
            scale,
            weights: Slot::new(weights.dims(), &device)?,
            states: states.collect::<Option<Vec<_>>>()?,
            told: Slot::new([pack(&batch.tables).len()], &device)?,
            widths: batch.widths(),
        })
    }

    fn fits(&self, lesson: &Lesson<M>) -> bool {
        self.objective == lesson.objective
            && self.widths == lesson.batch.widths()
            && lesson.batch.states.iter().map(Tensor::dims).eq(self.states.iter().map(Slot::dims))
    }

    fn tell(&self, weights: &Tensor<1>, lesson: &Lesson<M>) {
        self.told.upload(pack(&lesson.batch.tables));
        self.weights.copy_from(weights);
        self.states.iter().zip(&lesson.batch.states).for_each(|(slot, x)| slot.copy_from(x));
    }

    fn run(&self) -> Gradient {
        let states = self.states.iter().map(Slot::tensor).collect();
        let inputs = Inputs::new(states, &self.told.tensor(), &self.widths);
        let network = flat::with(self.network.clone(), self.weights.tensor(), true);
        Gradient::new(&network, &self.objective, inputs, Factors { share: 1.0, scale: self.scale })
    }
}
