//! Denoising score matching: the teacher's objective (Ho et al. 2020; Karras et al. 2022).
//!
//! `E |F(input x_t, time) - (x_0 - skip x_t) / out|^2`, unit weight on what the network predicts.

use burn::{prelude::*, tensor::TensorData};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    Loss,
    draw::{ROWS, noise},
    regression::{Details, Parameterization, Query, Target},
};
use crate::{
    data::Dataset,
    diffusion::ModelConfig,
    math::{
        precondition::Coefficients,
        schedule::Process,
        seed::{self, Purpose, Seed},
    },
    nn::Network,
    train::Lesson,
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
    libm::exp(mean + std * f64::from(normal[0]))
}

/// The teacher's objective.
#[derive(Clone, Copy, Debug)]
pub struct ScoreMatching {
    /// Training times.
    pub times: TimeSampling,
    /// Share of labels replaced by the null label, for classifier-free guidance.
    pub label_drop: f64,
}

/// Training samples by number.
#[derive(Clone, Copy)]
pub struct Samples<'a> {
    /// Clean data.
    pub data: &'a dyn Dataset,
    /// Seed of all draws.
    pub seed: Seed,
    /// Number of the first.
    pub first: u64,
    /// How many.
    pub count: usize,
}

impl ScoreMatching {
    /// What `parameterization` learns from `samples`, on `device`.
    pub fn lesson(
        &self,
        parameterization: &Parameterization,
        samples: Samples<'_>,
        device: &Device,
    ) -> Lesson<Network> {
        let Samples { data, seed, first, count } = samples;
        let ModelConfig { network, process, .. } = &parameterization.config;
        let (d, null) = (data.dims(), network.classes() as u32);
        let draw = |index: u64| {
            let datum = seed::below(seed, Purpose::DataIndex, index, 0, data.len());
            let dropped = seed::uniform(seed, Purpose::LabelDrop, index, 0) < self.label_drop;
            let label = if dropped || null == 0 { null } else { data.label(datum) };
            (index, datum, self.times.time(*process, seed, index), label)
        };
        let drawn: Vec<_> = (first..first + count as u64).map(draw).collect();
        let t: Vec<f64> = drawn.iter().map(|&(.., t, _)| t).collect();
        let labels: Vec<u32> = drawn.iter().map(|&(.., label)| label).collect();
        let affine = parameterization.config.affine(&t);

        let (mut states, mut targets) = (vec![0.0f32; count * d], vec![0.0f32; count * d]);
        let rows = states.par_chunks_mut(d).zip(targets.par_chunks_mut(d));
        let rows = rows.zip(&drawn).zip(&affine).with_min_len(ROWS);
        rows.for_each(|(((state, target), &(index, datum, t, _)), affine)| {
            data.read(datum, target);
            state.copy_from_slice(target);
            noise(seed, index, process.level(t), state);
            raw_target(affine, state, target);
        });
        let tensor = |values| Tensor::<2>::from_data(TensorData::new(values, [count, d]), device);
        // The network's own output is held against its target, not the denoiser's.
        let raw = affine.iter().map(|a| Coefficients { skip: 0.0, out: 1.0, ..*a });
        let query = Query { states: tensor(states), affine: raw.collect(), labels: &labels };
        let details = Details { weights: None, dropout: Some((seed, first)) };
        parameterization.lesson(Loss::L2, query, Target::Given(tensor(targets)), details)
    }
}

/// Of the clean data in `target`, what the network should say of `state`: `(x_0 - skip x) / out`.
fn raw_target(affine: &Coefficients, state: &[f32], target: &mut [f32]) {
    let [skip, factor] = [affine.skip, 1.0 / affine.out].map(|factor| factor as f32);
    for (target, x) in target.iter_mut().zip(state) {
        *target = (*target - skip * x) * factor;
    }
}
