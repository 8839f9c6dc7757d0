//! What a network learns from: an objective, and batches that reach it in tensors alone.

use std::ops::Range;

use burn::prelude::*;

use crate::nn::{
    kernel::table::{Table, pack, unpack},
    pieces::Pieces,
};

/// A network that learns by objectives of one kind.
pub trait Learner: Pieces {
    /// All that its loss depends on beside weights and batch.
    type Objective: Clone + PartialEq + Send + Sync;

    /// The mean loss of a batch, shape `[1]`.
    ///
    /// What it launches on a GPU may be recorded and replayed for other inputs: it uploads nothing, and looks at no values.
    fn loss(&self, objective: &Self::Objective, inputs: Inputs) -> Tensor<1>;

    /// A lesson that says the same with less work, where there is one: a few samples of a batch may not need all that
    /// others do. Not asked for on a GPU, which replays lessons of one kind.
    fn lighter(lesson: Lesson<Self>) -> Lesson<Self> {
        lesson
    }
}

/// What one step learns from.
pub struct Lesson<M: Learner> {
    /// Mostly that of the step before.
    pub objective: M::Objective,
    /// The samples.
    pub batch: Batch,
}

impl<M: Learner> Lesson<M> {
    /// That of some of the samples.
    pub fn rows(&self, rows: Range<usize>) -> Self {
        Self { objective: self.objective.clone(), batch: self.batch.rows(rows) }
    }
}

/// n samples.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Plain, `[n, d]` each; one at least.
    pub states: Vec<Tensor<2>>,
    /// Numbers of the host's.
    pub tables: Vec<Table>,
}

impl Batch {
    /// n.
    pub(super) fn len(&self) -> usize {
        self.states[0].dims()[0]
    }

    fn rows(&self, rows: Range<usize>) -> Self {
        let part = |x: &Tensor<2>| x.clone().narrow(0, rows.start, rows.len());
        Self {
            states: self.states.iter().map(part).collect(),
            tables: self.tables.iter().map(|table| table.rows(rows.clone())).collect(),
        }
    }

    /// All on the device of the states.
    pub fn inputs(&self) -> Inputs {
        let packed = pack(&self.tables);
        let packed = Tensor::from_floats(packed.as_slice(), &self.states[0].device());
        Inputs::new(self.states.clone(), &packed, &self.widths())
    }

    pub(super) fn widths(&self) -> Vec<usize> {
        self.tables.iter().map(|table| table.width).collect()
    }
}

/// A [`Batch`] on its device.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// `[n, d]` each.
    pub states: Vec<Tensor<2>>,
    /// `[n, width]` each.
    pub tables: Vec<Tensor<2>>,
}

impl Inputs {
    pub(super) fn new(states: Vec<Tensor<2>>, packed: &Tensor<1>, widths: &[usize]) -> Self {
        let tables = unpack(packed, states[0].dims()[0], widths);
        Self { states, tables }
    }

    /// As constants among tensors that record gradients.
    pub fn as_constants(self) -> Self {
        let constants = |all: Vec<Tensor<2>>| all.into_iter().map(Tensor::autodiff).collect();
        Self { states: constants(self.states), tables: constants(self.tables) }
    }
}
