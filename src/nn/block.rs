//! The two blocks of the U-Net: residual convolutions under an embedding, and self-attention.

use burn::{nn, prelude::*};

use super::{
    Initial, kernel,
    layer::{Convolution, DropoutDraws, GroupNorm, dropout, pointwise, pointwise_onto},
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
    #[module(skip)]
    dropout: f64,
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
            dropout,
        }
    }

    /// `x` `[n, c, h, w]`, `embedding` `[n, width]` -> `[n, o, h, w]`; `layer` numbers the block
    /// among those of the network.
    pub fn forward(
        &self,
        x: Tensor<4>,
        embedding: Tensor<2>,
        draws: Option<&DropoutDraws>,
        layer: usize,
    ) -> Tensor<4> {
        let hidden = self.conv1.forward(self.norm1.silu(x.clone()));
        let hidden = self.norm2.modulated(hidden, self.embed.forward(embedding), true);
        let base = match &self.skip {
            Some(skip) => skip.forward(x),
            None => x,
        };
        self.conv2.forward_onto(dropout(hidden, self.dropout, draws, layer), base)
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
        let qkv = pointwise(&self.qkv, self.norm.forward(x.clone()));
        pointwise_onto(&self.proj, kernel::attention(qkv, self.heads), x)
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

    /// See [`Residual::forward`].
    pub fn forward(
        &self,
        x: Tensor<4>,
        embedding: Tensor<2>,
        draws: Option<&DropoutDraws>,
        layer: usize,
    ) -> Tensor<4> {
        let x = self.residual.forward(x, embedding, draws, layer);
        match &self.attention {
            Some(attention) => attention.forward(x),
            None => x,
        }
    }
}
