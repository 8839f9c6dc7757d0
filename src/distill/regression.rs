//! What a network learns by, as teacher and as student: the distance of `skip x + out F(input x, noise)` to a target.

use burn::prelude::*;

use super::Loss;
use crate::{
    consistency::{self, Boundary},
    diffusion::{ModelConfig, Preconditioning},
    math::{precondition::Coefficients, seed::Seed},
    nn::{
        DropoutDraws, Network,
        kernel::{table::Table, thirds},
    },
    train::{Batch, Inputs, Learner, Lesson},
};

/// How, for many batches.
#[derive(Clone, Debug, PartialEq)]
pub struct Regression {
    /// The distance.
    pub loss: Loss,
    /// Whether the target is the network's own output for the second states, through which no gradient flows.
    pub is_own: bool,
    /// Whether the samples weigh differently.
    pub is_weighted: bool,
    /// Seed of the units that drop out, where they do.
    pub dropout: Option<Seed>,
    /// Whether a U-Net's images are of f16 between its layers.
    pub is_half: bool,
}

/// States and how a network is evaluated at them, n each.
pub struct Query<'a> {
    /// `[n, d]`
    pub states: Tensor<2>,
    /// The four coefficients.
    pub affine: Vec<Coefficients>,
    /// Classes.
    pub labels: &'a [u32],
}

/// What the output is held against.
pub enum Target<'a> {
    /// This, `[n, d]`.
    Given(Tensor<2>),
    /// The network's own output for this, through which no gradient flows.
    Own(Query<'a>),
}

/// What else differs from sample to sample.
#[derive(Default)]
pub struct Details {
    /// What each weighs; none where all weigh one.
    pub weights: Option<Vec<f64>>,
    /// Seed of the units that drop out, and the number of the first sample; none where nothing drops out.
    pub dropout: Option<(Seed, u64)>,
}

/// How a network that learns is read, whatever its weights are.
#[derive(Clone, Debug)]
pub struct Parameterization {
    /// As a denoiser.
    pub config: ModelConfig,
    /// And that as a consistency function, where it is a student.
    pub boundary: Option<Boundary>,
    /// Whether a U-Net's images are of f16 between its layers.
    pub is_half: bool,
}

impl Parameterization {
    /// The coefficients at each of these times.
    pub fn affine(&self, t: &[f64]) -> Vec<Coefficients> {
        match self.boundary {
            Some(boundary) => consistency::affine(&self.config, boundary, t),
            None => self.config.affine(t),
        }
    }

    /// To come near `target` at `query`, under `loss`.
    pub fn lesson(
        &self,
        loss: Loss,
        query: Query<'_>,
        target: Target<'_>,
        Details { weights, dropout }: Details,
    ) -> Lesson<Network> {
        let dropout = dropout.filter(|_| self.config.network.dropout() > 0.0);
        let objective = Regression {
            loss,
            is_own: matches!(target, Target::Own(_)),
            is_weighted: weights.is_some(),
            dropout: dropout.map(|(seed, _)| seed),
            is_half: self.is_half,
        };
        let tables_of = |Query { affine, labels, .. }: &Query<'_>| {
            Preconditioning::tables(&self.config.network, affine, labels)
        };
        let mut tables = Vec::from(tables_of(&query));
        let target = match target {
            Target::Given(target) => target,
            Target::Own(query) => {
                tables.extend(tables_of(&query));
                query.states
            }
        };
        tables.extend(weights.map(Table::column));
        tables.extend(dropout.map(|(_, first)| {
            let n = query.labels.len() as u64;
            Table { width: 3, values: (first..first + n).flat_map(thirds).collect() }
        }));
        Lesson { objective, batch: Batch { states: vec![query.states, target], tables } }
    }
}

impl Learner for Network {
    type Objective = Regression;

    fn loss(&self, objective: &Regression, Inputs { states, tables }: Inputs) -> Tensor<1> {
        let Regression { loss, is_own, is_weighted, dropout, is_half } = *objective;
        let [states, target] = states.try_into().expect("states, and those of the target");
        let mut tables = tables.into_iter();
        let query = Preconditioning::take(&mut tables);
        let target = if is_own { self.constant(target, &mut tables, is_half) } else { target };
        let weights = if is_weighted { tables.next() } else { None };
        let draws = dropout.zip(tables.next());
        let draws = draws.map(|(seed, numbers)| DropoutDraws { seed, numbers });
        let output = query.of(states, |x, condition| {
            self.in_its_type(is_half, x, |x| {
                if x.is_autodiff() {
                    self.forward(x, condition, draws.as_ref())
                } else {
                    self.infer(x, condition)
                }
            })
        });
        loss.value(output, target, weights)
    }

    /// Where the boundary condition makes every target of its own the state, that is given.
    fn lighter(mut lesson: Lesson<Self>) -> Lesson<Self> {
        const END: usize = 2 * Preconditioning::TABLES;
        let Lesson { objective, batch } = &mut lesson;
        if objective.is_own && batch.tables[END - 1].values.iter().all(|&out| out == 0.0) {
            objective.is_own = false;
            batch.tables.drain(Preconditioning::TABLES..END);
        }
        lesson
    }
}

impl Network {
    /// Its output for the states of a target, through which no gradient flows.
    fn constant(
        &self,
        states: Tensor<2>,
        tables: &mut impl Iterator<Item = Tensor<2>>,
        is_half: bool,
    ) -> Tensor<2> {
        let mut tables = tables.by_ref().take(Preconditioning::TABLES).map(Tensor::inner);
        let network = self.valid();
        Preconditioning::take(&mut tables).of(states.inner(), |x, condition| {
            network.in_its_type(is_half, x, |x| network.infer(x, condition))
        })
    }
}
