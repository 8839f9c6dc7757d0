//! Where everything on a sheet stands, in pixels, from the top left.
//!
//! Computed before anything is drawn: the page is as large as its samples and its words need.

use super::{Cell, NAME, SUBTITLE, Sheet, TITLE};
use crate::data::Shape;
use crate::picture::canvas::Area;
use crate::picture::text;

/// White space round the page.
pub(super) const MARGIN: i64 = 56;
/// A title wants room even over few columns.
const LEAST_CONTENT: i64 = 560;
/// The side that an enlarged image aims at: large enough to judge, ten fit side by side.
const IMAGE_SIDE: i64 = 136;
/// The side of a scatter plot.
const PANEL_SIDE: i64 = 168;
/// A column is at least this wide, so that its captions are legible.
const LEAST_COLUMN: i64 = 104;
/// Between the columns of a group, and between rows.
const GAP: i64 = 10;
/// Between groups.
const GROUP_GAP: i64 = 30;
/// Longer names of measures are cut off.
const NAMES_LIMIT: i64 = 180;

const TITLE_LINE: i64 = 42;
const SUBTITLE_LINE: i64 = 24;
/// A line of the table, or of captions that explain themselves.
const TABLE_LINE: i64 = 30;
const CAPTION_LINE: i64 = 22;
const FOOT_LINE: i64 = 21;

/// Positions and sizes of a sheet's parts.
pub(super) struct Layout {
    pub(super) width: i64,
    pub(super) height: i64,
    /// The left edge of each column.
    pub(super) lefts: Vec<i64>,
    pub(super) column_width: i64,
    /// Canvas pixels per image pixel.
    pub(super) scale: i64,
    pub(super) caption_lines: usize,
    /// The room for names of measures, left of the first value.
    pub(super) names_width: i64,
    pub(super) title: Vec<String>,
    pub(super) subtitle: Vec<String>,
    pub(super) foot: Vec<String>,
    heads_top: i64,
    captions_top: i64,
    caption_line: i64,
    foot_top: i64,
    row_height: i64,
}

impl Layout {
    pub(super) fn of(sheet: &Sheet) -> Self {
        let shapes: Vec<Shape> = sheet.columns.iter().filter_map(|c| shape(&c.cell)).collect();
        let widest = shapes.iter().map(|shape| shape.width as i64).max().unwrap_or(0);
        let tallest = shapes.iter().map(|shape| shape.height as i64).max().unwrap_or(0);
        let scale = ((IMAGE_SIDE + widest / 2) / widest.max(1)).max(1);
        let panel = if shapes.len() < sheet.columns.len() { PANEL_SIDE } else { 0 };
        let column_width = (widest * scale).max(panel).max(LEAST_COLUMN);

        let (lefts, names_width) = place_columns(sheet, column_width);
        let right = lefts.last().map_or(MARGIN, |left| left + column_width);
        let width = right.max(MARGIN + LEAST_CONTENT) + MARGIN;
        let content = (width - 2 * MARGIN) as f32;
        let title = text::wrap(&sheet.title, TITLE, content);
        let subtitle = text::wrap(&sheet.subtitle, SUBTITLE, content);
        let foot = text::wrap(&sheet.foot, NAME, content);

        let heads_top =
            MARGIN + title.len() as i64 * TITLE_LINE + subtitle.len() as i64 * SUBTITLE_LINE + 22;
        let rows = sheet.columns.iter().map(|c| rows(&c.cell) as i64).max().unwrap_or(0);
        let row_height = tallest * scale + GAP;
        let captions_top = heads_top + HEADS + (rows * row_height - GAP).max(panel) + 18;
        let caption_lines = sheet.columns.iter().map(|c| c.captions.len()).max().unwrap_or(0);
        let caption_line = if sheet.measures.is_empty() { CAPTION_LINE } else { TABLE_LINE };
        let foot_top = captions_top + caption_lines as i64 * caption_line + 22;
        let height = foot_top + foot.len() as i64 * FOOT_LINE + MARGIN - 10;
        Self {
            width,
            height,
            lefts,
            column_width,
            scale,
            caption_lines,
            names_width,
            title,
            subtitle,
            foot,
            heads_top,
            captions_top,
            caption_line,
            foot_top,
            row_height,
        }
    }

    pub(super) fn title_baseline(&self, line: usize) -> i64 {
        MARGIN + 22 + line as i64 * TITLE_LINE
    }

    pub(super) fn subtitle_baseline(&self, line: usize) -> i64 {
        MARGIN + 12 + self.title.len() as i64 * TITLE_LINE + line as i64 * SUBTITLE_LINE
    }

    pub(super) fn group_baseline(&self) -> i64 {
        self.heads_top + 16
    }

    pub(super) fn rule_top(&self) -> i64 {
        self.heads_top + 27
    }

    pub(super) fn heading_baseline(&self) -> i64 {
        self.heads_top + 51
    }

    pub(super) fn caption_baseline(&self, line: usize) -> i64 {
        self.captions_top + 20 + line as i64 * self.caption_line
    }

    pub(super) fn foot_baseline(&self, line: usize) -> i64 {
        self.foot_top + 14 + line as i64 * FOOT_LINE
    }

    /// The place of an image in the column at `left`.
    pub(super) fn tile(&self, left: i64, row: usize, shape: Shape) -> Area {
        Area {
            left,
            top: self.heads_top + HEADS + row as i64 * self.row_height,
            width: shape.width as i64 * self.scale,
            height: shape.height as i64 * self.scale,
        }
    }

    /// The place of a scatter plot in the column at `left`.
    pub(super) fn panel(&self, left: i64) -> Area {
        Area { left, top: self.heads_top + HEADS, width: PANEL_SIDE, height: PANEL_SIDE }
    }
}

/// From the top of the group names to the first sample.
const HEADS: i64 = 66;

/// Left edges of the columns, and the width left of the first column with captions: names of
/// measures stand under the columns that have none (the noise), or in a gutter of their own.
fn place_columns(sheet: &Sheet, column_width: i64) -> (Vec<i64>, i64) {
    let mut lefts = Vec::with_capacity(sheet.columns.len());
    let mut left = MARGIN;
    for (i, column) in sheet.columns.iter().enumerate() {
        if i > 0 {
            let is_same_group = sheet.columns[i - 1].group == column.group;
            left += column_width + if is_same_group { GAP } else { GROUP_GAP };
        }
        lefts.push(left);
    }
    let first_with_captions = sheet.columns.iter().position(|c| !c.captions.is_empty());
    let room = first_with_captions.map_or(0, |i| lefts[i] - MARGIN);
    let widest = sheet.measures.iter().map(|name| text::width(name, NAME).ceil() as i64);
    let wanted = widest.max().map_or(0, |widest| widest.min(NAMES_LIMIT) + 24);
    let gutter = (wanted - room).max(0);
    (lefts.iter().map(|left| left + gutter).collect(), (room + gutter - 24).max(0))
}

fn shape(cell: &Cell) -> Option<Shape> {
    match cell {
        Cell::Images { shape, .. } => Some(*shape),
        Cell::Points { .. } => None,
    }
}

fn rows(cell: &Cell) -> usize {
    match cell {
        Cell::Images { values, shape } => values.len() / shape.len().max(1),
        Cell::Points { .. } => 0,
    }
}
