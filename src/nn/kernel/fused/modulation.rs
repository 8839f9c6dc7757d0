//! The scale and shift of a norm under a modulation, `gamma (1 + scale)` and `beta (1 + scale) + shift`: a table of
//! samples and channels, whose modulation holds all scales of a sample and then all its shifts.

use burn::backend::TensorMetadata as _;
use burn_cubecl::{
    cubecl::{self, prelude::*},
    kernel::into_contiguous,
    tensor::CubeTensor,
};

use super::{
    empty, empty_like,
    group::{UNITS, total},
    places, traffic,
};

/// Where the scale of the unit's channel and sample lies; its shift lies `channels` columns further.
#[cube]
fn place(modulation: &Tensor<f32>, channels: usize) -> usize {
    ABSOLUTE_POS / channels * modulation.stride(0) + ABSOLUTE_POS % channels * modulation.stride(1)
}

#[cube(launch)]
fn modulation_kernel(
    gamma: &Tensor<f32>,
    beta: &Tensor<f32>,
    modulation: &Tensor<f32>,
    scale: &mut Tensor<f32>,
    shift: &mut Tensor<f32>,
) {
    if ABSOLUTE_POS < scale.len() {
        let channels = gamma.len();
        let (channel, place) = (ABSOLUTE_POS % channels, place(modulation, channels));
        let factor = 1.0f32 + modulation[place];
        let offset = modulation[place + channels * modulation.stride(1)];
        scale[ABSOLUTE_POS] = gamma[channel] * factor;
        shift[ABSOLUTE_POS] = beta[channel] * factor + offset;
    }
}

/// A unit for each sample and channel.
#[cube(launch)]
fn to_modulation_kernel(
    gamma: &Tensor<f32>,
    beta: &Tensor<f32>,
    dscale: &Tensor<f32>,
    dshift: &Tensor<f32>,
    dmodulation: &mut Tensor<f32>,
) {
    if ABSOLUTE_POS < dscale.len() {
        let channels = gamma.len();
        let (sample, channel) = (ABSOLUTE_POS / channels, ABSOLUTE_POS % channels);
        let place = 2 * channels * sample + channel;
        let (scale, shift) = (dscale[ABSOLUTE_POS], dshift[ABSOLUTE_POS]);
        dmodulation[place] = gamma[channel] * scale + beta[channel] * shift;
        dmodulation[place + channels] = shift;
    }
}

/// A cube for each channel, whose units share the samples out.
#[cube(launch)]
fn to_norm_kernel(
    modulation: &Tensor<f32>,
    dscale: &Tensor<f32>,
    dshift: &Tensor<f32>,
    dgamma: &mut Tensor<f32>,
    dbeta: &mut Tensor<f32>,
) {
    let (channel, channels) = (CUBE_POS_X as usize, dgamma.len());
    let mut slope = 0.0f32;
    let mut offset = 0.0f32;
    let mut sample = UNIT_POS_X as usize;
    while sample < modulation.shape(0) {
        let place = sample * modulation.stride(0) + channel * modulation.stride(1);
        let (factor, row) = (1.0f32 + modulation[place], sample * channels + channel);
        slope += factor * dscale[row];
        offset += factor * dshift[row];
        sample += UNITS;
    }
    let mut partial = Shared::new_slice(UNITS);
    let slope = total(slope, &mut partial);
    let offset = total(offset, &mut partial);
    if UNIT_POS_X == 0 {
        dgamma[channel] = slope;
        dbeta[channel] = offset;
    }
}

/// Scale and shift, each `[n, c]`.
pub(super) fn forward([gamma, beta, modulation]: [CubeTensor; 3]) -> [CubeTensor; 2] {
    let [gamma, beta] = [gamma, beta].map(into_contiguous);
    let (samples, channels) = (modulation.shape()[0], gamma.shape()[0]);
    let table = empty(&gamma, [samples, channels].into());
    let found = [empty_like(&table), table];
    let (client, (count, cube)) = (gamma.client.clone(), places(&found[0]));
    let [gamma, beta, modulation] = [gamma, beta, modulation].map(traffic::passed);
    let [scale, shift] = found.clone().map(traffic::passed);
    modulation_kernel::launch(&client, count, cube, gamma, beta, modulation, scale, shift);
    found
}

/// The gradients with respect to `gamma`, `beta` and the modulation, from those of scale and shift.
pub(super) fn gradients(
    [gamma, beta, modulation]: [CubeTensor; 3],
    [dscale, dshift]: [CubeTensor; 2],
) -> [CubeTensor; 3] {
    let [gamma, beta, dscale, dshift] = [gamma, beta, dscale, dshift].map(into_contiguous);
    let client = gamma.client.clone();
    let found = [empty_like(&gamma), empty_like(&beta), empty_like(&modulation)];
    let [dgamma, dbeta, dmodulation] = found.clone();
    let (count, cube) = places(&dscale);
    let arguments = [&gamma, &beta, &dscale, &dshift].map(|x| traffic::passed(x.clone()));
    let [gamma, beta, scale, shift] = arguments;
    let out = traffic::passed(dmodulation);
    to_modulation_kernel::launch(&client, count, cube, gamma, beta, scale, shift, out);
    let count = CubeCount::Static(dgamma.shape()[0] as u32, 1, 1);
    let cube = CubeDim::new_1d(UNITS as u32);
    let arguments = [modulation, dscale, dshift, dgamma, dbeta].map(traffic::passed);
    let [modulation, scale, shift, dgamma, dbeta] = arguments;
    to_norm_kernel::launch(&client, count, cube, modulation, scale, shift, dgamma, dbeta);
    found
}
