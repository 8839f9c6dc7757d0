//! Where the teacher's paths start: at which times of the grid, and from what.

use serde::{Deserialize, Serialize};

use super::score::log_normal;
use crate::math::{
    grid::TimeGrid,
    schedule::Process,
    seed::{self, Purpose, Seed},
};

/// Where the teacher's paths start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Starts {
    /// At noised data, `s_j` with j uniform: the paper's, and the default.
    #[default]
    Uniform,
    /// This share at T, at noise alone, where all one-step samples start; the others at noised data.
    ///
    /// At T noised data still holds `alpha_T` of the data: enough to tell a dark picture by its mean, which
    /// noise does not tell (Lin et al. 2024, for teachers; pairs of noise and solution alone
    /// are the distillation of Luhman and Luhman 2021).
    Noise(f64),
    /// At noised data, `s_j` the start of the interval that holds a draw of `ln s ~ N(mean, std^2)`, `s = sigma/alpha`; T
    /// beyond it (Song and Dhariwal 2024, eq. 10).
    LogNormal {
        /// Mean of ln s.
        mean: f64,
        /// Standard deviation of ln s.
        std: f64,
    },
}

/// What a path starts at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Noised data.
    Data,
    /// Noise alone.
    Noise,
}

impl Starts {
    /// Number of the interval of `grid` where draw `index` starts, and what it starts at.
    pub(super) fn draw(
        self,
        seed: Seed,
        index: u64,
        process: Process,
        grid: &TimeGrid,
    ) -> (usize, Origin) {
        let is_within = |share| seed::uniform(seed, Purpose::Time, index, 0) < share;
        match self {
            Self::Noise(share) if is_within(share) => (0, Origin::Noise),
            Self::LogNormal { mean, std } => {
                let ratio = log_normal(seed, index, mean, std);
                // Starts descend: the last one that is not below the draw.
                let above = |&&time: &&f64| process.level(time).ratio() >= ratio;
                let above = grid.starts().iter().take_while(above).count();
                (above.saturating_sub(1), Origin::Data)
            }
            Self::Uniform | Self::Noise(_) => {
                let start = seed::below(seed, Purpose::Time, index, 0, grid.intervals());
                (start, Origin::Data)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_normal_starts_have_the_shares_that_the_error_function_gives() {
        let (process, grid) = (Process::ScaledLinear, TimeGrid::uniform(10).expect("a divisor"));
        let (mean, std, draws) = (-0.5, 1.2, 40_000);
        let starts = Starts::LogNormal { mean, std };
        let mut counts = vec![0usize; grid.intervals()];
        for index in 0..draws {
            let (start, origin) = starts.draw(Seed(3), index, process, &grid);
            assert_eq!(origin, Origin::Data);
            counts[start] += 1;
        }
        // The normal distribution's share below a time's ratio.
        let below = |time: f64| {
            let z = (process.level(time).ratio().ln() - mean) / (std * 2f64.sqrt());
            0.5 * (1.0 + libm::erf(z))
        };
        for (start, count) in counts.into_iter().enumerate() {
            let times = grid.times();
            let top = if start == 0 { 1.0 } else { below(times[start]) };
            let share = top - below(times[start + 1]);
            let found = count as f64 / draws as f64;
            // Five standard deviations of a share.
            let slack = 5.0 * (share * (1.0 - share) / draws as f64).sqrt() + 1e-6;
            assert!((found - share).abs() < slack, "interval {start}: {found}, not {share}");
        }
    }
}
