//! What comes in: replies of the worker, files, addresses.

use std::sync::Arc;

use super::{
    Address, App,
    files::{Arrival, Weights},
    share,
};
use crate::engine::{
    shipped,
    worker::{Finding, Reply, SetCard, Source},
};

impl App {
    /// Goes to what an address asks for.
    pub fn follow(&mut self, address: Address) {
        self.frame.seen = self.shared.log.len(); // what was told is of what was there before
        self.shared.take(address.settings.clone());
        let has_others = self.shared.fetched.has_others(&address.weights)
            || (self.shared.shows_own_files() && !self.shared.is_of(&address.models));
        if has_others {
            // Without weights that lie over them, and then with those of the address.
            self.shared.open(Source::Shipped(self.shared.settings.preset.clone()));
        }
        self.heed(address);
    }

    /// All that an address asks for besides settings.
    pub fn heed(&mut self, address: Address) {
        for complaint in address.complaints {
            self.shared.fail(complaint);
        }
        self.shared.is_embedded = address.is_embedded;
        self.shared.place = address.place;
        self.shared.expected = address.models;
        for weights in self.shared.fetched.ask(address.weights) {
            self.shared.files.fetch(weights);
        }
    }

    /// A reply of the worker.
    pub(super) fn receive(&mut self, reply: Reply) {
        match reply {
            Reply::Opened(set) => {
                self.shared.parity = vec![None; set.cards.len()];
                // A picture that waits for this teacher has set already what is wanted of it.
                self.shared.is_handed &= !self.comparison.expects(&set);
                self.shared.adopt(*set);
                self.shared.is_warming = self.is_gpu;
                self.comparison.forget();
                self.trajectory.forget();
                self.paradox.forget();
                self.microscope.forget();
                self.models.forget();
            }
            Reply::Checked(model, parity) => {
                // A file of the person's own may be wrong; those of the program are right.
                let is_shipped = self.shared.set.as_ref().is_none_or(|set| set.is_shipped);
                self.is_doubtful |= self.is_gpu && is_shipped && parity.holds() == Some(false);
                if let Some(slot) = self.shared.parity.get_mut(model) {
                    *slot = Some(parity);
                }
            }
            Reply::Failed(_, error) => self.shared.fail(error),
            Reply::Refused(error) => self.shared.refuse(error),
            Reply::Finished(ticket) => {
                if let Some(notice) = self.comparison.finished(ticket, self.shared.set.as_deref()) {
                    self.shared.log.push(notice);
                }
            }
            Reply::Found(_, finding) => {
                self.shared.is_warming = false;
                self.found(finding);
            }
        }
    }

    fn found(&mut self, finding: Finding) {
        let finding = if self.shared.draws_loans { finding } else { finding.without_loans() };
        match finding {
            Finding::Drawn(drawn) => {
                self.comparison.receive_samples(drawn);
                self.shared.call_ms = self.comparison.call_ms();
            }
            Finding::Measured(figures) => self.comparison.receive_figures(figures),
            Finding::Trace(finding) => self.trajectory.receive(finding),
            Finding::Plane(finding) => self.plane.receive(finding),
            Finding::Quality(finding) => self.paradox.receive(finding),
            Finding::Converge(finding) => self.microscope.receive(finding),
        }
    }

    /// What a dialog, a drop or an address brought.
    pub(super) fn accept(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Notice(notice) => self.shared.log.push(notice),
            Arrival::Files(files) => {
                self.shared.is_handed = !files.iter().any(is_picture);
                self.arrived(files);
            }
            Arrival::Path(wanted, path) => self.training.chosen(&mut self.shared, wanted, &path),
            Arrival::Fetched(address, arrival) => self.fetched(address, *arrival),
        }
    }

    /// What an address names came, or not. All of it is opened at once, without what could not be had.
    fn fetched(&mut self, address: String, arrival: Arrival) {
        let (files, trouble) = match arrival {
            Arrival::Files(files) => (Some(files), None),
            trouble => (None, Some(trouble)),
        };
        if self.shared.fetched.receive(address, files)
            && let Some(trouble) = trouble
        {
            self.accept(trouble);
        }
        let files = self.shared.fetched.take();
        self.arrived(files); // settings stay: the address has its own
    }

    /// Opens weights; restores what a picture remembers.
    fn arrived(&mut self, files: Weights) {
        let (pictures, weights): (Vec<_>, Vec<_>) = files.into_iter().partition(is_picture);
        for (name, bytes) in pictures {
            match share::decode(&bytes) {
                Ok(memory) => {
                    self.shared.note(format!("settings restored from {name}"));
                    for text in &memory.dropped {
                        self.shared.note(text.clone());
                    }
                    self.shared.take(memory.settings.clone());
                    let teacher = self.shared.set.as_deref().and_then(SetCard::teacher);
                    let preset = &memory.settings.preset;
                    // A person's own models may stand where the picture's would.
                    if self.shared.shows_own_files()
                        && teacher != Some(&*memory.teacher)
                        && shipped::may_be_teacher(preset, &memory.teacher)
                    {
                        self.shared.open(Source::Shipped(preset.clone()));
                    }
                    self.comparison.expect(memory);
                }
                Err(error) => self.shared.fail(format!("{name}: {error}")),
            }
        }
        // Last, as a picture of other models opens those.
        if !weights.is_empty() {
            self.shared.open(Source::Files(weights));
        }
    }
}

/// Whether it may remember settings.
fn is_picture((name, _): &(String, Arc<[u8]>)) -> bool {
    name.to_lowercase().ends_with(".png")
}
