//! What can be set, and what can be saved.

use eframe::egui::{RichText, Slider, Ui};

use super::{Paradox, Quality, SAMPLES, ruler};
use crate::{
    engine::worker::{
        SetCard,
        quality::{Measure, STEPS},
    },
    gui::{
        Shared, controls, frame, keys,
        theme::{self, UNIT},
        widget,
        work::{self, Work},
    },
};

impl Paradox {
    pub(super) fn controls(&mut self, ui: &mut Ui, shared: &mut Shared) {
        widget::group(ui, "Models");
        frame::model_choice(ui, shared);
        let Some(set) = shared.set.clone() else { return };
        widget::ticked(ui, |ui| shown(ui, shared, &set));

        widget::group(ui, "Samples");
        let hint = "Numbers the noise that teacher and students share.";
        ui.horizontal(|ui| controls::seed(ui, shared, hint));
        self.samples(ui, shared, &set);
        widget::ticked(ui, |ui| self.measure_choice(ui, shared));
        self.export(ui, shared, &set);
    }

    fn samples(&mut self, ui: &mut Ui, shared: &mut Shared, set: &SetCard) {
        let mut samples = shared.settings.paradox.samples(set);
        let hint = "Samples of each sampler in the end; more make the intervals narrower. What is drawn \
                    is kept.";
        let slider = widget::row(ui, "Samples N", hint, |ui| {
            widget::slider(ui, Slider::new(&mut samples, SAMPLES).logarithmic(true))
        });
        if slider.changed() {
            shared.settings.paradox.samples = Some(samples);
        }
        let done = self.drawn.min(samples);
        ui.horizontal(|ui| {
            widget::small(ui, &format!("{done} of {samples} drawn"));
            work::stop_button(ui, shared);
            let is_offered = shared.work() != Work::Own && !self.is_whole(samples);
            let hint = keys::hint(ui, "Draw and measure the rest", keys::AGAIN);
            if is_offered && ui.button("Go on").on_hover_text(hint).clicked() {
                self.again(shared);
            }
        });
    }

    fn measure_choice(&self, ui: &mut Ui, shared: &mut Shared) {
        widget::group(ui, "Quality is");
        let shown = self.ruler(shared);
        let chosen = &mut shared.settings.paradox;
        for measure in Measure::ALL {
            let radio = ui.radio(shown.measure == measure, ruler::title(measure));
            if radio.on_hover_text(ruler::hint(measure)).clicked() {
                chosen.measure = measure;
            }
        }
        widget::group(ui, "Beside");
        let has_data = self.features.is_some_and(|(_, held_out)| held_out.is_some());
        let teacher = ui.radio(shown.quality == Quality::Teacher, "the teacher's samples");
        if teacher.on_hover_text("Drawn from other noise than the students'.").clicked() {
            chosen.quality = Quality::Teacher;
        }
        let data = ui.add_enabled_ui(has_data, |ui| {
            ui.radio(shown.quality == Quality::HeldOut, "held-out data")
                .on_hover_text("Data that neither teacher nor students were trained on.")
                .on_disabled_hover_text("The data of these models is not inside the program.")
        });
        if data.inner.clicked() {
            chosen.quality = Quality::HeldOut;
        }
    }

    fn export(&self, ui: &mut Ui, shared: &mut Shared, set: &SetCard) {
        widget::group(ui, "Save the plot");
        ui.add_enabled_ui(self.has_dots(), |ui| {
            ui.horizontal(|ui| {
                if ui.button("PNG").on_hover_text("The plot as pixels.").clicked() {
                    self.save_png(shared, set);
                }
                if ui.button("SVG").on_hover_text("The plot as lines and text.").clicked() {
                    self.save_svg(shared, set);
                }
                let hint = "All figures with their intervals and N, those not shown too.";
                if ui.button("CSV").on_hover_text(hint).clicked() {
                    self.save_csv(shared, set);
                }
            });
        });
        ui.add_space(UNIT);
    }
}

/// Which students, at how many steps.
fn shown(ui: &mut Ui, shared: &mut Shared, set: &SetCard) {
    widget::group(ui, "Students");
    for model in 1..=set.fast() {
        let (settings, title) = (&mut shared.settings.paradox, set.title(model));
        let mut is_shown = !settings.is_hidden(title);
        let colour = theme::method(ui, title, model);
        let response = ui.checkbox(&mut is_shown, RichText::new(title).color(colour));
        let is_fast = model == set.fast();
        let hint = if is_fast { controls::fast_hint() } else { "Show this student.".to_owned() };
        if response.on_hover_text(hint).changed() {
            if is_shown {
                settings.hidden.retain(|hidden| hidden != title);
            } else {
                settings.hidden.push(title.to_owned());
            }
        }
    }
    let offered = STEPS.into_iter().filter(|&step| step <= set.intervals);
    let hint = "Show this number of steps.";
    controls::steps(ui, hint, &mut shared.settings.paradox.steps, offered);
}
