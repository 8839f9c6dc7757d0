//! A U-Net for small images (Ronneberger et al. 2015; blocks of Dhariwal and Nichol 2021).
//!
//! `fold -> stem -> down levels -> middle -> up levels -> norm, silu, conv -> unfold`

use burn::{prelude::*, tensor::assert_shape};
use serde::{Deserialize, Serialize};

use super::{
    Initial,
    block::{Attention, Block, Residual},
    layer::{Convolution, Embedding, GroupNorm, double, fold, halve, unfold},
};

/// The shape of a U-Net. Level `i` has `base * multipliers[i]` channels at
/// `size / patch / 2^i` pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UNetConfig {
    /// Channels of an image.
    pub channels: usize,
    /// Height and width of an image.
    pub size: usize,
    /// Pixels a side folded into channels before the first convolution.
    pub patch: usize,
    /// Channels of the first level.
    pub base: usize,
    /// Channels of each level, as multiples of `base`.
    pub multipliers: Vec<usize>,
    /// Blocks a level, down and up.
    pub blocks: usize,
    /// Levels with self-attention.
    pub attention: Vec<usize>,
    /// Heads of each self-attention.
    pub heads: usize,
    /// Groups of each norm.
    pub groups: usize,
    /// Share of activations dropped in training.
    pub dropout: f64,
    /// Classes; 0 for an unconditional network.
    pub classes: usize,
}

impl UNetConfig {
    /// A sentence that says what is wrong, if anything is.
    pub fn problem(&self) -> Option<String> {
        let smallest = self.patch << self.multipliers.len().saturating_sub(1);
        let ok = |sound: bool, text: &str| (!sound).then(|| text.to_owned());
        ok(self.channels > 0 && self.blocks > 0, "`channels` and `blocks` must be positive")
            .or(ok(!self.multipliers.is_empty(), "`multipliers` needs one number a level"))
            .or(ok(self.multipliers.len() <= 8, "`multipliers` names more than 8 levels"))
            .or(ok(self.patch > 0, "`patch` must be positive"))
            .or(ok(
                self.size > 0 && self.size.is_multiple_of(smallest.max(1)),
                "`size` must be divisible by `patch` and by 2 for each level after the first",
            ))
            .or(ok(self.base > 0 && self.base.is_multiple_of(2), "`base` must be even"))
            .or(ok(self.groups > 0 && self.heads > 0, "`groups` and `heads` must be positive"))
            .or(ok(
                self.multipliers.iter().all(|m| {
                    let width = m * self.base;
                    width > 0
                        && width <= 4096
                        && width.is_multiple_of(self.groups)
                        && width.is_multiple_of(self.heads)
                }),
                "each level's channels must be divisible by `groups` and by `heads`, at most 4096",
            ))
            .or(ok((0.0..1.0).contains(&self.dropout), "`dropout` must lie in [0, 1)"))
            .or(ok(
                self.attention.iter().all(|l| *l < self.multipliers.len()),
                "`attention` names a level that does not exist",
            ))
    }

    /// The network, with initial weights. The last layer starts at zero.
    pub fn init(&self, init: &mut Initial<'_>) -> UNet {
        let widths: Vec<usize> = self.multipliers.iter().map(|m| m * self.base).collect();
        let pixels = self.channels * self.patch * self.patch;
        let mut builder = Builder { config: self, init, width: self.base, skips: Vec::new() };

        let stem = Convolution::new(builder.init, [pixels, self.base], 3, 1.0);
        let embedding = Embedding::new(builder.init, self.base, self.classes);
        let down = builder.down(&widths);
        let middle = builder.middle();
        let up = builder.up(&widths);
        UNet {
            stem,
            embedding,
            down,
            middle,
            up,
            norm_out: GroupNorm::new(builder.init, widths[0], self.groups),
            conv_out: Convolution::new(builder.init, [widths[0], pixels], 3, 0.0),
            config: self.clone(),
        }
    }
}

/// Keeps account of channels while the blocks are built.
struct Builder<'a, 'b, 'c> {
    config: &'a UNetConfig,
    init: &'b mut Initial<'c>,
    width: usize,
    skips: Vec<usize>,
}

impl Builder<'_, '_, '_> {
    fn block(&mut self, inputs: usize, outputs: usize, attends: bool) -> Block {
        let UNetConfig { base, groups, dropout, heads, .. } = *self.config;
        let residual = Residual::new(self.init, [inputs, outputs], 4 * base, groups, dropout);
        let attention = attends.then(|| Attention::new(self.init, outputs, heads, groups));
        self.width = outputs;
        Block::new(residual, attention)
    }

    fn down(&mut self, widths: &[usize]) -> Vec<Block> {
        let mut blocks = Vec::new();
        for (level, &width) in widths.iter().enumerate() {
            for _ in 0..self.config.blocks {
                blocks.push(self.block(self.width, width, self.config.attention.contains(&level)));
                self.skips.push(width);
            }
        }
        blocks
    }

    fn middle(&mut self) -> Vec<Block> {
        let width = self.width;
        vec![self.block(width, width, true), self.block(width, width, false)]
    }

    fn up(&mut self, widths: &[usize]) -> Vec<Block> {
        let mut blocks = Vec::new();
        for (level, &width) in widths.iter().enumerate().rev() {
            for _ in 0..self.config.blocks {
                let inputs = self.width + self.skips.pop().expect("one skip a block");
                blocks.push(self.block(inputs, width, self.config.attention.contains(&level)));
            }
        }
        blocks
    }
}

/// See [`UNetConfig`].
#[derive(Module, Debug)]
pub struct UNet {
    stem: Convolution,
    embedding: Embedding,
    down: Vec<Block>,
    middle: Vec<Block>,
    up: Vec<Block>,
    norm_out: GroupNorm,
    conv_out: Convolution,
    #[module(skip)]
    config: UNetConfig,
}

impl UNet {
    /// Channels and size of an image.
    pub fn image(&self) -> [usize; 2] {
        [self.config.channels, self.config.size]
    }

    /// `x` `[n, c, s, s]`, `time` `[n]`, `labels` `[n]` -> `[n, c, s, s]`.
    pub fn forward(&self, x: Tensor<4>, time: Tensor<1>, labels: Tensor<1, Int>) -> Tensor<4> {
        let UNetConfig { channels, size, patch, blocks, .. } = self.config;
        let [n, ..] = x.dims();
        assert_shape!(x, [n, channels, size, size]);
        let embedding = self.embedding.forward(time, labels);
        let mut hidden = self.stem.forward(fold(x, patch));

        let mut skips = Vec::with_capacity(self.down.len());
        for (index, block) in self.down.iter().enumerate() {
            if index > 0 && index % blocks == 0 {
                hidden = halve(hidden);
            }
            hidden = block.forward(hidden, embedding.clone());
            skips.push(hidden.clone());
        }
        for block in &self.middle {
            hidden = block.forward(hidden, embedding.clone());
        }
        for (index, block) in self.up.iter().enumerate() {
            if index > 0 && index % blocks == 0 {
                hidden = double(hidden);
            }
            let skip = skips.pop().expect("one skip a block");
            hidden = block.forward(Tensor::cat(vec![hidden, skip], 1), embedding.clone());
        }
        unfold(self.conv_out.forward(self.norm_out.silu(hidden)), patch)
    }
}
