//! One training run as one value: network, moments, average and step.

use std::ops::Range;

use burn::{
    prelude::*,
    tensor::{ExecutionError, Transaction},
};
use serde::{Deserialize, Serialize};

use super::{
    Rate,
    adamw::{AdamW, State},
    flat,
    gradient::{Factors, Gradient, Replay},
    lesson::{Learner, Lesson},
    muon::Muon,
    operations,
};
use crate::nn::{
    parameters::{ParameterError, Weights},
    pieces,
};
use crate::platform::whole;

/// What moves weights along gradients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Optimiser {
    /// AdamW.
    #[default]
    Adamw,
    /// Muon where a weight is a matrix between two layers, AdamW elsewhere.
    Muon,
}

/// What a run is trained with.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// What moves the weights.
    pub optimiser: Optimiser,
    /// Constants of AdamW, of which Muon takes clipping and weight decay too.
    pub adamw: AdamW,
    /// The learning rate.
    pub rate: Rate,
    /// Decay of the averaged weights.
    pub ema: f64,
    /// What the loss is multiplied by before it is differentiated, and gradients are divided by after: 1 but where
    /// images are of f16, which does not reach down to their gradients of a mean.
    pub scale: f64,
}

impl Settings {
    /// For images of f16, under a loss that is the mean of `values`: gradients are those of about the sum. A power of two
    /// rounds nothing (Micikevicius et al. 2018, section 3.2).
    pub fn for_half(self, values: usize) -> Self {
        Self { scale: values.next_power_of_two() as f64, ..self }
    }
}

/// Why training cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The loss or its gradient is infinite or not a number.
    #[error(
        "the loss is {loss} and the norm of its gradient {norm} at step {step}; lower the learning rate, look at \
         the data, or leave --half out where it is in"
    )]
    NotFinite {
        /// The step.
        step: u64,
        /// The loss.
        loss: f32,
        /// The norm of its gradient.
        norm: f32,
    },
    /// Weights that do not fit.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// The device did not answer.
    #[error("the device could not be read: {0}")]
    Device(#[from] ExecutionError),
}

/// Pieces of a batch whose gradients are held at once.
const WAVE: usize = 16;

/// Loss and gradient norm of a step, still on the device.
pub struct Progress {
    step: u64,
    loss: Tensor<1>,
    norm: Tensor<1>,
}

impl Progress {
    /// Loss and gradient norm; a loss that is not finite is an error.
    pub async fn read(self) -> Result<[f32; 2], TrainError> {
        // A device is waited for once.
        let both = Transaction::default().register(self.loss).register(self.norm);
        let read = whole(both.execute_async()).await?;
        let mut numbers = read.iter().flat_map(|data| data.iter::<f32>());
        let [loss, norm] = std::array::from_fn(|_| numbers.next().expect("both were read"));
        if loss.is_finite() && norm.is_finite() {
            Ok([loss, norm])
        } else {
            Err(TrainError::NotFinite { step: self.step, loss, norm })
        }
    }
}

/// See the module.
#[derive(Clone)]
pub struct Trainer<M: Learner> {
    /// Steps done.
    pub step: u64,
    /// The network's structure; its weights are those it began with.
    network: M,
    state: State,
    muon: Option<Muon>,
    /// The averaged weights, `[p]`.
    average: Tensor<1>,
    settings: Settings,
    device: Device,
    /// On a GPU, where launches are recorded.
    replay: Option<Replay<M>>,
}

impl<M: Learner> Trainer<M> {
    /// A run at step 0 of a network on `device`, which records gradients.
    pub fn new(network: M, settings: Settings, device: Device) -> Self {
        assert!(device.is_autodiff(), "a network is trained on a device that records gradients");
        let state = State::new(flat::weights(&network, &device.clone().inner()));
        let muon =
            (settings.optimiser == Optimiser::Muon).then(|| Muon::new(&network, &state.weights));
        let average = state.weights.clone();
        let replay = (!pieces::is_cpu(&device)).then(Replay::default);
        Self { network, state, muon, average, step: 0, settings, device, replay }
    }

    /// The network with the averaged weights, plain.
    pub fn averaged(&self) -> M {
        flat::with(self.network.valid(), self.average.clone(), false)
    }

    /// The same without recordings: each step is launched, as on a CPU.
    pub fn launching(self) -> Self {
        Self { replay: None, muon: self.muon.map(Muon::launching), ..self }
    }

    /// How many steps were replayed.
    pub fn replayed(&self) -> u64 {
        self.replay.as_ref().map_or(0, Replay::replayed)
    }

    /// Gives the memory back that a recording keeps from others, until the next step: where something large comes between.
    pub fn release(&mut self) {
        self.replay.iter_mut().for_each(Replay::release);
        self.muon.iter_mut().for_each(Muon::release);
    }

    /// One optimiser step.
    ///
    /// On a CPU pieces of the batch are differentiated side by side, and their gradients summed. On a GPU loss and gradient
    /// are recorded for the first lesson of a kind and replayed from then on, to the bits that they have launched.
    pub fn learn(&mut self, lesson: &Lesson<M>) -> Progress {
        let Settings { adamw, rate, ema, scale, .. } = self.settings;
        let replayed = self.replay.as_mut().and_then(|replay| {
            Gradient::replayed(replay, &self.network, scale, &self.state.weights, lesson)
        });
        let Gradient { loss, values } = replayed.unwrap_or_else(|| self.launched(lesson));

        let (state, rate, step) = (&mut self.state, rate.at(self.step), self.step);
        let norm = match &mut self.muon {
            Some(muon) => muon.step(&adamw, state, values, (rate, step)),
            None => adamw.step(state, values, rate, step),
        };
        // Early in a run the average is shorter, so that it forgets the start.
        let warm = (1.0 + self.step as f64) / (10.0 + self.step as f64);
        let towards = (1.0 - ema.min(warm)) as f32;
        // Moved, not copied, as in the optimiser.
        let average = std::mem::replace(&mut self.average, self.state.weights.clone());
        self.average = operations::towards(average, self.state.weights.clone(), towards);
        self.step += 1;
        Progress { step: self.step - 1, loss, norm }
    }

    fn launched(&self, lesson: &Lesson<M>) -> Gradient {
        let (rows, scale) = (lesson.batch.len(), self.settings.scale);
        let is_cpu = pieces::is_cpu(&self.device);
        let pieces = pieces::cut(rows, self.network.piece(), &self.device);
        // Each has the weights in a graph of its own: graphs with common leaves wait for each other.
        let leaves = || flat::with(self.network.clone(), self.state.weights.clone(), true);
        let differentiate = |(network, piece): (M, Range<usize>)| {
            let factors = Factors { share: piece.len() as f64 / rows as f64, scale };
            let own = lesson.rows(piece);
            let own = if is_cpu { M::lighter(own) } else { own };
            Gradient::new(&network, &own.objective, own.batch.inputs(), factors)
        };
        // In waves: each piece's gradient is as large as the network.
        let waves = pieces.chunks(WAVE).flat_map(|wave| {
            let wave = wave.iter().map(|piece| (leaves(), piece.clone())).collect();
            pieces::side_by_side(wave, differentiate)
        });
        waves.reduce(Gradient::sum).expect("a batch has rows")
    }

    /// All state of the run but the step, by name: `live.`, `ema.`, `first.`, `second.`, and Muon's `momentum.`.
    pub async fn export(&self) -> Result<Weights, TrainError> {
        let State { weights, first, second } = self.state.clone();
        let mut all = Weights::new();
        let momentum = self.muon.iter().map(|muon| ("momentum", muon.momentum.clone()));
        let kinds = [
            ("live", weights),
            ("ema", self.average.clone()),
            ("first", first),
            ("second", second),
        ];
        for (kind, values) in kinds.into_iter().chain(momentum) {
            all.extend(flat::export(&self.network, kind, values).await?);
        }
        Ok(all)
    }

    /// Goes on from what [`Trainer::export`] returned after `step` steps.
    pub fn restore(&mut self, mut all: Weights, step: u64) -> Result<(), TrainError> {
        let plain = self.device.clone().inner();
        let mut of = |kind| flat::import(&self.network, kind, &mut all, &plain);
        let (weights, average) = (of("live")?, of("ema")?);
        let (first, second) = (of("first")?, of("second")?);
        let momentum = self.muon.is_some().then(|| of("momentum")).transpose()?;
        if let Some(name) = all.into_keys().next() {
            return Err(ParameterError::Unknown(name).into());
        }
        self.state = State { weights, first, second };
        if let (Some(muon), Some(momentum)) = (&mut self.muon, momentum) {
            muon.momentum = momentum;
        }
        (self.average, self.step) = (average, step);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
