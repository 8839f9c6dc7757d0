//! Layers that the networks share: convolution, group norm, time and class embedding, resampling.

use burn::{module::Param, prelude::*};

use super::{
    Initial,
    kernel::{self, table::Table},
};
use crate::math::seed::{self, Purpose, Seed};

/// A convolution with stride 1 and 'same' zero padding, `[n, c, h, w] -> [n, o, h, w]`.
#[derive(Module, Debug)]
pub struct Convolution {
    /// `[o, c, k, k]`
    pub weight: Param<Tensor<4>>,
    /// `[o]`
    pub bias: Param<Tensor<1>>,
}

impl Convolution {
    /// A `size` x `size` convolution; weights have variance `gain^2 / fan_in`.
    pub fn new(
        init: &mut Initial<'_>,
        [inputs, outputs]: [usize; 2],
        size: usize,
        gain: f64,
    ) -> Self {
        let fan_in = (inputs * size * size) as f64;
        Self {
            weight: init.normal([outputs, inputs, size, size], gain / fan_in.sqrt()),
            bias: init.constant([outputs], 0.0),
        }
    }

    /// `[n, c, h, w] -> [n, o, h, w]`
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        kernel::convolution(x, self.weight.val(), Some(self.bias.val()))
    }

    /// [`Convolution::forward`] added to `base`, `[n, o, h, w]`.
    pub fn forward_onto(&self, x: Tensor<4>, base: Tensor<4>) -> Tensor<4> {
        kernel::convolution_onto(x, self.weight.val(), Some(self.bias.val()), base)
    }
}

/// Normalisation over groups of channels (Wu and He 2018), with a scale and a shift a channel.
#[derive(Module, Debug)]
pub struct GroupNorm {
    /// `[c]`
    pub gamma: Param<Tensor<1>>,
    /// `[c]`
    pub beta: Param<Tensor<1>>,
    #[module(skip)]
    groups: usize,
}

impl GroupNorm {
    /// The identity but for the normalisation; `groups` divides `channels`.
    pub fn new(init: &mut Initial<'_>, channels: usize, groups: usize) -> Self {
        Self { gamma: init.constant([channels], 1.0), beta: init.constant([channels], 0.0), groups }
    }

    /// `silu(norm(x))`, `[n, c, h, w] -> [n, c, h, w]`.
    pub fn silu(&self, x: Tensor<4>) -> Tensor<4> {
        let [n, ..] = x.dims();
        let (gamma, beta) = self.affine(n);
        kernel::group_norm(x, gamma, beta, self.groups, true)
    }

    /// `norm(x) * (1 + scale) + shift`, and SiLU if `silu`; `modulation` `[n, 2 c]` holds scales, then shifts.
    pub fn modulated(&self, x: Tensor<4>, modulation: Tensor<2>, silu: bool) -> Tensor<4> {
        let norm = [&self.gamma, &self.beta].map(|p| p.val());
        kernel::modulated_norm(x, norm, modulation, self.groups, silu)
    }

    /// `norm(x)`, `[n, c, h, w] -> [n, c, h, w]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [n, ..] = x.dims();
        let (gamma, beta) = self.affine(n);
        kernel::group_norm(x, gamma, beta, self.groups, false)
    }

    /// Scale and shift for `n` samples, each `[n, c]`.
    fn affine(&self, n: usize) -> (Tensor<2>, Tensor<2>) {
        // Not repeated: on a GPU a row that is read `n` times needs no memory and no launch.
        let spread = |p: &Param<Tensor<1>>| p.val().unsqueeze_dim::<2>(0).expand([n as i64, -1]);
        (spread(&self.gamma), spread(&self.beta))
    }
}

/// Sinusoidal features of times (Vaswani et al. 2017): rows of `base` values, or one less to be even, cosines first.
///
/// On the host: angles reach a thousand, and how near a GPU's own sine comes there is left to it.
pub(super) fn sinusoids(time: &[f64], base: usize) -> Table {
    const LONGEST_PERIOD: f64 = 10_000.0;
    let half = base / 2;
    let frequencies: Vec<f32> =
        (0..half).map(|i| (-LONGEST_PERIOD.ln() * i as f64 / half as f64).exp() as f32).collect();
    let mut values = Vec::with_capacity(time.len() * 2 * half);
    for &time in time {
        // In f32, as in training frameworks: weights are used to these angles.
        let angle = |frequency: &f32| f64::from(time as f32 * frequency);
        values.extend(frequencies.iter().map(|frequency| angle(frequency).cos() as f32));
        values.extend(frequencies.iter().map(|frequency| angle(frequency).sin() as f32));
    }
    Table { width: 2 * half, values }
}

/// What a network is told of n samples beside their states, where its weights are.
#[derive(Clone, Debug)]
pub struct Condition {
    /// Sinusoidal features of the times, `[n, m]`, m the even one of base and base - 1.
    pub time: Tensor<2>,
    /// Classes, `[n]`; not looked at without classes.
    pub labels: Tensor<1, Int>,
}

impl Condition {
    /// Those of some samples.
    pub fn rows(&self, first: usize, count: usize) -> Self {
        let (time, labels) = (self.time.clone(), self.labels.clone());
        Self { time: time.narrow(0, first, count), labels: labels.narrow(0, first, count) }
    }
}

/// Embeds time and class: `sinusoid -> linear -> silu -> linear (+ class) -> silu`.
#[derive(Module, Debug)]
pub struct Embedding {
    /// `[base, 4 base]`
    pub time_in: nn::Linear,
    /// `[4 base, 4 base]`
    pub time_out: nn::Linear,
    /// `[classes + 1, 4 base]`; the last row is the null label. Absent without classes.
    pub label: Option<Param<Tensor<2>>>,
}

impl Embedding {
    /// Embeddings of width `4 base`.
    pub fn new(init: &mut Initial<'_>, base: usize, classes: usize) -> Self {
        let width = 4 * base;
        Self {
            time_in: init.linear(base, width, 1.0),
            time_out: init.linear(width, width, 1.0),
            label: (classes > 0).then(|| init.normal([classes + 1, width], 1.0)),
        }
    }

    /// `[n, base]` -> `[n, 4 base]`.
    pub fn forward(&self, Condition { time, labels }: Condition) -> Tensor<2> {
        let hidden = kernel::silu(self.time_in.forward(time));
        let mut embedding = self.time_out.forward(hidden);
        if let Some(table) = &self.label {
            embedding = embedding + table.val().select(0, labels);
        }
        kernel::silu(embedding)
    }
}

/// Which units drop out: one draw for each sample.
#[derive(Clone, Debug)]
pub struct DropoutDraws {
    /// Seed of a run.
    pub seed: Seed,
    /// Numbers of n samples, as [`kernel::thirds`], `[n, 3]`.
    pub numbers: Tensor<2>,
}

/// Drops a share `rate` of the units of layer `layer` and scales up the rest (Srivastava et al. 2014);
/// nothing without draws.
pub fn dropout(x: Tensor<4>, rate: f64, draws: Option<&DropoutDraws>, layer: usize) -> Tensor<4> {
    let Some(DropoutDraws { seed, numbers }) = draws.filter(|_| rate > 0.0) else { return x };
    let units = seed::Dropout::new(*seed, Purpose::Dropout, layer as u64, rate);
    kernel::dropout(x, numbers.clone(), units)
}

/// Averages 2x2 pixels: `[n, c, h, w] -> [n, c, h/2, w/2]`.
pub fn halve(x: Tensor<4>) -> Tensor<4> {
    kernel::sum_2x2(x, 0.25)
}

/// Repeats each pixel 2x2: `[n, c, h, w] -> [n, c, 2h, 2w]`.
pub fn double(x: Tensor<4>) -> Tensor<4> {
    kernel::repeat_2x2(x, 1.0)
}

/// A linear map of the channels of each pixel: `[n, c, h, w] -> [n, o, h, w]`.
pub fn pointwise(linear: &nn::Linear, x: Tensor<4>) -> Tensor<4> {
    let (weight, bias) = one_by_one(linear);
    kernel::convolution(x, weight, bias)
}

/// [`pointwise`] added to `base`, `[n, o, h, w]`.
pub fn pointwise_onto(linear: &nn::Linear, x: Tensor<4>, base: Tensor<4>) -> Tensor<4> {
    let (weight, bias) = one_by_one(linear);
    kernel::convolution_onto(x, weight, bias, base)
}

/// A linear map as weights and bias of a convolution.
fn one_by_one(linear: &nn::Linear) -> (Tensor<4>, Option<Tensor<1>>) {
    let [inputs, outputs] = linear.weight.dims();
    let weight = linear.weight.val().transpose().reshape([outputs, inputs, 1, 1]);
    (weight, linear.bias.as_ref().map(|bias| bias.val()))
}

/// Folds `patch` x `patch` pixels into channels: `[n, c, h, w] -> [n, c p p, h/p, w/p]`.
pub fn fold(x: Tensor<4>, patch: usize) -> Tensor<4> {
    let [n, c, h, w] = x.dims();
    x.reshape([n, c, h / patch, patch, w / patch, patch])
        .permute([0, 1, 3, 5, 2, 4]) // [n, c, p, p, h/p, w/p]
        .reshape([n, c * patch * patch, h / patch, w / patch])
}

/// The inverse of [`fold`]: `[n, c p p, h, w] -> [n, c, h p, w p]`.
pub fn unfold(x: Tensor<4>, patch: usize) -> Tensor<4> {
    let [n, folded, h, w] = x.dims();
    let c = folded / (patch * patch);
    x.reshape([n, c, patch, patch, h, w])
        .permute([0, 1, 4, 2, 5, 3]) // [n, c, h, p, w, p]
        .reshape([n, c, h * patch, w * patch])
}
