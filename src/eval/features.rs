//! Frechet distance on features: an in-domain classifier's for images, the coordinates for points.

use burn::{
    prelude::*,
    tensor::{ExecutionError, TensorData},
};

use crate::{
    math::gaussian::{Moments, frechet_distance},
    nn::features::FeatureNetwork,
};

/// What samples are measured by.
pub enum FeatureExtractor {
    /// The samples' own values.
    Coordinates,
    /// A classifier's last hidden layer.
    Network(Box<FeatureNetwork>),
}

/// Samples through the network at once.
const CHUNK: usize = 128;

impl FeatureExtractor {
    /// Mean and covariance of the features of `samples`, rows of `d` values.
    pub async fn moments(
        &self,
        samples: &[f32],
        d: usize,
        device: &Device,
    ) -> Result<Moments, ExecutionError> {
        let network = match self {
            Self::Coordinates => return Ok(Moments::of(samples, d)),
            Self::Network(network) => network,
        };
        let mut features = Vec::new();
        let mut dims = 0;
        for chunk in samples.chunks(CHUNK * d) {
            let data = TensorData::new(chunk.to_vec(), [chunk.len() / d, d]);
            let values = network.features(Tensor::from_data(data, device));
            dims = values.dims()[1];
            features.extend(values.into_data_async().await?.iter::<f32>());
        }
        Ok(Moments::of(&features, dims))
    }

    /// For reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Coordinates => "coordinates",
            Self::Network(_) => "in-domain classifier, 64 features",
        }
    }
}

/// The Frechet distance of two sets of features; `None` with fewer than two samples on a side.
pub fn frechet(a: &Moments, b: &Moments) -> Option<f64> {
    (a.count > 1 && b.count > 1).then(|| frechet_distance(a, b))
}
