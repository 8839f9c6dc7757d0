//! The models: what each file says of itself, and whether this device computes it right.

mod badge;
mod lines;

use eframe::egui::{self, Grid, RichText, ScrollArea, Ui};

use super::{
    Shared, frame, keys,
    theme::{self, UNIT, size},
    waiting, widget,
};
use crate::engine::worker::{Card, Parity, SetCard};
use badge::badge;
use lines::{Line, lines};

/// Between cards, and inside their edges.
const GAP: f32 = 4.0 * UNIT;
const MARGIN: f32 = 4.0 * UNIT;
/// Width of the choice of models.
const CHOICE: f32 = 200.0;
/// Least and greatest width of a card.
const WIDTHS: [f32; 2] = [288.0, 480.0];

/// See the module.
#[derive(Default)]
pub(super) struct Models {
    /// The lines of each card of the open set: a whole recipe is too much to be read at every frame.
    lines: Vec<Vec<Line>>,
}

impl Models {
    /// Other models are open.
    pub(super) fn forget(&mut self) {
        self.lines.clear();
    }

    pub(super) fn ui(&mut self, ui: &mut Ui, shared: &mut Shared) {
        frame::body(ui, |ui| {
            widget::heading(
                ui,
                "Models",
                "A weights file describes itself: network, recipe, data, licence, measures, and golden \
                 outputs that are computed again on this device.",
                "max |f(z) - golden| ≤ tolerance",
            );
            ui.horizontal(|ui| {
                ui.scope(|ui| {
                    ui.set_max_width(CHOICE);
                    frame::model_choice(ui, shared);
                });
                let what = "A teacher, or students of the teacher that is open";
                let hint = keys::hint(ui, what, keys::OPEN);
                if ui.button("Open weights").on_hover_text(hint).clicked() {
                    shared.files.pick();
                }
                widget::small(ui, "or drop files anywhere on the window.");
            });
            ui.add_space(2.0 * UNIT);
            match shared.set.clone() {
                Some(set) => self.cards(ui, &set, &shared.parity),
                None => waiting::ui(ui, shared),
            }
        });
    }

    fn cards(&mut self, ui: &mut Ui, set: &SetCard, parity: &[Option<Parity>]) {
        if self.lines.is_empty() {
            self.lines = set.cards.iter().map(lines).collect();
        }
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let (across, width) = across(ui.available_width(), set.cards.len());
            ui.spacing_mut().item_spacing = [GAP; 2].into();
            let cards: Vec<_> = set.cards.iter().zip(&self.lines).enumerate().collect();
            for row in cards.chunks(across) {
                ui.horizontal_top(|ui| {
                    for (i, (model, lines)) in row {
                        let parity = parity.get(*i).copied().flatten();
                        card(ui, model, lines, *i, parity, width);
                    }
                });
            }
        });
    }
}

/// How many of `count` cards stand beside each other, and how wide each is.
fn across(room: f32, count: usize) -> (usize, f32) {
    let fit = ((room + GAP) / (WIDTHS[0] + GAP)).floor().max(1.0) as usize;
    let across = fit.min(count.max(1));
    let width = (room - GAP * (across as f32 - 1.0)) / across as f32;
    (across, width.floor().clamp(WIDTHS[0], WIDTHS[1]))
}

fn card(
    ui: &mut Ui,
    card: &Card,
    lines: &[Line],
    order: usize,
    parity: Option<Parity>,
    width: f32,
) {
    let frame = theme::card(ui, MARGIN as i8);
    frame.show(ui, |ui| {
        ui.set_width(width - 2.0 * MARGIN - 2.0);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing = [2.0 * UNIT, UNIT].into();
            ui.horizontal(|ui| {
                let colour = theme::method(ui, &card.title, order);
                ui.label(RichText::new(&card.title).font(theme::strong(size::TITLE)).color(colour));
                badge(ui, parity);
            });
            widget::small(ui, &card.manifest.name);
            ui.add_space(UNIT);
            ui.spacing_mut().interact_size.y = 5.0 * UNIT;
            Grid::new(("card", order)).num_columns(2).spacing([3.0 * UNIT, UNIT]).show(ui, |ui| {
                for (name, value) in lines {
                    widget::small(ui, name);
                    let text = RichText::new(value).font(theme::plain(size::BODY));
                    ui.add(egui::Label::new(text).wrap().selectable(true));
                    ui.end_row();
                }
            });
        });
    });
}
