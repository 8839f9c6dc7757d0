//! How far chance moves a Frechet distance: a bootstrap over the samples of both sets.
//!
//! A resample holds some samples twice and others not at all, which adds to the distance a bias of its
//! own. So only the spread of the resampled distances is taken, `d ± 1.96 s`. What all sets of N samples
//! have in common, the bias of a finite N, is not in the interval.
//!
//! Samples are asked for so many of each class, as many as the reference has. Resamples keep to that: whole
//! classes that come and go would move the distance by more than anything that is measured.

use std::{collections::BTreeMap, rc::Rc};

use super::turns::in_turns;
use crate::math::{
    chance::{Chance, Score},
    gaussian::{Moments, Ruler},
    seed::{self, Purpose, Seed},
    statistics::{DEVIATIONS, Estimate, spread},
};

/// Resamples: the spread is then known to 7%.
const RESAMPLES: usize = 100;
/// Members with which a class is resampled by itself. Of n members resamples show (n - 1) / n of the variance, of a
/// single one nothing: smaller classes are resampled together.
const LEAST_MEMBERS: usize = 5;
/// Tells the resamples of the reference from those of the samples.
const REFERENCE: u64 = 1 << 32;

/// Features of a set of samples.
#[derive(Clone, Copy)]
pub struct Labelled<'a> {
    /// Row by row.
    pub features: &'a [f32],
    /// The class of each row; empty where there are no classes.
    pub labels: &'a [u32],
}

impl Labelled<'_> {
    /// The class of row `i`; all are of one where there are no classes.
    pub(super) fn class(&self, i: usize) -> u32 {
        self.labels.get(i).copied().unwrap_or_default()
    }
}

/// The reference set and its resamples, prepared for many distances.
pub struct Resampled {
    whole: Ruler,
    resampled: Vec<Ruler>,
    dims: usize,
    seed: Seed,
}

impl Resampled {
    /// Of `set`, rows of `dims` values.
    pub async fn new(set: Labelled<'_>, dims: usize, seed: Seed) -> Self {
        let whole = Ruler::new(Moments::of(set.features, dims));
        let ruler = |round: usize| Ruler::new(resampled(set, dims, seed, REFERENCE + round as u64));
        Self { whole, resampled: in_turns(RESAMPLES, ruler).await, dims, seed }
    }

    /// Whether a set has the two samples that a distance takes.
    pub fn takes(&self, set: Labelled<'_>) -> bool {
        set.features.len() > self.dims
    }

    /// The distance of `set` with its interval.
    pub async fn estimate(&self, set: Labelled<'_>) -> Score {
        let distance = self.whole.distance(&Moments::of(set.features, self.dims));
        let round = |round: usize| {
            let own = resampled(set, self.dims, self.seed, round as u64);
            self.resampled[round].distance(&own)
        };
        let resampled = in_turns(RESAMPLES, round).await;
        Score { figure: interval(distance, &resampled), chance: Chance::of_resamples(resampled) }
    }
}

/// A distance with the interval that the spread of its resamples gives.
fn interval(distance: f64, resampled: &[f64]) -> Estimate {
    let half = DEVIATIONS * spread(resampled);
    // A squared distance is never below 0.
    let low = (distance - half).clamp(0.0, f64::INFINITY);
    Estimate { mean: distance, low, high: distance + half }
}

/// Moments of as many rows of each class, drawn with replacement.
fn resampled(set: Labelled<'_>, dims: usize, seed: Seed, round: u64) -> Moments {
    let features = set.features;
    let mut rows = Vec::with_capacity(features.len());
    for (i, alike) in alike(set, features.len() / dims).into_iter().enumerate() {
        let pick = alike[seed::below(seed, Purpose::Bootstrap, round, i as u64, alike.len())];
        rows.extend_from_slice(&features[pick * dims..(pick + 1) * dims]);
    }
    Moments::of(&rows, dims)
}

/// For each of the `count` rows of `set` those that may stand for it: of its class, or of any that are too small.
fn alike(set: Labelled<'_>, count: usize) -> Vec<Rc<[usize]>> {
    let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    (0..count).for_each(|i| members.entry(set.class(i)).or_default().push(i));
    let (large, small): (Vec<_>, Vec<_>) =
        members.into_values().partition(|members| members.len() >= LEAST_MEMBERS);
    let mut of_row = vec![Rc::default(); count];
    for members in large.into_iter().chain([small.concat()]) {
        let members: Rc<[usize]> = members.into();
        members.iter().for_each(|&i| of_row[i] = members.clone());
    }
    of_row
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `[count, 4]` normals, moved by `shift`.
    fn normals(stream: u64, count: usize, shift: f32) -> Vec<f32> {
        let mut values = vec![0.0; 4 * count];
        seed::gaussian(Seed(3), Purpose::Initial, stream, 0, &mut values);
        values.iter_mut().for_each(|value| *value += shift);
        values
    }

    fn plain(features: &[f32]) -> Labelled<'_> {
        Labelled { features, labels: &[] }
    }

    fn distance(own: Labelled<'_>, other: Labelled<'_>) -> Estimate {
        let found = async { Resampled::new(other, 4, Seed(1)).await.estimate(own).await };
        pollster::block_on(found).figure
    }

    fn measured(stream: u64, count: usize, shift: f32) -> Estimate {
        let (own, other) = (normals(stream, count, shift), normals(stream + 1000, count, 0.0));
        distance(plain(&own), plain(&other))
    }

    #[test]
    fn an_interval_holds_its_estimate_and_shrinks_as_the_root_of_the_samples() {
        let width = |count| {
            let found = measured(0, count, 0.5);
            assert!(found.low < found.mean && found.mean < found.high, "{found:?}");
            found.high - found.low
        };
        let ratio = width(200) / width(3200);
        // The root of 16 is 4; either width is uncertain by 7%.
        assert!((2.8..5.7).contains(&ratio), "{ratio}");
    }

    #[test]
    fn a_distance_is_the_same_on_any_number_of_cores() {
        let on = |cores| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(cores).build().expect("threads");
            pool.install(|| measured(0, 50, 0.5))
        };
        assert_eq!(on(1), on(3));
    }

    #[test]
    fn nineteen_intervals_of_twenty_hold_the_distance_of_the_populations() {
        // Two unit Gaussians 0.5 apart in each of 4 dimensions: distance 1. At 400 samples the bias
        // (about 4 * 3 / 2 / 400) is small beside the spread.
        let found: Vec<Estimate> = (0..40).map(|stream| measured(stream, 400, 0.5)).collect();
        let held = found.iter().filter(|found| found.low <= 1.0 && found.high >= 1.0).count();
        // Binomial(40, 0.95): standard deviation 1.4, four of them below the mean.
        assert!(held >= 32, "{held} of 40");
        // And they are no wider than that takes: the spread of 40 estimates is uncertain by 11%.
        let means: Vec<f64> = found.iter().map(|found| found.mean).collect();
        let half = found.iter().map(|found| found.high - found.mean).sum::<f64>() / 40.0;
        let ratio = half / (DEVIATIONS * spread(&means));
        assert!((0.7..1.4).contains(&ratio), "{ratio}");
    }

    #[test]
    fn classes_of_a_few_samples_do_not_hide_chance() {
        let labelled = |labels: &[u32]| {
            let (own, other) = (normals(0, 64, 0.5), normals(1000, 64, 0.0));
            let [own, other] = [&own, &other].map(|features| Labelled { features, labels });
            let found = distance(own, other);
            found.high - found.mean
        };
        let plain = labelled(&[]);
        // Classes say nothing of these numbers, so that they may hardly change what is told of chance.
        for classes in [2, 8, 20, 32, 64] {
            let labels: Vec<u32> = (0..64).map(|i| i % classes).collect();
            let ratio = labelled(&labels) / plain;
            assert!((0.75..1.3).contains(&ratio), "{classes} classes: {ratio}");
        }
    }

    #[test]
    fn classes_that_are_asked_for_do_not_come_and_go() {
        // Two classes 10 apart, as many of each in both sets; the sets are 0.5 apart in each of 4
        // dimensions: distance 1, whatever the classes are.
        let labels: Vec<u32> = (0..400).map(|i| i % 2).collect();
        let apart = |mut values: Vec<f32>| {
            values
                .chunks_mut(4)
                .zip(&labels)
                .for_each(|(row, label)| row[0] += 10.0 * *label as f32);
            values
        };
        let measured = |stream: u64, labels: &[u32]| {
            let (own, other) =
                (apart(normals(stream, 400, 0.5)), apart(normals(stream + 1000, 400, 0.0)));
            let [own, other] = [&own, &other].map(|features| Labelled { features, labels });
            distance(own, other)
        };
        let is_held = |stream: &u64| {
            let found = measured(*stream, &labels);
            found.low <= 1.0 && found.high >= 1.0
        };
        // As above.
        let held = (0..40).filter(is_held).count();
        assert!(held >= 32, "{held} of 40");
        let width = |labels: &[u32]| {
            let found = measured(0, labels);
            found.high - found.low
        };
        assert!(width(&labels) < width(&[]) / 2.0, "{} {}", width(&labels), width(&[]));
    }
}
