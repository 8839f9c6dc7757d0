//! One cell, enlarged: student over teacher with a wipe, and the map of their difference.

use eframe::egui::{Align2, Id, Sense, Slider, Ui, Vec2, Window, vec2};

use super::Comparison;
use crate::{
    engine::{
        report::significant,
        worker::{ColumnKey, SetCard},
    },
    gui::{
        Target,
        picture::Picture,
        theme::palette,
        widget::{self, steps},
    },
};

/// Side of the enlarged picture where there is room for two, in points; and what is around them.
const SIDE: f32 = 224.0;
const AROUND: f32 = 64.0;

/// From the window's corner to that of what is enlarged.
pub(super) const CORNER: [f32; 2] = [-12.0, -44.0];

impl Comparison {
    pub(super) fn inspector(&mut self, ui: &mut Ui, set: &SetCard) -> Option<Target> {
        let (key, row) = self.place.cell()?;
        // An address, or other models, may name a cell that is not here.
        if !self.columns.contains_key(&key) {
            return None;
        }
        let Some(shape) = set.shape else {
            self.plot_window(ui, set, key);
            return None;
        };
        let rows = self.asked.as_ref().map_or(row + 1, |(live, _)| live.rows);
        let [solution, _] = self
            .solutions(key)
            .map_or([None, None], |teacher| self.pictures(ui, teacher, row, rows, shape));
        let [own, map] = self.pictures(ui, key, row, rows, shape);
        let pictures = (own?, solution, map);
        self.is_enlarged = true;
        let mut target = None;
        let error = self.columns.get(&key).and_then(|column| column.error(row));

        let title =
            format!("{}, {}, row {}", set.cards[key.model].title, steps(key.steps), row + 1);
        let mut open = true;
        let window =
            Window::new(title).id(Id::unique("inspector")).open(&mut open).resizable(false);
        let window = window.collapsible(false).anchor(Align2::RIGHT_BOTTOM, CORNER);
        let width = SIDE.min((ui.ctx().content_rect().width() - AROUND) / 2.0);
        window.show(ui, |ui| {
            let side = vec2(width, width * shape.height as f32 / shape.width as f32);
            ui.horizontal(|ui| self.enlargement(ui, pictures, side));
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().slider_width = width - 12.0;
                let slider = widget::bare_slider(ui, Slider::new(&mut self.place.wipe, 0.0..=1.0));
                widget::name(&slider, "Wipe");
                slider.on_hover_text("Left of the line the student, right of it the teacher.");
                widget::small(ui, &figure(key, error));
                let hint =
                    "This sample as a PNG file, eight times as large, with all settings inside.";
                if ui.button("Save cell").on_hover_text(hint).clicked() {
                    target = Some(Target::Cell(key, row));
                }
            });
        });
        if !open {
            self.place.cell = None;
        }
        target
    }

    /// The teacher's column, where it answers the same request as that of `key`: it is drawn after the students'.
    pub(super) fn solutions(&self, key: ColumnKey) -> Option<ColumnKey> {
        let own = self.columns.get(&key)?;
        let (teacher, column) = self.columns.iter().find(|(key, _)| key.model == 0)?;
        own.is_beside(column).then_some(*teacher)
    }

    /// A sample over its solution up to the seam, and the map of their distance.
    fn enlargement(
        &self,
        ui: &mut Ui,
        (own, solution, map): (Picture, Option<Picture>, Option<Picture>),
        side: Vec2,
    ) {
        let (rect, response) = ui.allocate_exact_size(side, Sense::hover());
        let Some(solution) = solution else {
            own.paint(ui.painter(), rect, 1.0);
            return widget::picture(&response, "The sample; the teacher's is not there yet");
        };
        let share = 1.0 - self.place.wipe;
        own.wipe(&solution, ui.painter(), rect, share);
        let seam = rect.left() + rect.width() * share;
        ui.painter().vline(seam, rect.y_range(), (1.5, palette(ui).accent));
        widget::picture(
            &response,
            "The sample left of the line, the teacher's solution right of it",
        );
        let Some(map) = map else { return };
        let (rect, response) = ui.allocate_exact_size(side, Sense::hover());
        map.paint(ui.painter(), rect, 1.0);
        widget::picture(&response, "The distance to the teacher's solution, pixel by pixel");
        response.on_hover_text("|student - teacher|: black is none, white is 1 and more.");
    }
}

/// How far a cell is off, in words.
fn figure(key: ColumnKey, error: Option<f64>) -> String {
    match error {
        Some(error) => format!("ODE error {}", significant(error)),
        None if key.model == 0 => "the teacher itself".to_owned(),
        None => "not measured yet".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::comparison::column::Column;

    #[test]
    fn a_student_is_held_against_a_teacher_of_its_own_request_alone() {
        let [teacher, student] = [(0, 50), (1, 1)].map(|(model, steps)| ColumnKey { model, steps });
        let mut comparison = Comparison::default();
        for key in [teacher, student] {
            comparison.columns.insert(key, Column::default());
        }
        assert_eq!(comparison.solutions(student), Some(teacher));
        comparison.columns.values_mut().for_each(Column::stale);
        assert_eq!(comparison.solutions(student), Some(teacher));
        comparison.columns.insert(student, Column::default());
        assert_eq!(comparison.solutions(student), None, "the teacher is drawn last");
        assert_eq!(figure(student, None), "not measured yet");
        assert_eq!(figure(teacher, None), "the teacher itself");
    }
}
