//! A U-Net for small images (Ronneberger et al. 2015; blocks of Dhariwal and Nichol 2021).
//!
//! `fold -> stem -> down levels -> middle -> up levels -> norm, silu, conv -> unfold`

use burn::{prelude::*, tensor::assert_shape};
use serde::{Deserialize, Serialize};

use super::{
    Initial,
    block::{Attention, Block, Residual},
    layer::{Convolution, DropoutDraws, Embedding, GroupNorm, double, fold, halve, unfold},
    size::{self, MOST_CLASSES, WIDEST},
};

/// Largest height and width at which pixels attend to each other, each to all.
const MOST_SIDE: usize = 64;

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
        self.excess()
            .or_else(|| self.misfit())
            .map(str::to_owned)
            .or_else(|| size::excess(self.parameters()))
    }

    /// What is out of bounds by itself; nothing that is within them overflows in a product of three.
    fn excess(&self) -> Option<&'static str> {
        let rules = [
            ((1..=64).contains(&self.channels), "`channels` must lie in 1..=64"),
            ((1..=1024).contains(&self.size), "`size` must lie in 1..=1024"),
            ((1..=64).contains(&self.patch), "`patch` must lie in 1..=64"),
            (
                (2..=WIDEST).contains(&self.base) && self.base.is_multiple_of(2),
                "`base` must be even, at most 4096",
            ),
            (!self.multipliers.is_empty(), "`multipliers` needs one number a level"),
            (self.multipliers.len() <= 8, "`multipliers` names more than 8 levels"),
            (
                self.multipliers.iter().all(|m| (1..=WIDEST).contains(m)),
                "each of `multipliers` must lie in 1..=4096",
            ),
            ((1..=64).contains(&self.blocks), "`blocks` must lie in 1..=64"),
            (self.attention.len() <= 8, "`attention` names more than 8 levels"),
            (
                self.attention.iter().all(|l| *l < self.multipliers.len()),
                "`attention` names a level that does not exist",
            ),
            (
                (1..=WIDEST).contains(&self.groups) && (1..=WIDEST).contains(&self.heads),
                "`groups` and `heads` must lie in 1..=4096",
            ),
            ((0.0..1.0).contains(&self.dropout), "`dropout` must lie in [0, 1)"),
            (self.classes <= MOST_CLASSES, "`classes` must be at most 65536"),
        ];
        size::broken(&rules)
    }

    /// What does not fit together, of numbers within their bounds.
    fn misfit(&self) -> Option<&'static str> {
        let smallest = self.patch << (self.multipliers.len() - 1);
        let fits = |width: usize| {
            width <= WIDEST && width.is_multiple_of(self.groups) && width.is_multiple_of(self.heads)
        };
        let side = |level: usize| (self.size / self.patch) >> level;
        let last = self.multipliers.len() - 1;
        let rules = [
            (
                self.size.is_multiple_of(smallest),
                "`size` must be divisible by `patch` and by 2 for each level after the first",
            ),
            (self.base.is_multiple_of(self.groups), "`base` must be divisible by `groups`"),
            (
                self.multipliers.iter().all(|m| fits(m * self.base)),
                "each level's channels must be divisible by `groups` and by `heads`, at most 4096",
            ),
            (
                self.attention.iter().chain([&last]).all(|&l| side(l) <= MOST_SIDE),
                "the last level and those of `attention` can have at most 64x64 pixels",
            ),
        ];
        size::broken(&rules)
    }

    /// Numbers in the network's weights; for a configuration without a [`Self::problem`] of size.
    pub fn parameters(&self) -> u64 {
        let widths: Vec<usize> = self.multipliers.iter().map(|m| m * self.base).collect();
        let pixels = self.channels * self.patch * self.patch;
        let (mut total, mut width, mut skips) = (0, self.base, Vec::new());
        let mut add = |inputs: &mut usize, extra: usize, outputs: usize, attends: bool| {
            total += size::residual(*inputs + extra, outputs, 4 * self.base);
            total += if attends { size::attention(outputs) } else { 0 };
            *inputs = outputs;
        };
        let attends = |level: usize| self.attention.contains(&level);
        for (level, &outputs) in widths.iter().enumerate() {
            for _ in 0..self.blocks {
                add(&mut width, 0, outputs, attends(level));
                skips.push(outputs);
            }
        }
        let middle = width;
        add(&mut width, 0, middle, true);
        add(&mut width, 0, middle, false);
        for (level, &outputs) in widths.iter().enumerate().rev() {
            for _ in 0..self.blocks {
                let skip = skips.pop().expect("one skip a block");
                add(&mut width, skip, outputs, attends(level));
            }
        }
        let ends = size::convolution(pixels, self.base, 3)
            + size::norm(widths[0])
            + size::convolution(widths[0], pixels, 3);
        total + ends + size::embedding(self.base, self.classes)
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

    /// `x` `[n, c, s, s]`, n times, `labels` `[n]` -> `[n, c, s, s]`; units drop out where there
    /// are draws for that.
    pub fn forward(
        &self,
        x: Tensor<4>,
        time: &[f64],
        labels: Tensor<1, Int>,
        draws: Option<DropoutDraws>,
    ) -> Tensor<4> {
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
            hidden = block.forward(hidden, embedding.clone(), draws, index);
            skips.push(hidden.clone());
        }
        let mut layer = self.down.len();
        for block in &self.middle {
            hidden = block.forward(hidden, embedding.clone(), draws, layer);
            layer += 1;
        }
        for (index, block) in self.up.iter().enumerate() {
            if index > 0 && index % blocks == 0 {
                hidden = double(hidden);
            }
            let skip = skips.pop().expect("one skip a block");
            let joined = Tensor::cat(vec![hidden, skip], 1);
            hidden = block.forward(joined, embedding.clone(), draws, layer + index);
        }
        unfold(self.conv_out.forward(self.norm_out.silu(hidden)), patch)
    }
}
