//! Networks: configuration -> weights -> function of (x, time, label). They know nothing of diffusion.
//!
//! | file | holds |
//! |---|---|
//! | `initial` | counter-based initial weights |
//! | `layer`, `block` | the parts |
//! | `unet`, `vit` | the networks for images: convolutions, and a transformer |
//! | `mlp` | the network for points |
//! | `features` | a classifier whose hidden layer measures distances |
//! | `parameters` | weights to host values and back, by name |
//! | `pieces` | batches cut for the cores of a CPU |
//! | `size` | how many weights a shape means, and may mean |
//! | `kernel` | convolution, norm, attention and resampling with fast CPU paths |

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
pub mod vit;

use burn::{prelude::*, tensor::FloatDType};
use serde::{Deserialize, Serialize};

pub use initial::Initial;
use kernel::table::Table;
pub use layer::{Condition, DropoutDraws};
use mlp::{Mlp, MlpConfig};
use pieces::Pieces;
use size::Count;
use unet::{UNet, UNetConfig};
use vit::{Vit, VitConfig};

/// Values of the states that a network is given at once, where nobody chose a batch.
const VALUES_AT_ONCE: usize = 1 << 22;

/// Rows of `d` values that a network is given at once, where nobody chose a batch: few of large images.
pub fn rows_at_once(d: usize) -> usize {
    (VALUES_AT_ONCE / d).max(1)
}

/// Which network, and its shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum NetworkConfig {
    /// For images, of convolutions.
    Unet(UNetConfig),
    /// For images, a transformer.
    Vit(VitConfig),
    /// For points.
    Mlp(MlpConfig),
}

impl NetworkConfig {
    /// A sentence that says what is wrong, if anything is.
    pub fn problem(&self) -> Option<String> {
        match self {
            Self::Unet(config) => config.problem(),
            Self::Vit(config) => config.problem(),
            Self::Mlp(config) => config.problem(),
        }
    }

    /// Numbers in the network's weights, of a shape without a [`Self::problem`].
    pub fn parameters(&self) -> u64 {
        self.count().numbers
    }

    /// Tensors that hold them.
    pub fn tensors(&self) -> u64 {
        self.count().tensors
    }

    fn count(&self) -> Count {
        match self {
            Self::Unet(config) => config.count(),
            Self::Vit(config) => config.count(),
            Self::Mlp(config) => config.count(),
        }
    }

    /// Values of a sample: the `d` of every `[n, d]`.
    pub fn dims(&self) -> usize {
        match self {
            Self::Mlp(config) => config.inputs,
            Self::Unet(UNetConfig { channels, size, .. })
            | Self::Vit(VitConfig { channels, size, .. }) => channels * size * size,
        }
    }

    /// Channels and size of an image; none for points.
    pub fn image(&self) -> Option<[usize; 2]> {
        match self {
            Self::Mlp(_) => None,
            Self::Unet(UNetConfig { channels, size, .. })
            | Self::Vit(VitConfig { channels, size, .. }) => Some([*channels, *size]),
        }
    }

    /// The same network for data of as many channels (images have them) and classes.
    pub fn fit(&mut self, data_channels: Option<usize>, data_classes: usize) {
        match self {
            Self::Mlp(config) => config.classes = data_classes,
            Self::Unet(UNetConfig { channels, classes, .. })
            | Self::Vit(VitConfig { channels, classes, .. }) => {
                *channels = data_channels.unwrap_or(*channels);
                *classes = data_classes;
            }
        }
    }

    /// The same network whose units do not drop out, which is how it is trained, not what it is.
    pub fn without_dropout(mut self) -> Self {
        if let Self::Unet(config) = &mut self {
            config.dropout = 0.0;
        }
        self
    }

    /// The share of the units that drop out in training.
    pub fn dropout(&self) -> f64 {
        match self {
            Self::Unet(config) => config.dropout,
            Self::Vit(_) | Self::Mlp(_) => 0.0,
        }
    }

    /// Classes; the null label has this number.
    pub fn classes(&self) -> usize {
        match self {
            Self::Unet(config) => config.classes,
            Self::Vit(config) => config.classes,
            Self::Mlp(config) => config.classes,
        }
    }

    /// [`Condition::time`] of these times, on the host.
    pub fn sinusoids(&self, time: &[f64]) -> Table {
        let base = match self {
            Self::Unet(config) => config.base,
            Self::Vit(config) => config.embedding_base(),
            Self::Mlp(config) => config.embedding_base(),
        };
        layer::sinusoids(time, base)
    }

    /// What the network is told of n samples: of their times, and of their labels.
    pub fn condition(&self, time: &[f64], labels: &[u32], device: &Device) -> Condition {
        let Table { width, values } = self.sinusoids(time);
        let labels: Vec<i32> = labels.iter().map(|&label| label as i32).collect();
        Condition {
            time: Tensor::from_data(TensorData::new(values, [time.len(), width]), device),
            labels: Tensor::<1, Int>::from_ints(labels.as_slice(), device),
        }
    }

    /// The network, with initial weights.
    pub fn init(&self, init: &mut Initial<'_>) -> Network {
        match self {
            Self::Unet(config) => Network::Unet(config.init(init)),
            Self::Vit(config) => Network::Vit(config.init(init)),
            Self::Mlp(config) => Network::Mlp(config.init(init)),
        }
    }
}

/// A network of any kind.
#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant)] // one lives at a time, never in a collection
pub enum Network {
    /// See [`UNetConfig`].
    Unet(UNet),
    /// See [`VitConfig`].
    Vit(Vit),
    /// See [`MlpConfig`].
    Mlp(Mlp),
}

impl Network {
    /// `x` `[n, d]`, told of n samples -> `[n, d]`; units drop out where there are draws for that, in
    /// training.
    pub fn forward(
        &self,
        x: Tensor<2>,
        condition: Condition,
        dropout: Option<&DropoutDraws>,
    ) -> Tensor<2> {
        let [n, d] = x.dims();
        let image =
            |[channels, size]: [usize; 2], x: Tensor<2>| x.reshape([n, channels, size, size]);
        match self {
            Self::Unet(net) => {
                net.forward(image(net.image(), x), condition, dropout).reshape([n, d])
            }
            Self::Vit(net) => net.forward(image(net.image(), x), condition).reshape([n, d]),
            Self::Mlp(net) => net.forward(x, condition),
        }
    }

    /// What `run` makes of `x` where it has the type that this network takes: a U-Net's images may be of f16.
    pub fn in_its_type(
        &self,
        is_half: bool,
        x: Tensor<2>,
        run: impl FnOnce(Tensor<2>) -> Tensor<2>,
    ) -> Tensor<2> {
        if is_half && matches!(self, Self::Unet(_)) {
            run(x.cast(FloatDType::F16)).cast(FloatDType::F32)
        } else {
            run(x)
        }
    }

    /// [`Network::forward`] outside training: on a CPU, pieces of the batch side by side; on a GPU, one after the other
    /// where a layer's values are more than it binds.
    pub fn infer(&self, x: Tensor<2>, condition: Condition) -> Tensor<2> {
        let ([n, _], is_cpu) = (x.dims(), pieces::is_cpu(&x.device()));
        // Half as much is done once a piece as in training.
        let piece = if is_cpu { self.piece() / 2 } else { self.rows_on_gpu() };
        let pieces = pieces::each(n, piece);
        if pieces.len() < 2 {
            return self.forward(x, condition, None);
        }
        let parts = pieces.into_iter().map(|rows| {
            let (first, count) = (rows.start, rows.len());
            let x = x.clone().narrow(0, first, count);
            (self.clone(), x, condition.rows(first, count))
        });
        let run = |(network, x, condition): (Self, _, _)| network.forward(x, condition, None);
        let parts = if is_cpu {
            pieces::side_by_side(parts.collect(), run)
        } else {
            parts.map(run).collect()
        };
        Tensor::cat(parts, 0)
    }

    /// Rows whose values in this network's widest layer a GPU is given at once.
    pub fn rows_on_gpu(&self) -> usize {
        let widest = match self {
            Self::Unet(net) => net.widest(),
            Self::Vit(net) => net.widest(),
            Self::Mlp(net) => net.width(),
        };
        (pieces::VALUES_ON_GPU / widest).clamp(1, pieces::ROWS_ON_GPU)
    }
}

impl Pieces for Network {
    fn piece(&self) -> usize {
        match self {
            Self::Unet(_) | Self::Vit(_) => pieces::IMAGES,
            Self::Mlp(_) => pieces::POINTS,
        }
    }
}
