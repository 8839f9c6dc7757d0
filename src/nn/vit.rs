//! A transformer on patches of small images, channels first throughout.
//!
//! `fold -> embed + positions -> layers -> norm, silu, linear -> unfold`. Scales and shifts come from the
//! embedding (Peebles and Xie 2023), and the last layers also see what the first ones put out, in
//! reverse order (Bao et al. 2023).

use burn::{module::Param, nn, prelude::*, tensor::assert_shape};
use serde::{Deserialize, Serialize};

use super::{
    Initial, kernel,
    layer::{Condition, Embedding, GroupNorm, fold, pointwise, pointwise_onto, unfold},
    size::{self, Count, MOST_CLASSES, WIDEST},
};

/// Hidden values of a layer's perceptron, as a multiple of its width.
const EXPANSION: usize = 4;
/// Standard deviation of initial positions.
const POSITION_STD: f64 = 0.02;

/// The shape of a transformer: `(size / patch)^2` tokens of `width` channels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VitConfig {
    /// Channels of an image.
    pub channels: usize,
    /// Height and width of an image.
    pub size: usize,
    /// Pixels a side of a token.
    pub patch: usize,
    /// Channels of a token.
    pub width: usize,
    /// Layers.
    pub depth: usize,
    /// Heads of each self-attention.
    pub heads: usize,
    /// Groups of each norm.
    pub groups: usize,
    /// Classes; 0 for an unconditional network.
    pub classes: usize,
}

impl VitConfig {
    /// A sentence that says what is wrong, if anything is.
    pub fn problem(&self) -> Option<String> {
        let side = self.size / self.patch.max(1);
        let rules = [
            ((1..=64).contains(&self.channels), "`channels` must lie in 1..=64"),
            ((1..=1024).contains(&self.size), "`size` must lie in 1..=1024"),
            ((1..=64).contains(&self.patch), "`patch` must lie in 1..=64"),
            (
                (8..=WIDEST).contains(&self.width) && self.width.is_multiple_of(8),
                "`width` must be a multiple of 8, at most 4096",
            ),
            ((1..=64).contains(&self.depth), "`depth` must lie in 1..=64"),
            (
                (1..=WIDEST).contains(&self.groups) && (1..=WIDEST).contains(&self.heads),
                "`groups` and `heads` must lie in 1..=4096",
            ),
            (self.classes <= MOST_CLASSES, "`classes` must be at most 65536"),
            (
                self.patch > 0 && self.size.is_multiple_of(self.patch),
                "`size` must be divisible by `patch`",
            ),
            (side <= 64, "there can be at most 64x64 tokens"),
            (
                self.groups > 0 && self.width.is_multiple_of(self.groups),
                "`width` must be divisible by `groups`",
            ),
            (
                self.heads > 0 && self.width.is_multiple_of(self.heads),
                "`width` must be divisible by `heads`",
            ),
        ];
        size::broken(&rules).map(str::to_owned).or_else(|| size::excess(self.count().numbers))
    }

    /// What the network's weights are, of a shape within its bounds.
    pub(super) fn count(&self) -> Count {
        let Self { width, depth, .. } = *self;
        let (pixels, side) = (self.pixels(), self.size / self.patch);
        let layer = size::linear(width, 4 * width)
            + size::attention(width)
            + size::norm(width)
            + size::linear(width, EXPANSION * width)
            + size::linear(EXPANSION * width, width);
        size::linear(pixels, width)
            + size::tensor(width * side * side)
            + layer * depth
            + size::linear(2 * width, width) * self.skips()
            + size::norm(width)
            + size::linear(width, pixels)
            + size::embedding(self.embedding_base(), self.classes)
    }

    /// Long skips: as many of the first layers as of the last, with at least one between them.
    fn skips(&self) -> usize {
        self.depth.saturating_sub(1) / 2
    }

    /// Values of a token.
    fn pixels(&self) -> usize {
        self.channels * self.patch * self.patch
    }

    /// Sinusoids of a time.
    pub(super) fn embedding_base(&self) -> usize {
        self.width / 4
    }

    /// The network, with initial weights. The last layer starts at zero.
    pub fn init(&self, init: &mut Initial<'_>) -> Vit {
        let (width, side) = (self.width, self.size / self.patch);
        Vit {
            stem: init.linear(self.pixels(), width, 1.0),
            positions: init.normal([width, side, side], POSITION_STD),
            embedding: Embedding::new(init, self.embedding_base(), self.classes),
            layers: (0..self.depth).map(|index| Layer::new(init, self, index)).collect(),
            norm_out: GroupNorm::new(init, width, self.groups),
            output: init.linear(width, self.pixels(), 0.0),
            config: self.clone(),
        }
    }
}

/// Attention among tokens, then a perceptron on each, both with a skip. Starts as the identity.
#[derive(Module, Debug)]
struct Layer {
    join: Option<nn::Linear>,
    embed: nn::Linear,
    norm1: GroupNorm,
    qkv: nn::Linear,
    proj: nn::Linear,
    norm2: GroupNorm,
    first: nn::Linear,
    second: nn::Linear,
    #[module(skip)]
    heads: usize,
}

impl Layer {
    fn new(init: &mut Initial<'_>, config: &VitConfig, index: usize) -> Self {
        let VitConfig { width, depth, heads, groups, .. } = *config;
        Self {
            join: (index + config.skips() >= depth).then(|| init.linear(2 * width, width, 1.0)),
            embed: init.linear(width, 4 * width, 1.0),
            norm1: GroupNorm::new(init, width, groups),
            qkv: init.linear(width, 3 * width, 1.0),
            proj: init.linear(width, width, 0.0),
            norm2: GroupNorm::new(init, width, groups),
            first: init.linear(width, EXPANSION * width, 1.0),
            second: init.linear(EXPANSION * width, width, 0.0),
            heads,
        }
    }

    /// `x` `[n, width, h, w]`, `embedding` `[n, width]` -> `[n, width, h, w]`.
    fn forward(&self, x: Tensor<4>, embedding: Tensor<2>) -> Tensor<4> {
        let modulations = self.embed.forward(embedding).chunk(2, 1);
        let [first, second] = modulations.try_into().expect("two halves");
        let qkv = pointwise(&self.qkv, self.norm1.modulated(x.clone(), first, false));
        let x = pointwise_onto(&self.proj, kernel::attention(qkv, self.heads), x);
        let hidden = pointwise(&self.first, self.norm2.modulated(x.clone(), second, false));
        pointwise_onto(&self.second, kernel::silu(hidden), x)
    }
}

/// See [`VitConfig`].
#[derive(Module, Debug)]
pub struct Vit {
    stem: nn::Linear,
    /// `[width, h, w]`
    positions: Param<Tensor<3>>,
    embedding: Embedding,
    layers: Vec<Layer>,
    norm_out: GroupNorm,
    output: nn::Linear,
    #[module(skip)]
    config: VitConfig,
}

impl Vit {
    /// Channels and size of an image.
    pub fn image(&self) -> [usize; 2] {
        [self.config.channels, self.config.size]
    }

    /// Values of a sample in the widest layer.
    pub(super) fn widest(&self) -> usize {
        let VitConfig { size, patch, width, .. } = self.config;
        (size / patch).pow(2) * EXPANSION * width
    }

    /// `x` `[n, c, s, s]`, told of n samples -> `[n, c, s, s]`.
    pub fn forward(&self, x: Tensor<4>, condition: Condition) -> Tensor<4> {
        let VitConfig { channels, size, patch, .. } = self.config;
        let [n, ..] = x.dims();
        assert_shape!(x, [n, channels, size, size]);
        let embedding = self.embedding.forward(condition);
        let mut hidden = pointwise(&self.stem, fold(x, patch));
        hidden = hidden + self.positions.val().unsqueeze();

        let mut skips = Vec::with_capacity(self.config.skips());
        for (index, layer) in self.layers.iter().enumerate() {
            if let Some(join) = &layer.join {
                let skip = skips.pop().expect("one skip a joining layer");
                hidden = pointwise(join, Tensor::cat(vec![hidden, skip], 1));
            }
            hidden = layer.forward(hidden, embedding.clone());
            if index < self.config.skips() {
                skips.push(hidden.clone());
            }
        }
        unfold(pointwise(&self.output, self.norm_out.silu(hidden)), patch)
    }
}
