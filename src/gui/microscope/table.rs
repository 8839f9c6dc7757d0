//! The measured orders, and what each solver costs at the number of intervals on show.

use eframe::egui::{Grid, RichText, Ui};

use super::{Microscope, MicroscopeSettings, Place, colour, shown_intervals};
use crate::{
    engine::{report::significant, worker::SetCard},
    gui::{
        theme::{self, UNIT, size},
        widget,
    },
};

impl Microscope {
    pub(super) fn table(&self, ui: &mut Ui, set: &SetCard, settings: &MicroscopeSettings) {
        let card = theme::card(ui, 16);
        card.show(ui, |ui| {
            ui.vertical(|ui| {
                ui.set_width(ui.available_width());
                let grid = Grid::new("orders").num_columns(5).spacing([3.0 * UNIT, 2.0 * UNIT]);
                grid.show(ui, |ui| self.lines(ui, set, settings));
                ui.add_space(2.0 * UNIT);
                widget::small(
                    ui,
                    "Order: least squares over the straight part, the broad lines in the plot. Theory says \
                     1 for Euler and DDIM, 2 for the others.",
                );
                if let Some((request, _)) = &self.asked {
                    // It is set in other views.
                    let guidance = match set.classes {
                        0 => String::new(),
                        _ => format!(" with guidance w = {}", request.guidance),
                    };
                    let text = format!(
                        "Errors: root mean square over {} noises{guidance}, in data units, with 95% \
                         intervals.",
                        request.samples
                    );
                    widget::small(ui, &text);
                }
            });
        });
    }

    fn lines(&self, ui: &mut Ui, set: &SetCard, settings: &MicroscopeSettings) {
        let intervals = shown_intervals(settings);
        // Other errors are told below the samples.
        let time = self.reference.as_ref().and_then(|reference| reference.common);
        let place = match (settings.place, time) {
            (Place::Common, Some(time)) => format!("t = {time}"),
            _ => "clean data".to_owned(),
        };
        let error = format!("error at {place},\nN = {intervals}");
        for name in ["", "order", &error, "calls", "ms"] {
            widget::small(ui, name);
        }
        ui.end_row();
        for method in set.solvers() {
            let name = RichText::new(method.title()).font(theme::strong(size::SMALL));
            ui.label(name.color(colour(ui, set, method)));
            let order = self.order(method, settings);
            widget::figure(ui, order.map_or("–".into(), |order| format!("{:.2}", order.order)));
            match self.curve(method).find(|point| point.intervals == intervals) {
                Some(point) => {
                    let error = settings.error(point);
                    ui.vertical(|ui| {
                        ui.spacing_mut().item_spacing.y = 0.0;
                        widget::figure(ui, significant(error.mean));
                        widget::interval(ui, error.low, error.high);
                    });
                    widget::figure(ui, point.evaluations.to_string());
                    widget::figure(ui, significant(point.sample_ms));
                }
                None => (0..3).for_each(|_| widget::figure(ui, "–".into())),
            }
            ui.end_row();
        }
    }
}
