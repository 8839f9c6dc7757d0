//! What part of a reference its samples reach, and what part of the samples lies within it.
//!
//! A distance is one figure for two faults: samples that are unlike any of the reference, and parts of the reference
//! that no sample is like. These tell them apart. Around each point of a set lies a ball that reaches to its fifth
//! neighbour in the set; the balls together stand for where the set lies.
//!
//! * precision: samples within the reference's balls; recall: of the reference within the samples' balls
//!   (Kynkaanniemi et al. 2019)
//! * density: balls of the reference around a sample, over five; coverage: balls of the reference that hold a
//!   sample (Naeem et al. 2020)

use serde::Serialize;

use super::rows::Rows;
use crate::math::{
    chance::{Chance, Score},
    seed::Seed,
    statistics::Estimate,
};

/// The neighbour that a ball reaches to, the number that Naeem et al. use.
const NEIGHBOUR: usize = 5;

/// Intervals are over the samples, or the points of the reference, that are counted; the other set is taken as it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Manifold {
    /// The share of samples that lie where the reference does.
    pub precision: Estimate,
    /// The share of the reference that lies where samples do.
    pub recall: Estimate,
    /// How densely the reference lies around samples, 1 for two sets of one kind.
    pub density: Estimate,
    /// The share of the reference that has a sample nearby.
    pub coverage: Estimate,
}

/// A set of features with its balls.
pub struct Balls {
    rows: Rows,
    /// Squared distances to the fifth neighbours.
    radii: Vec<f64>,
}

impl Balls {
    /// Of `features`, rows of `dims` values; none where no sample has so many others, or where one lies nowhere (what
    /// is no number would be near everything).
    pub async fn new(features: &[f32], dims: usize) -> Option<Self> {
        let rows = Rows::new(features, dims);
        if rows.len() <= NEIGHBOUR || !features.iter().all(|value| value.is_finite()) {
            return None;
        }
        let radii_of = |first| {
            let distances = rows.distances(first, &rows);
            let radius = |(i, column): (usize, Vec<f64>)| {
                let mut others = column;
                others.swap_remove(first + i); // a sample is no neighbour of itself
                *others.select_nth_unstable_by(NEIGHBOUR - 1, f64::total_cmp).1
            };
            let columns = distances.column_iter().map(|column| column.iter().copied().collect());
            columns.enumerate().map(radius).collect()
        };
        let radii = rows.by_block(radii_of).await;
        Some(Self { rows, radii })
    }

    /// Where these samples lie beside `reference`.
    pub async fn beside(&self, reference: &Self) -> Beside {
        let (samples, reference) =
            (self.reached_by(reference).await, reference.reached_by(self).await);
        Beside { samples, reference }
    }

    /// Each sample's place among those of `other`.
    async fn reached_by(&self, other: &Self) -> Vec<Reached> {
        let of_block = |first| {
            let distances = self.rows.distances(first, &other.rows);
            let reached = |(i, radius): (usize, &f64)| {
                let column = distances.column(i);
                let within = column.iter().zip(&other.radii).filter(|(d, radius)| d <= radius);
                let mut held = column.iter().enumerate().filter(|(_, d)| *d <= radius);
                let (first, second) = (held.next(), held.next());
                let holds = match (first, second) {
                    (None, _) => Holds::None,
                    (Some((sample, _)), None) => Holds::One(sample),
                    _ => Holds::Several,
                };
                Reached { balls: within.count(), holds }
            };
            self.radii[first..].iter().take(distances.ncols()).enumerate().map(reached).collect()
        };
        self.rows.by_block(of_block).await
    }
}

/// How a sample lies beside another set.
struct Reached {
    /// Balls of the other set that it lies in.
    balls: usize,
    /// What its own holds of the other set.
    holds: Holds,
}

/// Samples in a ball.
#[derive(PartialEq)]
enum Holds {
    None,
    /// Its number.
    One(usize),
    Several,
}

/// Samples beside a reference, and the reference beside them.
pub struct Beside {
    samples: Vec<Reached>,
    reference: Vec<Reached>,
}

impl Beside {
    /// All four measures; density's bootstrap depends on the seed.
    pub fn manifold(&self, seed: Seed) -> Manifold {
        let density = |reached: &Reached| reached.balls as f64 / NEIGHBOUR as f64;
        let density: Vec<f64> = self.samples.iter().map(density).collect();
        Manifold {
            precision: self.precision().figure,
            recall: share(&self.reference, |reached| reached.balls > 0).figure,
            density: Estimate::of(&density, seed),
            coverage: self.coverage().figure,
        }
    }

    /// The share of samples that lie where the reference does.
    pub fn precision(&self) -> Score {
        share(&self.samples, |reached| reached.balls > 0)
    }

    /// The share of the reference that has a sample nearby. Chance moves it through the points of the reference, and
    /// through the samples: each by what it alone covers (a jackknife, which says rather too much).
    pub fn coverage(&self) -> Score {
        let covered = share(&self.reference, |reached| reached.holds != Holds::None);
        let mut alone = vec![0.0; self.samples.len()];
        for reached in &self.reference {
            if let Holds::One(sample) = reached.holds {
                alone[sample] += self.samples.len() as f64 / self.reference.len() as f64;
            }
        }
        Score { chance: covered.chance.and(Chance::of_mean(alone)), ..covered }
    }
}

fn share(reached: &[Reached], is_so: fn(&Reached) -> bool) -> Score {
    Score::of_share(reached.iter().map(is_so).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::tests::assert_close;

    /// Whole numbers of a lattice that look like chance.
    fn points(
        count: usize,
        [by_row, by_value]: [usize; 2],
        change: impl Fn(f64) -> f64,
    ) -> Vec<f32> {
        let value = |i: usize, k: usize| (i * by_row + k * by_value + i * i * (7 + k)) % 101;
        let row = |i: usize| [0, 1, 2].map(|k| change(value(i, k) as f64 / 64.0) as f32);
        (0..count).flat_map(row).collect()
    }

    fn balls(points: &[f32]) -> Option<Balls> {
        pollster::block_on(Balls::new(points, 3))
    }

    fn measured(own: &[f32], reference: &[f32]) -> Manifold {
        let [own, reference] = [own, reference].map(|set| balls(set).expect("enough"));
        pollster::block_on(own.beside(&reference)).manifold(Seed(1))
    }

    #[test]
    fn all_four_are_those_of_the_reference_implementation() {
        // By prdc 0.2 (clovaai/generative-evaluation-prdc), nearest_k = 5.
        let own = points(50, [37, 13], |x| 0.75 * x + 0.8);
        let found = measured(&own, &points(60, [29, 17], |x| x));
        assert_close(found.precision.mean, 46.0 / 50.0, 1e-9);
        assert_close(found.recall.mean, 18.0 / 60.0, 1e-9);
        assert_close(found.density.mean, 158.0 / 250.0, 1e-9);
        assert_close(found.coverage.mean, 19.0 / 60.0, 1e-9);
    }

    #[test]
    fn one_mode_of_two_is_precise_and_covers_half() {
        let reference = [points(60, [29, 17], |x| x), points(60, [31, 11], |x| x + 50.0)].concat();
        let found = measured(&points(60, [37, 13], |x| x), &reference);
        assert!(found.precision.mean > 0.9 && found.density.mean > 0.7, "{found:?}");
        assert!((0.4..=0.5).contains(&found.recall.mean), "{found:?}");
        assert!((0.4..=0.5).contains(&found.coverage.mean), "{found:?}");
        // And what is like nothing in the reference is neither.
        let found = measured(&points(60, [37, 13], |x| x - 50.0), &reference);
        assert_eq!([found.precision.mean, found.recall.mean, found.density.mean], [0.0; 3]);
        assert!(found.precision.high > 0.0, "60 samples leave something open");
    }

    #[test]
    fn a_set_of_few_points_has_no_balls() {
        assert!(balls(&points(5, [37, 13], |x| x)).is_none());
        let mut points = points(6, [37, 13], |x| x);
        assert!(balls(&points).is_some());
        points[4] = f32::NAN;
        assert!(balls(&points).is_none(), "it would lie in every ball");
    }

    #[test]
    fn two_samplers_of_one_kind_are_hardly_ever_told_apart() {
        use crate::math::seed::{Purpose, gaussian};
        let normals = |stream: u64| {
            let mut values = vec![0.0; 2 * 128];
            gaussian(Seed(3), Purpose::Initial, stream, 0, &mut values);
            pollster::block_on(Balls::new(&values, 2)).expect("enough")
        };
        let is_told = |trial: &u64| {
            let [reference, a, b] = [3 * trial, 3 * trial + 1, 3 * trial + 2].map(normals);
            let [a, b] = [a, b].map(|own| pollster::block_on(own.beside(&reference)));
            let precisions = a.precision().differs_from(&b.precision());
            [a.coverage().differs_from(&b.coverage()), precisions]
        };
        let told: Vec<[bool; 2]> = (0..100).map(|trial| is_told(&trial)).collect();
        let [coverages, precisions] = [0, 1].map(|by| told.iter().filter(|told| told[by]).count());
        // Binomial(100, 0.05): standard deviation 2.2, three of them above the mean. By the reference alone 20 are.
        assert!(coverages <= 11 && precisions <= 11, "{coverages} and {precisions} of 100");
    }
}
