//! The controls of the plane.

use eframe::egui::{self, Button, ProgressBar, Slider, Ui};

use super::{
    Plane, Shown,
    arrangement::{self, Arrangement},
    students::SEED,
};
use crate::{
    data::Mixture,
    diffusion::Method,
    engine::report::duration,
    gui::{
        Shared, controls, keys,
        theme::{UNIT, palette},
        widget,
    },
};

/// Intervals that divide the 1000 times.
const INTERVALS: [usize; 7] = [5, 10, 20, 25, 40, 50, 100];
/// Widths of components, in data units.
const WIDTHS: std::ops::RangeInclusive<f64> = 0.02..=0.4;
/// Optimiser steps.
const STEPS: std::ops::RangeInclusive<u64> = 200..=20_000;

impl Plane {
    pub(super) fn panel(&mut self, ui: &mut Ui, shared: &mut Shared) {
        self.mixture(ui, shared);
        teacher(ui, shared);
        maps(ui, shared);
        self.distillation(ui, shared);
    }

    fn mixture(&mut self, ui: &mut Ui, shared: &mut Shared) {
        widget::group(ui, "Mixture");
        self.arrangements(ui, &mut shared.settings.plane.mixture);
        let mixture = &mut shared.settings.plane.mixture;
        widget::row(ui, "Width", "Standard deviation of every component.", |ui| {
            widget::slider(
                ui,
                Slider::new(&mut mixture.std, WIDTHS).logarithmic(true).max_decimals(3),
            )
        });
        ui.horizontal(|ui| self.count(ui, shared));
        widget::small(ui, "Drag them; a double click adds one.");
    }

    fn arrangements(&mut self, ui: &mut Ui, mixture: &mut Mixture) {
        ui.horizontal_wrapped(|ui| {
            for each in Arrangement::ALL {
                let label = ui.selectable_label(*mixture == each.mixture(), each.title());
                if label.on_hover_text("Start from this arrangement of components.").clicked() {
                    (*mixture, self.selected) = (each.mixture(), None);
                }
            }
        });
    }

    /// How many components there are; one more, one less.
    fn count(&mut self, ui: &mut Ui, shared: &mut Shared) {
        let mixture = &mut shared.settings.plane.mixture;
        let add = ui.add_enabled(arrangement::can_add(mixture), Button::new("Add"));
        let hint = "Another component, as near to the middle as there is room; a double click adds one where \
                    you like.";
        if add.on_hover_text(hint).clicked() {
            let place = arrangement::free(mixture);
            self.selected = arrangement::add(mixture, place);
        }
        let can_remove = self.selected.is_some() && arrangement::can_remove(mixture);
        let count = mixture.means.len();
        let remove = ui.add_enabled(can_remove, Button::new("Remove"));
        if remove.on_hover_text("Take the selected component away (Delete).").clicked() {
            self.remove(shared);
        }
        let plural = if count == 1 { "component" } else { "components" };
        widget::small(ui, &format!("{count} {plural}"));
    }

    fn distillation(&mut self, ui: &mut Ui, shared: &mut Shared) {
        widget::group(ui, "Students");
        let hint = "Numbers the first weights and the draws; both students share them.";
        ui.horizontal(|ui| controls::seed(ui, shared, hint));
        let steps = &mut shared.settings.plane.steps;
        let hint = "Optimiser steps of each student; more of them come nearer to the teacher.";
        widget::row(ui, "Steps", hint, |ui| {
            widget::slider(ui, Slider::new(steps, STEPS).logarithmic(true).step_by(100.0))
        });
        ui.add_space(2.0 * UNIT);
        if self.is_distilling(shared) {
            self.progress(ui, shared);
        } else {
            let what = "Train two small networks on this mixture, from one start and with one set of \
                        draws";
            let hint = keys::hint(ui, what, keys::AGAIN);
            if widget::primary(ui, "Distil CM and Direct CM").on_hover_text(hint).clicked() {
                self.distil(shared);
            }
        }
        self.out_of_date(ui, shared);
    }

    /// How far the students are, and the way to stop.
    fn progress(&self, ui: &mut Ui, shared: &mut Shared) {
        let Some(students) = &self.students else { return };
        let (step, steps) = (students.step(), students.training.steps);
        let share = step as f32 / steps.max(1) as f32;
        ui.add(ProgressBar::new(share).desired_height(1.5 * UNIT).fill(palette(ui).accent));
        let text = match &students.newest {
            Some(newest) if step > 0 => {
                format!(
                    "step {step} of {steps} · {:.0} a second · {} left",
                    newest.steps_per_s,
                    duration(newest.left_s)
                )
            }
            _ => "solving the teacher's first paths".to_owned(),
        };
        widget::small(ui, &text);
        if ui.button("Stop").on_hover_text("Keep the students as they are (Esc).").clicked() {
            shared.stop();
        }
    }

    /// Says that the students on show are not those that would be distilled now.
    fn out_of_date(&self, ui: &mut Ui, shared: &Shared) {
        let (Some(students), Some(what)) = (&self.students, self.outdated_by(shared)) else {
            return;
        };
        // No undo goes on with a distillation that the change ended.
        let way = if what == SEED || students.are_whole() {
            keys::hint(ui, "Distil again, or undo", keys::UNDO)
        } else {
            "Distil again.".to_owned()
        };
        ui.add_space(UNIT);
        let text = egui::RichText::new(format!(
            "The students are out of date: the {what} has changed since. {way}"
        ));
        ui.label(text.small().color(palette(ui).warn));
    }
}

/// The solver that students learn from.
fn teacher(ui: &mut Ui, shared: &mut Shared) {
    widget::group(ui, "Teacher");
    let plane = &mut shared.settings.plane;
    let solvers = Method::ALL.into_iter().filter(|method| !method.has_memory());
    let solvers = solvers.map(controls::solver);
    widget::row(ui, "Solver", "How the teacher's ODE is solved.", |ui| {
        let shown = plane.method.title().to_owned();
        widget::choice(ui, "plane solver", shown, &mut plane.method, solvers)
    });
    widget::row(ui, "Intervals N", "Steps of the teacher from noise to data.", |ui| {
        let (shown, items) = (plane.intervals.to_string(), INTERVALS.map(controls::number));
        widget::choice(ui, "plane intervals", shown, &mut plane.intervals, items)
    });
}

/// How maps are drawn.
fn maps(ui: &mut Ui, shared: &mut Shared) {
    widget::group(ui, "Maps");
    let shown = &mut shared.settings.plane.shown;
    ui.horizontal(|ui| {
        ui.selectable_value(shown, Shown::Lattice, "Lattice")
            .on_hover_text("The image of a polar lattice of noises.");
        ui.selectable_value(shown, Shown::Particles, "Particles")
            .on_hover_text("The images of the particles, coloured by the angle of their noise.");
    });
}
