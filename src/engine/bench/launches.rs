//! Kernels that a GPU was asked for: each is a call of its driver, and where they are small that is what takes
//! the time.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use burn_cubecl::cubecl::logging::{LaunchObservation, LaunchObserver};
use serde::Serialize;

/// How often each kernel was launched, by name.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Launches {
    /// All together.
    pub count: usize,
    /// Each; the names are burn's.
    pub kernels: BTreeMap<String, usize>,
}

/// Counts while it lives; nothing is launched where the CPU computes.
pub(super) struct Counting {
    counts: Arc<Counts>,
    _observation: LaunchObservation,
}

#[derive(Default)]
struct Counts(Mutex<BTreeMap<&'static str, usize>>);

impl LaunchObserver for Counts {
    fn launched(&self, kernel: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(kernel).or_default() += 1;
    }
}

impl Counts {
    fn sum(&self) -> Launches {
        let mut launches = Launches::default();
        for (name, count) in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            launches.count += count;
            // The same kernel for other types is the same for a reader.
            *launches.kernels.entry(short(name)).or_default() += count;
        }
        launches
    }
}

impl Counting {
    pub(super) fn begin() -> Self {
        let counts = Arc::new(Counts::default());
        Self { counts: counts.clone(), _observation: LaunchObservation::new(counts) }
    }

    /// What was launched since; none where nothing was.
    pub(super) fn end(self) -> Option<Launches> {
        let launches = self.counts.sum();
        (launches.count > 0).then_some(launches)
    }
}

/// A kernel's type without its path and parameters.
fn short(name: &str) -> String {
    let path = name.split('<').next().unwrap_or(name);
    path.rsplit("::").next().unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_are_counted_by_their_short_names() {
        let counts = Counts::default();
        for name in ["a::b::Add<f32>", "a::b::Add<f16>", "Copy"] {
            counts.launched(name);
        }
        let launches = counts.sum();
        assert_eq!(launches.count, 3);
        assert_eq!(launches.kernels, BTreeMap::from([("Add".into(), 2), ("Copy".into(), 1)]));
    }
}
