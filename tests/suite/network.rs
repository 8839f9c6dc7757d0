//! Networks: initial weights, resampling, weights by name.

use burn::prelude::*;
use skipstone::{
    consistency::sample::Noise,
    diffusion::Prediction,
    engine::Recipe,
    math::{
        difference,
        seed::{Purpose, Seed},
    },
    nn::{
        Initial, NetworkConfig, layer, mlp::MlpConfig, parameters, unet::UNetConfig, vit::VitConfig,
    },
};

use crate::{
    gpu::gpu,
    support::{host, model, tiny_unet},
};

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
    let output = fresh.raw(x, &[500.0, 20.0], &[0, 3]);
    assert!(host(output).iter().all(|v| *v == 0.0));
}

fn small_vit() -> VitConfig {
    VitConfig {
        channels: 3,
        size: 16,
        patch: 4,
        width: 16,
        depth: 4,
        heads: 4,
        groups: 1,
        classes: 2,
    }
}

#[test]
fn the_number_of_weights_is_known_before_any_is_made() {
    let mlp = |classes| MlpConfig { inputs: 2, width: 16, layers: 3, classes };
    let vit = |depth, classes| VitConfig { depth, classes, ..small_vit() };
    let NetworkConfig::Unet(tiny) = tiny_unet() else { panic!("a U-Net") };
    let deep = UNetConfig {
        channels: 3,
        multipliers: vec![2, 1, 3],
        blocks: 2,
        attention: vec![0, 2],
        classes: 0,
        ..tiny
    };
    let networks = [
        tiny_unet(),
        NetworkConfig::Unet(deep),
        NetworkConfig::Mlp(mlp(0)),
        NetworkConfig::Mlp(mlp(5)),
        NetworkConfig::Vit(vit(4, 0)),
        NetworkConfig::Vit(vit(3, 5)),
    ];
    for config in networks {
        assert_eq!(config.problem(), None);
        let network = config.init(&mut Initial::new(Seed(0), &Device::flex()));
        let (_, shapes) = parameters::layout(&network);
        let counted: usize = shapes.iter().map(|shape| shape.iter().product::<usize>()).sum();
        let counted = (counted as u64, shapes.len() as u64);
        assert_eq!((config.parameters(), config.tensors()), counted, "{config:?}");
    }
}

#[test]
fn a_gpu_is_given_a_part_of_a_batch_whose_layers_it_could_not_bind() {
    let rows = |preset| {
        let config = Recipe::resolve(preset, None, &[]).expect("a preset").model.network;
        config.init(&mut Initial::new(Seed(0), &Device::flex())).rows_on_gpu()
    };
    // Where skips are joined: 48 + 24 channels of 32x32 pixels; and as many rows as a launch may have workgroups.
    assert_eq!(rows("emoji"), (1 << 24) / (72 * 1024));
    assert_eq!(rows("ring"), 65_535);

    let Some(opened) = gpu() else { return };
    let narrow = MlpConfig { inputs: 2, width: 8, layers: 1, classes: 0 };
    let mut model = model(NetworkConfig::Mlp(narrow), Prediction::V, &opened.device);
    let mut weights = pollster::block_on(parameters::export(&model.network)).expect("readable");
    // A fresh network says zero.
    weights.get_mut("output.weight").expect("the last layer").values.fill(0.5);
    model.network = parameters::import(model.network, weights).expect("fits");
    let at_once = model.network.rows_on_gpu();
    let x = Noise { seed: Seed(1), first: 0 }.initial([at_once + 3, 2], &opened.device);
    let output = |x: Tensor<2>| {
        let [n, _] = x.dims();
        model.raw(x, &vec![500.0; n], &vec![0; n])
    };
    let seam = |x: Tensor<2>| x.narrow(0, at_once - 3, 6);
    let (whole, alone) = (host(seam(output(x.clone()))), host(output(seam(x))));
    assert!(alone.iter().any(|v| v.abs() > 1e-3), "{alone:?}");
    assert!(difference::largest(&whole, &alone) < 1e-6, "{whole:?}, {alone:?}");
}

#[test]
fn no_number_of_a_shape_can_overflow_or_allocate_without_bound() {
    let problem = |change: &dyn Fn(&mut UNetConfig)| {
        let NetworkConfig::Unet(mut config) = tiny_unet() else { panic!("a U-Net") };
        change(&mut config);
        config.problem().expect("a problem")
    };
    for huge in [usize::MAX, usize::MAX - 1, 9_223_372_036_854_775_806, 1 << 33] {
        assert!(problem(&|c| c.channels = huge).contains("channels"));
        assert!(problem(&|c| c.size = huge).contains("size"));
        assert!(problem(&|c| c.patch = huge).contains("patch"));
        assert!(problem(&|c| c.base = huge).contains("base"));
        assert!(problem(&|c| c.multipliers = vec![1, huge]).contains("multipliers"));
        assert!(problem(&|c| c.blocks = huge).contains("blocks"));
        assert!(problem(&|c| c.attention = vec![huge]).contains("attention"));
        assert!(problem(&|c| c.heads = huge).contains("heads"));
        assert!(problem(&|c| c.groups = huge).contains("groups"));
        assert!(problem(&|c| c.classes = huge).contains("classes"));
        let vit = |change: &dyn Fn(&mut VitConfig)| {
            let mut config = small_vit();
            change(&mut config);
            config.problem().expect("a problem")
        };
        assert!(vit(&|c| c.channels = huge).contains("channels"));
        assert!(vit(&|c| c.size = huge).contains("size"));
        assert!(vit(&|c| c.patch = huge).contains("patch"));
        assert!(vit(&|c| c.width = huge).contains("width"));
        assert!(vit(&|c| c.depth = huge).contains("depth"));
        assert!(vit(&|c| c.heads = huge).contains("heads"));
        assert!(vit(&|c| c.groups = huge).contains("groups"));
        assert!(vit(&|c| c.classes = huge).contains("classes"));
        let mlp = |inputs, width, layers, classes| {
            MlpConfig { inputs, width, layers, classes }.problem().expect("a problem")
        };
        assert!(mlp(huge, 16, 1, 0).contains("inputs"));
        assert!(mlp(2, huge, 1, 0).contains("width"));
        assert!(mlp(2, 16, huge, 0).contains("layers"));
        assert!(mlp(2, 16, 1, huge).contains("classes"));
    }
    // Each number is within its bounds here, and all together are not.
    assert!(problem(&|c| (c.base, c.blocks) = (2048, 64)).contains("weights"));
    assert!(problem(&|c| (c.size, c.patch) = (1024, 1)).contains("64x64"));
    assert!(problem(&|c| (c.base, c.multipliers) = (2, vec![4, 8])).contains("groups"));
}
