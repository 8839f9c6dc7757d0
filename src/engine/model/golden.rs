//! Golden outputs: what a file's model says of a few states, stored beside the weights, so that each device can be held
//! against the CPU that they were computed on.

use burn::{prelude::*, tensor::ExecutionError};

use super::{Body, Model, ModelError};
use crate::{
    diffusion::{Denoiser as _, Preconditioned, Replay},
    math::{
        difference,
        seed::{self, Purpose, Seed},
    },
    nn::{parameters, pieces::is_cpu},
    solver::host,
    store::{
        Archive, Golden, HostTensor, Manifest,
        manifest::{GOLDEN_INPUT, GOLDEN_OUTPUT, weights_precision},
    },
};

pub(super) struct GoldenTensors {
    pub(super) recipe: Golden,
    pub(super) input: HostTensor,
    pub(super) output: HostTensor,
}

impl Model {
    /// The largest difference to the golden outputs on this model's device, and the largest accepted;
    /// none where the file has no golden samples.
    pub async fn golden_difference(&self, device: &Device) -> Result<Option<[f64; 2]>, ModelError> {
        let Some(golden) = &self.golden else { return Ok(None) };
        let difference = async |body: &Body| {
            let found = denoise_on(body, &golden.input, &golden.recipe, device).await?;
            Ok::<_, ModelError>(difference::largest(&found, &golden.output.values))
        };
        let mut worst = difference(&self.body).await?;
        if let Body::Network(network) = &self.body
            && !is_cpu(device)
        {
            // As samplers have it after a while: recorded, and replayed.
            let replay = Some(Replay::at_once());
            let replayed = Body::Network(Preconditioned { replay, ..network.clone() });
            worst = worst.max(difference(&replayed).await?);
        }
        // Earlier files allow more than was ever needed.
        Ok(Some([worst, golden.recipe.tolerance.min(GOLDEN_TOLERANCE)]))
    }
}

/// Largest difference accepted between two devices' outputs, in model space: far above the rounding of f32 kernels
/// (measured on the CPU and on lavapipe: at most 3.3e-6), below what images of f16 differ by (9e-4 and more), and far
/// below anything visible (1/255 = 8e-3 of the range).
const GOLDEN_TOLERANCE: f64 = 2e-4;

async fn denoise_on(
    body: &Body,
    input: &HostTensor,
    golden: &Golden,
    device: &Device,
) -> Result<Vec<f32>, ExecutionError> {
    let shape = [input.shape[0], input.shape[1]];
    let x = Tensor::from_data(burn::tensor::TensorData::new(input.values.clone(), shape), device);
    host(body.denoise(x, &golden.times, &golden.labels)).await
}

/// The bytes of a model file: weights at half precision, and golden samples that are computed from the
/// rounded weights on the CPU.
pub async fn to_bytes(
    manifest: Manifest,
    weights: parameters::Weights,
) -> Result<Vec<u8>, ModelError> {
    let mut archive = Archive { manifest, tensors: weights };
    archive.manifest.golden = None;
    let cpu = Device::flex();
    let model = Model::from_bytes(&archive.to_bytes(weights_precision)?, &cpu)?;

    // From noise, and half way.
    let seed = Seed(archive.manifest.seed);
    let end = model.body.process().terminal_time();
    let times = vec![end, end, end / 2.0, end / 10.0];
    let labels: Vec<u32> = (0..times.len() as u32).map(|i| i % (model.classes() + 1)).collect();
    let shape = [times.len(), model.dims()];
    let values = seed::rows(seed, Purpose::Initial, 0, u64::MAX, shape);
    let input = HostTensor { shape: shape.to_vec(), values };
    let golden = Golden { seed: seed.0, times, labels, tolerance: GOLDEN_TOLERANCE };
    let values = denoise_on(&model.body, &input, &golden, &cpu).await?;
    let output = HostTensor { shape: shape.to_vec(), values };
    archive.manifest.golden = Some(golden);
    archive.tensors.insert(GOLDEN_INPUT.into(), input);
    archive.tensors.insert(GOLDEN_OUTPUT.into(), output);
    Ok(archive.to_bytes(weights_precision)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::shipped;

    #[test]
    fn a_weight_that_came_out_otherwise_is_told_from_the_golden_outputs() {
        let (cpu, bytes) = (Device::flex(), shipped::bytes("digits", "teacher").expect("shipped"));
        let difference = |bytes: &[u8]| {
            let model = Model::from_bytes(bytes, &cpu).expect("a model");
            let [difference, tolerance] =
                pollster::block_on(model.golden_difference(&cpu)).unwrap().expect("golden");
            difference / tolerance
        };
        assert!(difference(bytes) < 0.1);
        let mut archive = Archive::<Manifest>::from_bytes(bytes).expect("an archive");
        let own = |(name, _): &(&String, &mut HostTensor)| !name.starts_with("golden.");
        let (_, weights) = archive.tensors.iter_mut().find(own).expect("weights");
        weights.values[0] += 0.5;
        assert!(difference(&archive.to_bytes(weights_precision).expect("bytes")) > 1.0);
    }
}
