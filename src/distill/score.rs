//! Denoising score matching: the teacher's objective (Ho et al. 2020; Karras et al. 2022).
//!
//! `E |F(input x_t, time) - (x_0 - skip x_t) / out|^2`, unit weight on what the network predicts.

use burn::{prelude::*, tensor::TensorData};
use serde::{Deserialize, Serialize};

use crate::{
    data::Dataset,
    diffusion::{Preconditioned, diffuse},
    math::{
        schedule::Process,
        seed::{self, Purpose, Seed},
    },
};

/// How training times are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum TimeSampling {
    /// Uniform over the integers 1..=1000 (for the scaled-linear process).
    Uniform,
    /// `ln s ~ N(mean, std^2)`, `s = sigma/alpha`, kept inside the process.
    LogNormal {
        /// Mean of ln s.
        mean: f64,
        /// Standard deviation of ln s.
        std: f64,
    },
}

impl TimeSampling {
    /// The time of draw `index`.
    pub fn time(self, process: Process, seed: Seed, index: u64) -> f64 {
        match self {
            Self::Uniform => {
                let end = process.terminal_time();
                (1 + seed::below(seed, Purpose::Time, index, 0, end as usize)) as f64
            }
            Self::LogNormal { mean, std } => {
                let ratio = log_normal(seed, index, mean, std);
                let smallest = process.network_level(0.0).ratio();
                let largest = process.level(process.terminal_time()).ratio();
                process.time_of_ratio(ratio.clamp(smallest, largest))
            }
        }
    }
}

/// The ratio of noise to signal of draw `index`: `ln s ~ N(mean, std^2)`.
pub(super) fn log_normal(seed: Seed, index: u64, mean: f64, std: f64) -> f64 {
    let mut normal = [0.0f32];
    seed::gaussian(seed, Purpose::Time, index, 0, &mut normal);
    (mean + std * f64::from(normal[0])).exp()
}

/// The teacher's objective.
#[derive(Clone, Copy, Debug)]
pub struct ScoreMatching {
    /// Training times.
    pub times: TimeSampling,
    /// Share of labels replaced by the null label, for classifier-free guidance.
    pub label_drop: f64,
}

impl ScoreMatching {
    /// The loss of `model` (on `device`, tracked) on `batch` draws from number `first`, shape `[1]`.
    pub fn loss(
        &self,
        model: &Preconditioned,
        data: &dyn Dataset,
        seed: Seed,
        first: u64,
        batch: usize,
        device: &Device,
    ) -> Tensor<1> {
        let (d, process) = (data.dims(), model.config.process);
        let null = model.config.network.classes() as u32;
        let (mut x0, mut noise) = (vec![0.0f32; batch * d], vec![0.0f32; batch * d]);
        let (mut t, mut labels) = (Vec::with_capacity(batch), Vec::with_capacity(batch));
        for i in 0..batch {
            let (index, row) = (first + i as u64, i * d..(i + 1) * d);
            let datum = seed::below(seed, Purpose::DataIndex, index, 0, data.len());
            data.read(datum, &mut x0[row.clone()]);
            seed::gaussian(seed, Purpose::Noise, index, 0, &mut noise[row]);
            t.push(self.times.time(process, seed, index));
            let dropped = seed::uniform(seed, Purpose::LabelDrop, index, 0) < self.label_drop;
            labels.push(if dropped || null == 0 { null } else { data.label(datum) });
        }
        let tensor = |values| Tensor::<2>::from_data(TensorData::new(values, [batch, d]), device);
        let (x0, noise) = (tensor(x0), tensor(noise));
        let x = diffuse(process, x0.clone(), noise, &t);
        let (output, affine) = model.raw(x.clone(), &t, &labels);
        (output - model.raw_target(x, x0, &affine)).square().mean()
    }
}
