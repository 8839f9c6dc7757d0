//! The comparison of images where there is little width: rows are samplers, columns are noises.

use eframe::egui::{Align2, Rect, Sense, Ui, Vec2, pos2, vec2};

use super::{
    Comparison,
    table::{cells, over, row_name, spoken, values},
};
use crate::{
    data::Shape,
    engine::worker::{ColumnKey, Live, SetCard},
    gui::{
        theme::{self, palette, size},
        widget::{write, write_within},
    },
};

/// Width of the figures at the left.
const FIGURES: f32 = 104.0;
/// Between cells: at least, and at most where there is room.
const GAPS: [f32; 2] = [4.0, 18.0];
/// Height of a cell's error below it.
const CAPTION: f32 = 18.0;
/// Height of a line of figures, and how many a student and the teacher have at most.
const LINE: f32 = 14.5;
const LINES: [usize; 2] = [5, 3];
/// Height of a method's name, and of the names of the noises.
const HEADER: f32 = 30.0;
const NAMES: f32 = 18.0;
/// Points of a value of an image.
const SCALES: [f32; 2] = [1.0, 4.0];

/// Where things are.
struct Layout {
    side: Vec2,
    rows: usize,
    gap: f32,
}

impl Layout {
    fn new(ui: &Ui, rows: usize, shape: Shape) -> Self {
        // The last cell's error may be wider than the cell.
        let room = ui.available_width() - FIGURES - GAPS[0];
        let gaps = rows.max(2) as f32 - 1.0;
        // Whole pixels for each value, or squares come out uneven.
        let pixel = ui.pixels_per_point();
        let most = (room - GAPS[0] * gaps) / rows as f32 / shape.width as f32;
        let scale = ((most * pixel).floor() / pixel).clamp(SCALES[0], SCALES[1]);
        let side = vec2(shape.width as f32, shape.height as f32) * scale;
        let gap = ((room - rows as f32 * side.x) / gaps).clamp(GAPS[0], GAPS[1]);
        Self { side, rows, gap }
    }

    fn width(&self) -> f32 {
        FIGURES + self.rows as f32 * (self.side.x + self.gap) - self.gap
    }

    /// Height of a sampler's cells with their errors, and of so many lines of figures.
    fn band(&self, lines: usize) -> f32 {
        (self.side.y + CAPTION).max(lines as f32 * LINE) + GAPS[0]
    }

    /// A cell for each noise, in the band that begins at `top`.
    fn cells(&self, ui: &Ui, top: f32) -> Vec<Rect> {
        let left = ui.max_rect().left() + FIGURES;
        let place = |row| pos2(left + row as f32 * (self.side.x + self.gap), top);
        (0..self.rows).map(|row| Rect::from_min_size(place(row), self.side)).collect()
    }
}

impl Comparison {
    /// The noises, the teacher, then each student at each number of steps.
    pub(super) fn tall_table(&mut self, ui: &mut Ui, set: &SetCard, live: &Live, shape: Shape) {
        let layout = Layout::new(ui, live.rows, shape);
        self.noises(ui, &layout, set, live, shape);
        let mut previous = None;
        for key in self.keys(set, live) {
            if previous != Some(key.model) {
                header(ui, &layout, set, key);
            }
            previous = Some(key.model);
            self.band(ui, &layout, (set, live), key, shape);
        }
    }

    fn noises(&mut self, ui: &mut Ui, layout: &Layout, set: &SetCard, live: &Live, shape: Shape) {
        let size = vec2(layout.width(), NAMES + layout.side.y + GAPS[0]);
        let (band, _) = ui.allocate_exact_size(size, Sense::hover());
        let (colours, font) = (palette(ui), theme::plain(size::SMALL));
        for (row, rect) in layout.cells(ui, band.top() + NAMES).into_iter().enumerate() {
            let (place, name) = (rect.left_top() - vec2(0.0, NAMES), row_name(set, live, row));
            write_within(ui, place, rect.width(), &name, font.clone(), colours.muted);
            if let Some(picture) = self.noise.picture(ui.ctx(), row, live.rows, shape) {
                picture.framed(ui, rect, 1.0);
            }
        }
        let place = band.left_top() + vec2(0.0, NAMES);
        write(ui, place, Align2::LEFT_TOP, "noise z", font, colours.muted);
    }

    /// A sampler's figures, and its samples.
    fn band(
        &mut self,
        ui: &mut Ui,
        layout: &Layout,
        (set, live): (&SetCard, &Live),
        key: ColumnKey,
        shape: Shape,
    ) {
        let count = LINES[usize::from(key.model == 0)];
        let size = vec2(layout.width(), layout.band(count));
        let (band, _) = ui.allocate_exact_size(size, Sense::hover());
        let rects = layout.cells(ui, band.top());
        let (colours, part) = (palette(ui), self.part());
        let column = self.columns.entry(key).or_default();
        cells(ui, &rects, column, shape, &colours);
        let [error, interval, sharp, ..] = values(column);
        let (strong, plain) = (theme::strong(size::SMALL), theme::plain(size::SMALL));
        let mut lines = vec![
            (live.steps_in_words(key, set), strong, colours.ink),
            (error, theme::strong(size::BODY), colours.ink),
            (interval, plain.clone(), colours.muted),
            (format!("sharpness {sharp}"), plain.clone(), colours.muted),
            (column.cost(), plain.clone(), colours.muted),
        ];
        if key.model == 0 {
            lines.drain(1..4); // the teacher is not compared with itself
            lines.extend(part.map(|part| (over(part).trim().to_owned(), plain, colours.muted)));
        }
        for (i, (text, font, colour)) in lines.into_iter().enumerate() {
            let place = band.left_top() + vec2(0.0, i as f32 * LINE - 2.0);
            write(ui, place, Align2::LEFT_TOP, text, font, colour);
        }
        self.cells |= band;
        let words = Rect::from_min_size(band.min, vec2(FIGURES, count as f32 * LINE));
        let name = live.name(key, set);
        spoken(ui, words, column, &name, key, part);
        if key.model == 1 {
            self.figures |= words;
        }
        self.interact(ui, &rects, &name, key, shape);
    }
}

/// A method's name, with a line in its colour.
fn header(ui: &mut Ui, layout: &Layout, set: &SetCard, key: ColumnKey) {
    let (rect, _) = ui.allocate_exact_size(vec2(layout.width(), HEADER), Sense::hover());
    let title = set.title(key.model);
    let colour = theme::method(ui, title, key.model);
    let font = theme::strong(size::HEADING);
    let place = rect.left_bottom() - vec2(0.0, 9.0);
    write(ui, place, Align2::LEFT_BOTTOM, title, font, colour);
    let rule = Rect::from_min_size(rect.left_bottom() - vec2(0.0, 7.0), vec2(rect.width(), 2.0));
    ui.painter().rect_filled(rule, 0.0, colour);
}
