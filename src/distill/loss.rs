//! Distances between a student's output and its target, in f32, averaged over samples.

use burn::prelude::*;
use serde::{Deserialize, Serialize};

/// Which distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// Mean of squares, as in the paper.
    L2,
    /// `sqrt(d^2 + c^2) - c` a value, c = 0.001, as in the reference implementation.
    HuberElementwise,
    /// The same on a sample's whole vector, c = 0.00054 sqrt(d) (Song and Dhariwal 2024, eq. 8).
    HuberVector,
}

impl Loss {
    /// `[n, d]`, `[n, d]` -> one value, shape `[1]`.
    pub fn value(self, output: Tensor<2>, target: Tensor<2>) -> Tensor<1> {
        let [_, d] = output.dims();
        let square = (output - target).square();
        match self {
            Self::L2 => square.mean(),
            Self::HuberElementwise => pseudo_huber(square, 0.001).mean(),
            Self::HuberVector => {
                pseudo_huber(square.sum_dim(1), 0.00054 * (d as f64).sqrt()).mean()
            }
        }
    }
}

fn pseudo_huber(square: Tensor<2>, c: f64) -> Tensor<2> {
    (square + c * c).sqrt() - c
}
