//! What can be done in every view: beside the tabs, or in a menu where there is little room.

use eframe::egui::{Button, Response, ThemePreference, Ui};

use super::{Shared, frame::Frame, permalink, room::has_short_bar, widget};
use crate::platform;

/// A command: draws itself and does what it is for.
type Command = fn(&mut Frame, &mut Ui, &mut Shared);

/// In reading order.
const ALL: [Command; 6] =
    [Frame::undo, Frame::redo, Frame::theme, Frame::link, Frame::tour, Frame::keys];

impl Frame {
    /// All commands, where a bar is filled from the right.
    pub(super) fn commands(&mut self, ui: &mut Ui, shared: &mut Shared) {
        ALL.iter().rev().for_each(|command| command(self, ui, shared));
    }

    /// All commands below each other.
    pub(super) fn menu(&mut self, ui: &mut Ui, shared: &mut Shared) {
        ALL.iter().for_each(|command| command(self, ui, shared));
    }

    fn undo(&mut self, ui: &mut Ui, shared: &mut Shared) {
        let can_undo = shared.history.can_undo(&shared.settings);
        let undo = button(ui, "Undo", can_undo).on_hover_text("Set back the last change.");
        if undo.clicked() {
            shared.undo();
        }
    }

    fn redo(&mut self, ui: &mut Ui, shared: &mut Shared) {
        let redo = button(ui, "Redo", shared.history.can_redo());
        if redo.on_hover_text("Set again what was undone.").clicked() {
            shared.redo();
        }
    }

    /// Light, dark, or as the system has it.
    fn theme(&mut self, ui: &mut Ui, _: &mut Shared) {
        let now = ui.options(|options| options.theme_preference);
        let names = [
            (ThemePreference::System, "System", "Light or dark as the system is."),
            (ThemePreference::Light, "Light", "Ink on paper."),
            (ThemePreference::Dark, "Dark", "Light on dark, easy on the eyes at night."),
        ];
        let name = names.iter().find(|(theme, ..)| *theme == now).map_or("", |(_, name, _)| name);
        let menu = ui.menu_button(format!("{name} theme"), |ui| {
            for (theme, name, hint) in names {
                if ui.selectable_label(theme == now, name).on_hover_text(hint).clicked() {
                    ui.set_theme(theme);
                    ui.close();
                }
            }
        });
        menu.response.on_hover_text("Light or dark paper, or what the system prefers.");
    }

    fn link(&mut self, ui: &mut Ui, shared: &mut Shared) {
        let Some(page) = platform::page_address() else { return };
        let hint = "The address of this page with all that is set: models, noise, solver, view.";
        if button(ui, "Copy link", true).on_hover_text(hint).clicked() {
            let link = format!("{page}#{}", permalink::encode(&shared.told()));
            let copying = platform::copy_text(ui.ctx(), link.clone());
            shared.files.copy(copying, "link copied", link);
        }
    }

    fn tour(&mut self, ui: &mut Ui, _: &mut Shared) {
        let tour = button(ui, "Tour", true).on_hover_text("Five cards that say what is what.");
        self.wants_tour |= tour.clicked();
    }

    fn keys(&mut self, ui: &mut Ui, _: &mut Shared) {
        if button(ui, "Keys", true).on_hover_text("The keys that do things (?).").clicked() {
            self.toggle_keys();
        }
    }
}

/// What can be pressed is in ink; a menu gives all its lines the same frame.
fn button(ui: &mut Ui, text: &str, enabled: bool) -> Response {
    let button = Button::new(text);
    match has_short_bar(ui.ctx()) {
        true => ui.add_enabled(enabled, button),
        false => widget::frameless(ui, enabled, button),
    }
}
