//! Networks: configuration -> weights -> function of (x, time, label). They know nothing of diffusion.
//!
//! | file | holds |
//! |---|---|
//! | `initial` | counter-based initial weights |
//! | `layer`, `block` | the parts |
//! | `unet`, `mlp` | the networks for images and for points |
//! | `features` | a classifier whose hidden layer measures distances |
//! | `parameters` | weights to host values and back, by name |
//! | `size` | how many weights a shape means, and may mean |
//! | `kernel` | convolution and group norm with fast CPU paths |

pub mod block;
pub mod features;
pub mod initial;
pub mod kernel;
pub mod layer;
pub mod mlp;
pub mod parameters;
mod size;
pub mod unet;

use burn::prelude::*;
use serde::{Deserialize, Serialize};

pub use initial::Initial;
use mlp::{Mlp, MlpConfig};
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
    /// `x` `[n, d]`, `time` `[n]`, `labels` `[n]` -> `[n, d]`.
    pub fn forward(&self, x: Tensor<2>, time: Tensor<1>, labels: Tensor<1, Int>) -> Tensor<2> {
        match self {
            Self::Unet(net) => {
                let [n, d] = x.dims();
                let [channels, size] = net.image();
                let image = x.reshape([n, channels, size, size]);
                net.forward(image, time, labels).reshape([n, d])
            }
            Self::Mlp(net) => net.forward(x, time, labels),
        }
    }
}
