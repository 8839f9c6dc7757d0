//! What stands above the columns of a comparison of images: in sight however far down one looks.

use eframe::egui::{Align2, Pos2, Rect, Sense, Ui, pos2, vec2};

use super::layout::{HEADER, Layout, NAMES};
use crate::{
    engine::worker::{ColumnKey, Live, SetCard},
    gui::{
        theme::{self, palette, size},
        widget::write,
    },
};

/// The noise, and each method over its columns; drawn after the rows, which pass below them.
pub(super) fn headings(ui: &Ui, layout: &Layout, set: &SetCard, live: &Live, keys: &[ColumnKey]) {
    let (colours, seen) = (palette(ui), ui.clip_rect());
    let at = pos2(layout.origin.x, layout.origin.y.max(seen.top()));
    if at.y > layout.origin.y {
        let band = Rect::from_x_y_ranges(seen.x_range(), at.y..=at.y + HEADER);
        ui.painter().rect_filled(band, 0.0, colours.paper);
        // Cells that lie below it are neither shown nor pressed by a pointer that is on it.
        ui.interact(band, ui.scope_id().with("headings"), Sense::CLICK);
    }
    let (place, font) = (at + vec2(NAMES, HEADER - 12.0), theme::plain(size::SMALL));
    write(ui, place, Align2::LEFT_BOTTOM, "noise z", font, colours.muted);
    let mut previous = None;
    for (key, left) in keys.iter().zip(&layout.lefts) {
        let at = at + vec2(*left, 0.0);
        if previous != Some(key.model) {
            let columns = keys.iter().filter(|other| other.model == key.model).count();
            method(ui, layout, set, key.model, at, columns);
        }
        previous = Some(key.model);
        let (place, font) = (at + vec2(0.0, HEADER - 4.0), theme::plain(size::SMALL));
        let steps = live.steps_in_words(*key, set);
        write(ui, place, Align2::LEFT_BOTTOM, steps, font, colours.ink);
    }
}

/// A method's name, with a line in its colour over so many columns.
fn method(ui: &Ui, layout: &Layout, set: &SetCard, model: usize, at: Pos2, columns: usize) {
    let title = set.title(model);
    let colour = theme::method(ui, title, model);
    write(ui, at, Align2::LEFT_TOP, title, theme::strong(size::HEADING), colour);
    let width = columns as f32 * (layout.side.x + layout.gap) - layout.gap;
    let rule = Rect::from_min_size(at + vec2(0.0, 21.0), vec2(width, 2.0));
    ui.painter().rect_filled(rule, 0.0, colour);
}
