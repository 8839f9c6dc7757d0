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
    /// The numbers that describe a Karras grid make no grid.
    #[error("no Karras grid has {what} = {found}: it must be {expected}")]
    Karras {
        /// Which number.
        what: &'static str,
        /// Its value, as given.
        found: String,
        /// What would be accepted.
        expected: &'static str,
    },
    /// The list of times is no grid.
    #[error("time {index} of the grid is {found}: {expected}")]
    Times {
        /// Position in the list, counted from 0.
        index: usize,
        /// The value there, or "missing".
        found: String,
        /// What would be accepted.
        expected: &'static str,
    },
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
            Process::Edm => {
                let (sigma_min, sigma_max) = (process.smallest_time(), process.terminal_time());
                Self::karras(intervals, sigma_min, sigma_max, EDM_RHO)
            }
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

    /// `levels` noise levels from `sigma_max` to `sigma_min`, then 0 (Karras et al. 2022, eq. 5).
    ///
    /// Equal steps in `sigma^(1/rho)`: the larger `rho`, the more of them lie near `sigma_min`.
    pub fn karras(
        levels: usize,
        sigma_min: f64,
        sigma_max: f64,
        rho: f64,
    ) -> Result<Self, GridError> {
        check_karras(levels, sigma_min, sigma_max, rho)?;
        let (low, high) = (sigma_min.powf(1.0 / rho), sigma_max.powf(1.0 / rho));
        let last = levels - 1;
        let level = |index: usize| match index {
            // The ends are meant exactly: a root and its power would round them.
            0 => sigma_max,
            _ if index == last => sigma_min,
            _ => (high + index as f64 / last as f64 * (low - high)).powf(rho),
        };
        Self::from_times((0..levels).map(level).chain([0.0]).collect())
    }

    /// The grid of these times: finite, strictly descending, two or more, the last one 0.
    pub fn from_times(times: Vec<f64>) -> Result<Self, GridError> {
        let wrong = |index: usize, expected| {
            let found = times.get(index).map_or("missing".to_owned(), f64::to_string);
            Err(GridError::Times { index, found, expected })
        };
        if times.len() < 2 {
            return wrong(times.len(), "a grid needs a start and an end at 0");
        }
        if let Some(index) = times.iter().position(|time| !time.is_finite()) {
            return wrong(index, "times must be finite numbers");
        }
        if let Some(index) = times.windows(2).position(|pair| pair[1] >= pair[0]) {
            return wrong(index + 1, "each time must be smaller than the one before it");
        }
        if times[times.len() - 1] != 0.0 {
            return wrong(times.len() - 1, "the last time must be 0, clean data");
        }
        Ok(Self { times })
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
}

fn check_karras(levels: usize, sigma_min: f64, sigma_max: f64, rho: f64) -> Result<(), GridError> {
    let wrong = |what, found: String, expected| Err(GridError::Karras { what, found, expected });
    let is_positive = |value: f64| value.is_finite() && value > 0.0;
    if levels == 0 || levels > MOST_LEVELS {
        return wrong("levels", levels.to_string(), "1 to 100000");
    }
    if !is_positive(sigma_min) {
        return wrong("sigma_min", sigma_min.to_string(), "finite and above 0");
    }
    if !(is_positive(sigma_max) && sigma_max > sigma_min) {
        return wrong("sigma_max", sigma_max.to_string(), "finite and above sigma_min");
    }
    if !is_positive(rho) {
        return wrong("rho", rho.to_string(), "finite and above 0");
    }
    Ok(())
}

#[cfg(test)]
#[path = "tests/grid.rs"]
mod tests;
