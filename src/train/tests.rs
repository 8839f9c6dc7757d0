//! The operations over all parameters on the CPU; on a GPU the self-test compares them with these.

use burn::prelude::*;
use burn::tensor::TensorData;

use super::adamw::State;
use super::cpu::PIECE;
use super::operations::{Numbers, adamw, along, momentum, put, square_sum, towards};
use crate::nn::kernel::table::part;

fn vector(values: &[f32]) -> Tensor<1> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), &Device::flex())
}

fn values(x: Tensor<1>) -> Vec<f32> {
    x.into_data().iter::<f32>().collect()
}

const NUMBERS: Numbers = Numbers {
    beta1: 0.9,
    beta2: 0.99,
    rate: 0.02,
    correct2: 50.0,
    epsilon: 1e-3,
    keep: 0.998,
    clip: 0.5,
};

/// The definition, in f64.
#[test]
fn a_step_is_that_of_the_definition_at_any_length() {
    for length in [1, 15, 16, 33, PIECE + 5] {
        let number = |i: usize, k: u64| ((i as f64 + 1.0) * 0.37 * k as f64).sin() as f32;
        let of = |k| (0..length).map(|i| number(i, k)).collect::<Vec<f32>>();
        let (w, m, v, g) = (of(1), of(2), of(3).iter().map(|x| x * x).collect::<Vec<_>>(), of(4));
        let state = State { weights: vector(&w), first: vector(&m), second: vector(&v) };
        let found = adamw(state, vector(&g), vector(&[1.0]), NUMBERS);
        let found = [found.weights, found.first, found.second].map(values);
        for i in 0..length {
            let [w, m, v, g] = [w[i], m[i], v[i], g[i]].map(f64::from);
            let g = 0.5 * g;
            let m = 0.9 * m + 0.1 * g;
            let v = 0.99 * v + 0.01 * g * g;
            let w = 0.998 * w - 0.02 * m / ((50.0 * v).sqrt() + 1e-3);
            for (found, expected) in found.iter().zip([w, m, v]) {
                assert!((f64::from(found[i]) - expected).abs() < 2e-6, "{length} {i}");
            }
        }
    }
}

/// The definition, in f64.
#[test]
fn momentum_and_where_it_goes_are_those_of_the_definition_at_any_length() {
    for length in [1, 15, 16, 33, PIECE + 5] {
        let of = |k: f32| (0..length).map(|i| (i as f32 * k).sin()).collect::<Vec<f32>>();
        let (m, g) = (of(0.37), of(0.7));
        for (square_sum, scale) in [(1.0, 0.5), (0.04, 1.0)] {
            let square_sum = vector(&[square_sum]);
            let found = momentum(vector(&m), vector(&g), square_sum, 0.75, 0.5).map(values);
            for i in 0..length {
                let [m, g] = [m[i], g[i]].map(f64::from);
                let part = 0.25 * scale * g;
                let m = 0.75 * m + part;
                for (found, expected) in found.iter().zip([m, 0.75 * m + part]) {
                    assert!((f64::from(found[i]) - expected).abs() < 1e-6, "{length} {i}");
                }
            }
        }
        let found = values(along(vector(&m), vector(&g), -0.5));
        for i in 0..length {
            assert!((found[i] - (m[i] - 0.5 * g[i])).abs() < 1e-6, "{length} {i}");
        }
    }
}

#[test]
fn a_square_sum_has_the_same_bits_on_any_number_of_threads() {
    let x: Vec<f32> = (0..5_000_000).map(|i| (i as f32 * 0.37).sin()).collect();
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("a pool").install(|| values(square_sum(vector(&x)))[0])
    };
    let exact: f64 = x.iter().map(|x| f64::from(*x).powi(2)).sum();
    assert!((f64::from(run(1)) - exact).abs() < 1e-6 * exact);
    assert_eq!([run(1), run(3)], [run(3), run(2)]);
}

#[test]
fn the_inputs_of_an_update_keep_their_values() {
    let (average, live) = (vector(&[1.0, 2.0, 3.0]), vector(&[2.0, 2.0, -1.0]));
    let moved = towards(average.clone(), live.clone(), 0.25);
    assert_eq!(values(moved), [1.25, 2.0, 2.0]);
    let moved = along(average.clone(), live.clone(), -1.0);
    assert_eq!(values(moved), [-1.0, 0.0, 4.0]);
    let square_sum = vector(&[1.0]);
    let [mean, ahead] = momentum(average.clone(), live.clone(), square_sum, 0.5, 10.0);
    assert_eq!([mean, ahead].map(values), [[1.5, 2.0, 1.0], [1.75, 2.0, 0.0]]);
    assert_eq!(values(average), [1.0, 2.0, 3.0]);
    assert_eq!(values(live), [2.0, 2.0, -1.0]);
}

#[test]
fn parts_of_any_shape_and_number_go_where_they_are_wanted() {
    for count in [1, 4, 6] {
        let part_of = |i: usize| {
            let values: Vec<f32> = (0..6).map(|k| (10 * i + k) as f32).collect();
            // Lying turned: its row-major order is not that of memory.
            let x = vector(&values).reshape([2, 3]).swap_dims(0, 1);
            (64 * i, x.into_dispatch())
        };
        let parts: Vec<_> = (0..count).map(part_of).collect();
        let whole = put(Tensor::zeros([64 * count], &Device::flex()), &parts);
        for i in 0..count {
            let first = 10.0 * i as f32;
            let expected = [0.0, 3.0, 1.0, 4.0, 2.0, 5.0].map(|k| first + k);
            assert_eq!(values(part(whole.clone(), 64 * i, 6)), expected);
        }
        assert_eq!(values(whole).iter().filter(|x| **x == 0.0).count(), 58 * count + 1);
    }
}
