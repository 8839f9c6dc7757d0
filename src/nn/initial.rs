//! Initial weights: counter-based, so that a seed means the same network on every device.
//!
//! Why: the random generators of the backends differ, and a recipe must not depend on them.

use burn::{module::Param, nn, prelude::*, tensor::TensorData};

use crate::math::seed::{self, Purpose, Seed};

/// Hands out initial parameters, each from its own stream of `seed`; without one, zeros.
pub struct Initial<'a> {
    device: &'a Device,
    seed: Option<Seed>,
    next: u64,
}

impl<'a> Initial<'a> {
    /// Parameters on `device`, drawn from `seed`.
    pub fn new(seed: Seed, device: &'a Device) -> Self {
        Self { device, seed: Some(seed), next: 0 }
    }

    /// Zeros on `device`, for a network whose weights come from elsewhere: none are drawn to be thrown away.
    pub fn zeros(device: &'a Device) -> Self {
        Self { device, seed: None, next: 0 }
    }

    /// Zero-mean normal values with standard deviation `std`.
    pub fn normal<const D: usize>(&mut self, shape: [usize; D], std: f64) -> Param<Tensor<D>> {
        let Some(seed) = self.seed else { return self.constant(shape, 0.0) };
        let mut values = vec![0.0f32; shape.iter().product()];
        seed::gaussian(seed, Purpose::Weights, self.next, 0, &mut values);
        self.next += 1;
        values.iter_mut().for_each(|v| *v *= std as f32);
        Param::from_tensor(Tensor::from_data(TensorData::new(values, shape), self.device))
    }

    /// The same value everywhere.
    pub fn constant<const D: usize>(&self, shape: [usize; D], value: f32) -> Param<Tensor<D>> {
        Param::from_tensor(Tensor::full(shape, value, self.device))
    }

    /// A linear layer `[n, inputs] -> [n, outputs]`; weights have variance `gain^2 / inputs`.
    pub fn linear(&mut self, inputs: usize, outputs: usize, gain: f64) -> nn::Linear {
        nn::Linear {
            weight: self.normal([inputs, outputs], gain / (inputs as f64).sqrt()),
            bias: Some(self.constant([outputs], 0.0)),
        }
    }
}
