//! The comparison of images: a table of cells with their errors.

use eframe::egui::{Align2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::{
    Comparison,
    column::Column,
    headings::headings,
    layout::{FIGURE, FIGURES, Layout, NAMES},
};
use crate::{
    data::Shape,
    engine::{
        report::significant,
        worker::{Card, ColumnKey, Live, SetCard},
    },
    gui::{
        picture::Picture,
        theme::{self, Palette, palette, size},
        widget::{self, write},
    },
};

impl Comparison {
    /// The teacher, then each student at each number of steps, then the teacher in few steps.
    pub(super) fn keys(&self, set: &SetCard, live: &Live) -> Vec<ColumnKey> {
        let of = |(model, card): (usize, &Card)| {
            let steps = live.steps_of(&card.manifest.role);
            steps.map(move |steps| ColumnKey { model, steps }).collect::<Vec<_>>()
        };
        let students = set.cards.iter().enumerate().skip(1).flat_map(of);
        let fast = live.fast.iter().map(|&steps| ColumnKey { model: set.fast(), steps });
        let teacher = ColumnKey { model: 0, steps: live.intervals };
        std::iter::once(teacher).chain(students).chain(fast).collect()
    }

    pub(super) fn table(&mut self, ui: &mut Ui, set: &SetCard, live: &Live, shape: Shape) {
        let keys = self.keys(set, live);
        let layout = Layout::new(ui, &keys, live.rows, shape);
        ui.allocate_exact_size(layout.size(), Sense::hover());
        let (colours, part) = (palette(ui), self.part());
        noise_column(ui, &layout, &mut self.noise, live, set, shape, &colours);
        names(ui, &layout, part, &colours);
        let all = Rect::from_min_size(layout.origin, layout.size());
        let seam = all.top() + layout.figures_top();
        (self.cells, self.figures) = (all.with_max_y(seam), all.with_min_y(seam));
        for (key, left) in keys.iter().zip(&layout.lefts) {
            let column = self.columns.entry(*key).or_default();
            let rects: Vec<Rect> = (0..live.rows).map(|row| layout.cell(*left, row)).collect();
            cells(ui, &rects, column, shape, &colours);
            figures(ui, &layout, column, *left, &colours);
            let corner = layout.origin + vec2(*left, layout.figures_top());
            let below = vec2(layout.side.x, FIGURES.len() as f32 * FIGURE);
            let name = live.name(*key, set);
            spoken(ui, Rect::from_min_size(corner, below), column, &name, *key, part);
            self.interact(ui, &rects, &name, *key, shape);
        }
        headings(ui, &layout, set, live, &keys);
    }

    /// Hovering enlarges a cell, a click keeps it so.
    pub(super) fn interact(
        &mut self,
        ui: &mut Ui,
        rects: &[Rect],
        name: &str,
        key: ColumnKey,
        shape: Shape,
    ) {
        for (row, &rect) in rects.iter().enumerate() {
            let Some(column) = self.columns.get(&key) else { return };
            if column.row(row, shape.len()).is_none() {
                return;
            }
            let response =
                ui.interact(rect, ui.scope_id().with((key.model, key.steps, row)), Sense::click());
            let error = column.told().and_then(|measured| measured.each.get(row));
            let error =
                error.map_or_else(String::new, |&e| format!(", ODE error {}", significant(e)));
            let label = format!("{name}, row {}{error}", row + 1);
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
            widget::describe(&response, "A click shows it large, beside the teacher's.");
            let is_enlarged = self.mark(key, row, rect);
            if is_enlarged || response.hovered() || response.has_focus() {
                widget::ring(ui, rect);
            }
            if response.clicked() {
                self.place.enlarge(key, row);
            }
            response.on_hover_ui(|ui| {
                ui.label(&label);
                self.enlarged(ui, key, row, rects.len(), shape);
            });
        }
    }

    /// A sample and its distance map, `side` points wide.
    fn enlarged(&mut self, ui: &mut Ui, key: ColumnKey, row: usize, rows: usize, shape: Shape) {
        let side = vec2(160.0, 160.0 * shape.height as f32 / shape.width as f32);
        let pictures = self.pictures(ui, key, row, rows, shape);
        ui.horizontal(|ui| {
            for picture in pictures.into_iter().flatten() {
                let (rect, _) = ui.allocate_exact_size(side, Sense::hover());
                picture.paint(ui.painter(), rect, 1.0);
            }
        });
    }

    /// A sample, and a student's distance map.
    pub(super) fn pictures(
        &mut self,
        ui: &Ui,
        key: ColumnKey,
        row: usize,
        rows: usize,
        shape: Shape,
    ) -> [Option<Picture>; 2] {
        let Some(mut column) = self.columns.remove(&key) else { return [None, None] };
        let teacher = self.columns.iter().find(|(key, _)| key.model == 0);
        let map = teacher.and_then(|(_, teacher)| column.map(ui.ctx(), row, rows, teacher, shape));
        let picture = column.picture(ui.ctx(), row, rows, shape);
        self.columns.insert(key, column);
        [picture, map]
    }
}

/// The noise, as grey or colours: two and a half deviations fill the range.
fn noise_column(
    ui: &Ui,
    layout: &Layout,
    noise: &mut Column,
    live: &Live,
    set: &SetCard,
    shape: Shape,
    colours: &Palette,
) {
    for row in 0..layout.rows {
        let rect = layout.cell(NAMES, row);
        if let Some(picture) = noise.picture(ui.ctx(), row, layout.rows, shape) {
            picture.framed(ui, rect, 1.0);
        }
        let name = titled(row_name(set, live, row));
        let galley =
            ui.painter().layout(name, theme::plain(size::SMALL), colours.muted, NAMES - 8.0);
        let place = pos2(layout.origin.x, rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(place, galley, colours.muted);
    }
}

/// What the figures below the columns are, and of which part of the samples.
fn names(ui: &Ui, layout: &Layout, part: Option<[usize; 2]>, colours: &Palette) {
    for (line, name) in FIGURES.into_iter().enumerate() {
        let over = part.filter(|_| line == 0).map_or_else(String::new, over);
        let y = layout.origin.y + layout.figures_top() + line as f32 * FIGURE;
        let right = layout.origin.x + layout.size().x;
        let rule = Stroke::new(1.0, colours.hairline);
        ui.painter().hline(layout.origin.x..=right, y, rule);
        let place = pos2(layout.origin.x, y + FIGURE / 2.0);
        let (name, font) = (name.to_owned() + &over, theme::plain(size::SMALL));
        write(ui, place, Align2::LEFT_CENTER, name, font, colours.muted);
    }
}

/// What a row shows: its class, or which noise it is.
pub(super) fn row_name(set: &SetCard, live: &Live, row: usize) -> String {
    let class = live.class.unwrap_or(row as u32 % set.classes.max(1));
    if set.classes > 0 { set.class_name(class) } else { format!("noise {}", row + 1) }
}

/// The name of a row where there is room: a class that is called by a bare number is said to be one.
fn titled(name: String) -> String {
    let is_number = name.parse::<u32>().is_ok();
    if is_number { format!("class {name}") } else { name }
}

/// Samples, each with its own ODE error below it.
pub(super) fn cells(ui: &Ui, rects: &[Rect], column: &mut Column, shape: Shape, colours: &Palette) {
    let strength = if column.is_stale() { 0.45 } else { 1.0 };
    for (row, &rect) in rects.iter().enumerate() {
        match column.picture(ui.ctx(), row, rects.len(), shape) {
            Some(picture) => picture.framed(ui, rect, strength),
            None => _ = ui.painter().rect_filled(rect, 2.0, colours.sunken),
        }
        if let Some(error) = column.error(row) {
            let place = rect.left_bottom() + vec2(0.0, 2.0);
            let colour = colours.muted.gamma_multiply(strength);
            write(
                ui,
                place,
                Align2::LEFT_TOP,
                significant(error),
                theme::plain(size::SMALL),
                colour,
            );
        }
    }
}

/// How far the column is off, its interval, how sharp it is, its network calls and milliseconds a sample.
pub(super) fn values(column: &Column) -> [String; 5] {
    let dash = || "–".to_owned();
    let [error, interval] = column.error_with_interval().unwrap_or_else(|| [dash(), dash()]);
    let calls = if column.is_drawn() { column.evaluations.to_string() } else { dash() };
    let ms = if column.is_drawn() { significant(column.sample_ms) } else { dash() };
    [error, interval, column.sharpness().unwrap_or_else(dash), calls, ms]
}

/// What the column costs and how far it is off.
fn figures(ui: &Ui, layout: &Layout, column: &Column, left: f32, colours: &Palette) {
    for (line, value) in values(column).into_iter().enumerate() {
        let y = layout.figures_top() + (line as f32 + 0.5) * FIGURE;
        let font = if line == 0 { theme::strong(size::BODY) } else { theme::plain(size::SMALL) };
        let place = layout.origin + vec2(left, y);
        write(ui, place, Align2::LEFT_CENTER, value, font, colours.ink);
    }
}

/// Says which part of the samples figures are of.
pub(super) fn over([done, all]: [usize; 2]) -> String {
    format!(" over {done} of {all}")
}

/// The same in a sentence.
pub(super) fn spoken(
    ui: &Ui,
    place: Rect,
    column: &Column,
    name: &str,
    key: ColumnKey,
    part: Option<[usize; 2]>,
) {
    if !column.is_drawn() {
        return;
    }
    let over = part.map_or_else(String::new, over);
    let error = column.error_with_interval().map_or_else(String::new, |[error, interval]| {
        format!("ODE error {error} {interval}{over}, ")
    });
    let sharp = column.sharpness().map_or_else(String::new, |sharp| format!("sharpness {sharp}, "));
    let sentence = format!("{name}: {error}{sharp}{} a sample", column.cost());
    let id = ui.scope_id().with(("figures", key.model, key.steps));
    widget::painted(ui, place, id, &sentence);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_that_is_called_by_a_bare_number_is_said_to_be_one() {
        let names = ["7", "cat", "class 7", "noise 7"];
        assert_eq!(names.map(|name| titled(name.into())), ["class 7", "cat", "class 7", "noise 7"]);
    }
}
