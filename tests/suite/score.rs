//! The teacher's objective: what it draws, and what it asks of a network for that.

use std::collections::BTreeSet;

use burn::prelude::*;
use skipstone::{
    data::Dataset as _,
    diffusion::{ModelConfig, Preconditioning, Prediction},
    distill::{
        Parameterization,
        score::{Samples, ScoreMatching, TimeSampling},
    },
    math::{
        precondition::Coefficients,
        schedule::Process,
        seed::{self, Purpose, Seed},
    },
    nn::Network,
    train::{Learner as _, Lesson},
};

use crate::{
    distillation::Bell,
    lessons::scrambled,
    replay_training::dropping_out,
    support::{assert_close, host, model, tiny_unet},
};

const SEED: Seed = Seed(5);
const DATA: Bell = Bell(64);
/// The label that stands for none.
const NULL: u32 = 3;

fn parameterization(process: Process, prediction: Prediction) -> Parameterization {
    let config = ModelConfig { network: tiny_unet(), process, prediction, sigma_data: 0.5 };
    Parameterization { config, boundary: None, is_half: false }
}

/// Of `count` samples from number `first` on.
fn lesson(
    score: ScoreMatching,
    parameterization: &Parameterization,
    first: u64,
    count: usize,
) -> Lesson<Network> {
    let samples = Samples { data: &DATA, seed: SEED, first, count };
    score.lesson(parameterization, samples, &Device::flex())
}

/// The number of the datum of draw `index`.
fn datum(index: u64) -> usize {
    seed::below(SEED, Purpose::DataIndex, index, 0, DATA.len())
}

#[test]
fn what_a_network_should_say_makes_the_clean_data_of_the_noised() {
    let usual = TimeSampling::LogNormal { mean: -1.2, std: 1.2 };
    for (process, times) in [
        (Process::ScaledLinear, TimeSampling::Uniform),
        (Process::ScaledLinear, usual),
        (Process::Edm, usual),
    ] {
        for prediction in [Prediction::F, Prediction::Eps, Prediction::V, Prediction::X0] {
            let score = ScoreMatching { times, label_drop: 0.0 };
            let lesson = lesson(score, &parameterization(process, prediction), 7, 40);
            let [states, targets] = [0, 1].map(|i| host(lesson.batch.states[i].clone()));
            for (index, (x, y)) in (7..).zip(states.chunks(64).zip(targets.chunks(64))) {
                let (mut x0, mut noise) = ([0.0; 64], [0.0; 64]);
                DATA.read(datum(index), &mut x0);
                seed::gaussian(SEED, Purpose::Noise, index, 0, &mut noise);
                let [x0, noise] = [x0, noise].map(|row| row.map(f64::from));
                let t = times.time(process, SEED, index);
                let level = process.level(t);
                let both = x0.iter().zip(noise);
                let noised = both.map(|(x0, noise)| level.alpha * x0 + level.sigma * noise);
                // f32 rounding of states up to 50.
                assert_close(x, &noised.collect::<Vec<_>>(), 1e-5);
                let Coefficients { skip, out, .. } = prediction.affine(process, t, 0.5);
                let both = x.iter().zip(y);
                let clean = both.map(|(&x, &y)| skip * f64::from(x) + out * f64::from(y));
                let clean: Vec<f32> = clean.map(|clean| clean as f32).collect();
                // The same of what eps divides by alpha: up to 66.
                assert_close(&clean, &x0, 3e-5);
            }
        }
    }
}

#[test]
fn a_network_is_told_of_times_and_labels_and_a_share_of_these_is_dropped() {
    const COUNT: usize = 4000;
    let (process, times) = (Process::ScaledLinear, TimeSampling::Uniform);
    let learns = parameterization(process, Prediction::F);
    let told = |label_drop| {
        let score = ScoreMatching { times, label_drop };
        lesson(score, &learns, 0, COUNT).batch.tables
    };
    let labels = |label_drop| -> Vec<u32> {
        told(label_drop)[1].values.iter().map(|&label| label as u32).collect()
    };
    let own: Vec<u32> = (0..COUNT as u64).map(|index| DATA.label(datum(index))).collect();
    assert_eq!(labels(0.0), own);
    let kept = labels(0.1);
    let dropped = kept.iter().filter(|&&label| label == NULL).count();
    assert!(kept.iter().zip(&own).all(|(kept, own)| *kept == NULL || kept == own));
    // Binomial(4000, 0.1): standard deviation 19, four of them.
    assert!((324..=476).contains(&dropped), "{dropped} of {COUNT}");

    // Its raw output is held against the target.
    let t: Vec<f64> = (0..COUNT as u64).map(|index| times.time(process, SEED, index)).collect();
    let raw = learns.config.affine(&t).into_iter();
    let raw: Vec<_> = raw.map(|a| Coefficients { skip: 0.0, out: 1.0, ..a }).collect();
    let expected = Preconditioning::tables(&learns.config.network, &raw, &own);
    assert!(told(0.0) == expected, "other times or factors");
}

#[test]
fn training_times_are_those_of_their_distribution_and_within_the_process() {
    const COUNT: u64 = 20_000;
    let all = |times: TimeSampling, process: Process| {
        (0..COUNT).map(move |index| times.time(process, SEED, index))
    };
    // That one of the thousand is missed among so many has a chance of 2e-6.
    let uniform = all(TimeSampling::Uniform, Process::ScaledLinear);
    let seen: BTreeSet<u64> = uniform.map(f64::to_bits).collect();
    let whole: BTreeSet<u64> = (1..=1000).map(|t| f64::from(t).to_bits()).collect();
    assert!(seen == whole, "{} times", seen.len());
    for (process, mean, std) in [(Process::ScaledLinear, -0.5, 0.5), (Process::Edm, -1.2, 1.2)] {
        let drawn = all(TimeSampling::LogNormal { mean, std }, process);
        let logs: Vec<f64> = drawn.map(|t| process.level(t).ratio().ln()).collect();
        let n = COUNT as f64;
        let found = logs.iter().sum::<f64>() / n;
        let variance = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / n;
        // Four standard errors.
        assert!((found - mean).abs() < 4.0 * std / n.sqrt(), "{process:?}: mean {found}");
        let slack = 4.0 * std.powi(2) * (2.0 / n).sqrt();
        assert!((variance - std.powi(2)).abs() < slack, "{process:?}: variance {variance}");
        for (mean, end) in [(-99.0, process.smallest_time()), (99.0, process.terminal_time())] {
            let far = TimeSampling::LogNormal { mean, std };
            assert_eq!(far.time(process, SEED, 0), end, "{process:?}");
        }
    }
}

#[test]
fn units_drop_out_of_a_lesson_by_the_numbers_of_its_samples_and_never_of_an_answer() {
    let plain = Device::flex();
    let of = |device: &Device| scrambled(model(dropping_out(), Prediction::F, device));
    let (learning, answering) = (of(&plain.clone().autodiff()), of(&plain));
    let config = answering.config.clone();
    let learns = Parameterization { config, boundary: None, is_half: false };
    let score = ScoreMatching { times: TimeSampling::Uniform, label_drop: 0.0 };
    let from = |first| lesson(score, &learns, first, 4);
    let (as_drawn, mut renumbered, mut whole) = (from(0), from(0), from(0));
    assert_eq!(as_drawn.objective.dropout, Some(SEED));
    let numbers = renumbered.batch.tables.last_mut().expect("numbers");
    *numbers = from(1).batch.tables.pop().expect("numbers");
    whole.objective.dropout = None;
    whole.batch.tables.pop();
    let lessons = [as_drawn, renumbered, whole];
    let losses = lessons.each_ref().map(|Lesson { objective, batch }| {
        let inputs = batch.inputs().as_constants();
        host(learning.network.loss(objective, inputs).inner())[0]
    });
    assert!(losses[0] != losses[1] && losses[0] != losses[2] && losses[1] != losses[2]);
    let answers = lessons.each_ref().map(|Lesson { objective, batch }| {
        host(answering.network.loss(objective, batch.inputs()))[0]
    });
    assert_eq!(answers, [answers[0]; 3]);
}
