//! Data and folders that a person drops or chooses.

use std::path::Path;

use super::{Phase, Training};
use crate::gui::{Shared, files::Wanted};

impl Training {
    /// A file or folder was dropped: it is what shall be learnt, or it is said why not.
    pub(in crate::gui) fn offer(&self, shared: &mut Shared, path: &Path) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let why = match (&self.phase, &self.record) {
            (Phase::Idle, None) => return learn(shared, path),
            (Phase::Idle, Some(record)) => format!(
                "the run in {} keeps the data it began with: press New for another run, then drop it \
                 again",
                record.root.display()
            ),
            _ => "a training is under way: stop it and press New, then drop it again".to_owned(),
        };
        shared.fail(format!("{name} was not taken: {why}"));
    }

    /// A path came from a dialog.
    pub(in crate::gui) fn chosen(&self, shared: &mut Shared, wanted: Wanted, path: &Path) {
        match wanted {
            Wanted::DataFolder | Wanted::DataFile => self.offer(shared, path),
            // The controls rest while something runs; a dialog may have been open before.
            Wanted::Run if self.phase == Phase::Idle => {
                shared.settings.training.folder = Some(path.display().to_string());
            }
            Wanted::Run => shared.fail("the folder stays as it is while a training is under way"),
        }
    }
}

fn learn(shared: &mut Shared, path: &Path) {
    match path.to_str() {
        Some(path) => {
            shared.settings.training.pin(&shared.settings.preset);
            shared.settings.training.data = Some(path.to_owned());
            shared.note(format!("{path} is what will be learnt"));
        }
        None => shared.fail(format!(
            "{} cannot be written into a recipe: give it a name in Unicode",
            path.display()
        )),
    }
}
