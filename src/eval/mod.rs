//! Measures of samples: distance to the teacher's ODE solution, and to a set of images; what part of that set they
//! reach; how sharp they are; how near to images that were shown.
//!
//! Host numbers in, host numbers out; only `features` and `neighbours` touch a device.

pub mod feature_set;
pub mod features;
pub mod frechet;
pub mod infinity;
pub mod interval;
pub mod kernel;
pub mod manifold;
pub mod neighbours;
pub mod ode;
mod rows;
pub mod spectrum;
mod turns;

pub use feature_set::FeatureSet;
pub use features::FeatureExtractor;
pub use infinity::Halves;
pub use kernel::KernelSet;
pub use manifold::{Balls, Beside, Manifold};
pub use ode::OdeError;
pub use spectrum::Spectra;
