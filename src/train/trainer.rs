//! One training run as one value: network, moments, average and step.

use burn::{optim::GradientsParams, prelude::*, tensor::ExecutionError};

use super::{
    Rate,
    adamw::{AdamW, Moments},
    ema,
};
use crate::{
    math::seed::Seed,
    nn::parameters::{self, ParameterError, Weights},
};

/// What a run is trained with.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The optimiser.
    pub adamw: AdamW,
    /// The learning rate.
    pub rate: Rate,
    /// Decay of the averaged weights.
    pub ema: f64,
    /// Seed of dropout.
    pub seed: Seed,
}

/// Why training cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The loss is infinite or not a number.
    #[error("the loss is {loss} at step {step}; lower the learning rate or look at the data")]
    NotFinite {
        /// The step.
        step: u64,
        /// The loss.
        loss: f32,
    },
    /// Weights that do not fit.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// The device did not answer.
    #[error("the device could not be read: {0}")]
    Device(#[from] ExecutionError),
}

/// Loss and gradient norm of a step, still on the device.
pub struct Progress {
    step: u64,
    loss: Tensor<1>,
    norm: Tensor<1>,
}

impl Progress {
    /// Loss and gradient norm; a loss that is not finite is an error.
    pub async fn read(self) -> Result<[f32; 2], TrainError> {
        let loss = self.loss.into_scalar_async::<f32>().await?;
        let norm = self.norm.into_scalar_async::<f32>().await?;
        if loss.is_finite() && norm.is_finite() {
            Ok([loss, norm])
        } else {
            Err(TrainError::NotFinite { step: self.step, loss })
        }
    }
}

/// See the module.
pub struct Trainer<M> {
    /// The network in training; records gradients.
    pub network: M,
    /// Steps done.
    pub step: u64,
    /// The averaged weights, plain.
    average: M,
    moments: Moments,
    settings: Settings,
    device: Device,
}

impl<M: Module> Trainer<M> {
    /// A run at step 0 of a network on `device`, which records gradients.
    pub fn new(network: M, settings: Settings, device: Device) -> Self {
        assert!(device.is_autodiff(), "a network is trained on a device that records gradients");
        let average = network.valid();
        Self { network, average, step: 0, moments: Moments::default(), settings, device }
    }

    /// The device whose tensors record gradients.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The averaged weights.
    pub fn averaged(&self) -> &M {
        &self.average
    }

    /// Before a step's loss is computed: dropout then depends on seed and step alone.
    pub fn begin(&self) {
        let mixed = self.settings.seed.0 ^ self.step.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.device.seed(mixed);
    }

    /// One optimiser step down `loss`.
    pub fn apply(&mut self, loss: Tensor<1>) -> Progress {
        let value = loss.clone().inner();
        let gradients = GradientsParams::from_grads(loss.backward(), &self.network);
        let rate = self.settings.rate.at(self.step);
        let network = self.network.clone();
        let (network, norm) =
            self.settings.adamw.step(network, gradients, &mut self.moments, rate, self.step);
        let average = self.average.clone();
        self.average = ema::update(average, &network, self.settings.ema, self.step);
        self.network = network;
        self.step += 1;
        Progress { step: self.step - 1, loss: value, norm }
    }

    /// All state of the run but the step, by name: `live.`, `ema.`, `first.`, `second.`.
    pub async fn export(&self) -> Result<Weights, TrainError> {
        let mut all = self.moments.export(&self.average).await?;
        for (kind, network) in [("live", &self.network.valid()), ("ema", &self.average)] {
            let weights = parameters::export(network).await?;
            all.extend(weights.into_iter().map(|(name, w)| (format!("{kind}.{name}"), w)));
        }
        Ok(all)
    }

    /// Goes on from what [`Trainer::export`] returned after `step` steps.
    pub fn restore(&mut self, mut all: Weights, step: u64) -> Result<(), TrainError> {
        let plain = self.device.clone().inner();
        self.moments = Moments::import(&self.average, &mut all, &plain)?;
        let mut of = |kind: &str| -> Weights {
            let prefix = format!("{kind}.");
            let names: Vec<String> =
                all.keys().filter(|name| name.starts_with(&prefix)).cloned().collect();
            let take = |name: String| {
                let weights = all.remove(&name).expect("listed above");
                (name[prefix.len()..].to_owned(), weights)
            };
            names.into_iter().map(take).collect()
        };
        let (live, average) = (of("live"), of("ema"));
        self.network = parameters::import(self.network.clone(), live)?;
        self.average = parameters::import(self.average.clone(), average)?;
        self.step = step;
        match all.into_keys().next() {
            Some(name) => Err(ParameterError::Unknown(name).into()),
            None => Ok(()),
        }
    }
}
