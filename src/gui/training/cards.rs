//! Where a run's cards stand: samples beside the curves, or below them where the width does not hold both.

use eframe::egui::{Rect, Ui, UiBuilder, vec2};

use super::Training;
use crate::gui::theme::UNIT;

/// Points of width from which on the samples stand beside the curves.
const BESIDE: f32 = 640.0;
/// Least height of the curves with their axes, and of the samples with their controls.
const LEAST: f32 = 420.0;
/// Height of the samples over their width where they stand below the curves, and the most of it.
const TALL: f32 = 1.4;
const TALLEST: f32 = 720.0;

impl Training {
    /// Curves and samples, as high as there is room and never lower than they need.
    pub(super) fn cards(&mut self, ui: &mut Ui) {
        let (origin, room) = (ui.cursor().min, ui.available_size());
        let gap = 4.0 * UNIT;
        let [curves, samples] = if room.x < BESIDE {
            let samples = (TALL * room.x).clamp(LEAST, TALLEST);
            let below = origin + vec2(0.0, LEAST + gap);
            [(origin, vec2(room.x, LEAST)), (below, vec2(room.x, samples))]
        } else {
            let height = room.y.max(LEAST);
            let right = (0.42 * room.x).min(0.9 * height);
            let left = room.x - right - gap;
            let beside = origin + vec2(left + gap, 0.0);
            [(origin, vec2(left, height)), (beside, vec2(right, height))]
        };
        let place = |(corner, size)| UiBuilder::new().max_rect(Rect::from_min_size(corner, size));
        ui.scope_builder(place(curves), |ui| self.curves(ui));
        ui.scope_builder(place(samples), |ui| self.recorder(ui));
    }
}
