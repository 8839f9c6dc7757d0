//! What a way to take the sums of a convolution offers.

/// A convolution of images of one size by given weights: forwards, or backwards, by the same weights with outputs and
/// inputs exchanged and each kernel turned around. Its inputs and outputs are those of the way that it runs.
pub(super) trait Algorithm: Sync {
    /// Samples that it works on together.
    fn together(&self) -> usize;

    /// Writes the output of some samples of `x`, `[samples, outputs, pixels]`, to `y`, with `bias` `[outputs]` and `base`, of
    /// the shape of `y`, added.
    fn forward(&self, x: &[f32], bias: &[f32], base: Option<&[f32]>, y: &mut [f32]);

    /// Of one that runs backwards: writes the output of some samples of `dy` to `dx`, unless that is empty, and returns the
    /// sums for the weights' gradient between `dy` and as many samples of `x`, `[inputs, column, row, stride of outputs]` of the
    /// turned kernels.
    fn gradients(&self, x: &[f32], dy: &[f32], dx: &mut [f32]) -> Vec<f32>;
}
