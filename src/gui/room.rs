//! How a view shares its room: controls at the left, or folded above where the room is narrow.

use eframe::egui::{
    CentralPanel, CollapsingHeader, Context, Frame, Id, Margin, Panel, Rect, RichText, ScrollArea,
    Ui,
};

use super::theme::{self, palette, size};

/// Points of width below which controls fold away.
const NARROW: f32 = 700.0;
/// Points of width that the tabs and the commands beside them take.
const BAR: f32 = 940.0;

/// Whether there is room for little beside what a view shows.
pub(super) fn is_narrow(context: &Context) -> bool {
    let is_embedded = context.data(|data| data.get_temp(folded())).unwrap_or(false);
    is_embedded || is_slim(context)
}

/// Whether what a view shows stands below each other rather than beside, as on a phone.
pub(super) fn is_slim(context: &Context) -> bool {
    context.content_rect().width() < NARROW
}

/// Whether the commands beside the tabs go into a menu.
pub(super) fn has_short_bar(context: &Context) -> bool {
    is_narrow(context) || context.content_rect().width() < BAR
}

/// Folds controls away however much room there is, or no longer.
pub(super) fn fold(context: &Context, is_folded: bool) {
    context.data_mut(|data| data.insert_temp(folded(), is_folded));
}

fn folded() -> Id {
    Id::unique("folded controls")
}

/// A view's controls; returns where they are.
pub(super) fn panel(ui: &mut Ui, content: impl FnOnce(&mut Ui)) -> Rect {
    panel_with_foot(ui, &mut (), |ui, _| content(ui), None::<fn(&mut Ui, &mut ())>)
}

/// [`panel`] of `state`, with a foot that is in sight however much there is above it.
pub(super) fn panel_with_foot<S>(
    ui: &mut Ui,
    state: &mut S,
    content: impl FnOnce(&mut Ui, &mut S),
    foot: Option<impl FnOnce(&mut Ui, &mut S)>,
) -> Rect {
    let fill = palette(ui).paper;
    let frame = Frame::new().fill(fill).inner_margin(Margin::symmetric(16, 8));
    if !is_narrow(ui.ctx()) {
        let panel = Panel::left("panel").resizable(false).exact_size(256.0).frame(frame);
        let shown = panel.show(ui, |ui| {
            if let Some(foot) = foot {
                let frame = Frame::new().inner_margin(Margin { top: 8, ..Margin::ZERO });
                let below = Panel::bottom("foot").show_separator_line(false).frame(frame);
                below.show(ui, |ui| foot(ui, state));
            }
            let scroll = ScrollArea::vertical().auto_shrink(false);
            scroll.show(ui, |ui| content(ui, state));
        });
        return shown.response.rect;
    }
    let most = 0.6 * ui.available_height();
    let title = RichText::new("Settings").font(theme::strong(size::BODY));
    let shown = Panel::top("panel").frame(frame).show(ui, |ui| {
        let fold = CollapsingHeader::new(title).show(ui, |ui| {
            let scroll = ScrollArea::vertical().max_height(most).auto_shrink([false, true]);
            scroll.show(ui, |ui| content(ui, state));
            if let Some(foot) = foot {
                foot(ui, state);
            }
        });
        fold.header_response.on_hover_text("Show or hide what can be set.");
    });
    shown.response.rect
}

/// The rest of the room, for what a view shows; returns where it is.
pub(super) fn body(ui: &mut Ui, content: impl FnOnce(&mut Ui)) -> Rect {
    let fill = palette(ui).paper;
    let side = if is_narrow(ui.ctx()) { 12 } else { 20 };
    let frame = Frame::new().fill(fill).inner_margin(Margin::symmetric(side, 12));
    CentralPanel::default().frame(frame).show(ui, content).response.rect
}
