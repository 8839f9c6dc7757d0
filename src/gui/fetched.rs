//! Weights that an address names: fetched each by itself, opened all together.

use std::collections::{BTreeMap, BTreeSet};

use super::files::Weights;

/// See the module.
#[derive(Default)]
pub(super) struct Fetched {
    /// Addresses of weights that lie over the set, or will once all are here.
    addresses: Vec<String>,
    /// Those that could not be had: the address keeps them, for the next try.
    lost: Vec<String>,
    /// Those that have not arrived yet.
    coming: BTreeSet<String>,
    /// What arrived, by its address, until all are here: students are opened beside their teacher.
    arrived: BTreeMap<String, Weights>,
}

impl Fetched {
    /// Which of those that an address names are to be fetched; what was lost is tried again.
    pub(super) fn ask(&mut self, named: Vec<String>) -> Vec<String> {
        self.lost.clear();
        let mut missing = Vec::new();
        for address in named {
            if !self.addresses.contains(&address) {
                self.coming.insert(address.clone());
                self.addresses.push(address.clone());
                missing.push(address);
            }
        }
        missing
    }

    /// Takes what was fetched from `address`, or that it could not be had; whether it is still wanted.
    pub(super) fn receive(&mut self, address: String, files: Option<Weights>) -> bool {
        if !self.coming.remove(&address) {
            return false; // other models were chosen since
        }
        if let Some(files) = files {
            self.arrived.insert(address, files);
        } else {
            self.addresses.retain(|other| *other != address); // the same link tries again
            self.lost.push(address);
        }
        true
    }

    /// All that arrived, in the order of the address, whichever came first; nothing while more is on its way.
    pub(super) fn take(&mut self) -> Weights {
        if self.is_coming() {
            return Vec::new();
        }
        let mut arrived = std::mem::take(&mut self.arrived);
        self.addresses.iter().filter_map(|address| arrived.remove(address)).flatten().collect()
    }

    /// Other models were chosen: what still comes is not laid over those, nor waited for.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Whether any are on their way.
    pub(super) fn is_coming(&self) -> bool {
        !self.coming.is_empty()
    }

    /// Whether none lie over the set.
    pub(super) fn is_empty(&self) -> bool {
        self.addresses.is_empty()
    }

    /// Whether others lie over the set than those that an address names.
    pub(super) fn has_others(&self, named: &[String]) -> bool {
        self.addresses.iter().any(|address| !named.contains(address))
    }

    /// What an address names: those that were lost, too.
    pub(super) fn addresses(&self) -> Vec<String> {
        [&*self.addresses, &*self.lost].concat()
    }
}
