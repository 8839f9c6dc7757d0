//! Networks: configuration -> weights -> function of (x, time, label). They know nothing of diffusion.
//!
//! | file | holds |
//! |---|---|
//! | `initial` | counter-based initial weights |
//! | `layer`, `block` | the parts |
//! | `unet`, `mlp` | the networks for images and for points |
//! | `features` | a classifier whose hidden layer measures distances |
//! | `parameters` | weights to host values and back, by name |
//! | `pieces` | batches cut for the cores of a CPU |
//! | `size` | how many weights a shape means, and may mean |
//! | `kernel` | convolution and group norm with fast CPU paths |

pub mod block;
pub mod features;
pub mod initial;
pub mod kernel;
pub mod layer;
pub mod mlp;
pub mod parameters;
pub mod pieces;
mod size;
pub mod unet;

use burn::prelude::*;
use serde::{Deserialize, Serialize};

pub use initial::Initial;
pub use layer::DropoutDraws;
use mlp::{Mlp, MlpConfig};
use pieces::Pieces;
use unet::{UNet, UNetConfig};

/// Which network, and its shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum NetworkConfig {
    /// For images.
    Unet(UNetConfig),
    /// For points.
    Mlp(MlpConfig),
}

impl NetworkConfig {
    /// A sentence that says what is wrong, if anything is.
    pub fn problem(&self) -> Option<String> {
        match self {
            Self::Unet(config) => config.problem(),
            Self::Mlp(config) => config.problem(),
        }
    }

    /// Numbers in the network's weights, of a shape without a [`Self::problem`].
    pub fn parameters(&self) -> u64 {
        match self {
            Self::Unet(config) => config.parameters(),
            Self::Mlp(config) => config.parameters(),
        }
    }

    /// Values of a sample: the `d` of every `[n, d]`.
    pub fn dims(&self) -> usize {
        match self {
            Self::Unet(config) => config.channels * config.size * config.size,
            Self::Mlp(config) => config.inputs,
        }
    }

    /// Classes; the null label has this number.
    pub fn classes(&self) -> usize {
        match self {
            Self::Unet(config) => config.classes,
            Self::Mlp(config) => config.classes,
        }
    }

    /// The network, with initial weights.
    pub fn init(&self, init: &mut Initial<'_>) -> Network {
        match self {
            Self::Unet(config) => Network::Unet(config.init(init)),
            Self::Mlp(config) => Network::Mlp(config.init(init)),
        }
    }
}

/// A network of either kind.
#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant)] // one lives at a time, never in a collection
pub enum Network {
    /// See [`UNetConfig`].
    Unet(UNet),
    /// See [`MlpConfig`].
    Mlp(Mlp),
}

impl Network {
    /// `x` `[n, d]`, `time` `[n]`, `labels` `[n]` -> `[n, d]`; units drop out where there are draws
    /// for that, in training.
    pub fn forward(
        &self,
        x: Tensor<2>,
        time: Tensor<1>,
        labels: Tensor<1, Int>,
        dropout: Option<DropoutDraws>,
    ) -> Tensor<2> {
        match self {
            Self::Unet(net) => {
                let [n, d] = x.dims();
                let [channels, size] = net.image();
                let image = x.reshape([n, channels, size, size]);
                net.forward(image, time, labels, dropout).reshape([n, d])
            }
            Self::Mlp(net) => net.forward(x, time, labels),
        }
    }

    /// [`Network::forward`] outside training: on a CPU, pieces of the batch side by side.
    pub fn infer(&self, x: Tensor<2>, time: Tensor<1>, labels: Tensor<1, Int>) -> Tensor<2> {
        let [n, _] = x.dims();
        // Half as much is done once a piece as in training.
        let pieces = pieces::cut(n, self.piece() / 2, &x.device());
        if pieces.len() < 2 {
            return self.forward(x, time, labels, None);
        }
        let parts = pieces.into_iter().map(|rows| {
            let (first, rows) = (rows.start, rows.len());
            let x = x.clone().narrow(0, first, rows);
            let (time, labels) = (time.clone(), labels.clone());
            (self.clone(), x, time.narrow(0, first, rows), labels.narrow(0, first, rows))
        });
        let parts = pieces::side_by_side(parts.collect(), |(network, x, time, labels)| {
            network.forward(x, time, labels, None)
        });
        Tensor::cat(parts, 0)
    }
}

impl Pieces for Network {
    fn piece(&self) -> usize {
        match self {
            Self::Unet(_) => pieces::IMAGES,
            Self::Mlp(_) => pieces::POINTS,
        }
    }
}
