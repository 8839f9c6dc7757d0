//! The comparison of points in the plane: the teacher's plot, and a row of plots for each student.

use eframe::egui::{
    Align2, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::{Comparison, table::steps};
use crate::{
    engine::{
        report::significant,
        worker::{ColumnKey, Live, SetCard},
    },
    gui::{
        theme::{self, CARD_CORNER, palette, size},
        widget::write,
    },
};

/// Between plots.
const GAP: f32 = 16.0;
/// Height of the lines below a plot.
const CAPTION: f32 = 44.0;
/// Height of a method's name.
const HEADER: f32 = 30.0;
/// Room around the teacher's points, as a share of their reach.
const ROOM: f32 = 1.6;

impl Comparison {
    /// The teacher at the left; each student's steps in a row.
    pub(super) fn points(&mut self, ui: &mut Ui, set: &SetCard, live: &Live) {
        let students = set.cards.len() - 1;
        let (rows, columns) =
            (students.max(1), 1 + if students > 0 { live.steps.len() } else { 0 });
        let room = ui.available_size();
        let width = (room.x - GAP * columns as f32) / columns as f32;
        let height = room.y / rows as f32 - HEADER - CAPTION;
        let side = width.min(height).clamp(110.0, 340.0);
        let origin = ui.cursor().min;
        let reach = self.reach(live);
        let pitch = vec2(side + GAP, side + HEADER + CAPTION);
        let place = |column: usize, row: usize| {
            let indent = if column > 0 { GAP } else { 0.0 };
            origin + vec2(column as f32 * pitch.x + indent, row as f32 * pitch.y)
        };
        ui.allocate_exact_size(
            vec2(columns as f32 * pitch.x, rows as f32 * pitch.y),
            Sense::hover(),
        );
        self.plot(ui, set, ColumnKey { model: 0, steps: live.intervals }, place(0, 0), side, reach);
        for model in 1..set.cards.len() {
            for (column, &steps) in live.steps.iter().enumerate() {
                let at = place(column + 1, model - 1);
                self.plot(ui, set, ColumnKey { model, steps }, at, side, reach);
            }
        }
    }

    /// Half the side of every plot, in data units: the teacher's points and room around them.
    fn reach(&self, live: &Live) -> f32 {
        let teacher = self.columns.get(&ColumnKey { model: 0, steps: live.intervals });
        let values = teacher.map(|column| column.values.as_slice()).unwrap_or_default();
        let farthest = values.iter().fold(0.0f32, |reach, value| reach.max(value.abs()));
        if farthest > 0.0 { ROOM * farthest } else { 1.0 }
    }

    fn plot(&self, ui: &Ui, set: &SetCard, key: ColumnKey, at: Pos2, side: f32, reach: f32) {
        let colours = palette(ui);
        let title = &set.cards[key.model].title;
        let accent = theme::method(ui, title, key.model);
        write(ui, at, Align2::LEFT_TOP, title, theme::strong(size::HEADING), accent);
        let plot = Rect::from_min_size(at + vec2(0.0, HEADER - 4.0), vec2(side, side));
        ui.painter().rect_filled(plot, CARD_CORNER, colours.panel);
        let edge = Stroke::new(1.0, colours.hairline);
        ui.painter().rect_stroke(plot, CARD_CORNER, edge, StrokeKind::Inside);
        let line = |i: usize| pos2(plot.left(), plot.bottom() + 5.0 + 17.0 * i as f32);
        let plain = theme::plain(size::SMALL);
        write(ui, line(0), Align2::LEFT_TOP, steps(key.steps), plain.clone(), colours.ink);
        let Some(column) = self.columns.get(&key) else { return };
        let colour = accent.gamma_multiply(if column.is_stale { 0.25 } else { 0.7 });
        let painter = ui.painter().with_clip_rect(plot.shrink(1.0));
        for point in column.values.chunks_exact(2) {
            let offset = vec2(point[0], -point[1]) * (side / 2.0 / reach);
            painter.circle_filled(plot.center() + offset, 1.6, colour);
        }
        let text = match &column.measured {
            Some(measured) => {
                let ode = measured.ode.squared;
                let half = (ode.high - ode.low) / 2.0;
                format!("ODE error {} ± {}", significant(ode.mean), significant(half))
            }
            None if key.model == 0 => format!("the solution, {} points", column.values.len() / 2),
            None => String::new(),
        };
        let fits = |text: &str| {
            let laid = ui.painter().layout_no_wrap(text.to_owned(), plain.clone(), colours.muted);
            laid.size().x <= side
        };
        // Under a small plot there is room for the estimate, not for its interval.
        let short = text.split([',', '±']).next().unwrap_or_default().trim_end();
        let shown = if fits(&text) { &text } else { short };
        write(ui, line(1), Align2::LEFT_TOP, shown, plain.clone(), colours.muted);
        let id = ui.scope_id().with((key.model, key.steps));
        let response = ui.interact(plot, id, Sense::hover());
        let label = format!("{title}, {}, {text}", steps(key.steps));
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &label));
    }
}
