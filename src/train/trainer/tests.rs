//! Steps beside their definition, in f64.

use burn::nn;

use super::*;
use crate::{
    math::seed::Seed,
    nn::{Initial, kernel::table::Table, parameters, pieces::Pieces},
    train::{Batch, Inputs, rate::Decay},
};

/// A layer that learns to say less than it is told: its gradient is the same wherever its weights are.
impl Learner for nn::Linear {
    type Objective = ();

    fn loss(&self, (): &(), Inputs { states, tables }: Inputs) -> Tensor<1> {
        let [x] = states.try_into().expect("states");
        let [told] = tables.try_into().expect("numbers");
        (self.forward(x) - told).mean()
    }
}

impl Pieces for nn::Linear {
    /// Fewer than there are samples, so that gradients of pieces are summed.
    fn piece(&self) -> usize {
        4
    }
}

/// Six samples, whose columns have the means 0.5, -1.5 and 0.25.
const SAMPLES: [[f32; 3]; 6] = [
    [0.5, -1.5, 0.25],
    [1.5, -0.5, 1.25],
    [-0.5, -2.5, -0.75],
    [2.5, -1.5, 0.25],
    [-1.5, -3.5, 0.25],
    [0.5, 0.5, 0.25],
];
/// Of the loss, by the bias and by the weights of each column.
const GRADIENT: [f64; 4] = [1.0, 0.5, -1.5, 0.25];

fn lesson() -> Lesson<nn::Linear> {
    let states = vec![Tensor::from_floats(SAMPLES, &Device::flex())];
    let batch = Batch { states, tables: vec![Table::column([0.5; 6])] };
    Lesson { objective: (), batch }
}

/// The values of bias and weight, whose names follow `kind`.
fn of(kind: &str, all: &Weights) -> Vec<f32> {
    let names = ["bias", "weight"].map(|name| format!("{kind}{name}"));
    names.iter().flat_map(|name| all[name].values.clone()).collect()
}

#[track_caller]
fn assert_near(found: &[f32], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        // In f32 `1 - 0.999` is off by 1e-5 of itself, so that each step of 0.1 is by 6e-7.
        let apart = (f64::from(*found) - expected).abs();
        assert!(apart < 1e-5, "{what}: {found}, not {expected}");
    }
}

#[test]
fn steps_follow_the_rate_and_the_average_follows_them_as_their_formulas_say() {
    let device = Device::flex().autodiff();
    let network = Initial::new(Seed(1), &device).linear(3, 1, 1.0);
    let rate = Rate { peak: 0.1, warmup: 2, decay: Decay::Cosine, steps: 8 };
    let adamw = AdamW { weight_decay: 0.2, ..AdamW::default() };
    let ema = 0.3;
    let settings = Settings { optimiser: Optimiser::Adamw, adamw, rate, ema, scale: 1.0 };
    let mut trainer = Trainer::new(network, settings, device);
    let exported =
        |trainer: &Trainer<nn::Linear>| pollster::block_on(trainer.export()).expect("readable");
    let mut live: Vec<f64> = of("live.", &exported(&trainer)).into_iter().map(f64::from).collect();
    let mut average = live.clone();
    for step in 0..6 {
        let told = pollster::block_on(trainer.learn(&lesson()).read()).expect("finite");
        // Before clipping.
        let norm = GRADIENT.iter().map(|g| g * g).sum::<f64>().sqrt();
        let loss: f64 = live.iter().zip(GRADIENT).map(|(w, g)| w * g).sum::<f64>() - 0.5;
        assert_near(&told, &[loss, norm], "loss and norm");

        // Where each gradient is like the one before, both moments are exact: a step goes by the rate.
        let rate = rate.at(step);
        for (w, g) in live.iter_mut().zip(GRADIENT) {
            *w = *w * (1.0 - rate * 0.2) - rate * g.signum();
        }
        let step = step as f64;
        let kept = ema.min((1.0 + step) / (10.0 + step));
        for (average, live) in average.iter_mut().zip(&live) {
            *average += (1.0 - kept) * (live - *average);
        }
        let all = exported(&trainer);
        assert_near(&of("live.", &all), &live, "weights");
        assert_near(&of("ema.", &all), &average, "their average");
        let averaged = pollster::block_on(parameters::export(&trainer.averaged()));
        assert_eq!(of("", &averaged.expect("readable")), of("ema.", &all));
    }
}
