//! The models: what each file says of itself, and whether this device computes it right.

use eframe::egui::{self, Grid, Margin, RichText, ScrollArea, Ui};

use super::{
    Shared, frame,
    theme::{self, CARD_CORNER, UNIT, palette, size},
    widget,
};
use crate::engine::{
    report::significant,
    worker::{Card, Parity, SetCard},
};

pub(super) fn ui(ui: &mut Ui, shared: &mut Shared) {
    frame::body(ui, |ui| {
        widget::heading(
            ui,
            "Models",
            "A weights file describes itself: network, recipe, data, licence, measures, and golden outputs \
             that are computed again on this device.",
            "max |f(z) - golden| ≤ tolerance",
        );
        ui.horizontal(|ui| {
            let hint = "A teacher, or students of the teacher that is open (Ctrl+O).";
            if ui.button("Open weights").on_hover_text(hint).clicked() {
                shared.files.pick();
            }
            widget::small(ui, "or drop files anywhere on the window.");
        });
        ui.add_space(2.0 * UNIT);
        let Some(set) = shared.set.clone() else { return };
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing = [4.0 * UNIT; 2].into();
                for (i, model) in set.cards.iter().enumerate() {
                    let parity = shared.parity.get(i).copied().flatten();
                    card(ui, &set, model, i, parity);
                }
            });
        });
    });
}

fn card(ui: &mut Ui, set: &SetCard, card: &Card, order: usize, parity: Option<Parity>) {
    let colours = palette(ui);
    let frame = egui::Frame::new()
        .fill(colours.panel)
        .stroke((1.0, colours.hairline))
        .corner_radius(CARD_CORNER)
        .inner_margin(Margin::same(16));
    frame.show(ui, |ui| {
        ui.set_width(320.0);
        ui.vertical(|ui| {
            ui.horizontal(|ui| {
                let colour = theme::method(ui, &card.title, order);
                ui.label(RichText::new(&card.title).font(theme::strong(size::TITLE)).color(colour));
                badge(ui, parity);
            });
            widget::small(ui, &card.manifest.name);
            ui.add_space(2.0 * UNIT);
            Grid::new(("card", order)).num_columns(2).spacing([3.0 * UNIT, UNIT]).show(ui, |ui| {
                for (name, value) in lines(set, card) {
                    widget::small(ui, name);
                    let text = RichText::new(value).font(theme::plain(size::BODY));
                    ui.add(egui::Label::new(text).wrap().selectable(true));
                    ui.end_row();
                }
            });
        });
    });
}

/// Green, amber, red: the golden outputs on this device.
fn badge(ui: &mut Ui, parity: Option<Parity>) {
    let colours = palette(ui);
    let (text, colour, hint) = match parity {
        None => ("checking".to_owned(), colours.muted, "Computing the golden outputs.".to_owned()),
        Some(Parity { difference: Some(difference), tolerance }) => {
            let holds = difference <= tolerance;
            let (text, colour) =
                if holds { ("parity", colours.good) } else { ("no parity", colours.bad) };
            let hint = format!(
                "Largest difference to the golden outputs on this device: {difference:.1e}; accepted: {tolerance:.0e}."
            );
            (format!("{text} {difference:.0e}"), colour, hint)
        }
        Some(_) => (
            "no golden outputs".to_owned(),
            colours.warn,
            "The file has nothing to check against.".into(),
        ),
    };
    let text = RichText::new(format!("● {text}")).font(theme::plain(size::SMALL)).color(colour);
    ui.label(text).on_hover_text(hint);
}

fn lines(set: &SetCard, card: &Card) -> Vec<(&'static str, String)> {
    let manifest = &card.manifest;
    let mut lines = Vec::new();
    if let Some(data) = &manifest.data {
        lines.push(("data", format!("{}, {} samples", data.name, data.samples)));
        lines.push(("licence", data.licence.clone()));
    }
    let trained = match manifest.steps {
        0 => "exact, not trained".to_owned(),
        steps => format!("{steps} steps, {} samples seen", manifest.images_seen),
    };
    lines.push(("training", trained));
    lines.push((
        "solver",
        format!("{}, N = {}, w = {}", set.method.title(), set.intervals, set.guidance),
    ));
    if let Some(error) = card.metric("ode_error") {
        lines.push(("ODE error", significant(error)));
    }
    if let Some(loss) = card.metric("validation_loss") {
        lines.push(("held-out loss", significant(loss)));
    }
    lines.push(("seed", manifest.seed.to_string()));
    lines.push((
        "parent",
        manifest.parent.as_deref().map_or("–".into(), |sum| sum[..12].to_owned()),
    ));
    lines.push(("SHA-256", card.sha256[..12].to_owned()));
    lines.push(("written by", manifest.software.clone()));
    lines
}
