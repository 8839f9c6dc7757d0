//! Measures of samples: distance to the teacher's ODE solution, and to a set of images.
//!
//! Host numbers in, host numbers out; only `features` and `neighbours` touch a device.

pub mod features;
pub mod interval;
pub mod neighbours;
pub mod ode;

pub use features::FeatureExtractor;
pub use ode::OdeError;
