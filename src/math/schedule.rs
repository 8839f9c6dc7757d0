//! Schedules: how much signal and noise a state holds at time t.
//!
//! One enum names both processes, so that a file can say which one its network was trained on.
//!
//! `x_t = alpha_t x_0 + sigma_t eps`

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// Number of noise levels of the scaled-linear process; also its terminal time.
const LEVELS: usize = 1000;
/// First and last beta of the scaled-linear process (Rombach et al. 2022).
const BETA_FIRST: f64 = 0.000_85;
const BETA_LAST: f64 = 0.012;
/// Smallest and largest sigma of the EDM process (Karras et al. 2022, table 1).
pub(super) const EDM_SIGMA_MIN: f64 = 0.002;
const EDM_SIGMA_MAX: f64 = 80.0;

/// Signal and noise of a state: `x = alpha x_0 + sigma eps`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Factor of the clean sample.
    pub alpha: f64,
    /// Standard deviation of the noise, in data units.
    pub sigma: f64,
}

impl Level {
    /// Clean data: all signal, no noise.
    const CLEAN: Self = Self { alpha: 1.0, sigma: 0.0 };

    /// The noise of the state divided by its signal, the `s` of the sigma chart.
    pub fn ratio(self) -> f64 {
        self.sigma / self.alpha
    }

    /// The variance-preserving level (`alpha^2 + sigma^2 = 1`) with this ratio.
    fn of_ratio(ratio: f64) -> Self {
        let total = ratio.hypot(1.0);
        Self { alpha: 1.0 / total, sigma: ratio / total }
    }
}

/// A diffusion process: the law of the noise added up to time t.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Process {
    /// Variance preserving, betas linear in their square root, t in 0..=1000 (the paper's own).
    ///
    /// Integer t >= 1 reads table index t - 1; t = 0 is exactly clean data. Times outside
    /// 0..=1000 are taken as the nearer end.
    ScaledLinear,
    /// Variance exploding, `alpha = 1` and `sigma = t` (Karras et al. 2022), t in 0..=80.
    Edm,
}

impl Process {
    /// Signal and noise at time `t`; exactly (1, 0) at t = 0.
    ///
    /// Scaled-linear: between integers the logarithm of the ratio is linear in t, below t = 1 the
    /// ratio itself is (its logarithm has no value at 0).
    pub fn level(self, t: f64) -> Level {
        match self {
            Self::ScaledLinear => SCALED_LINEAR.level(t),
            Self::Edm => Level { alpha: 1.0, sigma: t.clamp(0.0, f64::INFINITY) },
        }
    }

    /// The level that coefficients and networks see at time `t`.
    ///
    /// At clean data a noise prediction would divide by zero, so a network asked for t = 0 is
    /// served with the smallest level it was trained on: index 0 (t = 1), or sigma 0.002.
    pub fn network_level(self, t: f64) -> Level {
        self.level(t.clamp(self.smallest_time(), f64::INFINITY))
    }

    /// The smallest time at which a network is trained, and at which grids stop before clean data.
    pub fn smallest_time(self) -> f64 {
        match self {
            Self::ScaledLinear => 1.0,
            Self::Edm => EDM_SIGMA_MIN,
        }
    }

    /// The drift coefficient `b(t) = 1000 beta_t` of the VP-time chart, per unit of t / 1000.
    ///
    /// Linear between integers; b(0) = b(1), the index-0 value. Zero for EDM, which has no drift.
    pub fn drift(self, t: f64) -> f64 {
        match self {
            Self::ScaledLinear => SCALED_LINEAR.drift(t),
            Self::Edm => 0.0,
        }
    }

    /// The time whose level has this ratio of noise to signal: the inverse of `level(t).ratio()`.
    ///
    /// A ratio read at an integer time gives back exactly that integer.
    pub fn time_of_ratio(self, ratio: f64) -> f64 {
        match self {
            Self::ScaledLinear => SCALED_LINEAR.time_of_ratio(ratio),
            Self::Edm => ratio.clamp(0.0, f64::INFINITY),
        }
    }

    /// The level of the states that samples start from: no signal, and the noise that the terminal time is
    /// taken to have.
    pub fn pure_noise(self) -> Level {
        let sigma = match self {
            Self::ScaledLinear => 1.0,
            Self::Edm => EDM_SIGMA_MAX,
        };
        Level { alpha: 0.0, sigma }
    }

    /// The time at which sampling starts from pure noise.
    pub fn terminal_time(self) -> f64 {
        match self {
            Self::ScaledLinear => LEVELS as f64,
            Self::Edm => EDM_SIGMA_MAX,
        }
    }
}

static SCALED_LINEAR: LazyLock<Table> = LazyLock::new(Table::scaled_linear);

/// The scaled-linear process at t = 0, 1, ..., 1000 (each list has 1001 entries).
struct Table {
    levels: Vec<Level>,
    ratios: Vec<f64>,
    drifts: Vec<f64>,
}

impl Table {
    fn scaled_linear() -> Self {
        let (first, last) = (BETA_FIRST.sqrt(), BETA_LAST.sqrt());
        let beta = |index: usize| {
            let root = first + (last - first) * index as f64 / (LEVELS - 1) as f64;
            root * root
        };
        let mut levels = vec![Level::CLEAN];
        let mut drifts = vec![LEVELS as f64 * beta(0)];
        let mut signal_variance = 1.0;
        for index in 0..LEVELS {
            signal_variance *= 1.0 - beta(index);
            levels.push(Level {
                alpha: signal_variance.sqrt(),
                sigma: (1.0 - signal_variance).sqrt(),
            });
            drifts.push(LEVELS as f64 * beta(index));
        }
        let ratios = levels.iter().map(|level| level.ratio()).collect();
        Self { levels, ratios, drifts }
    }

    fn level(&self, t: f64) -> Level {
        let (below, fraction) = split(t);
        if fraction == 0.0 {
            return self.levels[below];
        }
        let above = self.ratios[below + 1];
        Level::of_ratio(match below {
            0 => fraction * above,
            _ => self.ratios[below].powf(1.0 - fraction) * above.powf(fraction),
        })
    }

    fn drift(&self, t: f64) -> f64 {
        let (below, fraction) = split(t);
        if fraction == 0.0 {
            return self.drifts[below];
        }
        self.drifts[below] + fraction * (self.drifts[below + 1] - self.drifts[below])
    }

    fn time_of_ratio(&self, ratio: f64) -> f64 {
        if ratio.is_nan() {
            return ratio;
        }
        let ratio = ratio.clamp(0.0, self.ratios[LEVELS]);
        // The first grid ratio that is not smaller; there is one because of the clamp.
        let above = self.ratios.partition_point(|&grid| grid < ratio);
        if self.ratios[above] == ratio {
            return above as f64;
        }
        let below = above - 1;
        below as f64
            + match below {
                0 => ratio / self.ratios[1],
                _ => {
                    (ratio / self.ratios[below]).ln()
                        / (self.ratios[above] / self.ratios[below]).ln()
                }
            }
    }
}

/// The integer at or below `t`, taken into 0..=1000, and the rest in [0, 1).
///
/// A NaN gives (0, NaN), so that it shows in the result instead of passing for a time.
fn split(t: f64) -> (usize, f64) {
    let t = t.clamp(0.0, LEVELS as f64);
    (t as usize, t - t.floor())
}

#[cfg(test)]
#[path = "tests/schedule.rs"]
mod tests;
