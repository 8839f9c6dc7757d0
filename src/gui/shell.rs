//! What the shells around the window ask of it: the command line, the page, tests.

use std::path::PathBuf;

use super::{Address, App, Left, Settings, Target, keys, permalink, share};

impl App {
    /// Whether pictures come from tensor memory.
    pub fn draws_lent(&self) -> bool {
        self.shared.draws_loans
    }

    /// Keeps away from the system: dialogs count as cancelled, and no runs are started. For tests.
    pub fn confined(mut self) -> Self {
        self.shared.files.confine();
        self
    }

    /// Does what the present view is for, as Ctrl+Enter does.
    pub fn begin(&mut self) {
        keys::again(self);
    }

    /// Opens the models of a run in place of the shipped ones.
    pub fn open_run(&mut self, run: impl Into<PathBuf>) {
        self.shared.open_run(run.into());
    }

    /// Tells the person something.
    pub fn note(&mut self, text: impl Into<String>) {
        self.shared.note(text);
    }

    /// What went wrong so far, in sentences.
    pub fn failures(&self) -> impl Iterator<Item = &str> {
        let failures = self.shared.log.iter().filter(|notice| notice.is_error);
        failures.map(|notice| notice.text.as_str())
    }

    /// Remembers what an earlier window left, and says what of it was not understood.
    pub fn recall(&mut self, left: Left) {
        self.shared.history.earlier = left.seeds;
        left.complaints.into_iter().for_each(|complaint| self.shared.note(complaint));
    }

    /// Shows what is what, as on a first start.
    pub fn start_tour(&mut self) {
        self.tour.start();
    }

    /// What an address tells: the settings, and the models they were set for.
    pub fn told(&self) -> Address {
        self.shared.told()
    }

    /// The same as the part of an address behind `#`.
    pub fn address(&self) -> String {
        permalink::encode(&self.told())
    }

    /// What is set.
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// The comparison as a PNG file with its settings inside, once every column is drawn.
    pub fn picture(&self) -> Option<Vec<u8>> {
        let export = self.comparison.picture(&self.shared, Target::File)?;
        share::encode(&export.sheet, &export.memory).ok()
    }

    /// Whether this is one view within another page.
    pub fn is_embedded(&self) -> bool {
        self.shared.is_embedded
    }

    /// Whether samples are on screen in the comparison.
    pub fn has_pictures(&self) -> bool {
        self.comparison.has_pictures()
    }

    /// Whether everything asked for is on screen.
    pub fn is_settled(&self) -> bool {
        self.shared.set.is_some() && !self.shared.is_busy() && self.training.is_settled()
    }
}
