//! A residual multilayer perceptron for points in the plane, under the same embedding as the U-Net.

use burn::{nn, prelude::*};
use serde::{Deserialize, Serialize};

use super::{
    Initial,
    kernel::silu,
    layer::{Condition, Embedding},
    size::{self, Count, MOST_CLASSES, WIDEST},
};

/// The shape of a perceptron.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MlpConfig {
    /// Values of a sample.
    pub inputs: usize,
    /// Width of each hidden layer; the embedding's base is a quarter of it.
    pub width: usize,
    /// Residual layers.
    pub layers: usize,
    /// Classes; 0 for an unconditional network.
    pub classes: usize,
}

impl MlpConfig {
    /// A sentence that says what is wrong, if anything is.
    pub fn problem(&self) -> Option<String> {
        let rules = [
            ((1..=WIDEST).contains(&self.inputs), "`inputs` must lie in 1..=4096"),
            (
                (8..=WIDEST).contains(&self.width) && self.width.is_multiple_of(8),
                "`width` must be a multiple of 8, at most 4096",
            ),
            ((1..=64).contains(&self.layers), "`layers` must lie in 1..=64"),
            (self.classes <= MOST_CLASSES, "`classes` must be at most 65536"),
        ];
        size::broken(&rules).map(str::to_owned).or_else(|| size::excess(self.count().numbers))
    }

    /// What the network's weights are, of a shape within its bounds.
    pub(super) fn count(&self) -> Count {
        size::linear(self.inputs, self.width)
            + size::embedding(self.embedding_base(), self.classes)
            + size::linear(self.width, self.width) * (3 * self.layers)
            + size::linear(self.width, self.inputs)
    }

    /// Sinusoids of a time.
    pub(super) fn embedding_base(&self) -> usize {
        self.width / 4
    }

    /// The network, with initial weights. The last layer starts at zero.
    pub fn init(&self, init: &mut Initial<'_>) -> Mlp {
        Mlp {
            input: init.linear(self.inputs, self.width, 1.0),
            embedding: Embedding::new(init, self.embedding_base(), self.classes),
            layers: (0..self.layers)
                .map(|_| Layer {
                    first: init.linear(self.width, self.width, 1.0),
                    embed: init.linear(self.width, self.width, 1.0),
                    second: init.linear(self.width, self.width, 0.5),
                })
                .collect(),
            output: init.linear(self.width, self.inputs, 0.0),
        }
    }
}

#[derive(Module, Debug)]
struct Layer {
    first: nn::Linear,
    embed: nn::Linear,
    second: nn::Linear,
}

/// See [`MlpConfig`].
#[derive(Module, Debug)]
pub struct Mlp {
    input: nn::Linear,
    embedding: Embedding,
    layers: Vec<Layer>,
    output: nn::Linear,
}

impl Mlp {
    /// Values of a sample in each hidden layer.
    pub(super) fn width(&self) -> usize {
        self.input.weight.dims()[1]
    }

    /// `x` `[n, inputs]`, told of n samples -> `[n, inputs]`.
    pub fn forward(&self, x: Tensor<2>, condition: Condition) -> Tensor<2> {
        let embedding = self.embedding.forward(condition);
        let mut hidden = self.input.forward(x);
        for layer in &self.layers {
            let inner = layer.first.forward(silu(hidden.clone()));
            let inner = silu(inner + layer.embed.forward(embedding.clone()));
            hidden = hidden + layer.second.forward(inner);
        }
        self.output.forward(silu(hidden))
    }
}
