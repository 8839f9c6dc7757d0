//! What a person drops on the window.

use std::path::Path;

use eframe::egui::DroppedFileHandle;

use super::{App, View};
use crate::platform;

impl App {
    /// Weights and pictures are opened, whatever view is open; the training view takes the rest for data.
    pub(super) fn dropped(&mut self, dropped: Vec<DroppedFileHandle>) {
        let is_known = |file: &DroppedFileHandle| is_opened(file.path());
        let (files, others): (Vec<_>, Vec<_>) = dropped.into_iter().partition(is_known);
        if !files.is_empty() {
            self.shared.files.take(files);
        }
        let Some(other) = others.first() else { return };
        if self.shared.settings.view == View::Training {
            return self.training.offer(&mut self.shared, other.path());
        }
        let name = other.path().file_name().unwrap_or_default().to_string_lossy();
        let elsewhere = match platform::HAS_FOLDERS {
            true => "; data to learn from is taken by the Training view",
            false => "",
        };
        self.shared.fail(format!(
            "{name} was not taken: weights (.safetensors) and pictures saved here (.png) are opened{elsewhere}"
        ));
    }
}

/// Whether it holds weights, or may hold settings.
fn is_opened(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    ["safetensors", "png"].contains(&ending.as_str())
}
