//! The comparison of points in the plane: the teacher's plot, and a row of plots for each student.

use eframe::egui::{
    Align2, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::{Comparison, column::Column};
use crate::{
    engine::worker::{ColumnKey, Live, SetCard},
    gui::{
        room::is_slim,
        theme::{self, CARD_CORNER, palette, size},
        widget::{self, write, write_within},
    },
};

/// Between plots.
const GAP: f32 = 16.0;
/// Height of a line below a plot, and of all of them with the space around.
const LINE: f32 = 15.5;
const CAPTION: f32 = 4.0 * LINE + 16.0;
/// Height of a method's name.
const HEADER: f32 = 30.0;
/// Sides of a plot, in points.
const SIDES: [f32; 2] = [110.0, 420.0];
/// Room around the teacher's points, as a share of their reach.
const ROOM: f32 = 1.6;

impl Comparison {
    /// The teacher at the left; the steps of each other sampler in a row.
    pub(super) fn points(&mut self, ui: &mut Ui, set: &SetCard, live: &Live) {
        if is_slim(ui.ctx()) {
            return self.tall_points(ui, set, live);
        }
        let keys = self.keys(set, live);
        let rows = keys.last().map_or(1, |last| last.model.max(1));
        let columns = 1 + if keys.len() > 1 { live.steps.len() } else { 0 };
        let room = ui.available_size();
        let width = (room.x - GAP * columns as f32) / columns as f32;
        let height = room.y / rows as f32 - HEADER - CAPTION;
        let side = width.min(height).clamp(SIDES[0], SIDES[1]);
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
        let teacher = ColumnKey { model: 0, steps: live.intervals };
        self.plot(ui, (set, live), teacher, place(0, 0), side, reach);
        // One for a single step has no plots of more.
        for key in keys.into_iter().skip(1) {
            let column = live.steps.iter().position(|steps| *steps == key.steps).unwrap_or(0);
            let at = place(column + 1, key.model - 1);
            self.plot(ui, (set, live), key, at, side, reach);
        }
    }

    /// Where there is little width: two plots beside each other, each sampler's after the other's.
    fn tall_points(&mut self, ui: &mut Ui, set: &SetCard, live: &Live) {
        let side = ((ui.available_width() - GAP) / 2.0).min(SIDES[1]);
        let reach = self.reach(live);
        for own in self.keys(set, live).chunk_by(|one, other| one.model == other.model) {
            for pair in own.chunks(2) {
                let size = vec2(2.0 * side + GAP, side + HEADER + CAPTION);
                let (row, _) = ui.allocate_exact_size(size, Sense::hover());
                for (i, &key) in pair.iter().enumerate() {
                    let at = row.min + vec2(i as f32 * (side + GAP), 0.0);
                    self.plot(ui, (set, live), key, at, side, reach);
                }
            }
        }
    }

    /// Half the side of every plot, in data units: the teacher's points and room around them.
    pub(super) fn reach(&self, live: &Live) -> f32 {
        let teacher = self.columns.get(&ColumnKey { model: 0, steps: live.intervals });
        let values = teacher.map(|column| column.values.as_slice()).unwrap_or_default();
        let farthest = values.iter().fold(0.0f32, |reach, value| reach.max(value.abs()));
        if farthest > 0.0 { ROOM * farthest } else { 1.0 }
    }

    fn plot(
        &mut self,
        ui: &mut Ui,
        (set, live): (&SetCard, &Live),
        key: ColumnKey,
        at: Pos2,
        side: f32,
        reach: f32,
    ) {
        let colours = palette(ui);
        let title = set.title(key.model);
        let accent = theme::method(ui, title, key.model);
        write_within(ui, at, side, title, theme::strong(size::HEADING), accent);
        let plot = Rect::from_min_size(at + vec2(0.0, HEADER - 4.0), vec2(side, side));
        widget::sheet(ui, plot);
        self.cells |= plot.with_min_y(at.y);
        let line = |i: usize| pos2(plot.left(), plot.bottom() + 5.0 + LINE * i as f32);
        if key.model == 1 {
            self.figures |= Rect::from_min_max(line(0), pos2(plot.right(), line(4).y));
        }
        let font = theme::strong(size::SMALL);
        write(ui, line(0), Align2::LEFT_TOP, live.steps_in_words(key, set), font, colours.ink);
        let part = self.part();
        let Some(column) = self.columns.get_mut(&key) else { return };
        let strength = if column.is_stale() { 0.25 } else { 0.7 };
        let colour = accent.gamma_multiply(strength);
        let cloud = column.cloud.shape(ui.ctx(), &column.values, plot, reach, colour);
        ui.painter().with_clip_rect(plot.shrink(1.0)).add(cloud);
        let said = column.words(key, part);
        for (i, text) in said.iter().enumerate() {
            let colour = if i == 0 { colours.ink } else { colours.muted };
            write(ui, line(i + 1), Align2::LEFT_TOP, text, theme::plain(size::SMALL), colour);
        }
        self.closer(ui, (set, live), key, plot, reach, &said);
    }

    /// Hovering enlarges a plot, a click keeps it so.
    fn closer(
        &mut self,
        ui: &mut Ui,
        (set, live): (&SetCard, &Live),
        key: ColumnKey,
        plot: Rect,
        reach: f32,
        [error, interval, cost]: &[String; 3],
    ) {
        let id = ui.scope_id().with((key.model, key.steps));
        let response = ui.interact(plot, id, Sense::click());
        let title = live.name(key, set);
        let join = if key.model == 0 { ", " } else { " " };
        // What is not measured yet has no words.
        let label = match error.is_empty() {
            true => title.clone(),
            false => format!("{title}, {error}{join}{interval}"),
        };
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
        let cost = if cost.is_empty() { String::new() } else { format!("{cost}. ") };
        widget::describe(&response, &format!("{cost}A click shows it large."));
        let is_enlarged = self.mark(key, 0, plot);
        if is_enlarged || response.hovered() || response.has_focus() {
            let stroke = Stroke::new(2.0, palette(ui).accent);
            ui.painter().rect_stroke(plot, CARD_CORNER, stroke, StrokeKind::Outside);
        }
        if response.clicked() {
            self.place.enlarge(key, 0);
        }
        response.on_hover_ui(|ui| {
            ui.label(&title);
            self.joined(ui, set, key, 280.0, reach);
        });
    }
}

impl Column {
    /// The error, its interval, and what a sample costs; of the teacher how many points there are, or what `part` of
    /// them the figures are of.
    pub(super) fn words(&self, key: ColumnKey, part: Option<[usize; 2]>) -> [String; 3] {
        let [error, interval] = match self.error_with_interval() {
            Some([error, interval]) => [format!("ODE error {error}"), format!("{interval} (95%)")],
            None if key.model == 0 => {
                let all = format!("{} points", self.values.len() / 2);
                let part = part.map(|[done, all]| format!("{done} of {all} points"));
                ["the solution".to_owned(), part.unwrap_or(all)]
            }
            None => Default::default(),
        };
        [error, interval, self.cost()]
    }
}
