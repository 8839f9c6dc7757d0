//! Statistics: a mean with its bootstrap interval.
//!
//! A number without an interval invites conclusions that another seed would turn round.
//!
//! Percentile bootstrap (Efron 1979): resample the samples with replacement, take the mean of
//! each resample, and report where the middle 95% of these means lie.

use serde::Serialize;

use super::seed::{self, Purpose, Seed};

/// Resamples of a bootstrap: the ends of a 95% interval are then the 50th from each side.
const RESAMPLES: usize = 2000;
/// The part of the resampled means left out on either side.
const TAIL: f64 = 0.025;
/// Standard deviations to either side that hold 95% of a normal distribution.
pub const DEVIATIONS: f64 = 1.959_964;

/// A mean over samples with its 95% interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Mean of the samples.
    pub mean: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Estimate {
    /// The mean of one value per sample, and its percentile bootstrap interval.
    ///
    /// The same values in the same order and the same seed give the same interval. One value is
    /// its own interval; without values all three numbers are NaN.
    pub fn of(values: &[f64], seed: Seed) -> Self {
        let means = (0..RESAMPLES).map(|resample| resampled_mean(values, seed, resample as u64));
        Self::of_resamples(mean(values), means.collect())
    }

    /// The mean of one list over that of another of the same samples, and its percentile bootstrap interval.
    pub fn of_ratio(values: &[f64], others: &[f64], seed: Seed) -> Self {
        let ratio = |resample: u64| {
            let [own, other] = [values, others].map(|list| resampled_mean(list, seed, resample));
            own / other
        };
        Self::of_resamples(mean(values) / mean(others), (0..RESAMPLES as u64).map(ratio).collect())
    }

    /// The share of `hits` among `count`, one at least, with the interval of Wilson (1927): also where none or all
    /// are hits it says what `count` of them leave open, where a bootstrap would be sure.
    pub fn of_share(hits: usize, count: usize) -> Self {
        let (share, n) = (hits as f64 / count as f64, count as f64);
        let square = DEVIATIONS * DEVIATIONS;
        let middle = share + square / (2.0 * n);
        let half = DEVIATIONS * (share * (1.0 - share) / n + square / (4.0 * n * n)).sqrt();
        let [low, high] = [middle - half, middle + half].map(|end| end / (1.0 + square / n));
        // Rounding would leave none of 100 a little above 0.
        Self { mean: share, low: low.clamp(0.0, share), high: high.clamp(share, 1.0) }
    }

    /// The mean of one value a trial, two at least, with Student's interval (1908), which few values make wide.
    pub fn of_trials(values: &[f64]) -> Self {
        let count = values.len();
        let error = spread(values) / (count as f64).sqrt();
        Self::around(mean(values), student(count.saturating_sub(1)) * error)
    }

    /// A number with the interval that reaches `half` to either side.
    pub fn around(mean: f64, half: f64) -> Self {
        Self { mean, low: mean - half, high: mean + half }
    }

    /// The same number with the smallest interval that holds both.
    pub fn widened(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high), ..self }
    }

    /// A number with the percentile interval of its resamples, of which there is one at least.
    pub fn of_resamples(mean: f64, mut resampled: Vec<f64>) -> Self {
        resampled.sort_unstable_by(f64::total_cmp);
        let [low, high] = [TAIL, 1.0 - TAIL].map(|part| quantile(&resampled, part));
        Self { mean, low, high }
    }
}

/// How many standard errors to either side hold 95% of Student's t distribution, by its degrees of freedom from 1 on.
const STUDENT: [f64; 10] = [
    12.706_205, 4.302_653, 3.182_446, 2.776_445, 2.570_582, 2.446_912, 2.364_624, 2.306_004,
    2.262_157, 2.228_139,
];

/// The same for any number of them; beyond the table by the expansion of Fisher and Cornish (1960), right to 2e-4.
fn student(freedom: usize) -> f64 {
    if let Some(known) = freedom.checked_sub(1).and_then(|place| STUDENT.get(place)) {
        return *known;
    }
    let (z, n) = (DEVIATIONS, freedom as f64);
    let power = |exponent: i32| z.powi(exponent);
    let first = (power(3) + z) / (4.0 * n);
    let second = (5.0 * power(5) + 16.0 * power(3) + 3.0 * z) / (96.0 * n * n);
    let third = 3.0 * power(7) + 19.0 * power(5) + 17.0 * power(3) - 15.0 * z;
    z + first + second + third / (384.0 * n * n * n)
}

/// The mean of the values; NaN where there are none.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The standard deviation of `values`, of which there are two at least.
pub fn spread(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (squares / (values.len() as f64 - 1.0)).sqrt()
}

fn resampled_mean(values: &[f64], seed: Seed, resample: u64) -> f64 {
    let draw = |index: usize| {
        let chosen = seed::below(seed, Purpose::Bootstrap, resample, index as u64, values.len());
        values[chosen]
    };
    (0..values.len()).map(draw).sum::<f64>() / values.len() as f64
}

/// The value below which a `part` of the ascending list lies, linear between neighbours; the list holds one
/// value at least.
pub fn quantile(ascending: &[f64], part: f64) -> f64 {
    at_place(ascending, part * (ascending.len() - 1) as f64)
}

/// The value at a place of a list, counted from 0, linear between neighbours.
pub fn at_place(ascending: &[f64], place: f64) -> f64 {
    let below = ascending[place.floor() as usize];
    let above = ascending[place.ceil() as usize];
    below + (place - place.floor()) * (above - below)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::tests::assert_close;

    fn normals(sample: u64, count: usize) -> Vec<f64> {
        let mut out = vec![0.0; count];
        seed::gaussian(Seed(9), Purpose::Initial, sample, 0, &mut out);
        out.into_iter().map(f64::from).collect()
    }

    #[test]
    fn the_mean_is_the_sum_over_the_count() {
        assert_eq!(mean(&[1.0, 2.0, 6.0]), 3.0);
        assert!(mean(&[]).is_nan());
    }

    #[test]
    fn a_quantile_is_linear_between_its_neighbours() {
        let list = [0.0, 1.0, 2.0, 3.0, 10.0];
        assert_eq!(quantile(&list, 0.0), 0.0);
        assert_eq!(quantile(&list, 0.5), 2.0);
        assert_eq!(quantile(&list, 0.875), 6.5);
        assert_eq!(quantile(&list, 1.0), 10.0);
    }

    #[test]
    fn the_interval_of_a_coin_matches_the_binomial() {
        // A hundred coins, half of them heads: the resampled mean is binomial(100, 1/2) / 100,
        // whose 2.5% and 97.5% points are 0.40 and 0.60.
        let coins: Vec<f64> = (0..100).map(|index| f64::from(index % 2)).collect();
        let found = Estimate::of(&coins, Seed(1));
        assert_eq!(found.mean, 0.5);
        // The points lie on a lattice of 0.01, and 2000 resamples may miss by one.
        assert_close(found.low, 0.40, 0.0101);
        assert_close(found.high, 0.60, 0.0101);
    }

    #[test]
    fn the_interval_of_a_share_is_that_of_wilson_and_open_where_all_are_alike() {
        // By scipy.stats.binomtest(k, n).proportion_ci(method="wilson").
        let known = [
            (0, 8, 0.0, 0.324_407_565),
            (8, 8, 0.675_592_435, 1.0),
            (1, 40, 0.004_426_832, 0.128_813_69),
            (21, 64, 0.225_705_579, 0.450_008_942),
            (4095, 4096, 0.998_618_297, 0.999_956_902),
        ];
        for (hits, count, low, high) in known {
            let found = Estimate::of_share(hits, count);
            assert_eq!(found.mean, hits as f64 / count as f64);
            assert_close(found.low, low, 1e-6);
            assert_close(found.high, high, 1e-6);
        }
        let wide = Estimate::of_share(0, 8).widened(Estimate { mean: 0.5, low: 0.2, high: 0.4 });
        assert_eq!((wide.mean, wide.low, wide.high), (0.0, 0.0, 0.4));
    }

    #[test]
    fn few_trials_have_the_interval_of_student() {
        // By scipy.stats.t.ppf(0.975, n).
        let known = [
            (1, 12.706_204_7),
            (2, 4.302_652_7),
            (10, 2.228_138_9),
            (11, 2.200_985_2),
            (20, 2.085_963_4),
            (100, 1.983_971_5),
        ];
        for (freedom, expected) in known {
            assert_close(student(freedom), expected, 2e-4);
        }
        // scipy.stats.t.interval(0.95, 2, loc=2, scale=scipy.stats.sem([1, 2, 3])).
        let found = Estimate::of_trials(&[1.0, 2.0, 3.0]);
        assert_close(found.low, -0.484_137_7, 1e-6);
        assert_close(found.high, 4.484_137_7, 1e-6);
        let alike = Estimate::of_trials(&[0.5, 0.5]);
        assert_eq!((alike.mean, alike.low, alike.high), (0.5, 0.5, 0.5));
    }

    #[test]
    fn the_interval_of_a_ratio_leaves_out_what_both_have_in_common() {
        let (common, own) = (normals(3, 400), normals(4, 400));
        let list = |scale: f64, own_part: f64| -> Vec<f64> {
            common.iter().zip(&own).map(|(c, o)| scale * (5.0 + c) + own_part * o).collect()
        };
        let exact = Estimate::of_ratio(&list(3.0, 0.0), &list(1.0, 0.0), Seed(1));
        assert_close(exact.mean, 3.0, 1e-9);
        assert_close(exact.high - exact.low, 0.0, 1e-9);
        let noisy = Estimate::of_ratio(&list(3.0, 1.0), &list(1.0, 0.0), Seed(1));
        // By the delta method: 1.96 / (5 sqrt(400)).
        assert_close((noisy.high - noisy.low) / 2.0, 0.0196, 0.002);
    }

    #[test]
    fn the_interval_of_normals_is_two_standard_errors_wide_on_each_side() {
        let values = normals(0, 400);
        let found = Estimate::of(&values, Seed(2));
        let centre = mean(&values);
        let variance = values.iter().map(|value| (value - centre).powi(2)).sum::<f64>() / 400.0;
        let half = 1.96 * (variance / 400.0).sqrt();
        // An end found from 2000 resamples is uncertain by 3% of the width; four of them.
        assert_close(found.low, centre - half, 0.12 * half);
        assert_close(found.high, centre + half, 0.12 * half);
    }

    #[test]
    fn nineteen_intervals_of_twenty_hold_the_true_mean() {
        let is_held = |sample: &u64| {
            let found = Estimate::of(&normals(*sample, 50), Seed(*sample));
            found.low <= 0.0 && found.high >= 0.0
        };
        let held = (0..100).filter(is_held).count();
        // Binomial(100, 0.94): the percentile interval of 50 samples is a little short of 95%.
        // Standard deviation 2.4, four of them.
        assert!((84..=100).contains(&held), "{held} of 100");
    }

    #[test]
    fn the_same_seed_gives_the_same_interval() {
        let values = normals(1, 30);
        assert_eq!(Estimate::of(&values, Seed(3)), Estimate::of(&values, Seed(3)));
        assert_ne!(Estimate::of(&values, Seed(3)), Estimate::of(&values, Seed(4)));
    }

    #[test]
    fn one_value_is_its_own_interval_and_none_has_no_interval() {
        let one = Estimate::of(&[2.5], Seed(0));
        assert_eq!((one.mean, one.low, one.high), (2.5, 2.5, 2.5));
        let none = Estimate::of(&[], Seed(0));
        assert!(none.mean.is_nan() && none.low.is_nan() && none.high.is_nan());
    }
}
