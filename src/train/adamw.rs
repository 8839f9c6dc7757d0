//! AdamW (Loshchilov and Hutter 2019) with clipping by the global gradient norm.
//!
//! Why not burn's: its record names moments by identities drawn anew in every process and restores
//! them on the default device; ours are named like the weights and stay on the network's device, so
//! that a killed run goes on to the same numbers.

use burn::{
    module::{ModuleMapper, ModuleVisitor, Param},
    optim::GradientsParams,
    prelude::*,
    tensor::TensorData,
};

use crate::nn::parameters::{self, HostTensor, ParameterError, Weights};

/// The constants of the method.
#[derive(Clone, Copy, Debug)]
pub struct AdamW {
    /// Decay of the mean of gradients.
    pub beta1: f64,
    /// Decay of the mean of squared gradients.
    pub beta2: f64,
    /// Added to the root of the mean square.
    pub epsilon: f64,
    /// Share of a weight taken away a step, times the learning rate.
    pub weight_decay: f64,
    /// Largest norm of all gradients together.
    pub clip: f64,
}

impl Default for AdamW {
    /// The paper's settings.
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 1e-2, clip: 1.0 }
    }
}

/// First and second moments of every parameter, flat, in the order of a module's visit.
#[derive(Clone, Default)]
pub struct Moments {
    first: Vec<Tensor<1>>,
    second: Vec<Tensor<1>>,
}

impl AdamW {
    /// `module` after a step of rate `rate`; `step` counts from 0. Also the gradient norm before
    /// clipping, shape `[1]`.
    pub fn step<M: Module>(
        &self,
        module: M,
        gradients: GradientsParams,
        moments: &mut Moments,
        rate: f64,
        step: u64,
    ) -> (M, Tensor<1>) {
        let mut flat = Gradients { source: gradients, found: Vec::new() };
        module.visit(&mut flat);
        let square = flat.found.iter().map(|g| g.clone().square().sum());
        let norm = square.reduce(|a, b| a + b).expect("a network has parameters").sqrt();
        let scale = (norm.clone() + 1e-6).recip().mul_scalar(self.clip).clamp_max(1.0);

        let count = step as f64 + 1.0;
        let mut walk = Walk {
            settings: self,
            gradients: flat.found.into_iter(),
            scale,
            old: std::mem::take(moments),
            new: moments,
            rate,
            correct1: 1.0 / (1.0 - self.beta1.powf(count)),
            correct2: 1.0 / (1.0 - self.beta2.powf(count)),
        };
        walk.old.first.reverse();
        walk.old.second.reverse();
        (module.map(&mut walk), norm)
    }
}

/// Gradients of all parameters, flat, in visiting order; zeros where a parameter had no part.
struct Gradients {
    source: GradientsParams,
    found: Vec<Tensor<1>>,
}

impl ModuleVisitor for Gradients {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let length = param.shape().num_elements();
        self.found.push(match self.source.remove::<D>(param.id) {
            Some(gradient) => gradient.reshape([length]),
            None => Tensor::zeros([length], &param.val().inner().device()),
        });
    }
}

struct Walk<'a> {
    settings: &'a AdamW,
    gradients: std::vec::IntoIter<Tensor<1>>,
    scale: Tensor<1>,
    old: Moments, // reversed, so that the next parameter's are at the end
    new: &'a mut Moments,
    rate: f64,
    correct1: f64,
    correct2: f64,
}

impl ModuleMapper for Walk<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let AdamW { beta1, beta2, epsilon, weight_decay, .. } = *self.settings;
        let gradient = self.gradients.next().expect("one gradient a parameter");
        let gradient = gradient * self.scale.clone();
        let mean = gradient.clone() * (1.0 - beta1);
        let square = gradient.square() * (1.0 - beta2);
        let first = match self.old.first.pop() {
            Some(old) => old * beta1 + mean,
            None => mean,
        };
        let second = match self.old.second.pop() {
            Some(old) => old * beta2 + square,
            None => square,
        };
        let root = (second.clone() * self.correct2).sqrt() + epsilon;
        let change = first.clone() * (self.correct1 * self.rate) / root;
        self.new.first.push(first);
        self.new.second.push(second);
        let keep = 1.0 - self.rate * weight_decay;
        param.map(|weight| {
            let weight = weight.inner();
            let change = change.reshape(weight.shape());
            Tensor::from_inner(weight * keep - change).require_grad()
        })
    }
}

impl Moments {
    /// Host copies, named like `weights` (a module's export) behind `first.` and `second.`.
    pub async fn export<M: Module>(&self, module: &M) -> Result<Weights, ParameterError> {
        let mut host = Weights::new();
        let (names, shapes) = parameters::layout(module);
        for (kind, tensors) in [("first", &self.first), ("second", &self.second)] {
            for ((name, shape), tensor) in names.iter().zip(&shapes).zip(tensors) {
                let values = tensor.clone().into_data_async().await?.iter::<f32>().collect();
                let parameter = HostTensor { shape: shape.clone(), values };
                host.insert(format!("{kind}.{name}"), parameter);
            }
        }
        Ok(host)
    }

    /// The moments that [`Moments::export`] wrote, on `device`; taken out of `host`.
    pub fn import<M: Module>(
        module: &M,
        host: &mut Weights,
        device: &Device,
    ) -> Result<Self, ParameterError> {
        let (names, shapes) = parameters::layout(module);
        let mut read = |kind: &str| {
            let one = |(name, expected): (&String, &Vec<usize>)| {
                let name = format!("{kind}.{name}");
                let Some(found) = host.remove(&name) else {
                    return Err(ParameterError::Missing(name));
                };
                if found.shape != *expected {
                    let (found, expected) = (found.shape, expected.clone());
                    return Err(ParameterError::Shape { name, found, expected });
                }
                let length = found.values.len();
                Ok(Tensor::from_data(TensorData::new(found.values, [length]), device))
            };
            names.iter().zip(&shapes).map(one).collect::<Result<Vec<_>, _>>()
        };
        Ok(Self { first: read("first")?, second: read("second")? })
    }
}
