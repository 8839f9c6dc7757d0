//! What stands beside the dots: no label over another or over a dot, while there is room.

use eframe::egui::{Color32, Pos2, Rect, Ui, Vec2, vec2};

use crate::gui::theme::{self, size};

/// From the dot's centre to its label.
const GAP: Vec2 = vec2(7.0, 3.0);

/// What stands beside one dot.
pub(super) struct Label {
    pub(super) dot: Pos2,
    pub(super) text: String,
    pub(super) colour: Color32,
    /// Whether it would rather stand below.
    pub(super) is_below: bool,
}

/// Draws them inside of `frame`; the first come first.
pub(super) fn draw(ui: &Ui, frame: Rect, labels: &[Label]) {
    let dots = labels.iter().map(|label| Rect::from_center_size(label.dot, Vec2::splat(10.0)));
    let mut taken: Vec<Rect> = dots.collect();
    for Label { dot, text, colour, is_below } in labels {
        let font = theme::strong(size::SMALL);
        let galley = ui.painter().layout_no_wrap(text.clone(), font, *colour);
        let place = free(*dot, galley.size(), *is_below, frame, &taken);
        ui.painter().galley(place.min, galley, *colour);
        taken.push(place);
    }
}

/// To the right where that is free, else to the left; on the better side, else on the other.
fn free(dot: Pos2, size: Vec2, is_below: bool, frame: Rect, taken: &[Rect]) -> Rect {
    let side = if is_below { 1.0 } else { -1.0 };
    let places = [[1.0, side], [1.0, -side], [-1.0, side], [-1.0, -side]].map(|[right, down]| {
        let away = (GAP + 0.5 * size) * vec2(right, down);
        Rect::from_center_size(dot + away, size)
    });
    let is_free = |place: &&Rect| {
        frame.contains_rect(**place) && !taken.iter().any(|other| other.intersects(**place))
    };
    *places.iter().find(is_free).unwrap_or(&places[0])
}

#[cfg(test)]
mod tests {
    use eframe::egui::pos2;

    use super::*;

    const FRAME: Rect = Rect { min: Pos2::ZERO, max: pos2(200.0, 100.0) };

    #[test]
    fn labels_make_room_for_each_other_and_keep_inside() {
        let size = vec2(40.0, 10.0);
        let first = free(pos2(50.0, 50.0), size, true, FRAME, &[]);
        assert!(first.left() > 50.0 && first.top() > 50.0);
        let second = free(pos2(52.0, 52.0), size, true, FRAME, &[first]);
        assert!(second.bottom() < 52.0 && !second.intersects(first));
        let third = free(pos2(51.0, 51.0), size, true, FRAME, &[first, second]);
        assert!(third.right() < 51.0);
        let at_the_edge = free(pos2(190.0, 95.0), size, true, FRAME, &[]);
        assert!(FRAME.contains_rect(at_the_edge));
    }
}
