//! How many numbers a network's weights are, and how many they may be.
//!
//! Why: a file or a flag can ask for any shape, and must hear a sentence before anything is allocated.

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

pub(super) fn linear(inputs: usize, outputs: usize) -> u64 {
    (inputs as u64 + 1) * outputs as u64
}

pub(super) fn convolution(inputs: usize, outputs: usize, size: usize) -> u64 {
    linear(inputs * size * size, outputs)
}

pub(super) fn norm(channels: usize) -> u64 {
    2 * channels as u64
}

pub(super) fn embedding(base: usize, classes: usize) -> u64 {
    let width = 4 * base;
    let label = if classes > 0 { (classes as u64 + 1) * width as u64 } else { 0 };
    linear(base, width) + linear(width, width) + label
}

/// A residual block under an embedding of `width` values.
pub(super) fn residual(inputs: usize, outputs: usize, width: usize) -> u64 {
    let skip = if inputs == outputs { 0 } else { convolution(inputs, outputs, 1) };
    norm(inputs)
        + convolution(inputs, outputs, 3)
        + linear(width, 2 * outputs)
        + norm(outputs)
        + convolution(outputs, outputs, 3)
        + skip
}

pub(super) fn attention(channels: usize) -> u64 {
    norm(channels) + linear(channels, 3 * channels) + linear(channels, channels)
}
