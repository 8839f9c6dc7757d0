//! The four coefficients around a network, and its labels, for a batch and in tensors alone: `skip x + out F(input x, noise)`.
//! So a GPU can be given other numbers for launches that it has recorded.

use burn::prelude::*;

use crate::{
    math::precondition::Coefficients,
    nn::{Condition, NetworkConfig, kernel::table::Table},
};

/// See the module. On the device of the states, for n of them.
#[derive(Clone, Debug)]
pub struct Preconditioning {
    condition: Condition,
    /// Factors, `[n, 1]`.
    input: Tensor<2>,
    skip: Tensor<2>,
    out: Tensor<2>,
}

impl Preconditioning {
    /// How many tables it takes.
    pub const TABLES: usize = 5;

    /// On the host: sinusoids, labels, and the factors of input, skip and out.
    pub fn tables(
        network: &NetworkConfig,
        affine: &[Coefficients],
        labels: &[u32],
    ) -> [Table; Self::TABLES] {
        let noise: Vec<f64> = affine.iter().map(|a| a.noise).collect();
        let column = |f: fn(&Coefficients) -> f64| Table::column(affine.iter().map(f));
        [
            network.sinusoids(&noise),
            Table::column(labels.iter().map(|&label| f64::from(label))),
            column(|a| a.input),
            column(|a| a.skip),
            column(|a| a.out),
        ]
    }

    /// From what [`Self::tables`] made, each `[n, width]` by now.
    ///
    /// # Panics
    /// When there are fewer.
    pub fn take(tables: &mut impl Iterator<Item = Tensor<2>>) -> Self {
        let mut next = || tables.next().expect("five tables");
        let (time, labels) = (next(), next());
        let [n, _] = labels.dims();
        let condition = Condition { time, labels: labels.int().reshape([n]) };
        Self { condition, input: next(), skip: next(), out: next() }
    }

    /// `skip x + out run(input x)`, `[n, d]`.
    pub fn of(
        self,
        x: Tensor<2>,
        run: impl FnOnce(Tensor<2>, Condition) -> Tensor<2>,
    ) -> Tensor<2> {
        let output = run(x.clone() * self.input, self.condition);
        x * self.skip + output * self.out
    }
}
