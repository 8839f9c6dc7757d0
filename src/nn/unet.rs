//! A U-Net for small images (Ronneberger et al. 2015; blocks of Dhariwal and Nichol 2021).
//!
//! `fold -> stem -> down levels -> middle -> up levels -> norm, silu, conv -> unfold`

use std::ops::Add;

use burn::{prelude::*, tensor::assert_shape};
use serde::{Deserialize, Serialize};

use super::{
    Initial,
    block::{Attention, Block, Residual},
    layer::{
        Condition, Convolution, DropoutDraws, Embedding, GroupNorm, double, fold, halve, unfold,
    },
    size::{self, Count, MOST_CLASSES, WIDEST},
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
            .or_else(|| size::excess(self.count().numbers))
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
            ((0.0..=0.99).contains(&self.dropout), "`dropout` must lie in [0, 0.99]"),
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

    /// The blocks on the way down, in the middle and on the way up. Each on the way up also takes what one on the way
    /// down gave, the last of them first.
    fn plan(&self) -> [Vec<BlockShape>; 3] {
        let level = |(level, multiplier): (usize, &usize)| {
            let block = (multiplier * self.base, self.attention.contains(&level));
            std::iter::repeat_n(block, self.blocks)
        };
        let levels: Vec<(usize, bool)> =
            self.multipliers.iter().enumerate().flat_map(level).collect();
        let last = levels.last().map_or(self.base, |&(outputs, _)| outputs);
        let mut width = self.base;
        let mut block = |skip: usize, outputs: usize, attends: bool| {
            let inputs = std::mem::replace(&mut width, outputs) + skip;
            BlockShape { inputs, outputs, attends }
        };
        let down = levels.iter().map(|&(outputs, attends)| block(0, outputs, attends)).collect();
        let middle = vec![block(0, last, true), block(0, last, false)];
        let up = levels.iter().rev();
        let up = up.map(|&(outputs, attends)| block(outputs, outputs, attends)).collect();
        [down, middle, up]
    }

    /// What the network's weights are; for a configuration without a [`Self::problem`] of size.
    pub(super) fn count(&self) -> Count {
        let block = |block: &BlockShape| {
            size::residual(block.inputs, block.outputs, 4 * self.base)
                + size::attention(block.outputs).only_if(block.attends)
        };
        let [pixels, first] = self.ends();
        let ends = size::convolution(pixels, self.base, 3)
            + size::norm(first)
            + size::convolution(first, pixels, 3)
            + size::embedding(self.base, self.classes);
        self.plan().iter().flatten().map(block).fold(ends, Add::add)
    }

    /// The network, with initial weights. The last layer starts at zero.
    pub fn init(&self, init: &mut Initial<'_>) -> UNet {
        let UNetConfig { base, heads, groups, dropout, classes, .. } = *self;
        let [pixels, first] = self.ends();
        let stem = Convolution::new(init, [pixels, base], 3, 1.0);
        let embedding = Embedding::new(init, base, classes);
        let mut block = |BlockShape { inputs, outputs, attends }: BlockShape| {
            let residual = Residual::new(init, [inputs, outputs], 4 * base, groups, dropout);
            let attention = attends.then(|| Attention::new(init, outputs, heads, groups));
            Block::new(residual, attention)
        };
        let [down, middle, up] =
            self.plan().map(|blocks| blocks.into_iter().map(&mut block).collect::<Vec<Block>>());
        UNet {
            stem,
            embedding,
            down,
            middle,
            up,
            norm_out: GroupNorm::new(init, first, groups),
            conv_out: Convolution::new(init, [first, pixels], 3, 0.0),
            config: self.clone(),
        }
    }

    /// Values of a sample in the widest layer, which is where a skip is joined, or queries, keys and values are made.
    fn widest(&self) -> usize {
        let side = self.size / self.patch;
        let [down, middle, up] = self.plan();
        let levels = 0..self.multipliers.len();
        let levels = levels.clone().chain([levels.end - 1]).chain(levels.rev());
        let blocks = down.chunks(self.blocks).chain([&middle[..]]).chain(up.chunks(self.blocks));
        let channels = |block: &BlockShape| {
            let attention = if block.attends { 3 * block.outputs } else { 0 };
            attention.max(block.inputs).max(block.outputs)
        };
        let values = levels.zip(blocks).map(|(level, blocks)| {
            (side >> level).pow(2) * blocks.iter().map(channels).max().unwrap_or(0)
        });
        values.max().unwrap_or(0)
    }

    /// Channels of a folded image, and of the first level: what the network begins and ends with.
    fn ends(&self) -> [usize; 2] {
        [self.channels * self.patch * self.patch, self.base * self.multipliers[0]]
    }
}

/// Channels into a block and out of it, and whether its pixels attend to each other.
struct BlockShape {
    inputs: usize,
    outputs: usize,
    attends: bool,
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

    /// See [`UNetConfig::widest`].
    pub(super) fn widest(&self) -> usize {
        self.config.widest()
    }

    /// `x` `[n, c, s, s]`, told of n samples -> `[n, c, s, s]`; units drop out where there
    /// are draws for that.
    pub fn forward(
        &self,
        x: Tensor<4>,
        condition: Condition,
        draws: Option<&DropoutDraws>,
    ) -> Tensor<4> {
        let UNetConfig { channels, size, patch, blocks, .. } = self.config;
        let [n, ..] = x.dims();
        assert_shape!(x, [n, channels, size, size]);
        let embedding = self.embedding.forward(condition);
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
