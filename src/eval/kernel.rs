//! Kernel distance (KID): the squared maximum mean discrepancy of two sets of features.
//!
//! Beside the Frechet distance since its mean is that of the populations at any number of samples: a set of a hundred
//! looks no farther away than one of thousands. It may come out below 0.
//!
//! `d = mean k(x, x') + mean k(y, y') - 2 mean k(x, y)`, `k(x, y) = (x . y / dims + 1)^3`, over different samples
//! (Binkowski et al. 2018)
//!
//! Samples are asked for so many of each class, so that two of one set are of one class less often than one of each
//! set. Means are therefore taken for each pair of classes, and added up with the shares of both.

use std::collections::{BTreeMap, BTreeSet};

use super::{interval::Labelled, rows::Rows};
use crate::math::{
    chance::{Chance, Score},
    statistics::{DEVIATIONS, Estimate, mean},
};

/// Samples of a class in both sets that have a mean over pairs. Classes of single samples are taken together, which makes
/// sets of them look a little nearer.
const LEAST: usize = 2;

/// A set of features, with what its samples have in common with each other.
pub struct KernelSet {
    rows: Rows,
    classes: Classes,
    /// Kernels of each sample and the others, summed by their class.
    within: Sums,
}

/// The classes of a set.
struct Classes {
    /// All of them, ascending.
    labels: Vec<u32>,
    /// Where among these each sample's is.
    places: Vec<usize>,
}

impl Classes {
    /// Of the `count` samples of `set`.
    fn of(set: Labelled<'_>, count: usize) -> Self {
        let all: BTreeSet<u32> = (0..count).map(|i| set.class(i)).collect();
        let all: Vec<u32> = all.into_iter().collect();
        let place = |i| all.binary_search(&set.class(i)).expect("it was put there");
        Self { places: (0..count).map(place).collect(), labels: all }
    }

    /// The label of each sample.
    fn of_samples(&self) -> impl Iterator<Item = u32> {
        self.places.iter().map(|&place| self.labels[place])
    }
}

/// For each sample the kernels with all those of a set, summed by the class of these.
type Sums = Vec<Vec<f64>>;

impl KernelSet {
    /// Of `set`, rows of `dims` values.
    pub async fn new(set: Labelled<'_>, dims: usize) -> Self {
        let rows = Rows::new(set.features, dims);
        let classes = Classes::of(set, rows.len());
        let mut within = sums(&rows, &rows, &classes).await;
        for (i, (sums, &place)) in within.iter_mut().zip(&classes.places).enumerate() {
            // A sample and itself are no pair.
            sums[place] -= kernel(rows.square(i), dims);
        }
        Self { rows, classes, within }
    }

    /// The distance of both, with a 95% interval for what chance does to either; none with too few samples.
    ///
    /// Half of what a sample changes is its own mean kernel with its set, less that with the other: the mean of these
    /// over both sets is the distance, and their spread tells that of the distance (where both sets are of one kind, up
    /// to 1.4 times as much).
    pub async fn distance(&self, other: &Self) -> Option<Score> {
        let strata = Strata::of([&self.classes, &other.classes])?;
        let sides = [self.parts(other, &strata, 0).await, other.parts(self, &strata, 1).await];
        let shares = || strata.shares.iter().chain(&strata.shares);
        let parts = sides.into_iter().flatten().zip(shares());
        let parts: Vec<(f64, Vec<f64>)> = parts.map(|(parts, share)| (*share, parts)).collect();
        let distance = parts.iter().map(|(share, parts)| share * mean(parts)).sum::<f64>();
        let chance = Chance::of_means(parts.into_iter().map(|(share, parts)| (2.0 * share, parts)));
        let half = DEVIATIONS * chance.deviation();
        Some(Score { figure: Estimate::around(distance, half), chance })
    }

    /// Each sample's mean kernel with the others of its set, number `own` of two, less that with `other`; by stratum.
    async fn parts(&self, other: &Self, strata: &Strata, own: usize) -> Vec<Vec<f64>> {
        let Strata { place, sizes, shares } = strata;
        let across = sums(&self.rows, &other.rows, &other.classes).await;
        let mut parts = vec![Vec::new(); shares.len()];
        for ((label, within), across) in self.classes.of_samples().zip(&self.within).zip(&across) {
            let stratum = place[&label];
            let others = |s: usize| sizes[own][s] - f64::from(u8::from(s == stratum));
            let mean = |classes: &Classes, sums: &[f64], count: &dyn Fn(usize) -> f64| -> f64 {
                let part = |(label, sum): (&u32, &f64)| {
                    let s = place[label];
                    shares[s] * sum / count(s)
                };
                classes.labels.iter().zip(sums).map(part).sum()
            };
            let with_own = mean(&self.classes, within, &others);
            let with_other = mean(&other.classes, across, &|s| sizes[1 - own][s]);
            parts[stratum].push(with_own - with_other);
        }
        parts
    }
}

/// Kernels of each row of `a` and all of `b`, summed by the classes of these.
async fn sums(a: &Rows, b: &Rows, classes: &Classes) -> Sums {
    let of_row = |products: &[f64]| {
        let mut sums = vec![0.0; classes.labels.len()];
        for (product, &place) in products.iter().zip(&classes.places) {
            sums[place] += kernel(*product, a.dims());
        }
        sums
    };
    let of_block =
        |first| a.products(first, b).as_slice().chunks(b.len().max(1)).map(of_row).collect();
    a.by_block(of_block).await
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
    fn of(sets: [&Classes; 2]) -> Option<Self> {
        let sets: [Vec<u32>; 2] = sets.map(|set| set.of_samples().collect());
        let labels: BTreeSet<u32> = sets.concat().into_iter().collect();
        let least = |of: &dyn Fn(&u32) -> bool| {
            let [a, b] = [0, 1].map(|i: usize| sets[i].iter().filter(|label| of(label)).count());
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
        let sizes = [0, 1].map(|i: usize| {
            let mut sizes = vec![0.0; count];
            if count > 0 {
                sets[i].iter().for_each(|label| sizes[place[label]] += 1.0);
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
        statistics::spread,
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
        pollster::block_on(KernelSet::new(Labelled { features, labels }, DIMS))
    }

    fn distance(own: &KernelSet, other: &KernelSet) -> Option<Estimate> {
        Some(pollster::block_on(own.distance(other))?.figure)
    }

    fn measured(stream: u64, counts: [usize; 2], shift: f32) -> Estimate {
        let own = set(&normals(stream, counts[0], shift), &[]);
        distance(&own, &set(&normals(stream + 1000, counts[1], 0.0), &[])).expect("enough")
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
        assert_close(distance(&a, &b).unwrap().mean, expected, 1e-9);
        assert_close(distance(&b, &a).unwrap().mean, expected, 1e-9);
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
                (0..60).map(|stream| distance(&apart(stream), &apart(stream + 1000)).unwrap());
            let found: Vec<Estimate> = found.collect();
            let means: Vec<f64> = found.iter().map(|found| found.mean).collect();
            let error = spread(&means) / 60f64.sqrt();
            assert!(mean(&means).abs() < 4.0 * error, "{classes}: {}", mean(&means));
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
        assert_eq!(distance(&of(1), &of(40)), None);
        assert!(distance(&of(2), &of(40)).is_some_and(|found| found.high.is_finite()));
        // A class with one sample joins another.
        let labels: Vec<u32> = (0..40).map(|i| u32::from(i < 1)).collect();
        let found =
            distance(&set(&normals(0, 40, 0.0), &labels), &set(&normals(1, 40, 0.0), &labels));
        assert!(found.is_some_and(|found| found.high.is_finite()));
    }
}
