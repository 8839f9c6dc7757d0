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

use rayon::prelude::*;
use serde::Serialize;

use super::rows::Rows;
use crate::math::{seed::Seed, statistics::Estimate};

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
    pub fn new(features: &[f32], dims: usize) -> Option<Self> {
        let rows = Rows::new(features, dims);
        if rows.len() <= NEIGHBOUR || !features.iter().all(|value| value.is_finite()) {
            return None;
        }
        let radii = by_block(&rows, |first| {
            let distances = rows.distances(first, &rows);
            let radius = |(i, column): (usize, Vec<f64>)| {
                let mut others = column;
                others.swap_remove(first + i); // a sample is no neighbour of itself
                *others.select_nth_unstable_by(NEIGHBOUR - 1, f64::total_cmp).1
            };
            let columns = distances.column_iter().map(|column| column.iter().copied().collect());
            columns.enumerate().map(radius).collect()
        });
        Some(Self { rows, radii })
    }

    /// Where these samples lie beside `reference`.
    pub fn beside(&self, reference: &Self, seed: Seed) -> Manifold {
        let own = self.reached_by(reference);
        let others = reference.reached_by(self);
        let share = |reached: &[Reached], is_so: fn(&Reached) -> bool| {
            Estimate::of_share(reached.iter().filter(|r| is_so(r)).count(), reached.len())
        };
        let within: Vec<f64> = own.iter().map(|r| r.balls as f64 / NEIGHBOUR as f64).collect();
        Manifold {
            precision: share(&own, |reached| reached.balls > 0),
            recall: share(&others, |reached| reached.balls > 0),
            density: Estimate::of(&within, seed),
            coverage: share(&others, |reached| reached.holds_one),
        }
    }

    /// Each sample's place among those of `other`.
    fn reached_by(&self, other: &Self) -> Vec<Reached> {
        by_block(&self.rows, |first| {
            let distances = self.rows.distances(first, &other.rows);
            let reached = |(i, radius): (usize, &f64)| {
                let column = distances.column(i);
                let within = column.iter().zip(&other.radii).filter(|(d, radius)| d <= radius);
                Reached { balls: within.count(), holds_one: column.iter().any(|d| d <= radius) }
            };
            self.radii[first..].iter().take(distances.ncols()).enumerate().map(reached).collect()
        })
    }
}

/// How a sample lies beside another set.
struct Reached {
    /// Balls of the other set that it lies in.
    balls: usize,
    /// Whether a sample of the other set lies in its own.
    holds_one: bool,
}

/// Something of each row, a block of rows on each core.
fn by_block<T: Send>(rows: &Rows, of: impl Fn(usize) -> Vec<T> + Sync + Send) -> Vec<T> {
    let firsts: Vec<usize> = rows.blocks().collect();
    let parts: Vec<Vec<T>> = firsts.into_par_iter().map(of).collect();
    parts.into_iter().flatten().collect()
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

    fn measured(own: &[f32], reference: &[f32]) -> Manifold {
        let [own, reference] = [own, reference].map(|set| Balls::new(set, 3).expect("enough"));
        own.beside(&reference, Seed(1))
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
        assert!(Balls::new(&points(5, [37, 13], |x| x), 3).is_none());
        let mut points = points(6, [37, 13], |x| x);
        assert!(Balls::new(&points, 3).is_some());
        points[4] = f32::NAN;
        assert!(Balls::new(&points, 3).is_none(), "it would lie in every ball");
    }
}
