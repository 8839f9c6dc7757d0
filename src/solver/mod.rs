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
    /// Rows that arrived before those in `state`, last rows first.
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
        if active == 0 {
            return false;
        }
        if active < before {
            self.done.push(self.state.clone().slice([active..before, 0..d]));
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
    pub fn end(self) -> Tensor<2> {
        let Self { state, mut done, .. } = self;
        if done.is_empty() {
            return state;
        }
        done.push(state);
        done.reverse();
        Tensor::cat(done, 0)
    }
}

/// The values of a tensor, row by row, on the host.
pub async fn host<const D: usize>(x: Tensor<D>) -> Result<Vec<f32>, ExecutionError> {
    Ok(whole(x.into_data_async()).await?.iter::<f32>().collect())
}

/// Each sample of `x` `[n, ..]` times its own of n factors.
///
/// Where all are the same, as in samplers, nothing is uploaded: on a GPU each upload waits until what was launched
/// before is on its way. Where they are 1, nothing is done.
pub fn scale_rows<const D: usize>(
    x: Tensor<D>,
    factors: impl IntoIterator<Item = f64>,
) -> Tensor<D> {
    let factors: Vec<f32> = factors.into_iter().map(|factor| factor as f32).collect();
    assert_eq!(factors.len(), x.dims()[0], "one factor a sample");
    match factors.first() {
        None => x,
        Some(&same) if factors.iter().all(|&factor| factor == same) => {
            if same == 1.0 {
                x
            } else {
                x * same
            }
        }
        Some(_) => {
            let column = Tensor::<1>::from_floats(factors.as_slice(), &x.device());
            let mut shape = [1; D];
            shape[0] = factors.len();
            x * column.reshape(shape)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing moves.
    struct Still;

    impl VectorField for Still {
        fn velocity(&self, y: Tensor<2>, _: &[f64]) -> Tensor<2> {
            y.zeros_like()
        }
    }

    #[test]
    fn a_walk_that_is_asked_again_after_its_end_has_each_row_once() {
        let paths = [vec![2.0, 1.0, 0.0], vec![1.0, 0.0], vec![0.0]];
        let x = Tensor::<2>::from_floats([[1.0], [2.0], [3.0]], &Device::flex());
        let mut walk = Integration::new(&paths, x);
        while walk.advance(&Still, &Euler, &mut |_| {}) {}
        assert!(!walk.advance(&Still, &Euler, &mut |_| {}));
        let end: Vec<f32> = walk.end().into_data().iter().collect();
        assert_eq!(end, [1.0, 2.0, 3.0]);
    }

    #[test]
    fn each_row_is_scaled_by_its_own_factor_or_by_that_of_all() {
        let x = Tensor::<2>::from_floats([[1.0, -2.0], [0.1, 3.0]], &Device::flex());
        let scaled = |factors: [f64; 2]| {
            let y = scale_rows(x.clone(), factors);
            let long = scale_rows(x.clone().reshape([2, 1, 2]), factors);
            let [y, long] =
                [y.into_data(), long.into_data()].map(|y| y.iter().collect::<Vec<f32>>());
            assert_eq!(y, long);
            y
        };
        assert_eq!(scaled([1.0, 1.0]), [1.0, -2.0, 0.1, 3.0]);
        assert_eq!(scaled([0.3, 0.3]), [0.3, -0.6, 0.1 * 0.3, 3.0 * 0.3]);
        assert_eq!(scaled([0.3, 2.0]), [0.3, -0.6, 0.2, 6.0]);
    }
}
