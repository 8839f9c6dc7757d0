//! What samples are measured by: which of two samplers makes the better ones depends on that.

use serde::{Deserialize, Serialize};

use super::gather::Set;
use crate::{
    eval::{
        FeatureSet,
        frechet::{self, White},
        interval::Resampled,
    },
    math::{chance::Score, seed::Seed},
};

/// One of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Frechet distance: how far mean and covariance of the features are apart.
    #[default]
    Frechet,
    /// Frechet distance where every direction that the reference varies in counts alike, without what finite sets add.
    White,
    /// Kernel distance (KID): how far all their moments up to the third are apart, without bias at any number of samples.
    Kernel,
    /// The share of samples that lie where the reference does.
    Precision,
    /// The share of the reference that has a sample nearby.
    Coverage,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Frechet, Self::White, Self::Kernel, Self::Precision, Self::Coverage];

    /// Whether less of it is better.
    pub fn is_distance(self) -> bool {
        matches!(self, Self::Frechet | Self::White | Self::Kernel)
    }
}

/// A set of samples, measured beside a reference by all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// See [`Measure::Frechet`].
    pub frechet: Score,
    /// See [`Measure::White`]; none with too few samples.
    pub white: Option<Score>,
    /// See [`Measure::Kernel`]; none with too few samples.
    pub kernel: Option<Score>,
    /// See [`Measure::Precision`]; none with too few samples, or where one is no number.
    pub precision: Option<Score>,
    /// See [`Measure::Coverage`]; none where there is no precision.
    pub coverage: Option<Score>,
}

impl Measured {
    /// By this one.
    pub fn by(&self, measure: Measure) -> Option<&Score> {
        match measure {
            Measure::Frechet => Some(&self.frechet),
            Measure::White => self.white.as_ref(),
            Measure::Kernel => self.kernel.as_ref(),
            Measure::Precision => self.precision.as_ref(),
            Measure::Coverage => self.coverage.as_ref(),
        }
    }
}

/// A set that samples are measured against.
pub(super) struct Against {
    frechet: Resampled,
    /// In what this reference varies by, beside which others of its kind vary more (see docs/measures.md); none where its
    /// samples are too few.
    white: Option<White>,
    features: FeatureSet,
}

impl Against {
    /// Of `set`, rows of `dims` values.
    pub(super) async fn new(set: &Set, dims: usize, seed: Seed) -> Self {
        let set = set.labelled();
        let frechet = Resampled::new(set, dims, seed).await;
        let white = match frechet::whitening(set.features, dims) {
            Some(whitening) => White::new(set, dims, &whitening, seed).await,
            None => None,
        };
        Self { frechet, white, features: FeatureSet::new(set, dims).await }
    }
}

/// Samples, prepared to be measured beside several references.
pub(super) struct Samples<'a> {
    set: &'a Set,
    features: FeatureSet,
}

impl<'a> Samples<'a> {
    /// Of `set`, rows of `dims` values.
    pub(super) async fn new(set: &'a Set, dims: usize) -> Self {
        Self { set, features: FeatureSet::new(set.labelled(), dims).await }
    }

    /// By all measures.
    pub(super) async fn beside(&self, reference: &Against) -> Measured {
        let frechet = reference.frechet.estimate(self.set.labelled()).await;
        let white = match &reference.white {
            Some(white) => white.distance(self.set.labelled()).await.extrapolated(),
            None => None,
        };
        let kernel = self.features.distance(&reference.features).await;
        let beside = self.features.beside(&reference.features).await;
        let [precision, coverage] =
            [beside.as_ref().map(|b| b.precision()), beside.as_ref().map(|b| b.coverage())];
        Measured { frechet, white, kernel, precision, coverage }
    }
}
