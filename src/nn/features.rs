//! A small image classifier whose last hidden layer measures distances between sets of images.
//!
//! Why our own: on 32x32 drawings and digits, features learnt on photographs are the wrong ruler.

use burn::{nn, prelude::*};
use serde::{Deserialize, Serialize};

use super::{
    Initial,
    layer::{Convolution, GroupNorm, fold, halve},
    pieces::{self, Pieces},
    size,
};

/// The shape of a feature network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureConfig {
    /// Channels of an image.
    pub channels: usize,
    /// Height and width of an image; divisible by 16.
    pub size: usize,
    /// Channels of the first level; doubled at each of the next two.
    pub base: usize,
    /// Classes told apart.
    pub classes: usize,
}

/// Length of a feature vector.
pub const FEATURES: usize = 64;

const GROUPS: usize = 8;

/// See [`FeatureConfig`].
#[derive(Module, Debug)]
pub struct FeatureNetwork {
    stem: Convolution,
    norms: Vec<GroupNorm>,
    convolutions: Vec<Convolution>,
    norm_out: GroupNorm,
    hidden: nn::Linear,
    output: nn::Linear,
    #[module(skip)]
    config: FeatureConfig,
}

impl FeatureConfig {
    /// Whether there can be a network for images of `size` pixels a side.
    pub fn takes(size: usize) -> bool {
        (16..=1024).contains(&size) && size.is_multiple_of(16)
    }

    /// A sentence that says what is wrong, if anything is.
    pub fn problem(&self) -> Option<String> {
        let rules = [
            ((1..=4).contains(&self.channels), "`channels` must lie in 1..=4"),
            (Self::takes(self.size), "`size` must be a multiple of 16, at most 1024"),
            (
                (8..=256).contains(&self.base) && self.base.is_multiple_of(GROUPS),
                "`base` must be a multiple of 8, at most 256",
            ),
            ((1..=4096).contains(&self.classes), "`classes` must lie in 1..=4096"),
        ];
        size::broken(&rules).map(str::to_owned)
    }

    /// Numbers in the network's weights, of a shape without a [`Self::problem`].
    pub fn parameters(&self) -> u64 {
        let level = |c: usize| size::norm(c) + size::convolution(c, 2 * c, 3);
        let count = size::convolution(4 * self.channels, self.base, 3)
            + level(self.base)
            + level(2 * self.base)
            + level(4 * self.base)
            + size::norm(8 * self.base)
            + size::linear(8 * self.base, FEATURES)
            + size::linear(FEATURES, self.classes);
        count.numbers
    }

    /// The network, with initial weights.
    pub fn init(&self, init: &mut Initial<'_>) -> FeatureNetwork {
        let widths = [self.base, 2 * self.base, 4 * self.base];
        FeatureNetwork {
            stem: Convolution::new(init, [self.channels * 4, self.base], 3, 1.4),
            norms: widths.map(|c| GroupNorm::new(init, c, GROUPS)).into(),
            convolutions: widths.map(|c| Convolution::new(init, [c, 2 * c], 3, 1.4)).into(),
            norm_out: GroupNorm::new(init, 8 * self.base, GROUPS),
            hidden: init.linear(8 * self.base, FEATURES, 1.0),
            output: init.linear(FEATURES, self.classes, 1.0),
            config: self.clone(),
        }
    }
}

impl Pieces for FeatureNetwork {
    fn piece(&self) -> usize {
        pieces::IMAGES
    }
}

impl FeatureNetwork {
    /// The shape it was made with.
    pub fn config(&self) -> &FeatureConfig {
        &self.config
    }

    /// `x` `[n, d]` -> features `[n, 64]`.
    pub fn features(&self, x: Tensor<2>) -> Tensor<2> {
        let FeatureConfig { channels, size, .. } = self.config;
        let [n, _] = x.dims();
        let mut hidden = self.stem.forward(fold(x.reshape([n, channels, size, size]), 2));
        for (norm, convolution) in self.norms.iter().zip(&self.convolutions) {
            hidden = halve(convolution.forward(norm.silu(hidden)));
        }
        let hidden = self.norm_out.silu(hidden);
        let [_, c, h, w] = hidden.dims();
        let mean = hidden.reshape([n, c, h * w]).mean_dim(2).reshape([n, c]);
        self.hidden.forward(mean)
    }

    /// Features `[n, 64]` -> class scores `[n, classes]`.
    pub fn classify(&self, features: Tensor<2>) -> Tensor<2> {
        // Of a large value some GPUs' tanh is no number; from 9.02 on it is 1 in f32.
        self.output.forward(features.clamp(-15.0, 15.0).tanh())
    }
}
