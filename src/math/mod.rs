//! Host numbers: every formula of the method that needs no tensor, in f64.
//!
//! Kept apart so that each formula has a closed form or a golden number to be tested against.
//!
//! | module | what it answers |
//! |---|---|
//! | [`schedule`] | how much signal and noise a state holds at time t |
//! | [`grid`] | at which times a solver or a student stops |
//! | [`precondition`] | how a network's raw output becomes a denoiser or an end point |
//! | [`seed`] | random numbers that depend on nothing but (seed, purpose, sample, step) |
//! | [`gaussian`] | moments of a sample set and the Frechet distance between two |
//! | [`mixture`] | density and score of a Gaussian mixture under noise |
//! | [`difference`] | how far two lists of numbers are apart |
//! | [`convergence`] | how fast an error falls as grids get finer |
//! | [`statistics`] | a mean with its bootstrap interval |
//! | [`chance`] | whether two figures from the same draws differ |
//! | [`whitening`] | vectors in which every direction counts as much as any other |

pub mod chance;
pub mod convergence;
pub mod difference;
pub mod gaussian;
pub mod grid;
pub mod mixture;
pub mod precondition;
pub mod schedule;
pub mod seed;
pub mod statistics;
pub mod whitening;

#[cfg(test)]
pub(crate) mod tests;
