//! What stands beside dots and lines: no label over another or over a dot, while there is room.

use eframe::egui::{Color32, Pos2, Rect, Ui, Vec2, vec2};

use crate::gui::theme::{self, size};

/// From the dot's centre to its label.
const GAP: Vec2 = vec2(7.0, 3.0);

/// Where there is no room beside a dot: so many times as far above or below it.
const FAR: f32 = 2.5;

/// What stands beside one dot, or at one of several places, the best first.
pub(super) struct Label {
    pub(super) dots: Vec<Pos2>,
    pub(super) text: String,
    pub(super) colour: Color32,
    /// Whether it would rather stand below.
    pub(super) is_below: bool,
}

/// Draws them inside of `frame` and off `lines`; the first come first.
pub(super) fn draw(ui: &Ui, frame: Rect, lines: Vec<Rect>, labels: &[Label]) {
    let dots = labels.iter().flat_map(|label| &label.dots);
    let mut taken = lines;
    taken.extend(dots.map(|dot| Rect::from_center_size(*dot, Vec2::splat(10.0))));
    for Label { dots, text, colour, is_below } in labels {
        let font = theme::strong(size::SMALL);
        let galley = ui.painter().layout_no_wrap(text.clone(), font, *colour);
        let place = free(dots, galley.size(), *is_below, frame, &taken);
        ui.painter().galley(place.min, galley, *colour);
        taken.push(place);
    }
}

/// To the right where that is free, else to the left; on the better side, else on the other; else the same farther off.
fn free(dots: &[Pos2], size: Vec2, is_below: bool, frame: Rect, taken: &[Rect]) -> Rect {
    let side = if is_below { 1.0 } else { -1.0 };
    let around = |dot: &Pos2, far: f32| {
        [[1.0, side], [1.0, -side], [-1.0, side], [-1.0, -side]].map(|[right, down]| {
            let away = (GAP + 0.5 * size) * vec2(right, far * down);
            Rect::from_center_size(*dot + away, size)
        })
    };
    let near = dots.iter().flat_map(|dot| around(dot, 1.0));
    let places: Vec<Rect> = near.chain(dots.iter().flat_map(|dot| around(dot, FAR))).collect();
    let is_inside = |place: &&Rect| frame.contains_rect(**place);
    let is_free = |place: &&Rect| !taken.iter().any(|other| other.intersects(**place));
    let inside = || places.iter().filter(is_inside);
    *inside().find(is_free).or_else(|| inside().next()).unwrap_or(&places[0])
}

#[cfg(test)]
mod tests {
    use eframe::egui::pos2;

    use super::*;

    const FRAME: Rect = Rect { min: Pos2::ZERO, max: pos2(200.0, 100.0) };

    #[test]
    fn labels_make_room_for_each_other_and_keep_inside() {
        let size = vec2(40.0, 10.0);
        let first = free(&[pos2(50.0, 50.0)], size, true, FRAME, &[]);
        assert!(first.left() > 50.0 && first.top() > 50.0);
        let second = free(&[pos2(52.0, 52.0)], size, true, FRAME, &[first]);
        assert!(second.bottom() < 52.0 && !second.intersects(first));
        let third = free(&[pos2(51.0, 51.0)], size, true, FRAME, &[first, second]);
        assert!(third.right() < 51.0);
        let at_the_edge = free(&[pos2(190.0, 95.0)], size, true, FRAME, &[]);
        assert!(FRAME.contains_rect(at_the_edge));
        let ends = [pos2(200.0, 50.0), pos2(0.0, 50.0)];
        let name = free(&ends, size, false, FRAME, &[]);
        assert!(name.left() > 100.0 && name.bottom() < 50.0 && FRAME.contains_rect(name));
        // A level's name stands at its own line, a dot's keeps off it.
        let line = Rect::from_min_max(pos2(0.0, 49.0), pos2(200.0, 51.0));
        assert_eq!(free(&ends, size, false, FRAME, &[line]), name);
        assert!(free(&[pos2(50.0, 55.0)], size, false, FRAME, &[line]).top() > 55.0);
        // Over a line below it and a dot beside it, at the left edge, it goes on up.
        let dot = Rect::from_center_size(pos2(60.0, 44.0), Vec2::splat(10.0));
        let below = line.translate(vec2(0.0, 8.0));
        let apart = free(&[pos2(20.0, 50.0)], size, false, FRAME, &[dot, below]);
        assert!(apart.left() > 20.0 && apart.bottom() < dot.top() && FRAME.contains_rect(apart));
        let crowd = Rect { min: pos2(100.0, 0.0), max: FRAME.max };
        assert!(free(&ends, size, false, FRAME, &[crowd]).right() < 100.0);
    }
}
