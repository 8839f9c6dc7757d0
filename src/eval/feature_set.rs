//! The features of a set of samples, prepared once and then held against several references.

use super::{Balls, Beside, KernelSet, interval::Labelled};
use crate::math::chance::Score;

/// See the module.
pub struct FeatureSet {
    kernel: KernelSet,
    /// None with too few samples, or where one is no number.
    balls: Option<Balls>,
}

impl FeatureSet {
    /// Of `set`, rows of `dims` values.
    pub async fn new(set: Labelled<'_>, dims: usize) -> Self {
        let kernel = KernelSet::new(set, dims).await;
        Self { kernel, balls: Balls::new(set.features, dims).await }
    }

    /// The kernel distance to `reference`; none with too few samples.
    pub async fn distance(&self, reference: &Self) -> Option<Score> {
        self.kernel.distance(&reference.kernel).await
    }

    /// Where these samples lie beside `reference`; none where either has no balls.
    pub async fn beside(&self, reference: &Self) -> Option<Beside> {
        Some(self.balls.as_ref()?.beside(reference.balls.as_ref()?).await)
    }
}
