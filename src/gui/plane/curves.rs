//! The course of a distillation: losses and ODE errors, on a logarithmic scale.

use eframe::egui::{Align2, Rect, Ui, UiBuilder, pos2, vec2};

use super::{GAP, Plane};
use crate::gui::{
    Shared,
    steps_plot::{Chart, Curve, Look},
    theme::{self, palette, size},
    widget::{self, write},
};

/// Height of a plot's name.
const HEADER: f32 = 22.0;
/// Room around a plot.
const ROOM: [f32; 2] = [6.0, 5.0];

impl Plane {
    pub(super) fn curves(&self, ui: &mut Ui, shared: &Shared, rect: Rect) {
        let width = (rect.width() - GAP) / 2.0;
        let left = Rect::from_min_max(rect.min, pos2(rect.left() + width, rect.bottom()));
        let right = left.translate(vec2(width + GAP, 0.0));
        let students = self.students.as_ref();
        let strength = if self.outdated_by(shared).is_none() { 1.0 } else { 0.35 };
        let steps = students.map_or(shared.settings.plane.steps, |s| s.training.steps);
        let none = [Vec::new(), Vec::new()];
        let [losses, errors] = students.map_or([&none, &none], |s| [&s.losses, &s.errors]);
        curve(ui, left, "Loss", losses, steps, strength);
        curve(ui, right, "ODE error", errors, steps, strength);
    }
}

/// CM and Direct CM over steps.
fn curve(
    ui: &mut Ui,
    rect: Rect,
    name: &'static str,
    values: &[Vec<[f64; 2]>; 2],
    steps: u64,
    strength: f32,
) {
    let colours = palette(ui);
    let small = theme::plain(size::SMALL);
    let head = write(ui, rect.min, Align2::LEFT_TOP, name, theme::strong(size::BODY), colours.ink);
    let mut place = head.right_top() + vec2(12.0, 2.5);
    let mut curves = Vec::new();
    for (title, points) in ["CM", "Direct CM"].into_iter().zip(values) {
        let colour = theme::method(ui, title, 0);
        place.x = write(ui, place, Align2::LEFT_TOP, title, small.clone(), colour).right() + 10.0;
        let (colour, points) = (colour.gamma_multiply(strength), points.clone());
        curves.push(Curve { name: title.to_owned(), colour, look: Look::Line, points });
    }
    let frame = rect.with_min_y(rect.top() + HEADER);
    widget::sheet(ui, frame);
    let inside = frame.shrink2(ROOM.into());
    if values.iter().any(|values| !values.is_empty()) {
        // Beside the numbers of the steps: a plot this low has no line to spare for their name.
        write(ui, inside.left_bottom(), Align2::LEFT_BOTTOM, "steps", small, colours.muted);
    }
    ui.scope_builder(UiBuilder::new().max_rect(inside), |ui| {
        Chart::new(name, steps, true, curves).show(ui, inside.size(), None, None)
    });
}
