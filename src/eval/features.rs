//! Features that sets of samples are compared on: an in-domain classifier's for images, the coordinates for points.

use burn::{
    prelude::*,
    tensor::{ExecutionError, TensorData},
};

use crate::{
    math::chance::Score,
    nn::{features::FeatureNetwork, rows_at_once},
    platform::whole,
    solver::host,
};

/// What samples are measured by.
pub enum FeatureExtractor {
    /// The samples' own values.
    Coordinates,
    /// A classifier's last hidden layer.
    Network(Box<FeatureNetwork>),
}

/// Samples through the network at once, at most.
const CHUNK: usize = 128;

/// Samples of `d` values through the network at once.
fn chunk(d: usize) -> usize {
    rows_at_once(d).min(CHUNK)
}

impl FeatureExtractor {
    /// The features of `samples`, rows of `d` values: as many rows, and how long each is.
    pub async fn features(
        &self,
        samples: &[f32],
        d: usize,
        device: &Device,
    ) -> Result<(Vec<f32>, usize), ExecutionError> {
        let network = match self {
            Self::Coordinates => return Ok((samples.to_vec(), d)),
            Self::Network(network) => network,
        };
        let mut features = Vec::new();
        let mut dims = 0;
        for chunk in samples.chunks(chunk(d) * d) {
            let data = TensorData::new(chunk.to_vec(), [chunk.len() / d, d]);
            let values = network.features(Tensor::from_data(data, device));
            dims = values.dims()[1];
            features.extend(host(values).await?);
        }
        Ok((features, dims))
    }

    /// The share of `samples` that a classifier takes for the class asked for, with its interval; none
    /// without a classifier of these classes.
    pub async fn agreement(
        &self,
        samples: &[f32],
        labels: &[u32],
        classes_asked: u32,
        device: &Device,
    ) -> Result<Option<Score>, ExecutionError> {
        let Self::Network(network) = self else { return Ok(None) };
        if network.config().classes != classes_asked as usize || labels.is_empty() {
            return Ok(None);
        }
        let named = classes(network, samples, samples.len() / labels.len(), device).await?;
        let pairs = named.iter().zip(labels);
        Ok(Some(Score::of_share(pairs.map(|(named, asked)| named == asked).collect())))
    }

    /// For reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Coordinates => "coordinates",
            Self::Network(_) => "in-domain classifier, 64 features",
        }
    }
}

/// The class that a network names for each of `samples`, rows of `d` values.
pub async fn classes(
    network: &FeatureNetwork,
    samples: &[f32],
    d: usize,
    device: &Device,
) -> Result<Vec<u32>, ExecutionError> {
    let mut named = Vec::with_capacity(samples.len() / d);
    for chunk in samples.chunks(chunk(d) * d) {
        let x = Tensor::from_data(TensorData::new(chunk.to_vec(), [chunk.len() / d, d]), device);
        let best = whole(network.classify(network.features(x)).argmax(1).into_data_async()).await?;
        named.extend(best.iter::<i64>().map(|class| class as u32));
    }
    Ok(named)
}
