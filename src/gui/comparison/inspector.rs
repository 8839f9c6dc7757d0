//! One cell, enlarged: student over teacher with a wipe, and the map of their difference.

use eframe::egui::{Align2, Id, Sense, Slider, Ui, Vec2, Window, vec2};

use super::Comparison;
use crate::{
    engine::{report::significant, worker::SetCard},
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
        let teacher = self.columns.keys().find(|key| key.model == 0).copied();
        let [solution, _] =
            teacher.map_or([None, None], |teacher| self.pictures(ui, teacher, row, rows, shape));
        let [own, map] = self.pictures(ui, key, row, rows, shape);
        let pictures = (own?, solution?, map);
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
                let error = error.map_or("the teacher itself".into(), |error| {
                    format!("ODE error {}", significant(error))
                });
                widget::small(ui, &error);
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

    /// A sample over its solution up to the seam, and the map of their distance.
    fn enlargement(
        &self,
        ui: &mut Ui,
        (own, solution, map): (Picture, Picture, Option<Picture>),
        side: Vec2,
    ) {
        let (rect, response) = ui.allocate_exact_size(side, Sense::hover());
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
