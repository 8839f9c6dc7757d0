//! Frechet distances of sets without end (FD-infinity).
//!
//! The distance of two finite sets is too large by about a constant over their size. Halves of both sets are too far
//! apart by twice that, so that `2 d - d of halves` has no such part. Chong and Forsyth (2020) put a line through 15
//! sizes of one set beside a reference that they take as it is; here the reference is small as well, and halved too.
//!
//! It may come out below 0.

use rayon::prelude::*;

use super::interval::Labelled;
use crate::math::{
    gaussian::{Moments, Ruler},
    seed::{self, Purpose, Seed},
    statistics::{Estimate, mean},
};

/// Ways to halve a set that are averaged: which half a sample is in then adds little chance.
const SPLITS: u64 = 8;
/// Samples that can be halved: a distance takes two.
const LEAST: usize = 4;
/// The first way to halve a reference, and a set of samples.
const REFERENCE: u64 = 0;
const SAMPLES: u64 = SPLITS;

/// The halves of a reference set, prepared for many distances.
pub struct Halves {
    rulers: Vec<Ruler>,
    dims: usize,
    seed: Seed,
}

impl Halves {
    /// Of `set`, rows of `dims` values; none where it has too few.
    pub fn new(set: Labelled<'_>, dims: usize, seed: Seed) -> Option<Self> {
        let rulers = halves(set, dims, seed, REFERENCE)?.into_par_iter().map(Ruler::new).collect();
        Some(Self { rulers, dims, seed })
    }

    /// What the `distance` of `set` to the reference would be with samples without end on both sides; the interval is
    /// as wide. None where the set has too few.
    pub fn extrapolated(&self, distance: Estimate, set: Labelled<'_>) -> Option<Estimate> {
        let own = halves(set, self.dims, self.seed, SAMPLES)?;
        let pairs = self.rulers.par_iter().zip(&own);
        let distances: Vec<f64> = pairs.map(|(ruler, half)| ruler.distance(half)).collect();
        let (infinite, half) =
            (2.0 * distance.mean - mean(&distances), distance.high - distance.mean);
        Some(Estimate::around(infinite, half))
    }
}

/// Moments of both halves of `set` for each way to halve it.
fn halves(set: Labelled<'_>, dims: usize, seed: Seed, first: u64) -> Option<Vec<Moments>> {
    let count = set.features.len() / dims;
    let both = |split: u64| {
        let order = order(set, count, seed, split);
        [0, 1].map(|first| half(set, dims, &order, first))
    };
    let splits: Vec<u64> = (first..first + SPLITS).collect();
    (count >= LEAST).then(|| splits.into_par_iter().flat_map_iter(both).collect())
}

/// The rows in a random order, class after class: every second one then makes a half with its share of each class.
fn order(set: Labelled<'_>, count: usize, seed: Seed, split: u64) -> Vec<usize> {
    let key = |i| (set.class(i), seed::uniform(seed, Purpose::Shuffle, split, i as u64), i);
    let mut keys: Vec<(u32, f64, usize)> = (0..count).map(key).collect();
    keys.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    keys.into_iter().map(|(.., i)| i).collect()
}

/// Moments of every second row of `order`.
fn half(set: Labelled<'_>, dims: usize, order: &[usize], first: usize) -> Moments {
    let rows = order.iter().skip(first).step_by(2);
    let values: Vec<f32> =
        rows.flat_map(|&row| &set.features[row * dims..(row + 1) * dims]).copied().collect();
    Moments::of(&values, dims)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        eval::interval::Resampled,
        math::{statistics::spread, tests::assert_close},
    };

    const DIMS: usize = 8;

    /// `[count, DIMS]` normals, moved by `shift`.
    fn normals(stream: u64, count: usize, shift: f32) -> Vec<f32> {
        let mut values = vec![0.0; DIMS * count];
        seed::gaussian(Seed(5), Purpose::Initial, stream, 0, &mut values);
        values.iter_mut().for_each(|value| *value += shift);
        values
    }

    fn plain(features: &[f32]) -> Labelled<'_> {
        Labelled { features, labels: &[] }
    }

    /// The distance as it is, and extrapolated.
    fn measured(own: Labelled<'_>, other: Labelled<'_>) -> [Estimate; 2] {
        let found = async { Resampled::new(other, DIMS, Seed(1)).await.estimate(own).await };
        let distance = pollster::block_on(found).figure;
        let halves = Halves::new(other, DIMS, Seed(1)).expect("enough");
        [distance, halves.extrapolated(distance, own).expect("enough")]
    }

    /// Mean and standard error of both distances over sets of `counts` samples, `shift` apart in each dimension.
    fn over_many(counts: [usize; 2], shift: f32) -> [(f64, f64); 2] {
        let found = (0..60).map(|stream| {
            let own = normals(stream, counts[0], shift);
            let other = normals(stream + 1000, counts[1], 0.0);
            measured(plain(&own), plain(&other)).map(|found| found.mean)
        });
        let found: Vec<[f64; 2]> = found.collect();
        [0, 1].map(|of| {
            let values: Vec<f64> = found.iter().map(|both| both[of]).collect();
            (mean(&values), spread(&values) / 60f64.sqrt())
        })
    }

    #[test]
    fn what_finite_sets_add_is_gone() {
        for (counts, shift, truth) in
            [([40, 40], 0.0, 0.0), ([200, 40], 0.0, 0.0), ([40, 60], 0.5, 2.0)]
        {
            let [(whole, error), (infinite, own_error)] = over_many(counts, shift);
            assert!(whole - truth > 8.0 * error, "{counts:?}: {whole} is no test of it");
            // What falls with the square of the size is left: a tenth of the first part at most.
            let left = (whole - truth) / 10.0 + 3.0 * own_error;
            assert!((infinite - truth).abs() < left, "{counts:?}: {infinite} of {truth}, {whole}");
        }
    }

    #[test]
    fn nineteen_intervals_of_twenty_hold_the_distance_of_the_populations() {
        let found = (0..60).map(|stream| {
            let (own, other) = (normals(stream, 60, 0.5), normals(stream + 1000, 80, 0.0));
            measured(plain(&own), plain(&other))[1]
        });
        let held = found.filter(|found| found.low <= 2.0 && 2.0 <= found.high).count();
        // Binomial(60, 0.95): standard deviation 1.7, four of them below the mean.
        assert!(held >= 50, "{held} of 60");
    }

    #[test]
    fn halves_hold_every_sample_once_and_as_many_of_each_class() {
        let labels: Vec<u32> = (0..41).map(|i| i % 3).collect();
        let features = normals(0, 41, 0.0);
        let set = Labelled { features: &features, labels: &labels };
        let order = order(set, 41, Seed(1), 0);
        let mut all = order.clone();
        all.sort_unstable();
        assert_eq!(all, (0..41).collect::<Vec<_>>());
        for class in 0..3 {
            let members =
                |first| order.iter().skip(first).step_by(2).filter(|&&i| labels[i] == class);
            assert!(members(0).count().abs_diff(members(1).count()) <= 1);
        }
        let halves = halves(set, DIMS, Seed(1), 0).expect("enough");
        assert_eq!(halves.len(), 2 * SPLITS as usize);
        let whole = Moments::of(&features, DIMS).mean;
        let joined = (&halves[2].mean * 21.0 + &halves[3].mean * 20.0) / 41.0;
        assert_close(joined[0], whole[0], 1e-12);
        assert_ne!(halves[0].mean, halves[2].mean);
    }

    #[test]
    fn classes_far_apart_are_no_distance() {
        let labels: Vec<u32> = (0..60).map(|i| i % 4).collect();
        let apart = |stream: u64| {
            let mut values = normals(stream, 60, 0.0);
            let rows = values.chunks_mut(DIMS).zip(&labels);
            rows.for_each(|(row, label)| row[0] += 10.0 * *label as f32);
            values
        };
        let found = (0..20).map(|stream| {
            let sets = [apart(stream), apart(stream + 1000)];
            let [own, other] = [0, 1].map(|i| Labelled { features: &sets[i], labels: &labels });
            measured(own, other).map(|found| found.mean)
        });
        let found: Vec<[f64; 2]> = found.collect();
        let [whole, infinite] =
            [0, 1].map(|of| mean(&found.iter().map(|both| both[of]).collect::<Vec<_>>()));
        // Halves whose classes came as they liked would be tens apart.
        assert!(infinite.abs() < whole / 4.0, "{infinite}, {whole}");
    }

    #[test]
    fn too_few_samples_have_no_halves() {
        let of = |count| Halves::new(plain(&normals(0, 40, 0.0)[..count * DIMS]), DIMS, Seed(1));
        assert!(of(3).is_none());
        let whole = Estimate { mean: 1.0, low: 0.5, high: 1.5 };
        let few = normals(1, 3, 0.0);
        assert_eq!(of(4).expect("enough").extrapolated(whole, plain(&few)), None);
    }
}
