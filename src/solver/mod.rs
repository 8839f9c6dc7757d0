//! Solvers of ordinary differential equations on batches. They see a [`VectorField`], nothing more.
//!
//! A solver is one step; [`Integration`] repeats it along a list of coordinates for every sample. Samples
//! may have paths of different lengths: in each round only those with steps to go are evaluated.
//!
//! | file | method | order |
//! |---|---|---|
//! | `euler` | explicit Euler | 1 |
//! | `heun` | Heun's trapezoid | 2 |
//! | `multistep` | DPM-Solver++(2M) | 2 |
//! | `adaptive` | Dormand-Prince 5(4) with error control | 5 |

mod adaptive;
mod euler;
mod heun;
mod multistep;

use burn::{prelude::*, tensor::ExecutionError};

use crate::platform::whole;
pub use adaptive::{Adaptive, AdaptiveError};
pub use euler::Euler;
pub use heun::Heun;
pub use multistep::Multistep;

/// The slope `dy/du` of a batch at one coordinate a sample.
pub trait VectorField {
    /// `y` `[n, d]`, `at` has `n` coordinates -> `[n, d]`.
    fn velocity(&self, y: Tensor<2>, at: &[f64]) -> Tensor<2>;

    /// Whether the slope exists at this coordinate (the sigma chart's does not at zero).
    fn is_regular(&self, _at: f64) -> bool {
        true
    }
}

/// One step of a batch.
pub struct Advance {
    /// The state at the end, `[n, d]`.
    pub state: Tensor<2>,
    /// The slope at the start, `[n, d]`.
    pub slope: Tensor<2>,
}

/// What a multistep method remembers of the step before.
pub struct Previous {
    /// State at the start of the step before, `[m, d]`; its first rows are the present samples.
    pub state: Tensor<2>,
    /// Slope there.
    pub slope: Tensor<2>,
    /// Coordinates there.
    pub at: Vec<f64>,
}

/// One step from `from` to `to`, a coordinate a sample each.
pub trait Solver: Send + Sync {
    /// `y` `[n, d]` at `from` -> the state at `to`.
    fn step(
        &self,
        field: &dyn VectorField,
        y: Tensor<2>,
        from: &[f64],
        to: &[f64],
        previous: Option<&Previous>,
    ) -> Advance;
}

/// A step as an observer sees it: only the samples that took it.
pub struct Observed<'a> {
    /// Coordinates at the start, one a sample still under way.
    pub at: &'a [f64],
    /// State at the start, `[m, d]`.
    pub state: &'a Tensor<2>,
    /// Slope at the start, `[m, d]`.
    pub slope: &'a Tensor<2>,
}

/// A batch that follows a field along one path of coordinates a sample, one round at a time.
///
/// The paths are sorted by length, longest first, so that the samples still under way are always the
/// first rows; a path of one coordinate stays where it is.
pub struct Integration<'a> {
    paths: &'a [Vec<f64>],
    state: Tensor<2>,
    previous: Option<Previous>,
    round: usize,
    /// Rows that arrived, last rows first.
    done: Vec<Tensor<2>>,
}

impl<'a> Integration<'a> {
    /// At the start of `paths`, longest first, in the states `y` `[n, d]`.
    pub fn new(paths: &'a [Vec<f64>], y: Tensor<2>) -> Self {
        assert_eq!(y.dims()[0], paths.len(), "one path a sample");
        assert!(paths.is_sorted_by_key(|p| std::cmp::Reverse(p.len())), "longest path first");
        Self { paths, state: y, previous: None, round: 0, done: Vec::new() }
    }

    /// One step of every sample still under way; false where none is.
    pub fn advance(
        &mut self,
        field: &dyn VectorField,
        solver: &dyn Solver,
        observe: &mut dyn FnMut(Observed<'_>),
    ) -> bool {
        let [before, d] = self.state.dims();
        let round = self.round;
        let active = self.paths.iter().take_while(|p| p.len() > round + 1).count();
        if active < before {
            self.done.push(self.state.clone().slice([active..before, 0..d]));
        }
        if active == 0 {
            return false;
        }
        if active < before {
            self.state = self.state.clone().slice([0..active, 0..d]);
        }
        let column = |i: usize| self.paths[..active].iter().map(|p| p[i]).collect::<Vec<f64>>();
        let (from, to) = (column(round), column(round + 1));
        let advance = solver.step(field, self.state.clone(), &from, &to, self.previous.as_ref());
        observe(Observed { at: &from, state: &self.state, slope: &advance.slope });
        let state = std::mem::replace(&mut self.state, advance.state);
        self.previous = Some(Previous { state, slope: advance.slope, at: from });
        self.round += 1;
        true
    }

    /// The end points, `[n, d]`, once no sample is under way.
    pub fn end(mut self) -> Tensor<2> {
        self.done.reverse();
        if self.done.len() == 1 { self.done.remove(0) } else { Tensor::cat(self.done, 0) }
    }
}

/// The values of a tensor, row by row, on the host.
pub async fn host<const D: usize>(x: Tensor<D>) -> Result<Vec<f32>, ExecutionError> {
    Ok(whole(x.into_data_async()).await?.iter::<f32>().collect())
}

/// Host values as a column that broadcasts over a batch: `[n, 1]`.
pub fn column(values: impl IntoIterator<Item = f64>, device: &Device) -> Tensor<2> {
    let values: Vec<f32> = values.into_iter().map(|v| v as f32).collect();
    Tensor::<1>::from_floats(values.as_slice(), device).reshape([values.len(), 1])
}
