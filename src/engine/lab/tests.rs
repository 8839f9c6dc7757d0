//! Where tests of what is trained open their labs.

use std::path::PathBuf;

use super::*;

/// A folder that is gone after the test, and the CPU.
pub(in crate::engine) struct Workshop {
    folder: tempfile::TempDir,
    opened: Opened,
}

impl Workshop {
    pub(in crate::engine) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), opened: Opened::cpu() }
    }

    /// The folder of its run.
    pub(in crate::engine) fn out(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    /// A lab of `preset` with these values laid over it.
    pub(in crate::engine) fn lab(&self, preset: &str, set: &[&str]) -> Lab<'_> {
        let set: Vec<String> = set.iter().map(|&set| set.to_owned()).collect();
        let recipe = Recipe::resolve(preset, None, &set).unwrap();
        Lab::open(recipe, &self.out(), &self.opened, Cancel::default(), &mut |_| ()).unwrap()
    }
}
