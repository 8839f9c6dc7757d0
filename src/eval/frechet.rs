//! Frechet distances of samples to a set: on features as they are, and whitened.

use super::{
    Halves,
    interval::{self, Labelled},
};
use crate::math::{
    chance::Score, gaussian::Moments, seed::Seed, statistics::Estimate, whitening::Whitening,
};

/// Vectors for each of their values, that both sides of a whitened distance take: with fewer, what finite sets add is
/// not told well any more (sets of one kind of 8, 4 and 3 for each of 64 values come out 0.0, 0.2 and 0.7 too near).
const ENOUGH: usize = 8;

/// A Frechet distance.
#[derive(Default)]
pub struct Frechet {
    /// None with fewer than two samples on a side.
    pub whole: Option<Score>,
    /// Without what finite sets add; none where they are too small to tell.
    pub infinite: Option<Estimate>,
}

impl Frechet {
    /// The distance without what finite sets add, to be held against others: chance moves it as it moves the whole one.
    pub fn extrapolated(self) -> Option<Score> {
        Some(Score { figure: self.infinite?, chance: self.whole?.chance })
    }
}

/// A set that distances are measured to.
pub struct Reference {
    /// None with fewer than two samples.
    whole: Option<interval::Resampled>,
    halves: Option<Halves>,
}

impl Reference {
    /// Of `set`, rows of `dims` values.
    pub async fn new(set: Labelled<'_>, dims: usize, seed: Seed) -> Self {
        let whole = match set.features.len() > dims {
            true => Some(interval::Resampled::new(set, dims, seed).await),
            false => None,
        };
        Self { whole, halves: Halves::new(set, dims, seed) }
    }

    /// The distance of `set`.
    pub async fn distance(&self, set: Labelled<'_>) -> Frechet {
        let Some(reference) = self.whole.as_ref().filter(|reference| reference.takes(set)) else {
            return Frechet::default();
        };
        let whole = reference.estimate(set).await;
        let halves = self.halves.as_ref();
        let infinite = halves.and_then(|halves| halves.extrapolated(whole.figure, set));
        Frechet { whole: Some(whole), infinite }
    }
}

/// Whitening by `features`, rows of `dims` values; none where they are too few.
pub fn whitening(features: &[f32], dims: usize) -> Option<Whitening> {
    let moments = is_enough(features, dims).then(|| Moments::of(features, dims));
    moments.and_then(|moments| Whitening::of(&moments))
}

/// A set that whitened distances are measured to.
pub struct White {
    whitening: Whitening,
    dims: usize,
    reference: Reference,
}

impl White {
    /// Of `set`, rows of `dims` values, by `whitening`; none where they are too few.
    pub async fn new(
        set: Labelled<'_>,
        dims: usize,
        whitening: &Whitening,
        seed: Seed,
    ) -> Option<Self> {
        let features = whitened(whitening, set.features, dims)?;
        let set = Labelled { features: &features, labels: set.labels };
        let reference = Reference::new(set, whitening.dims(), seed).await;
        Some(Self { whitening: whitening.clone(), dims, reference })
    }

    /// The distance of `set`, as it is before it is whitened; none of too few rows.
    pub async fn distance(&self, set: Labelled<'_>) -> Frechet {
        let Some(features) = whitened(&self.whitening, set.features, self.dims) else {
            return Frechet::default();
        };
        self.reference.distance(Labelled { features: &features, labels: set.labels }).await
    }
}

/// A set that distances are measured to, by its features as they are and whitened.
pub struct Both {
    /// By the features as they are.
    pub plain: Reference,
    white: Option<White>,
}

impl Both {
    /// Of `set`, rows of `dims` values; there are no whitened distances without `whitening`, or of too few rows.
    pub async fn new(
        set: Labelled<'_>,
        dims: usize,
        whitening: Option<&Whitening>,
        seed: Seed,
    ) -> Self {
        let white = match whitening {
            Some(whitening) => White::new(set, dims, whitening, seed).await,
            None => None,
        };
        Self { plain: Reference::new(set, dims, seed).await, white }
    }

    /// The distance of `set`, and that of its features whitened.
    pub async fn distances(&self, set: Labelled<'_>) -> [Frechet; 2] {
        let white = match &self.white {
            Some(white) => white.distance(set).await,
            None => Frechet::default(),
        };
        [self.plain.distance(set).await, white]
    }
}

/// `features`, rows of `dims` values, whitened; none where they are too few.
fn whitened(whitening: &Whitening, features: &[f32], dims: usize) -> Option<Vec<f32>> {
    is_enough(features, dims).then(|| whitening.apply(features))
}

fn is_enough(features: &[f32], dims: usize) -> bool {
    features.len() >= ENOUGH * dims * dims
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::seed::{Purpose, gaussian};

    const DIMS: usize = 4;

    /// Rows of normals with deviations from 10 down to 0.01, the last value of each moved by `shift`.
    fn features(stream: u64, rows: usize, shift: f32) -> Vec<f32> {
        let mut values = vec![0.0; DIMS * rows];
        gaussian(Seed(4), Purpose::Initial, stream, 0, &mut values);
        for row in values.chunks_mut(DIMS) {
            row.iter_mut().zip([10.0, 1.0, 0.1, 0.01]).for_each(|(value, spread)| *value *= spread);
            row[DIMS - 1] += shift;
        }
        values
    }

    #[test]
    fn only_enough_features_are_whitened() {
        let enough = ENOUGH * DIMS;
        let train = features(0, enough, 0.0);
        assert!(whitening(&train[DIMS..], DIMS).is_none(), "a row too few");
        let whitening = whitening(&train, DIMS).unwrap();
        let kept = |rows| whitened(&whitening, &features(1, rows, 0.0), DIMS);
        assert_eq!(kept(enough).unwrap().len(), enough * DIMS);
        assert!(kept(enough - 1).is_none());
    }

    #[test]
    fn whitened_distances_see_what_moves_where_images_hardly_vary() {
        let whitening = whitening(&features(0, 4000, 0.0), DIMS).unwrap();
        let distance = |whitening: Option<&Whitening>, shift| {
            let sets = [(1, shift), (2, 0.0)].map(|(stream, shift)| features(stream, 400, shift));
            let [own, other] = sets.map(|set| match whitening {
                Some(whitening) => whitened(whitening, &set, DIMS).unwrap(),
                None => set,
            });
            let [own, other] = [&own, &other].map(|features| Labelled { features, labels: &[] });
            let found = async { Reference::new(other, DIMS, Seed(1)).await.distance(own).await };
            pollster::block_on(found).infinite.unwrap().mean
        };
        // Three deviations of the last value are 9 in the whitened distance, and 0.0009 in the plain one.
        let [plain, white] = [None, Some(&whitening)]
            .map(|whitening| distance(whitening, 0.03) - distance(whitening, 0.0));
        assert!(plain.abs() < 0.01, "{plain}");
        assert!((white - 9.0).abs() < 0.9, "{white}");
    }
}
