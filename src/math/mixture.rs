//! Mixtures of round Gaussians under noise: density and score at time t, in closed form.
//!
//! Why: the field that a person sees is the formula itself, not a network's idea of it.
//!
//! `p_t(x) = sum_k w_k N(x; alpha m_k, T I)`, `T = alpha^2 std^2 + sigma^2`,
//! `grad log p_t(x) = sum_k r_k (alpha m_k - x) / T`, `r_k ~ w_k N(x; alpha m_k, T I)`.

use super::schedule::Level;

/// Most steps to a mode, and the relative rise below which it is reached.
const CLIMBS: usize = 100;
const STAND: f64 = 1e-5;

/// A mixture in the plane at one noise level.
#[derive(Clone, Debug, PartialEq)]
pub struct Noised {
    /// The components' centres, `alpha m_k`.
    centres: Vec<[f64; 2]>,
    /// `ln w_k`.
    log_weights: Vec<f64>,
    /// `T`, the variance of each component in each dimension.
    variance: f64,
}

impl Noised {
    /// Components `N(means[k], std^2 I)` with probabilities `weights[k]` over their sum, noised to `level`.
    ///
    /// There is at least one component, and `std > 0`.
    pub fn new(means: &[[f64; 2]], std: f64, weights: &[f64], level: Level) -> Self {
        assert!(!means.is_empty() && means.len() == weights.len(), "one weight a component");
        let Level { alpha, sigma } = level;
        let total: f64 = weights.iter().sum();
        Self {
            centres: means.iter().map(|mean| mean.map(|m| alpha * m)).collect(),
            log_weights: weights.iter().map(|weight| (weight / total).ln()).collect(),
            variance: (alpha * std).powi(2) + sigma * sigma,
        }
    }

    /// The variance of each component in each dimension, `T`.
    pub fn variance(&self) -> f64 {
        self.variance
    }

    /// Each component's centre and the logarithm of its weight.
    pub fn components(&self) -> impl Iterator<Item = ([f64; 2], f64)> + '_ {
        self.centres.iter().copied().zip(self.log_weights.iter().copied())
    }

    /// The largest density, to one part in a thousand.
    ///
    /// `x + T grad log p_t(x)`, the mean of what `x` may belong to, climbs to a mode (mean shift,
    /// Fukunaga and Hostetler 1975); the highest one is reached from one of the centres.
    pub fn peak(&self) -> f64 {
        let climb = |&centre: &[f64; 2]| {
            let (mut x, mut height) = (centre, self.density(centre));
            for _ in 0..CLIMBS {
                let score = self.score(x);
                x = [0, 1].map(|i| x[i] + self.variance * score[i]);
                let higher = self.density(x);
                if higher <= height * (1.0 + STAND) {
                    return higher.max(height);
                }
                height = higher;
            }
            height
        };
        self.centres.iter().map(climb).fold(0.0, f64::max)
    }

    /// `p_t(x)`.
    pub fn density(&self, x: [f64; 2]) -> f64 {
        let exponents = self.exponents(x);
        exponents.map(f64::exp).sum::<f64>() / (std::f64::consts::TAU * self.variance)
    }

    /// `p_t` at every place `(across[i], up[j])`, row `j` after row `j - 1`.
    ///
    /// A round Gaussian is a product over dimensions, so that a whole picture takes few exponentials.
    pub fn densities(&self, across: &[f64], up: &[f64]) -> Vec<f64> {
        let mut all = vec![0.0; across.len() * up.len()];
        for (centre, log_weight) in self.centres.iter().zip(&self.log_weights) {
            let factor =
                |i: usize| move |at: &f64| (-0.5 * (at - centre[i]).powi(2) / self.variance).exp();
            let norm = log_weight.exp() / (std::f64::consts::TAU * self.variance);
            let columns: Vec<f64> = across.iter().map(factor(0)).collect();
            for (row, at) in all.chunks_mut(across.len().max(1)).zip(up) {
                let scale = norm * factor(1)(at);
                row.iter_mut().zip(&columns).for_each(|(sum, column)| *sum += scale * column);
            }
        }
        all
    }

    /// `grad log p_t(x)`, finite wherever `x` is.
    pub fn score(&self, x: [f64; 2]) -> [f64; 2] {
        // Far from all components every density is 0 in f64: only ratios are taken.
        let largest = self.exponents(x).fold(f64::NEG_INFINITY, f64::max);
        let (mut total, mut sum) = (0.0, [0.0; 2]);
        for (centre, exponent) in self.centres.iter().zip(self.exponents(x)) {
            let odds = (exponent - largest).exp();
            total += odds;
            for i in 0..2 {
                sum[i] += odds * (centre[i] - x[i]);
            }
        }
        sum.map(|sum| sum / (total * self.variance))
    }

    /// `ln w_k - |x - alpha m_k|^2 / 2T`.
    fn exponents(&self, x: [f64; 2]) -> impl Iterator<Item = f64> + '_ {
        self.centres.iter().zip(&self.log_weights).map(move |(centre, log_weight)| {
            let square = (x[0] - centre[0]).powi(2) + (x[1] - centre[1]).powi(2);
            log_weight - 0.5 * square / self.variance
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::{schedule::Process, tests::assert_close};

    const MEANS: [[f64; 2]; 3] = [[-0.5, 0.2], [0.6, -0.1], [0.1, 0.7]];
    const WEIGHTS: [f64; 3] = [0.2, 0.5, 0.3];

    fn noised(t: f64) -> Noised {
        Noised::new(&MEANS, 0.1, &WEIGHTS, Process::ScaledLinear.level(t))
    }

    #[test]
    fn nowhere_is_it_denser_than_at_the_peak() {
        let places: Vec<f64> = (-60..=60).map(|i| f64::from(i) / 40.0).collect();
        for t in [0.0, 30.0, 100.0, 300.0, 1000.0] {
            let noised = noised(t);
            let densest = noised.densities(&places, &places).into_iter().fold(0.0, f64::max);
            let peak = noised.peak();
            // Between two places of the grid (0.025 apart) a component of width 0.1 drops by 1.5%.
            assert!(peak >= 0.999 * densest && peak <= 1.02 * densest, "t = {t}: {peak} {densest}");
        }
    }

    #[test]
    fn weights_are_shares_of_their_sum() {
        let level = Process::ScaledLinear.level(100.0);
        let doubled = Noised::new(&MEANS, 0.1, &WEIGHTS.map(|weight| 2.0 * weight), level);
        assert_close(doubled.density([0.1, 0.2]), noised(100.0).density([0.1, 0.2]), 1e-12);
    }

    #[test]
    fn one_component_without_noise_is_its_own_gaussian() {
        let level = Process::ScaledLinear.level(0.0);
        let one = Noised::new(&[[0.3, -0.4]], 0.5, &[1.0], level);
        let expected =
            (-0.5_f64 * (0.2 * 0.2 + 0.1 * 0.1) / 0.25).exp() / (std::f64::consts::TAU * 0.25);
        assert_close(one.density([0.5, -0.3]), expected, 1e-15);
        let score = one.score([0.5, -0.3]);
        assert_close(score[0], -0.2 / 0.25, 1e-14);
        assert_close(score[1], -0.1 / 0.25, 1e-14);
    }

    #[test]
    fn the_score_is_the_slope_of_the_log_density() {
        // Central differences: an error of h^2 times the third derivative, 1e-10 times some 1e3.
        let h = 1e-5;
        for t in [0.0, 1.0, 50.0, 250.0, 700.0, 1000.0] {
            let noised = noised(t);
            for x in [[0.0, 0.0], [0.05, 0.3], [-0.45, 0.25], [0.5, 0.4]] {
                let score = noised.score(x);
                for i in 0..2 {
                    let shifted = |by: f64| {
                        let mut place = x;
                        place[i] += by;
                        noised.density(place).ln()
                    };
                    let slope = (shifted(h) - shifted(-h)) / (2.0 * h);
                    assert_close(score[i], slope, 1e-5 * (1.0 + slope.abs()));
                }
            }
        }
    }

    #[test]
    fn the_density_sums_to_one() {
        // The rectangle rule is exact to far below 1e-9 where the function and its slopes vanish at
        // the ends and the spacing is below a standard deviation.
        let places: Vec<f64> = (0..=400).map(|i| -6.0 + 0.03 * f64::from(i)).collect();
        for t in [0.0, 100.0, 1000.0] {
            let sum: f64 = noised(t).densities(&places, &places).iter().sum();
            assert_close(sum * 0.03 * 0.03, 1.0, 1e-6);
        }
    }

    #[test]
    fn a_picture_of_the_density_holds_the_density_of_each_place() {
        let (across, up) = ([-0.5, 0.0, 0.8], [0.3, -0.2]);
        let noised = noised(100.0);
        let all = noised.densities(&across, &up);
        for (j, y) in up.iter().enumerate() {
            for (i, x) in across.iter().enumerate() {
                assert_close(all[j * 3 + i], noised.density([*x, *y]), 1e-14);
            }
        }
    }

    #[test]
    fn far_from_everything_the_score_points_to_the_nearest_component() {
        let score = noised(0.0).score([100.0, -0.1]);
        assert_close(score[0], -99.4 / 0.01, 1e-6);
        assert_close(score[1], 0.0, 1e-6);
    }
}
