//! Telling two figures apart that were taken from the same draws.
//!
//! Samplers start from the same noises, are resampled alike, and are held against the same reference. What chance does
//! to all of them then hides no difference between two: it is the chance in their difference that counts, not whether
//! their intervals overlap.

use super::{
    seed::Seed,
    statistics::{DEVIATIONS, Estimate, spread},
};

/// A figure with its 95% interval, and what chance does to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// The figure.
    pub figure: Estimate,
    /// What chance does to it.
    pub chance: Chance,
}

impl Score {
    /// The mean of these values.
    pub fn of_mean(values: Vec<f64>, seed: Seed) -> Self {
        Self { figure: Estimate::of(&values, seed), chance: Chance::of_mean(values) }
    }

    /// The share of cases that are hits, of one case at least.
    pub fn of_share(hits: Vec<bool>) -> Self {
        let count = hits.len();
        let figure = Estimate::of_share(hits.iter().filter(|hit| **hit).count(), count);
        let values = hits.into_iter().map(|hit| f64::from(u8::from(hit))).collect();
        Self { figure, chance: Chance::of_mean(values).of_shares(count) }
    }

    /// How far it is above another, with a 95% interval.
    pub fn less(&self, other: &Self) -> Estimate {
        let mean = self.figure.mean - other.figure.mean;
        let half = DEVIATIONS * self.chance.minus(&other.chance).deviation();
        Estimate::around(mean, half)
    }

    /// Whether the two differ, by that interval; never where either is no number.
    pub fn differs_from(&self, other: &Self) -> bool {
        let Estimate { low, high, .. } = self.less(other);
        low > 0.0 || high < 0.0
    }
}

/// What chance does to a figure: it moves as weighted means of independent values do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chance {
    parts: Vec<Part>,
    /// The least variance of a difference.
    least: f64,
}

#[derive(Clone, Debug, PartialEq)]
struct Part {
    weight: f64,
    values: Vec<f64>,
}

impl Chance {
    /// Of the mean of these values.
    pub fn of_mean(values: Vec<f64>) -> Self {
        Self::of_means([(1.0, values)])
    }

    /// Of a sum of means, each times its weight.
    pub fn of_means(parts: impl IntoIterator<Item = (f64, Vec<f64>)>) -> Self {
        let parts = parts.into_iter().map(|(weight, values)| Part { weight, values }).collect();
        Self { parts, least: 0.0 }
    }

    /// Of a figure that came out so for each resample: their spread is the figure's own, not that of a mean.
    pub fn of_resamples(figures: Vec<f64>) -> Self {
        Self::of_means([((figures.len() as f64).sqrt(), figures)])
    }

    /// Where the figure is a share of `count`. Two shares that differ in a handful of cases would be told apart too
    /// soon: as if they also differed in one case each way (compare Agresti and Min 2005).
    fn of_shares(self, count: usize) -> Self {
        Self { least: 2.0 / (count as f64).powi(2), ..self }
    }

    /// Together with what moves the figure besides.
    pub fn and(mut self, other: Self) -> Self {
        self.parts.extend(other.parts);
        Self { least: self.least + other.least, ..self }
    }

    /// The standard deviation of the figure; no number where a part has fewer than two values.
    pub fn deviation(&self) -> f64 {
        let variance =
            |part: &Part| (part.weight * spread(&part.values)).powi(2) / part.values.len() as f64;
        (self.parts.iter().map(variance).sum::<f64>() + self.least).sqrt()
    }

    /// Of the difference of two figures over the same draws, whose parts are therefore alike.
    fn minus(&self, other: &Self) -> Self {
        let part = |(own, other): (&Part, &Part)| {
            let pairs = own.values.iter().zip(&other.values);
            Part { weight: own.weight, values: pairs.map(|(a, b)| a - b).collect() }
        };
        Self { parts: self.parts.iter().zip(&other.parts).map(part).collect(), ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::tests::assert_close;

    fn noise(i: usize) -> f64 {
        (i * 37 % 101) as f64 / 101.0
    }

    fn score(values: &[f64], chance: fn(Vec<f64>) -> Chance) -> Score {
        let figure = Estimate::of(values, Seed(1));
        Score { figure, chance: chance(values.to_vec()) }
    }

    #[test]
    fn what_chance_does_to_two_samplers_alike_hides_no_difference() {
        let first: Vec<f64> = (0..200).map(|i| 10.0 * noise(i)).collect();
        // A little more each time, by an amount that varies.
        let second: Vec<f64> = (0..200).map(|i| first[i] + 0.1 * noise(7 * i + 1)).collect();
        let shuffled: Vec<f64> = (0..200).map(|i| second[(i * 77 + 5) % 200]).collect();
        let [a, b] = [&first, &second].map(|values| Estimate::of(values, Seed(1)));
        assert!(a.high > b.low, "by themselves they could not be told apart");
        let [first, second, shuffled] =
            [first, second, shuffled].map(|values| score(&values, Chance::of_mean));
        assert!(first.differs_from(&second) && second.differs_from(&first));
        assert!(!first.differs_from(&shuffled) && !first.differs_from(&first));
    }

    #[test]
    fn resamples_spread_as_the_figure_itself_and_means_by_the_root_of_their_number() {
        let values: Vec<f64> = (0..100).map(noise).collect();
        let spread = spread(&values);
        assert_close(Chance::of_resamples(values.clone()).deviation(), spread, 1e-12);
        assert_close(Chance::of_mean(values.clone()).deviation(), spread / 10.0, 1e-12);
        let both = Chance::of_means([(3.0, values.clone()), (4.0, values)]);
        assert_close(both.deviation(), 5.0 * spread / 10.0, 1e-12);
    }

    #[test]
    fn shares_that_differ_in_a_handful_of_cases_are_not_told_apart() {
        // By the exact sign test 5 to 0 have a chance of 6%, 6 to 0 of 3%.
        let share = |hits: usize| Score::of_share((0..1000).map(|i| i < hits).collect());
        assert!(!share(905).differs_from(&share(900)));
        assert!(share(906).differs_from(&share(900)));
    }

    #[test]
    fn what_is_no_number_differs_from_nothing() {
        let [known, unknown] = [[1.0, 2.0], [5.0, f64::NAN]].map(|v| score(&v, Chance::of_mean));
        assert!(!known.differs_from(&unknown) && !unknown.differs_from(&known));
        let alone = score(&[7.0], Chance::of_mean);
        assert!(!alone.differs_from(&score(&[1.0], Chance::of_mean)));
    }
}
