//! What several tests need: exact denoisers, a tiny network, host values.

use burn::prelude::*;
use skipstone::{
    diffusion::{
        Denoiser, Method, MixtureDenoiser, ModelConfig, Preconditioned, Prediction, ode::Sight,
    },
    math::{schedule::Process, seed::Seed},
    nn::{Initial, NetworkConfig, unet::UNetConfig},
};

/// The analytic teacher of the method: data N(0.3, 0.5^2) in one dimension.
pub(crate) fn gaussian(process: Process) -> MixtureDenoiser {
    MixtureDenoiser::new(vec![vec![0.3]], 0.5, vec![1.0], process)
}

/// The same in `d` dimensions.
pub(crate) fn bell(d: usize) -> MixtureDenoiser {
    MixtureDenoiser::new(vec![vec![0.3; d]], 0.5, vec![1.0], Process::ScaledLinear)
}

/// Two components in the plane: a teacher whose ODE is not linear.
pub(crate) fn two_points() -> MixtureDenoiser {
    let means = vec![vec![-0.5, 0.2], vec![0.6, -0.1]];
    MixtureDenoiser::new(means, 0.1, vec![0.4, 0.6], Process::ScaledLinear)
}

pub(crate) fn host<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.into_data().iter::<f32>().collect()
}

pub(crate) fn row(values: &[f32]) -> Tensor<2> {
    Tensor::<1>::from_floats(values, &Device::flex()).reshape([values.len(), 1])
}

/// The smallest U-Net with every kind of part.
pub(crate) fn tiny_unet() -> NetworkConfig {
    NetworkConfig::Unet(UNetConfig {
        channels: 1,
        size: 8,
        patch: 2,
        base: 8,
        multipliers: vec![1, 2],
        blocks: 1,
        attention: vec![1],
        heads: 2,
        groups: 4,
        dropout: 0.0,
        classes: 3,
    })
}

pub(crate) fn model(
    network: NetworkConfig,
    prediction: Prediction,
    device: &Device,
) -> Preconditioned {
    let process = Process::ScaledLinear;
    let config = ModelConfig { network, process, prediction, sigma_data: 0.5 };
    let network = config.network.init(&mut Initial::new(Seed(4), device));
    Preconditioned { network, config, is_half: false, replay: None }
}

/// The ends of the ODE's paths from `x`; `observe` sees every step.
pub(crate) fn solve_observed(
    method: Method,
    denoiser: &dyn Denoiser,
    paths: &[Vec<f64>],
    x: Tensor<2>,
    labels: &[u32],
    mut observe: impl FnMut(Sight<'_>),
) -> Tensor<2> {
    let ode = method.parts();
    let coordinates = ode.coordinates(denoiser.process(), paths);
    let mut solution = ode.begin(denoiser, &coordinates, x, labels);
    while solution.advance(Some(&mut observe)) {}
    solution.end()
}

#[track_caller]
pub(crate) fn assert_close(found: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        let apart = (f64::from(*a) - b).abs();
        assert!(apart <= tolerance, "value {i}: {a} is {apart:e} from {b}");
    }
}
