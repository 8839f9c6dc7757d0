//! How many numbers a network's weights are, in how many tensors, and how many they may be.
//!
//! Why: a file or a flag can ask for any shape, and must hear a sentence before anything is allocated.

use std::ops::{Add, Mul};

/// Most numbers in one network: what the largest file holds at half precision.
pub(super) const MOST_PARAMETERS: u64 = 1 << 30;
/// Most channels or hidden values of a layer.
pub(super) const WIDEST: usize = 4096;
/// Most classes.
pub(super) const MOST_CLASSES: usize = 1 << 16;

/// A sentence where a network has more than [`MOST_PARAMETERS`].
pub(super) fn excess(parameters: u64) -> Option<String> {
    (parameters > MOST_PARAMETERS)
        .then(|| format!("the network has {parameters} weights, at most {MOST_PARAMETERS} can be"))
}

/// The first rule that does not hold.
pub(super) fn broken(rules: &[(bool, &'static str)]) -> Option<&'static str> {
    rules.iter().find(|(holds, _)| !holds).map(|(_, text)| *text)
}

/// What weights are: numbers, and tensors that hold them.
#[derive(Clone, Copy)]
pub(super) struct Count {
    pub(super) numbers: u64,
    pub(super) tensors: u64,
}

impl Count {
    const NONE: Self = Self { numbers: 0, tensors: 0 };

    /// Those of a part that not every network has.
    pub(super) fn only_if(self, holds: bool) -> Self {
        if holds { self } else { Self::NONE }
    }
}

impl Add for Count {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { numbers: self.numbers + other.numbers, tensors: self.tensors + other.tensors }
    }
}

impl Mul<usize> for Count {
    type Output = Self;

    fn mul(self, times: usize) -> Self {
        let times = times as u64;
        Self { numbers: self.numbers * times, tensors: self.tensors * times }
    }
}

pub(super) fn tensor(numbers: usize) -> Count {
    Count { numbers: numbers as u64, tensors: 1 }
}

pub(super) fn linear(inputs: usize, outputs: usize) -> Count {
    Count { numbers: (inputs as u64 + 1) * outputs as u64, tensors: 2 }
}

pub(super) fn convolution(inputs: usize, outputs: usize, size: usize) -> Count {
    linear(inputs * size * size, outputs)
}

pub(super) fn norm(channels: usize) -> Count {
    tensor(channels) * 2
}

pub(super) fn embedding(base: usize, classes: usize) -> Count {
    let width = 4 * base;
    let label = tensor((classes + 1) * width).only_if(classes > 0);
    linear(base, width) + linear(width, width) + label
}

/// A residual block under an embedding of `width` values.
pub(super) fn residual(inputs: usize, outputs: usize, width: usize) -> Count {
    norm(inputs)
        + convolution(inputs, outputs, 3)
        + linear(width, 2 * outputs)
        + norm(outputs)
        + convolution(outputs, outputs, 3)
        + convolution(inputs, outputs, 1).only_if(inputs != outputs)
}

pub(super) fn attention(channels: usize) -> Count {
    norm(channels) + linear(channels, 3 * channels) + linear(channels, channels)
}
