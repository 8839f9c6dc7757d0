//! One plot of points, enlarged: where a student lands, joined with where the teacher goes from the same
//! noise.

use eframe::egui::{Rect, Sense, Stroke, Ui, Vec2, Window};

use super::{Comparison, cloud::place, inspector::away, table::over};
use crate::{
    engine::worker::{ColumnKey, SetCard},
    gui::{
        theme::{self, palette},
        widget,
    },
};

/// Side of the enlarged plot where there is room, in points.
const SIDE: f32 = 400.0;
/// Its least side: on a smaller one nothing can be told apart.
const LEAST: f32 = 96.0;
/// What its window takes besides the plot: in width, and in height with the lines below it.
const AROUND: [f32; 2] = [48.0, 160.0];
/// Radii of the solutions' rings and of the students' dots.
const RING: f32 = 3.5;
const DOT: f32 = 2.0;

impl Comparison {
    /// The enlarged plot in a window of its own within `room`, until it is closed.
    pub(super) fn plot_window(&mut self, ui: &mut Ui, set: &SetCard, key: ColumnKey, room: Rect) {
        let Some((live, _)) = &self.asked else { return };
        let reach = self.reach(live);
        let Some(column) = self.columns.get(&key) else { return };
        let part = self.part();
        let [error, interval, cost] = column.words(key, part);
        let title = live.name(key, set);
        let mut open = true;
        let window = Window::new(title).open(&mut open).resizable(false).collapsible(false);
        let window = away(ui, window, room, self.marked);
        let [width, height] = AROUND;
        let side = SIDE.min(room.width() - width).min(room.height() - height).max(LEAST);
        // What is not there yet has no words.
        let over = part.filter(|_| key.model > 0).map_or_else(String::new, over);
        let join = if key.model == 0 { ", " } else { " " };
        let figure = [error, interval].join(join) + &over;
        let said = [figure.trim(), cost.as_str()];
        let said: Vec<&str> = said.into_iter().filter(|part| !part.is_empty()).collect();
        self.is_enlarged = true;
        window.show(ui, |ui| {
            self.joined(ui, set, key, side, reach);
            widget::small(ui, &said.join(", "));
            if key.model > 0 {
                let text =
                    "Rings: the teacher's solutions. Lines join them with where the student lands.";
                widget::small(ui, text);
            }
        });
        if !open {
            self.place.cell = None;
        }
    }

    /// The plot, `side` points wide.
    pub(super) fn joined(&self, ui: &mut Ui, set: &SetCard, key: ColumnKey, side: f32, reach: f32) {
        let (plot, _) = ui.allocate_exact_size(Vec2::splat(side), Sense::hover());
        widget::sheet(ui, plot);
        let values = |key: &ColumnKey| self.columns.get(key).map(|column| &column.values[..]);
        let solutions = self.solutions(key).filter(|_| key.model > 0);
        let solutions = solutions.and_then(|teacher| values(&teacher)).unwrap_or_default();
        let own = values(&key).unwrap_or_default();
        let colour = theme::method(ui, set.title(key.model), key.model);
        let ring = Stroke::new(1.0, palette(ui).muted.gamma_multiply(0.6));
        let painter = ui.painter().with_clip_rect(Rect::shrink(plot, 1.0));
        for (i, from) in own.chunks_exact(2).enumerate() {
            let from = place(plot, reach, from);
            if let Some(to) = solutions.get(2 * i..2 * i + 2) {
                let to = place(plot, reach, to);
                painter.circle_stroke(to, RING, ring);
                painter.line_segment([from, to], (1.0, colour.gamma_multiply(0.45)));
            }
            painter.circle_filled(from, DOT, colour);
        }
    }
}
