//! Time grids: the times at which a solver or a student stops.
//!
//! A list of times is data: solvers and samplers are functions of it and hide no step counter.
//!
//! `t_0 > t_1 > ... > t_N = 0`

use super::schedule::Process;

/// The terminal time of the scaled-linear process, which uniform grids divide.
const TERMINAL: usize = 1000;
/// More intervals than any sampler is run with; refused before memory is asked for.
const MOST_LEVELS: usize = 100_000;

/// How far the grids of the EDM process lean towards small noise (Karras et al. 2022, table 1).
const EDM_RHO: f64 = 7.0;

/// Why a time grid was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GridError {
    /// The number of intervals does not divide 1000.
    #[error(
        "a grid of {0} intervals does not fit the 1000 time steps: choose a divisor of 1000, \
         such as 10, 20, 50 or 100"
    )]
    NotADivisor(usize),
    /// No grid of the EDM process has so many intervals.
    #[error("a grid of {0} intervals does not fit the EDM process: choose 1 to 100000")]
    Levels(usize),
    /// A student cannot take so many steps on this grid.
    #[error(
        "{steps} sampling steps do not fit a grid of {intervals} intervals: choose 1 to {intervals}"
    )]
    Steps {
        /// The steps asked for.
        steps: usize,
        /// The intervals of the grid.
        intervals: usize,
    },
    /// A student cannot jump from these times.
    #[error(
        "a student is noised up to times that descend, below {terminal} and above 0: {times:?} do not"
    )]
    Times {
        /// The times asked for.
        times: Vec<f64>,
        /// The first time of every sample.
        terminal: f64,
    },
}

/// Descending times, the last one exactly 0, with at least one interval.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeGrid {
    times: Vec<f64>,
}

impl TimeGrid {
    /// The grid of `process` with so many intervals: uniform in time, or in EDM's spacing over all its levels.
    pub fn of(process: Process, intervals: usize) -> Result<Self, GridError> {
        match process {
            Process::ScaledLinear => Self::uniform(intervals),
            Process::Edm => Self::karras(intervals),
        }
    }

    /// `intervals` equal steps from t = 1000 to 0; `intervals` divides 1000 (method: default 100).
    pub fn uniform(intervals: usize) -> Result<Self, GridError> {
        if intervals == 0 || !TERMINAL.is_multiple_of(intervals) {
            return Err(GridError::NotADivisor(intervals));
        }
        let width = TERMINAL / intervals;
        let times = (0..=intervals).map(|step| (TERMINAL - step * width) as f64).collect();
        Ok(Self { times })
    }

    /// `levels` noise levels of the EDM process, from its largest to its smallest, then 0 (Karras et al. 2022, eq. 5).
    ///
    /// Equal steps in `sigma^(1/rho)`: the larger rho, the more of them lie near the smallest.
    pub fn karras(levels: usize) -> Result<Self, GridError> {
        if levels == 0 || levels > MOST_LEVELS {
            return Err(GridError::Levels(levels));
        }
        let (sigma_min, sigma_max) = (Process::Edm.smallest_time(), Process::Edm.terminal_time());
        let [low, high] = [sigma_min, sigma_max].map(|sigma| sigma.powf(1.0 / EDM_RHO));
        let last = levels - 1;
        let level = |index: usize| match index {
            // The ends are meant exactly: a root and its power would round them.
            0 => sigma_max,
            _ if index == last => sigma_min,
            _ => (high + index as f64 / last as f64 * (low - high)).powf(EDM_RHO),
        };
        Ok(Self { times: (0..levels).map(level).chain([0.0]).collect() })
    }

    /// All times, descending, the last one 0: `intervals + 1` of them.
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// The times at which an interval starts: all but the final 0.
    pub fn starts(&self) -> &[f64] {
        &self.times[..self.intervals()]
    }

    /// The number of intervals, the method's N.
    pub fn intervals(&self) -> usize {
        self.times.len() - 1
    }

    /// The start times of an n-step student: entries `round_half_even(i N / n)` of the grid.
    ///
    /// `steps` is in 1..=N; the first time is always the terminal one.
    pub fn student_times(&self, steps: usize) -> Result<Vec<f64>, GridError> {
        let intervals = self.intervals();
        if steps == 0 || steps > intervals {
            return Err(GridError::Steps { steps, intervals });
        }
        let entry = |step: usize| {
            // Ties are exact in f64, which holds these small integers and their halves.
            (step as f64 * intervals as f64 / steps as f64).round_ties_even() as usize
        };
        Ok((0..steps).map(|step| self.times[entry(step)]).collect())
    }

    /// The start times of a student that is noised up to `later` times between its steps: they descend from the terminal
    /// one, and need not be entries of the grid.
    pub fn student_times_at(&self, later: &[f64]) -> Result<Vec<f64>, GridError> {
        let all = [&self.times[..1], later].concat();
        // What is no number descends from nothing.
        if all.is_sorted_by(|earlier, later| earlier > later) && all[later.len()] > 0.0 {
            return Ok(all);
        }
        Err(GridError::Times { times: later.to_vec(), terminal: self.times[0] })
    }
}

#[cfg(test)]
#[path = "tests/grid.rs"]
mod tests;
