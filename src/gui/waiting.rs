//! What stands where a view has no models yet: that they are coming, or why not and what to do.

use eframe::egui::{RichText, Ui};

use super::{
    Shared,
    theme::{self, UNIT, palette, size},
    widget,
};

/// Width of the button.
const BUTTON: f32 = 160.0;

/// See the module.
pub(super) fn ui(ui: &mut Ui, shared: &mut Shared) {
    if shared.set.is_some() || shared.is_busy() {
        return widget::working(ui);
    }
    let colours = palette(ui);
    ui.add_space(4.0 * UNIT);
    let text = RichText::new("The models could not be opened").font(theme::strong(size::HEADING));
    ui.label(text.color(colours.ink));
    if let Some(reason) = &shared.refusal {
        ui.label(RichText::new(reason).color(colours.bad));
    }
    ui.add_space(2.0 * UNIT);
    let again = ui.scope(|ui| {
        ui.set_max_width(BUTTON);
        widget::primary(ui, "Try again").on_hover_text("Open the same models again.")
    });
    if again.inner.clicked() {
        shared.reopen(shared.link.sources());
    }
}
