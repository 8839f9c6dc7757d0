//! Muon beside PyTorch's, from the fixture of tests/reference, and beside what a singular value decomposition says.

use std::collections::{BTreeMap, BTreeSet};

use burn::tensor::TensorData;
use safetensors::SafeTensors;

use super::*;
use crate::{
    math::seed::Seed,
    nn::{
        Initial, NetworkConfig, mlp::MlpConfig, parameters::HostTensor, unet::UNetConfig,
        vit::VitConfig,
    },
};

/// Shapes as a network would have them; names as in the fixture.
fn places() -> Vec<Place> {
    let shapes: [(&str, &[usize]); 5] = [
        ("wide", &[8, 4, 3, 3]),
        ("bias", &[5]),
        ("tall", &[20, 8]),
        ("square", &[6, 6]),
        ("narrow", &[6, 30]),
    ];
    let named = shapes.map(|(name, shape)| (name.to_owned(), shape.to_vec()));
    flat::placed(named)
}

/// `values` of each name as one vector.
fn joined(values: impl Fn(&str) -> Vec<f32>) -> Tensor<1> {
    let mut all = Vec::new();
    for place in places() {
        all.resize(place.start, 0.0);
        all.extend(values(&place.name));
    }
    all.resize(all.len().next_multiple_of(64), 0.0);
    let count = all.len();
    Tensor::from_data(TensorData::new(all, [count]), &Device::flex())
}

fn host(x: Tensor<1>) -> Vec<f32> {
    x.into_data().iter::<f32>().collect()
}

fn fixture() -> BTreeMap<String, HostTensor> {
    let bytes = include_bytes!("../../../tests/fixtures/muon.safetensors");
    let file = SafeTensors::deserialize(bytes).expect("a safetensors file");
    let tensors = file.tensors().into_iter().map(|(name, tensor)| {
        let values = tensor.data().as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b));
        (name, HostTensor { shape: tensor.shape().to_vec(), values: values.collect() })
    });
    tensors.collect()
}

/// The parameters of two axes or more that are AdamW's.
fn outer<M: Module>(module: &M) -> BTreeSet<String> {
    let places = flat::places(module).into_iter();
    places.filter(|p| p.shape.len() > 1 && !p.is_hidden()).map(|p| p.name).collect()
}

#[test]
fn what_inputs_meet_first_and_outputs_last_is_adamws() {
    let unet = UNetConfig {
        channels: 3,
        size: 8,
        patch: 1,
        base: 8,
        multipliers: vec![1, 2],
        blocks: 1,
        attention: vec![1],
        heads: 2,
        groups: 2,
        dropout: 0.0,
        classes: 4,
    };
    let vit = VitConfig {
        channels: 3,
        size: 8,
        patch: 2,
        width: 16,
        depth: 1,
        heads: 2,
        groups: 2,
        classes: 4,
    };
    let mlp = MlpConfig { inputs: 2, width: 16, layers: 1, classes: 0 };
    let device = Device::flex();
    let outer = |config: NetworkConfig| outer(&config.init(&mut Initial::new(Seed(1), &device)));
    let embedding = ["embedding.time_in.weight", "embedding.label"];
    let around = |before: &[&str], after: &str| -> BTreeSet<String> {
        [before, &embedding, &[after]].concat().into_iter().map(str::to_owned).collect()
    };
    assert_eq!(outer(NetworkConfig::Unet(unet)), around(&["stem.weight"], "conv_out.weight"));
    let vits = around(&["stem.weight", "positions"], "output.weight");
    assert_eq!(outer(NetworkConfig::Vit(vit)), vits);
    let mut mlps = around(&["input.weight"], "output.weight");
    mlps.remove("embedding.label");
    assert_eq!(outer(NetworkConfig::Mlp(mlp)), mlps);
}

#[test]
fn steps_are_those_of_pytorch() {
    let fixture = fixture();
    let of = |kind: &str| joined(|name| fixture[&format!("{kind}.{name}")].values.clone());
    let mut state = State::new(of("start"));
    let mut muon = Muon::of(&places(), &state.weights);
    let adamw = AdamW { weight_decay: 0.1, clip: 1e9, ..AdamW::default() };
    for step in 0..4 {
        muon.step(&adamw, &mut state, of(&format!("gradient.{step}")), (0.02, step));
    }
    let (found, expected) = (host(state.weights), host(of("end")));
    for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
        assert!((found - expected).abs() < 2e-6, "{i}: {found} for {expected}");
    }
}

/// Cosines, which are orthogonal: `[n]` columns of `size` values, of length 1.
fn waves(size: usize, n: usize) -> Vec<Vec<f64>> {
    let wave = |k: usize| {
        let raw = (0..size).map(|i| {
            (std::f64::consts::PI * (i as f64 + 0.5) * (k + 1) as f64 / size as f64).cos()
        });
        let length = (size as f64 / 2.0).sqrt();
        raw.map(|x| x / length).collect()
    };
    (0..n).map(wave).collect()
}

#[test]
fn singular_values_go_near_1_and_vectors_stay() {
    let singular = [4.0, 1.0, 0.25, 0.05, 0.01];
    let norm = singular.iter().map(|s| s * s).sum::<f64>().sqrt();
    let lifted = singular.map(|s| {
        (0..5).fold(s / norm, |x, _| 3.4445 * x - 4.7750 * x.powi(3) + 2.0315 * x.powi(5))
    });
    assert!(lifted.iter().all(|s| (0.6..1.25).contains(s)), "{lifted:?}");
    for [rows, columns] in [[6, 24], [24, 6]] {
        let matrix = |values: [f64; 5]| -> Vec<f64> {
            let (left, right) = (waves(rows, 5), waves(columns, 5));
            let at =
                |r: usize, c: usize| (0..5).map(|k| left[k][r] * values[k] * right[k][c]).sum();
            (0..rows * columns).map(|i| at(i / columns, i % columns)).collect()
        };
        let x: Vec<f32> = matrix(singular).into_iter().map(|x| x as f32).collect();
        let places = flat::placed([("x".to_owned(), vec![rows, columns])]);
        let x = Tensor::from_data(TensorData::new(x, [rows * columns]), &Device::flex());
        let found = host(Matrices::new(&places, rows * columns, &Device::flex()).orthogonal(&x));
        let scale = 0.2 * 24f64.sqrt();
        for (found, expected) in found.iter().zip(matrix(lifted)) {
            assert!((f64::from(*found) - scale * expected).abs() < 1e-4, "{found}, {expected}");
        }
    }
}

/// More of one side than a core takes at once, wide, tall and square ones.
#[test]
fn matrices_of_one_side_are_made_orthogonal_as_each_alone_on_any_number_of_threads() {
    let shapes = [[6, 24], [24, 6], [6, 6], [6, 9], [10, 6], [8, 4]];
    let together = flat::placed(shapes.map(|shape| (String::new(), shape.to_vec())));
    let length = together.last().expect("places").range().end;
    let wave = |i: usize| (i as f32 * 0.37).sin() + (i as f32 * 0.011).cos();
    let all = Tensor::from_data(
        TensorData::new((0..length).map(wave).collect::<Vec<f32>>(), [length]),
        &Device::flex(),
    );
    let made =
        |places: &[Place]| host(Matrices::new(places, length, &Device::flex()).orthogonal(&all));
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("a pool").install(|| made(&together))
    };
    let (one, three) = (run(1), run(3));
    assert_eq!(one, three);
    for place in &together {
        let alone = made(std::slice::from_ref(place));
        assert!(alone[place.range()].iter().any(|x| x.abs() > 0.1));
        for (a, b) in one[place.range()].iter().zip(&alone[place.range()]) {
            assert!((a - b).abs() < 1e-5, "{:?}: {a} for {b}", place.shape);
        }
    }
}

#[test]
fn a_gradient_of_zeros_moves_nothing_anywhere() {
    let weights = joined(|name| vec![0.5; fixture()[&format!("start.{name}")].values.len()]);
    let mut state = State::new(weights.clone());
    let mut muon = Muon::of(&places(), &weights);
    let adamw = AdamW { weight_decay: 0.0, ..AdamW::default() };
    muon.step(&adamw, &mut state, weights.zeros_like(), (0.02, 0));
    assert_eq!(host(state.weights), host(weights));
}
