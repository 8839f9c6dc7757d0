//! The two blocks of the U-Net: residual convolutions under an embedding, and self-attention.

use burn::{nn, prelude::*, tensor::activation::softmax};

use super::{
    Initial,
    layer::{Convolution, GroupNorm},
};

/// Two convolutions with a skip; the second norm is modulated by the embedding
/// (Dhariwal and Nichol 2021). Starts as the identity, or as its projection.
#[derive(Module, Debug)]
pub struct Residual {
    norm1: GroupNorm,
    conv1: Convolution,
    embed: nn::Linear,
    norm2: GroupNorm,
    conv2: Convolution,
    skip: Option<Convolution>,
    dropout: nn::Dropout,
}

impl Residual {
    /// `[n, inputs, h, w] -> [n, outputs, h, w]` under an embedding of `width` values.
    pub fn new(
        init: &mut Initial<'_>,
        [inputs, outputs]: [usize; 2],
        width: usize,
        groups: usize,
        dropout: f64,
    ) -> Self {
        Self {
            norm1: GroupNorm::new(init, inputs, groups),
            conv1: Convolution::new(init, [inputs, outputs], 3, 1.0),
            embed: init.linear(width, 2 * outputs, 1.0),
            norm2: GroupNorm::new(init, outputs, groups),
            conv2: Convolution::new(init, [outputs, outputs], 3, 0.0),
            skip: (inputs != outputs).then(|| Convolution::new(init, [inputs, outputs], 1, 1.0)),
            dropout: nn::DropoutConfig::new(dropout).init(),
        }
    }

    /// `x` `[n, c, h, w]`, `embedding` `[n, width]` -> `[n, o, h, w]`.
    pub fn forward(&self, x: Tensor<4>, embedding: Tensor<2>) -> Tensor<4> {
        let hidden = self.conv1.forward(self.norm1.silu(x.clone()));
        let modulation = self.embed.forward(embedding).chunk(2, 1);
        let [scale, shift] = modulation.try_into().expect("two halves");
        let hidden = self.norm2.modulated_silu(hidden, scale, shift);
        let hidden = self.conv2.forward(self.dropout.forward(hidden));
        match &self.skip {
            Some(skip) => skip.forward(x) + hidden,
            None => x + hidden,
        }
    }
}

/// Multi-head self-attention over pixels, with a skip. Starts as the identity.
#[derive(Module, Debug)]
pub struct Attention {
    norm: GroupNorm,
    qkv: nn::Linear,
    proj: nn::Linear,
    #[module(skip)]
    heads: usize,
}

impl Attention {
    /// `heads` divides `channels`.
    pub fn new(init: &mut Initial<'_>, channels: usize, heads: usize, groups: usize) -> Self {
        Self {
            norm: GroupNorm::new(init, channels, groups),
            qkv: init.linear(channels, 3 * channels, 1.0),
            proj: init.linear(channels, channels, 0.0),
            heads,
        }
    }

    /// `[n, c, h, w] -> [n, c, h, w]`
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [n, c, h, w] = x.dims();
        let size = c / self.heads;
        let tokens = self.norm.forward(x.clone()).reshape([n, c, h * w]).swap_dims(1, 2);
        let parts = self.qkv.forward(tokens).chunk(3, 2); // 3 of [n, hw, c]
        let [query, key, value] = parts
            .into_iter()
            .map(|part| part.reshape([n, h * w, self.heads, size]).swap_dims(1, 2))
            .collect::<Vec<_>>() // [n, heads, hw, size]
            .try_into()
            .expect("three parts");
        let scores = query.matmul(key.swap_dims(2, 3)) / (size as f64).sqrt();
        let mixed = softmax(scores, 3).matmul(value);
        let mixed = mixed.swap_dims(1, 2).reshape([n, h * w, c]);
        x + self.proj.forward(mixed).swap_dims(1, 2).reshape([n, c, h, w])
    }
}

/// A residual block, followed by attention where the level has it.
#[derive(Module, Debug)]
pub struct Block {
    residual: Residual,
    attention: Option<Attention>,
}

impl Block {
    /// See [`Residual::new`] and [`Attention::new`].
    pub fn new(residual: Residual, attention: Option<Attention>) -> Self {
        Self { residual, attention }
    }

    /// `x` `[n, c, h, w]`, `embedding` `[n, width]` -> `[n, o, h, w]`.
    pub fn forward(&self, x: Tensor<4>, embedding: Tensor<2>) -> Tensor<4> {
        let x = self.residual.forward(x, embedding);
        match &self.attention {
            Some(attention) => attention.forward(x),
            None => x,
        }
    }
}
