//! A window that makes way for another where its device fails.

use std::{cell::RefCell, rc::Rc, thread};

use eframe::egui::{Context, Ui, ViewportCommand};

use crate::gui::{App, Handover};

/// Where a window whose GPU failed leaves its state for the next one.
pub(super) type Relay = Rc<RefCell<Option<Handover>>>;

/// A window that makes way for another where the device it draws on fails: at its worker's word, or in a fall,
/// for drawing may be the first to meet the loss, and does not expect it.
pub(super) struct Watched {
    pub(super) app: App,
    pub(super) relay: Relay,
}

impl eframe::App for Watched {
    fn logic(&mut self, context: &Context, frame: &mut eframe::Frame) {
        self.app.logic(context, frame);
        if self.app.is_stranded() {
            self.relay.replace(Some(self.app.hand_over()));
            context.send_viewport_cmd(ViewportCommand::Close);
        }
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        self.app.ui(ui, frame);
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        self.app.save(storage);
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if thread::panicking() && self.app.is_on_gpu() {
            self.relay.replace(Some(self.app.hand_over()));
        }
    }
}
