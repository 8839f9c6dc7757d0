//! What can be set.

use eframe::egui::{Slider, Ui};

use super::{Against, Microscope, Place, SAMPLES, Target, shown_intervals};
use crate::{
    engine::worker::converge::INTERVALS,
    gui::{
        Shared, controls, keys,
        theme::UNIT,
        widget,
        work::{Work, stop_button},
    },
};

impl Microscope {
    pub(super) fn controls(&mut self, ui: &mut Ui, shared: &mut Shared) {
        controls::noise(ui, shared);
        let Some(set) = shared.set.clone() else { return };
        let mut samples = shared.settings.microscope.samples(&set);
        let hint = "Noises behind each error.";
        let slider = widget::row(ui, "Noises", hint, |ui| {
            widget::slider(ui, Slider::new(&mut samples, SAMPLES).logarithmic(true))
        });
        if slider.changed() {
            shared.settings.microscope.samples = Some(samples);
        }
        widget::ticked(ui, |ui| self.choices(ui, shared));
        intervals(ui, shared);
        widget::group(ui, "Save the errors");
        ui.add_enabled_ui(!self.points.is_empty(), |ui| {
            let hint = "All errors with their intervals, those not shown too.";
            if ui.button("CSV").on_hover_text(hint).clicked() {
                self.save_csv(shared, &set);
            }
        });
        ui.add_space(3.0 * UNIT);
        let is_solving = shared.work() == Work::Own;
        stop_button(ui, shared);
        if is_solving {
            return;
        }
        let again = ui.button("Solve again");
        let hint = keys::hint(ui, "Solve everything again", keys::AGAIN);
        if again.on_hover_text(hint).clicked() {
            self.again(shared);
        }
    }

    fn choices(&self, ui: &mut Ui, shared: &mut Shared) {
        let settings = &mut shared.settings.microscope;
        widget::group(ui, "Errors");
        self.places(ui, &mut settings.place);
        ui.add_space(UNIT);
        let hint = "Each solver is compared with what it converges to, in its own chart.";
        ui.radio_value(&mut settings.target, Target::Own, "to its own limit").on_hover_text(hint);
        let hint = "All are compared with the exact solution; solvers in time converge beside it.";
        ui.radio_value(&mut settings.target, Target::Exact, "to the exact solution")
            .on_hover_text(hint);
        widget::group(ui, "Plotted against");
        let hint = "Steps of the solver.";
        ui.radio_value(&mut settings.against, Against::Intervals, "intervals N")
            .on_hover_text(hint);
        let hint = "What a sample costs: Heun's method calls the network twice a step.";
        ui.radio_value(&mut settings.against, Against::Calls, "network calls").on_hover_text(hint);
    }

    /// Where errors are looked at: at clean data where there is no time before it on all grids.
    fn places(&self, ui: &mut Ui, chosen: &mut Place) {
        let reference = self.reference.as_ref();
        let time = reference.and_then(|reference| reference.common);
        let has_common = reference.is_none() || time.is_some();
        let shown = if has_common { *chosen } else { Place::End };
        let name = time.map_or("at a common time".into(), |time| format!("at t = {time}"));
        let common = ui.add_enabled_ui(has_common, |ui| {
            ui.radio(shown == Place::Common, name)
                .on_hover_text(
                    "The last time that all grids share: there the orders of convergence show.",
                )
                .on_disabled_hover_text("No time before clean data is on all grids.")
        });
        if common.inner.clicked() {
            *chosen = Place::Common;
        }
        let hint = "The samples themselves; the last step of every grid is one of first order.";
        let end = ui.radio(shown == Place::End, "at clean data");
        if end.on_hover_text(hint).clicked() {
            *chosen = Place::End;
        }
    }
}

/// Which column of samples is on show.
fn intervals(ui: &mut Ui, shared: &mut Shared) {
    let settings = &mut shared.settings.microscope;
    widget::group(ui, "Look at");
    let now = shown_intervals(settings);
    let mut place = INTERVALS.iter().position(|&n| n == now).unwrap_or(0);
    let hint = "The number of intervals whose samples are shown below, marked in the plot.";
    let slider = widget::row(ui, "Intervals N", hint, |ui| {
        let name = |place: f64, _| INTERVALS[(place as usize).min(INTERVALS.len() - 1)].to_string();
        let read = |text: &str| {
            let n: usize = text.trim().parse().ok()?;
            Some(INTERVALS.iter().position(|&known| known >= n)? as f64)
        };
        let range = 0..=INTERVALS.len() - 1;
        let slider = Slider::new(&mut place, range).custom_formatter(name).custom_parser(read);
        widget::slider(ui, slider)
    });
    if slider.changed() {
        settings.intervals = INTERVALS[place];
    }
}
