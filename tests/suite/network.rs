//! Networks: initial weights, resampling, weights by name.

use burn::prelude::*;
use skipstone::{
    consistency::sample::Noise,
    diffusion::Prediction,
    math::seed::{Purpose, Seed},
    nn::{layer, parameters},
};

use crate::support::{host, model, tiny_unet};

fn image(shape: [usize; 4]) -> Tensor<4> {
    let [n, c, h, w] = shape;
    let noise = Noise { seed: Seed(1), first: 0 };
    noise.draw(Purpose::Initial, 0, [n, c * h * w], &Device::flex()).reshape(shape)
}

#[test]
fn folding_is_pixel_unshuffle_and_unfolding_undoes_it() {
    let x = image([2, 3, 4, 6]);
    let folded = layer::fold(x.clone(), 2);
    assert_eq!(folded.dims(), [2, 12, 2, 3]);
    // Channel c p p + dy p + dx holds pixel (2 y + dy, 2 x + dx) of channel c.
    let (all, parts) = (host(x.clone()), host(folded.clone()));
    let (c, dy, dx, y, x_at) = (2, 1, 0, 1, 2);
    let pixel = all[(c * 4 + 2 * y + dy) * 6 + 2 * x_at + dx];
    assert_eq!(parts[((c * 4 + dy * 2 + dx) * 2 + y) * 3 + x_at], pixel);
    assert_eq!(host(layer::unfold(folded, 2)), all);
}

#[test]
fn halving_averages_and_doubling_repeats() {
    let x = Tensor::<1>::from_floats([1.0, 2.0, 3.0, 6.0], &Device::flex()).reshape([1, 1, 2, 2]);
    assert_eq!(host(layer::halve(x.clone())), [3.0]);
    let doubled = host(layer::double(x));
    assert_eq!(doubled[..8], [1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0]);
}

#[test]
fn a_seed_means_the_same_network_and_another_seed_another() {
    let weights = |seed: u64| {
        let device = Device::flex();
        let mut config = skipstone::nn::Initial::new(Seed(seed), &device);
        let network = tiny_unet().init(&mut config);
        pollster::block_on(parameters::export(&network)).expect("readable")
    };
    assert_eq!(weights(1), weights(1));
    assert_ne!(weights(1), weights(2));
}

#[test]
fn weights_come_back_by_name_and_misfits_are_named() {
    let device = Device::flex();
    let network = model(tiny_unet(), Prediction::F, &device).network;
    let weights = pollster::block_on(parameters::export(&network)).expect("readable");
    assert!(weights.contains_key("down.0.residual.conv1.weight"), "{:?}", weights.keys());
    assert!(weights.contains_key("embedding.label") && weights.contains_key("conv_out.bias"));

    let fresh = tiny_unet().init(&mut skipstone::nn::Initial::new(Seed(9), &device));
    let loaded = parameters::import(fresh.clone(), weights.clone()).expect("fits");
    assert_eq!(pollster::block_on(parameters::export(&loaded)).expect("readable"), weights);

    let misfit = |change: &dyn Fn(&mut parameters::Weights)| {
        let mut weights = weights.clone();
        change(&mut weights);
        parameters::import(fresh.clone(), weights).expect_err("a misfit").to_string()
    };
    assert!(misfit(&|w| drop(w.remove("stem.weight"))).contains("lack `stem.weight`"));
    let extra = parameters::HostTensor { shape: vec![1], values: vec![0.0] };
    assert!(misfit(&|w| drop(w.insert("zebra".into(), extra.clone()))).contains("zebra"));
    assert!(misfit(&|w| drop(w.insert("stem.bias".into(), extra.clone()))).contains("shape [1]"));
}

#[test]
fn a_fresh_network_says_zero() {
    // The last layer starts at zero: a teacher begins as its skip connection alone.
    let fresh = model(tiny_unet(), Prediction::F, &Device::flex());
    let x = Noise { seed: Seed(1), first: 0 }.initial([2, 64], &Device::flex());
    let (output, _) = fresh.raw(x, &[500.0, 20.0], &[0, 3]);
    assert!(host(output).iter().all(|v| *v == 0.0));
}
