//! What a screen reader says of controls and of what is painted.

use eframe::egui::{Id, Rect, Response, Role, Sense, Ui, WidgetInfo, accesskit};

/// What tests and screen readers call a control that has no text of its own, or not enough; its role and
/// its value stay.
pub(in crate::gui) fn name(response: &Response, label: &str) {
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(label));
}

/// A sentence about a control whose hint is more than text.
pub(in crate::gui) fn describe(response: &Response, sentence: &str) {
    response.ctx.accesskit_node_builder(response.id, |node| node.set_description(sentence));
}

/// Something painted, in a sentence for those who do not see it.
pub(in crate::gui) fn picture(response: &Response, sentence: &str) {
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, sentence));
}

/// [`picture`] for what is painted without a widget of its own.
pub(in crate::gui) fn painted(ui: &Ui, place: Rect, id: Id, sentence: &str) -> Response {
    let response = ui.interact(place, id, Sense::hover());
    picture(&response, sentence);
    response
}

/// A text as the heading of what follows: by these, people who hear a window find their way in it.
pub(super) fn head(response: &Response, title: &str) {
    response.ctx.accesskit_node_builder(response.id, |node| {
        node.set_role(accesskit::Role::Heading);
        node.set_label(title);
    });
}
