//! One-step and multi-step sampling (Song et al. 2023, algorithm 1) with noise fixed by the seed.

use burn::{prelude::*, tensor::TensorData};

use super::ConsistencyFunction;
use crate::{
    diffusion::diffuse,
    math::seed::{self, Purpose, Seed},
};

/// Which samples of a seed: sample `i` has the same noise in whatever batch it is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Noise {
    /// The seed.
    pub seed: Seed,
    /// The first sample's number.
    pub first: u64,
}

impl Noise {
    /// Standard normal values, `[n, d]`, of a purpose and a step.
    pub fn draw(
        self,
        purpose: Purpose,
        step: u64,
        shape: [usize; 2],
        device: &Device,
    ) -> Tensor<2> {
        let values = seed::rows(self.seed, purpose, self.first, step, shape);
        Tensor::from_data(TensorData::new(values, shape), device)
    }

    /// The z that teacher and students share, `[n, d]`.
    pub fn initial(self, shape: [usize; 2], device: &Device) -> Tensor<2> {
        self.draw(Purpose::Initial, 0, shape, device)
    }
}

/// One step: from the state `x` `[n, d]` at `times[step]` to the end of the path, then back up to the next of `times`
/// (descending) with fresh noise, where there is one. No clipping in between.
pub fn jump(
    f: &dyn ConsistencyFunction,
    times: &[f64],
    step: usize,
    x: Tensor<2>,
    labels: &[u32],
    noise: Noise,
) -> Tensor<2> {
    let [n, d] = x.dims();
    let device = x.device();
    let end = f.endpoint(x, &vec![times[step]; n], labels);
    let Some(&next) = times.get(step + 1) else { return end };
    let fresh = noise.draw(Purpose::Renoise, step as u64, [n, d], &device);
    diffuse(f.process(), end, fresh, &vec![next; n])
}
