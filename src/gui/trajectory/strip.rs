//! The film strip: a row for each view, a column for each time, the present one outlined.

use eframe::egui::{Align2, Pos2, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};

use super::{
    Trajectory,
    film::{Row, Station},
    player::time,
};
use crate::{
    data::Shape,
    engine::{report::significant, worker::SetCard},
    gui::{
        room::is_slim,
        theme::{self, palette, size},
        widget::{self, write},
    },
};

/// Width of the names at the left.
const NAMES: f32 = 76.0;
/// Height of the times above the frames.
const TIMES: f32 = 18.0;
/// Least distance between frames.
const GAP: f32 = 3.0;
/// The strip's share of the height there is, and the fewest columns worth a larger frame; then both where
/// there is little width.
const SHARE: f32 = 0.33;
const FEWEST: usize = 11;
const SLIM_SHARE: f32 = 0.6;
const SLIM_FEWEST: usize = 6;

/// Where frames are, relative to the strip's corner.
pub(super) struct Layout {
    rows: Vec<Row>,
    /// Steps of the columns, ascending, the first 0, the last N.
    steps: Vec<usize>,
    side: Vec2,
    /// From one column to the next.
    pitch: f32,
}

impl Layout {
    /// The largest frames for `height` points in all, of which the strip takes a share.
    pub(super) fn new(ui: &Ui, set: &SetCard, shape: Shape, intervals: usize, height: f32) -> Self {
        let rows = Row::all(set);
        let (room, pixel) = (ui.available_width() - NAMES, ui.pixels_per_point());
        let (share, fewest) = match is_slim(ui.ctx()) {
            true => (SLIM_SHARE, SLIM_FEWEST),
            false => (SHARE, FEWEST),
        };
        let fits = |scale: f32| {
            let side = vec2(shape.width as f32, shape.height as f32) * scale / pixel;
            let columns = fewest.min(intervals + 1) as f32;
            (side.y + GAP) * rows.len() as f32 + TIMES <= share * height
                && (side.x + GAP) * columns <= room
        };
        // Whole pixels for each value.
        let scale = (2..=8).map(|scale| scale as f32).take_while(|&scale| fits(scale)).last();
        let side = vec2(shape.width as f32, shape.height as f32) * scale.unwrap_or(1.0) / pixel;
        let steps = spread(intervals, (room / (side.x + GAP)) as usize);
        let pitch = (room - side.x) / (steps.len() - 1).max(1) as f32;
        Self { rows, steps, side, pitch: pitch.min(2.0 * side.x) }
    }

    pub(super) fn height(&self) -> f32 {
        TIMES + self.rows.len() as f32 * (self.side.y + GAP)
    }

    fn frame(&self, column: usize, row: usize) -> Rect {
        let left = NAMES + column as f32 * self.pitch;
        Rect::from_min_size(pos2(left, TIMES + row as f32 * (self.side.y + GAP)), self.side)
    }

    /// The column nearest to `x`.
    fn column(&self, x: f32) -> usize {
        let place = (x - NAMES - self.side.x / 2.0) / self.pitch.max(1.0);
        (place.round().max(0.0) as usize).min(self.steps.len() - 1)
    }

    /// The column nearest to a step.
    fn column_of(&self, step: usize) -> usize {
        let distance = |&column: &usize| self.steps[column].abs_diff(step);
        (0..self.steps.len()).min_by_key(distance).expect("a strip has columns")
    }
}

/// `0..=intervals`, or about `most` of these steps evenly, both ends among them.
fn spread(intervals: usize, most: usize) -> Vec<usize> {
    let least = intervals.div_ceil(most.max(2) - 1).max(1);
    // Rather a few columns less than an uneven end.
    let divisor = (least..=2 * least).find(|&stride| intervals.is_multiple_of(stride));
    let mut steps: Vec<usize> = (0..intervals).step_by(divisor.unwrap_or(least)).collect();
    steps.push(intervals);
    steps
}

impl Trajectory {
    pub(super) fn strip(&mut self, ui: &mut Ui, set: &SetCard, shape: Shape, layout: &Layout) {
        let size = vec2(ui.available_width(), layout.height());
        // The keys that go along the path are the view's: nothing is here to focus.
        let (rect, response) = ui.allocate_exact_size(size, Sense::CLICK | Sense::DRAG);
        widget::picture(&response, "Film strip");
        widget::describe(
            &response,
            "All times in small; a click goes to the time under the pointer.",
        );
        let intervals = *layout.steps.last().expect("a strip has columns");
        if let Some(pointer) = response.interact_pointer_pos()
            && response.is_pointer_button_down_on()
        {
            self.player.go(layout.steps[layout.column(pointer.x - rect.left())], intervals);
        }
        let present = self.player.step(intervals);
        let current = layout.column_of(present);
        let hovered = response.hover_pos().map(|pointer| layout.column(pointer.x - rect.left()));
        // The outlined column shows the present step, whichever is its own.
        let steps = layout.steps.iter().enumerate();
        let steps: Vec<usize> =
            steps.map(|(i, &step)| if i == current { present } else { step }).collect();
        times(ui, rect.min, layout, &steps, &self.film.stations, current);
        for (line, &row) in layout.rows.iter().enumerate() {
            name(ui, set, row, layout.frame(0, line).translate(rect.min.to_vec2()));
            for (column, &step) in steps.iter().enumerate() {
                let frame = layout.frame(column, line).translate(rect.min.to_vec2());
                self.film.paint(ui, row, step, shape, frame);
            }
        }
        for (column, width) in [(hovered, 1.0_f32), (Some(current), 2.0)] {
            let Some(column) = column else { continue };
            let (first, last) =
                (layout.frame(column, 0), layout.frame(column, layout.rows.len() - 1));
            let whole = first.union(last).translate(rect.min.to_vec2()).expand(1.5);
            let edge = Stroke::new(width, palette(ui).accent);
            ui.painter().rect_stroke(whole, 3.0, edge, StrokeKind::Outside);
        }
        if let Some(column) = hovered {
            self.hint(response, set, steps[column]);
        }
    }

    fn hint(&self, response: Response, set: &SetCard, step: usize) {
        let Some(station) = self.film.stations.get(step) else { return };
        let mut lines = vec![format!("t = {}, a click goes there", time(station.t))];
        for row in Row::all(set) {
            if let Some(error) = row.model().and_then(|model| self.film.error(model, step)) {
                lines.push(format!("{}: error {}", row.title(set), significant(error)));
            }
        }
        response.on_hover_text_at_pointer(lines.join("\n"));
    }
}

/// The times above the columns, as far as the path came.
fn times(
    ui: &Ui,
    corner: Pos2,
    layout: &Layout,
    steps: &[usize],
    stations: &[Station],
    now: usize,
) {
    let colours = palette(ui);
    for (column, &step) in steps.iter().enumerate() {
        let Some(station) = stations.get(step) else { continue };
        let (font, colour) = if column == now {
            (theme::strong(size::SMALL), colours.accent)
        } else {
            (theme::plain(size::SMALL), colours.muted)
        };
        let frame = layout.frame(column, 0);
        let place = corner + vec2(frame.center().x, TIMES - 4.0);
        write(ui, place, Align2::CENTER_BOTTOM, time(station.t), font, colour);
    }
}

/// The row's name, left of its first frame.
fn name(ui: &Ui, set: &SetCard, row: Row, first: Rect) {
    let colour = row
        .model()
        .map_or(palette(ui).muted, |model| theme::method(ui, &set.cards[model].title, model));
    let place = pos2(first.left() - NAMES, first.center().y);
    write(ui, place, Align2::LEFT_CENTER, row.title(set), theme::strong(size::SMALL), colour);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_spread_evenly_from_noise_to_data() {
        assert_eq!(spread(5, 40), [0, 1, 2, 3, 4, 5]);
        assert_eq!(spread(100, 6), [0, 20, 40, 60, 80, 100]);
        assert_eq!(spread(20, 4), [0, 10, 20], "even, though four columns would fit");
        assert_eq!(spread(25, 7), [0, 5, 10, 15, 20, 25]);
        assert_eq!(spread(125, 12), [0, 12, 24, 36, 48, 60, 72, 84, 96, 108, 120, 125]);
        assert_eq!((spread(20, 0), spread(1, 9)), (vec![0, 20], vec![0, 1]));
    }

    #[test]
    fn a_click_on_a_frame_finds_its_column() {
        let steps = spread(100, 11);
        let layout = Layout { rows: vec![Row::State], steps, side: vec2(32.0, 32.0), pitch: 40.0 };
        for column in 0..11 {
            let frame = layout.frame(column, 0);
            for x in [frame.left() + 1.0, frame.center().x, frame.right() - 1.0] {
                assert_eq!(layout.column(x), column);
            }
            assert_eq!(layout.column_of(layout.steps[column]), column);
        }
        assert_eq!((layout.column(-50.0), layout.column(1e6)), (0, 10));
        assert_eq!(layout.column_of(13), 1);
    }
}
