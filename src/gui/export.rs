//! What is on screen as a picture for elsewhere; where there is none, why.

use eframe::egui::Context;
use image::RgbImage;

use super::{App, View, comparison::Export, share};
use crate::{engine::worker::ColumnKey, platform};

/// Where a picture goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    Clipboard,
    File,
    /// One sample, to a file.
    Cell(ColumnKey, usize),
}

const INCOMPLETE: &str = "there is no whole picture yet: every column needs its samples first";
const NO_DOTS: &str = "there is no plot yet: the first samples have to be measured first";
const NO_PICTURE: &str = "this view has no picture to take away: the comparison (1) and the paradox plot (4) \
                          have one";

impl App {
    /// The picture of what is on screen goes to a file, or to the clipboard; or it is said why not.
    pub(super) fn export(&mut self, context: &Context, target: Target) {
        match (self.shared.settings.view, target) {
            (View::Comparison, Target::Cell(key, row)) => {
                self.take(context, target, self.comparison.cell_picture(&self.shared, key, row));
            }
            (View::Comparison, _) => {
                self.take(context, target, self.comparison.picture(&self.shared, target));
            }
            (View::Paradox, _) => self.export_plot(context, target),
            _ => self.shared.note(NO_PICTURE),
        }
    }

    /// The comparison, with all that it remembers.
    fn take(&mut self, context: &Context, target: Target, picture: Option<Export>) {
        let Some(picture) = picture else { return self.shared.note(INCOMPLETE) };
        match target {
            Target::Clipboard => self.copy(context, &picture.sheet),
            Target::File | Target::Cell(..) => match share::encode(&picture.sheet, &picture.memory)
            {
                Ok(bytes) => self.shared.files.save(&picture.name, bytes),
                Err(error) => self.shared.fail(error.to_string()),
            },
        }
    }

    /// The plot of ODE error against sample quality.
    fn export_plot(&mut self, context: &Context, target: Target) {
        let set = self.shared.set.clone().filter(|_| self.paradox.has_dots());
        let Some(set) = set else { return self.shared.note(NO_DOTS) };
        match target {
            Target::Clipboard => {
                self.copy(context, &self.paradox.dots(&self.shared, &set).draw());
            }
            _ => self.paradox.save_png(&mut self.shared, &set),
        }
    }

    fn copy(&mut self, context: &Context, picture: &RgbImage) {
        let copying = platform::copy_picture(context, picture);
        self.shared.files.copy(copying, "picture copied", "save the picture instead".into());
    }
}
