//! The figures behind the dots.

use eframe::egui::{Grid, RichText, ScrollArea, Ui};

use super::Paradox;
use crate::{
    engine::{report::significant, worker::SetCard},
    gui::{
        Shared,
        theme::{self, UNIT, size},
        widget,
    },
    math::statistics::Estimate,
};

impl Paradox {
    /// A line for each dot, the teacher's first.
    pub(super) fn figures(&self, ui: &mut Ui, shared: &Shared, set: &SetCard) {
        let card = theme::card(ui, 16);
        card.show(ui, |ui| {
            ui.set_width(ui.available_width());
            ScrollArea::vertical().auto_shrink([false, true]).show(ui, |ui| {
                let grid = Grid::new("paradox figures").num_columns(4);
                grid.spacing([4.0 * UNIT, 1.5 * UNIT]).show(ui, |ui| self.lines(ui, shared, set));
            });
        });
    }

    fn lines(&self, ui: &mut Ui, shared: &Shared, set: &SetCard) {
        let (settings, ruler) = (&shared.settings.paradox, self.ruler(shared));
        for name in ["", "steps", "ODE error", &ruler.axis()[1]] {
            widget::small(ui, name);
        }
        ui.end_row();
        let mut previous = None;
        for dot in self.dots.values() {
            let key = dot.column;
            let title = set.title(key.model);
            let is_shown = key.model == 0
                || (settings.steps.contains(&key.steps) && !settings.is_hidden(title));
            if !is_shown {
                continue;
            }
            let colour = theme::method(ui, title, key.model);
            let name = if previous == Some(key.model) { "" } else { title };
            previous = Some(key.model);
            ui.label(RichText::new(name).font(theme::strong(size::SMALL)).color(colour));
            widget::figure(ui, key.steps.to_string());
            with_interval(ui, dot.ode.as_ref().map(|ode| ode.figure));
            with_interval(ui, ruler.figure(dot));
            ui.end_row();
        }
    }
}

/// The value above its interval.
fn with_interval(ui: &mut Ui, value: Option<Estimate>) {
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let Some(Estimate { mean, low, high }) = value else {
            widget::figure(ui, "–".into());
            return;
        };
        widget::figure(ui, significant(mean));
        widget::interval(ui, low, high);
    });
}
