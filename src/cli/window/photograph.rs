//! A picture of the window.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::bail;
use eframe::egui::{ColorImage, Context, Event, RawInput, Ui, ViewportCommand};
use image::{Rgb, RgbImage};

use crate::{
    engine::{LabError, files},
    gui::{App, View},
};

/// A window that is there for its picture: mixtures in the plane with distilled students.
pub(super) struct Photographed {
    app: App,
    path: PathBuf,
    taken: Taken,
    /// Whether the students are, or are on their way.
    has_begun: bool,
    /// Frames since everything was on screen.
    still: u32,
}

impl Photographed {
    /// A window whose picture goes to `path`, and what came of it to `taken`.
    pub(super) fn new(app: App, path: PathBuf, taken: Taken) -> Self {
        Self { app, path, taken, has_begun: false, still: 0 }
    }
}

/// What came of the picture; nothing while it was not taken.
#[derive(Clone, Default)]
pub(super) struct Taken(Arc<Mutex<Option<Result<(), LabError>>>>);

impl Taken {
    fn put(&self, written: Result<(), LabError>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(written);
    }

    /// Once the window is closed.
    pub(super) fn outcome(&self) -> anyhow::Result<()> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(written) => Ok(written?),
            None => bail!("the window was closed before its picture was taken"),
        }
    }
}

/// Frames that fades and layouts take to settle.
const STILL: u32 = 30;

impl eframe::App for Photographed {
    fn logic(&mut self, context: &Context, frame: &mut eframe::Frame) {
        self.app.logic(context, frame);
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        self.app.ui(ui, frame);
        // Here, as a window that others cover is not drawn, and asks for nothing that it would show.
        let context = ui.ctx();
        self.still = if self.app.is_settled() { self.still + 1 } else { 0 };
        context.request_repaint();
        if self.still == STILL && self.app.settings().view == View::Plane && !self.has_begun {
            (self.still, self.has_begun) = (0, true);
            self.app.begin();
        } else if self.still == STILL {
            let (path, taken, context_then) =
                (self.path.clone(), self.taken.clone(), context.clone());
            context.request_screenshot(move |picture| {
                taken.put(write(&path, &picture));
                context_then.send_viewport_cmd(ViewportCommand::Close);
            });
        }
    }

    /// Where the pointer happens to be is no part of the picture.
    fn raw_input_hook(&mut self, _context: &Context, input: &mut RawInput) {
        input.events.retain(|event| !matches!(event, Event::PointerMoved(_)));
    }

    fn persist_egui_memory(&self) -> bool {
        false
    }
}

fn write(path: &Path, picture: &ColorImage) -> Result<(), LabError> {
    let [width, height] = picture.size.map(|side| side as u32);
    let pixel = |x, y| {
        let [r, g, b, _] = picture[(x as usize, y as usize)].to_array();
        Rgb([r, g, b])
    };
    files::write_png(path, &RgbImage::from_fn(width, height, pixel))
}
