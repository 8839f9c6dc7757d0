//! Kernel distance (KID): the squared maximum mean discrepancy of two sets of features.
//!
//! Beside the Frechet distance since its mean is that of the populations at any number of samples: a set of a hundred
//! looks no farther away than one of thousands. It may come out below 0.
//!
//! `d = mean k(x, x') + mean k(y, y') - 2 mean k(x, y)`, `k(x, y) = (x . y / dims + 1)^3`, over different samples
//! (Binkowski et al. 2018, section 3)
//!
//! Samples are asked for so many of each class, so that two of one set are of one class less often than one of each
//! set. Means are therefore taken for each pair of classes, and added up with the shares of both.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::{interval::Labelled, rows::Rows};
use crate::math::statistics::{DEVIATIONS, Estimate, mean, spread};

/// Samples of a class in both sets from which on it is looked at by itself: smaller ones are taken together.
const LEAST: usize = 3;

/// A set of features, with what its samples have in common with each other.
pub struct KernelSet {
    rows: Rows,
    labels: Vec<u32>,
    /// Kernels of each sample and the others, summed by their class.
    within: Sums,
}

/// Kernels of a sample and all those of a set, summed by the class of these.
type Sums = Vec<BTreeMap<u32, f64>>;

impl KernelSet {
    /// Of `set`, rows of `dims` values.
    pub fn new(set: Labelled<'_>, dims: usize) -> Self {
        let rows = Rows::new(set.features, dims);
        let label = |i: usize| set.labels.get(i).copied().unwrap_or_default();
        let labels: Vec<u32> = (0..rows.len()).map(label).collect();
        let mut within = sums(&rows, &rows, &labels);
        for (i, (sums, label)) in within.iter_mut().zip(&labels).enumerate() {
            // A sample and itself are no pair.
            *sums.entry(*label).or_default() -= kernel(rows.square(i), dims);
        }
        Self { rows, labels, within }
    }

    /// The distance of both, with a 95% interval for what chance does to either; none with too few samples.
    ///
    /// Half of what a sample changes is its own mean kernel with its set, less that with the other: the mean of these
    /// over both sets is the distance, and their spread tells that of the distance (where both sets are of one kind, up
    /// to 1.4 times as much).
    pub fn distance(&self, other: &Self) -> Option<Estimate> {
        let strata = Strata::of([&self.labels, &other.labels])?;
        let sides = [self.parts(other, &strata, 0), other.parts(self, &strata, 1)];
        let (mut distance, mut variance) = (0.0, 0.0);
        for (stratum, parts) in sides.iter().flat_map(|side| side.iter().enumerate()) {
            let share = strata.shares[stratum];
            distance += share * mean(parts);
            variance += (2.0 * share * spread(parts)).powi(2) / parts.len() as f64;
        }
        let half = DEVIATIONS * variance.sqrt();
        Some(Estimate { mean: distance, low: distance - half, high: distance + half })
    }

    /// Each sample's mean kernel with the others of its set, number `own` of two, less that with `other`; by stratum.
    fn parts(&self, other: &Self, strata: &Strata, own: usize) -> Vec<Vec<f64>> {
        let Strata { place, sizes, shares } = strata;
        let across = sums(&self.rows, &other.rows, &other.labels);
        let mut parts = vec![Vec::new(); shares.len()];
        for ((label, within), across) in self.labels.iter().zip(&self.within).zip(&across) {
            let stratum = place[label];
            let others = |s: usize| sizes[own][s] - f64::from(u8::from(s == stratum));
            let mean = |sums: &BTreeMap<u32, f64>, count: &dyn Fn(usize) -> f64| -> f64 {
                let part = |(label, sum): (&u32, &f64)| {
                    let s = place[label];
                    shares[s] * sum / count(s)
                };
                sums.iter().map(part).sum()
            };
            let with_own = mean(within, &others);
            parts[stratum].push(with_own - mean(across, &|s| sizes[1 - own][s]));
        }
        parts
    }
}

/// Kernels of each row of `a` and all of `b`, summed by the labels of these.
fn sums(a: &Rows, b: &Rows, labels: &[u32]) -> Sums {
    let firsts: Vec<usize> = a.blocks().collect();
    let parts = firsts.into_par_iter().map(|first| {
        let products = a.products(first, b);
        let of_row = |products: &[f64]| {
            let mut sums = BTreeMap::new();
            for (product, label) in products.iter().zip(labels) {
                *sums.entry(*label).or_default() += kernel(*product, a.dims());
            }
            sums
        };
        products.as_slice().chunks(b.len().max(1)).map(of_row).collect()
    });
    parts.collect::<Vec<Sums>>().concat()
}

fn kernel(product: f64, dims: usize) -> f64 {
    (product / dims as f64 + 1.0).powi(3)
}

/// Classes that are looked at by themselves, as far as both sets have enough of them.
struct Strata {
    /// Of each label.
    place: BTreeMap<u32, usize>,
    /// Samples of each in either set.
    sizes: [Vec<f64>; 2],
    /// The mean of their shares in both.
    shares: Vec<f64>,
}

impl Strata {
    /// None where there are too few samples.
    fn of(sets: [&[u32]; 2]) -> Option<Self> {
        let labels: BTreeSet<u32> = sets.concat().into_iter().collect();
        let least = |of: &dyn Fn(&u32) -> bool| {
            let [a, b] = sets.map(|set| set.iter().filter(|label| of(label)).count());
            a.min(b)
        };
        let is_large = |label: &u32| least(&|other| other == label) >= LEAST;
        let large: Vec<u32> = labels.iter().copied().filter(is_large).collect();
        let has_rest = least(&|label| !large.contains(label)) >= LEAST;
        let count = large.len() + usize::from(has_rest);
        // What is left over and too little by itself joins the first.
        let rest = if has_rest { large.len() } else { 0 };
        let place = |label| (label, large.iter().position(|l| *l == label).unwrap_or(rest));
        let place: BTreeMap<u32, usize> = labels.into_iter().map(place).collect();
        let sizes = sets.map(|set| {
            let mut sizes = vec![0.0; count];
            if count > 0 {
                set.iter().for_each(|label| sizes[place[label]] += 1.0);
            }
            sizes
        });
        let share = |s: usize| {
            (sizes[0][s] / sets[0].len() as f64 + sizes[1][s] / sets[1].len() as f64) / 2.0
        };
        let shares = (0..count).map(share).collect();
        (count > 0).then_some(Self { place, sizes, shares })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::{
        seed::{Purpose, Seed, gaussian},
        tests::assert_close,
    };

    const DIMS: usize = 4;

    fn normals(stream: u64, count: usize, shift: f32) -> Vec<f32> {
        let mut values = vec![0.0; DIMS * count];
        gaussian(Seed(3), Purpose::Initial, stream, 0, &mut values);
        values.iter_mut().for_each(|value| *value += shift);
        values
    }

    fn set(features: &[f32], labels: &[u32]) -> KernelSet {
        KernelSet::new(Labelled { features, labels }, DIMS)
    }

    fn measured(stream: u64, counts: [usize; 2], shift: f32) -> Estimate {
        let own = set(&normals(stream, counts[0], shift), &[]);
        own.distance(&set(&normals(stream + 1000, counts[1], 0.0), &[])).expect("enough")
    }

    #[test]
    fn the_distance_is_the_definition_over_all_pairs_of_different_samples() {
        let (a, b) = (normals(0, 150, 0.5), normals(1, 33, 0.0));
        let row = |of: &[f32], i: usize| of[i * DIMS..(i + 1) * DIMS].to_vec();
        let kernels = |a: &[f32], b: &[f32], is_same: bool| {
            let (mut sum, mut pairs) = (0.0, 0.0);
            for i in 0..a.len() / DIMS {
                for j in (0..b.len() / DIMS).filter(|&j| !is_same || i != j) {
                    let (x, y) = (row(a, i), row(b, j));
                    let product: f64 =
                        x.iter().zip(&y).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
                    sum += (product / DIMS as f64 + 1.0).powi(3);
                    pairs += 1.0;
                }
            }
            sum / pairs
        };
        let expected = kernels(&a, &a, true) + kernels(&b, &b, true) - 2.0 * kernels(&a, &b, false);
        let [a, b] = [&a, &b].map(|features| set(features, &[]));
        assert_close(a.distance(&b).unwrap().mean, expected, 1e-9);
        assert_close(b.distance(&a).unwrap().mean, expected, 1e-9);
    }

    #[test]
    fn few_samples_look_no_farther_apart_than_many() {
        let of = |counts: [usize; 2]| {
            let found: Vec<f64> =
                (0..60).map(|stream| measured(stream, counts, 0.0).mean).collect();
            mean(&found)
        };
        // Populations are the same: 0, whatever the number. The spread of one is 0.1 at 40 samples.
        assert!(of([40, 40]).abs() < 0.06, "{}", of([40, 40]));
        assert!(of([400, 40]).abs() < 0.06, "{}", of([400, 40]));
    }

    #[test]
    fn classes_that_are_asked_for_make_no_set_look_nearer() {
        // Classes far apart, as many of each in both sets, which are of one kind: 0, and so for classes of one or two.
        for classes in [1, 4, 13, 20] {
            let labels: Vec<u32> = (0..40).map(|i| i % classes).collect();
            let apart = |stream: u64| {
                let mut values = normals(stream, 40, 0.0);
                let rows = values.chunks_mut(DIMS).zip(&labels);
                rows.for_each(|(row, label)| row[0] += 1.5 * (label % 4) as f32);
                set(&values, &labels)
            };
            let found =
                (0..60).map(|stream| apart(stream).distance(&apart(stream + 1000)).unwrap());
            let found: Vec<Estimate> = found.collect();
            let means: Vec<f64> = found.iter().map(|found| found.mean).collect();
            let error = spread(&means) / 60f64.sqrt();
            // Of twenty classes of two each nothing can be told apart: they are taken together.
            let is_told = classes <= 13;
            assert!(!is_told || mean(&means).abs() < 4.0 * error, "{classes}: {}", mean(&means));
            let held = found.iter().filter(|found| found.low <= 0.0 && 0.0 <= found.high).count();
            assert!(held >= 50, "{classes}: {held} of 60");
        }
    }

    #[test]
    fn nineteen_intervals_of_twenty_hold_the_distance_of_the_populations() {
        // So many samples that chance hardly moves it.
        let truth = measured(7, [6000, 6000], 0.5).mean;
        let found: Vec<Estimate> =
            (0..60).map(|stream| measured(stream, [200, 300], 0.5)).collect();
        let held = found.iter().filter(|found| found.low <= truth && truth <= found.high).count();
        // Binomial(60, 0.95): standard deviation 1.7, four of them below the mean.
        assert!(held >= 50, "{held} of 60");
        let means: Vec<f64> = found.iter().map(|found| found.mean).collect();
        let halves: Vec<f64> = found.iter().map(|found| found.high - found.mean).collect();
        let ratio = mean(&halves) / (DEVIATIONS * spread(&means));
        assert!((0.7..1.5).contains(&ratio), "{ratio}");
    }

    #[test]
    fn sets_too_small_for_a_mean_of_pairs_have_no_distance() {
        let of = |count: usize| set(&normals(0, count, 0.0), &[]);
        assert_eq!(of(2).distance(&of(40)), None);
        assert!(of(3).distance(&of(40)).is_some_and(|found| found.high.is_finite()));
        // A class with two samples joins another.
        let labels: Vec<u32> = (0..40).map(|i| u32::from(i < 2)).collect();
        let found =
            set(&normals(0, 40, 0.0), &labels).distance(&set(&normals(1, 40, 0.0), &labels));
        assert!(found.is_some_and(|found| found.high.is_finite()));
    }
}
