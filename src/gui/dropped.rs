//! What a person drops on the window.

use std::path::Path;

use eframe::egui::DroppedFileHandle;

use super::{App, View};

impl App {
    /// Weights and pictures are opened, whatever view is open; the training view takes the rest for data.
    pub(super) fn dropped(&mut self, dropped: Vec<DroppedFileHandle>) {
        let takes_data = self.shared.settings.view == View::Training;
        let is_data = |file: &DroppedFileHandle| takes_data && !is_opened(file.path());
        let (data, files): (Vec<_>, Vec<_>) = dropped.into_iter().partition(is_data);
        if !files.is_empty() {
            self.shared.files.take(files);
        }
        if let Some(file) = data.first() {
            self.training.offer(&mut self.shared, file.path());
        }
    }
}

/// Whether it holds weights, or may hold settings.
fn is_opened(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    ["safetensors", "png"].contains(&ending.as_str())
}
