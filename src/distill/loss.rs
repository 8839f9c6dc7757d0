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

/// What a sample weighs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weighting {
    /// One: the paper's, and the default.
    #[default]
    Uniform,
    /// `1 / (s - s')`, `s = sigma/alpha` at the start of the teacher's path and `s'` where it lands, so that a short
    /// path's small distance counts as a long one's (Song and Dhariwal 2024; Geng et al. 2024).
    Gap,
}

impl Loss {
    /// How many values it is the mean of, for `n` samples of `d` dimensions.
    pub fn values(self, n: usize, d: usize) -> usize {
        match self {
            Self::L2 | Self::HuberElementwise => n * d,
            Self::HuberVector => n,
        }
    }

    /// The mean distance from `output` to `target`, both `[n, d]`, over samples that weigh `weights` `[n, 1]`, or
    /// one each; shape `[1]`.
    pub fn value(
        self,
        output: Tensor<2>,
        target: Tensor<2>,
        weights: Option<Tensor<2>>,
    ) -> Tensor<1> {
        let [_, d] = output.dims();
        let square = (output - target).square();
        let distance = match self {
            Self::L2 => square,
            Self::HuberElementwise => pseudo_huber(square, 0.001),
            Self::HuberVector => pseudo_huber(square.sum_dim(1), 0.00054 * (d as f64).sqrt()),
        };
        match weights {
            Some(weights) => (distance * weights).mean(),
            None => distance.mean(),
        }
    }
}

fn pseudo_huber(square: Tensor<2>, c: f64) -> Tensor<2> {
    (square + c * c).sqrt() - c
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_what_their_formulas_say() {
        let device = Device::flex();
        let a = Tensor::<2>::from_floats([[0.0, 3.0], [1.0, 1.0]], &device);
        let b = Tensor::<2>::from_floats([[0.0, -1.0], [1.0, 1.5]], &device);
        let value =
            |loss: Loss| f64::from(loss.value(a.clone(), b.clone(), None).into_scalar::<f32>());
        let near = |x: f64, y: f64| assert!((x - y).abs() < 1e-6, "{x} is not {y}");
        near(value(Loss::L2), (16.0 + 0.25) / 4.0);
        let c = 0.001f64;
        let huber = |d: f64| (d * d + c * c).sqrt() - c;
        near(value(Loss::HuberElementwise), (huber(4.0) + huber(0.5)) / 4.0);
        let c = 0.00054 * 2f64.sqrt();
        let huber = |d: f64| (d * d + c * c).sqrt() - c;
        near(value(Loss::HuberVector), (huber(4.0) + huber(0.5)) / 2.0);
        let weights = Tensor::from_floats([[2.0], [4.0]], &device);
        let weighted = Loss::L2.value(a, b, Some(weights)).into_scalar::<f32>();
        near(f64::from(weighted), (2.0 * 16.0 + 4.0 * 0.25) / 4.0);
    }
}
