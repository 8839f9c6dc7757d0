//! Lists to choose from, which open below their button or above it.

use eframe::egui::{
    ComboBox, Response, RichText, Ui,
    style::{ScrollStyle, StyleModifier},
};

/// What surrounds the items of an open list, above and below them, in points.
const AROUND: f32 = 24.0;

/// A list as wide as there is room: `shown` while it is closed, then `items`, which return the one that was chosen.
pub(in crate::gui) fn list(
    ui: &mut Ui,
    id: &str,
    shown: impl Into<RichText>,
    items: impl FnOnce(&mut Ui) -> Option<Response>,
) -> Response {
    // All items are seen where the window has room for them; else a bar says that there are more.
    let barred = StyleModifier::new(|style| style.spacing.scroll = ScrollStyle::solid());
    let combo = ComboBox::from_id_salt(id).height(height(ui)).popup_style(barred);
    let combo = combo.width(ui.available_width()).truncate().selected_text(shown.into());
    let open = combo.show_ui(ui, |ui| {
        let chosen = items(ui)?;
        ui.close(); // a click does so by itself, a key does not
        chosen.has_focus().then_some(())
    });
    if open.inner.flatten().is_some() {
        // The item that had the focus is gone: Tab would begin at the head of the window.
        open.response.request_focus();
    }
    open.response
}

/// [`list`] of items with their names and a sentence on hover; `value` is the chosen one.
pub(in crate::gui) fn choice<T: PartialEq>(
    ui: &mut Ui,
    id: &str,
    shown: impl Into<RichText>,
    value: &mut T,
    items: impl IntoIterator<Item = (T, String, &'static str)>,
) -> Response {
    list(ui, id, shown, |ui| {
        let mut chosen = None;
        for (item, name, hint) in items {
            let item = ui.selectable_value(value, item, name).on_hover_text(hint);
            if item.clicked() {
                chosen = Some(item);
            }
        }
        chosen
    })
}

/// The height of a list whose button comes next: what there is below or above it.
fn height(ui: &Ui) -> f32 {
    let (window, top) = (ui.ctx().content_rect(), ui.cursor().top());
    let below = window.bottom() - top - ui.spacing().interact_size.y;
    let above = top - window.top();
    (below.max(above) - AROUND).max(ui.spacing().combo_height)
}
