//! Where the cells and figures of a comparison of images stand.

use std::collections::BTreeSet;

use eframe::egui::{Pos2, Rect, Ui, Vec2, vec2};

use crate::{data::Shape, engine::worker::ColumnKey};

/// Width of the names at the left.
pub(super) const NAMES: f32 = 92.0;
/// The least between columns, and between groups of columns.
const GAP: f32 = 6.0;
const GROUP_GAP: f32 = 14.0;
/// The most that is added between columns and between rows where there is room.
const MOST_SPARE: Vec2 = vec2(16.0, 12.0);
/// Least points for a value of an image: figures must fit below a cell.
const LEAST: f32 = 1.75;
/// Least height of the line under a cell.
const CAPTION: f32 = 19.0;
/// Height of the two lines above the cells.
pub(super) const HEADER: f32 = 46.0;
/// Height of a line of figures.
pub(super) const FIGURE: f32 = 21.0;
/// Names of the figures below the columns.
pub(super) const FIGURES: [&str; 5] =
    ["ODE error", "95% interval", "sharpness", "network calls", "ms a sample"];
/// The line that points have no figure in.
pub(super) const SHARPNESS: usize = 2;

/// Where things are.
pub(super) struct Layout {
    pub(super) origin: Pos2,
    pub(super) side: Vec2,
    /// Left edge of each column after the noise's.
    pub(super) lefts: Vec<f32>,
    pub(super) rows: usize,
    /// Between columns of a group.
    pub(super) gap: f32,
    /// From a cell to the next below it.
    caption: f32,
}

impl Layout {
    pub(super) fn new(ui: &Ui, keys: &[ColumnKey], rows: usize, shape: Shape) -> Self {
        let groups = 1 + keys.iter().map(|k| k.model).collect::<BTreeSet<_>>().len();
        let columns = keys.len() + 1;
        let gaps = GROUP_GAP * groups as f32 + GAP * (columns - groups) as f32;
        let room = ui.available_size();
        let wide = (room.x - NAMES - gaps) / columns as f32 / shape.width as f32;
        let figures = HEADER + FIGURES.len() as f32 * FIGURE + 16.0;
        let high = ((room.y - figures) / rows as f32 - CAPTION) / shape.height as f32;
        // Whole pixels for each value, or squares come out uneven.
        let pixel = ui.pixels_per_point();
        // Below two pixels a value nothing can be told: better to scroll then.
        let scale = (wide.min(high.max(2.0)) * pixel).floor();
        let least = (LEAST * pixel).round().max(1.0);
        // Zoomed out very far, even one pixel is more than the most.
        let scale = scale.clamp(least, least.max(6.0 * pixel));
        let side = vec2(shape.width as f32, shape.height as f32) * scale / pixel;
        // What whole pixels leave over goes between the cells, as far as they still belong together.
        let spare = vec2(
            room.x - NAMES - gaps - columns as f32 * side.x,
            room.y - figures - rows as f32 * (side.y + CAPTION),
        );
        let between = spare / vec2((columns + groups) as f32, rows as f32);
        let between = between.clamp(Vec2::ZERO, MOST_SPARE).floor();
        let (gap, caption) = (GAP + between.x, CAPTION + between.y);
        let mut left = NAMES + side.x;
        let mut model = None;
        let mut lefts = Vec::new();
        for key in keys {
            left += match model == Some(key.model) {
                true => gap,
                false => GROUP_GAP + 2.0 * between.x,
            };
            model = Some(key.model);
            lefts.push(left);
            left += side.x;
        }
        Self { origin: ui.cursor().min, side, lefts, rows, gap, caption }
    }

    pub(super) fn size(&self) -> Vec2 {
        let width = self.lefts.last().map_or(NAMES, |left| left + self.side.x);
        vec2(width, self.figures_top() + FIGURES.len() as f32 * FIGURE)
    }

    pub(super) fn figures_top(&self) -> f32 {
        HEADER + self.rows as f32 * (self.side.y + self.caption) + 8.0
    }

    pub(super) fn cell(&self, left: f32, row: usize) -> Rect {
        let top = HEADER + row as f32 * (self.side.y + self.caption);
        Rect::from_min_size(self.origin + vec2(left, top), self.side)
    }
}
