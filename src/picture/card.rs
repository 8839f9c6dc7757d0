//! The card that stands for the page where its link is shown: the sign, the name, and what there is to see.

use image::RgbImage;

use super::canvas::{Area, blank, fill};
use super::grid::tile;
use super::sheet::{Cell, Sheet};
use super::sign;
use super::text::{self, Style};
use super::theme::{HAIRLINE, INK, MUTED, PAPER, accent};

/// The size that sites show without cutting, in pixels.
const SIZE: [i64; 2] = [1200, 630];
/// White space at the left and the right.
const MARGIN: i64 = 72;
/// Between pictures.
const GAP: i64 = 16;
/// The side of a picture.
const SIDE: i64 = 96;
/// Pictures below each other.
const ROWS: i64 = 4;

const NAME: Style = Style::strong(68.0, INK);
const LEAD: Style = Style::light(30.0, MUTED);

/// Draws the card with pictures of a comparison: of each group its first column.
pub fn card(sheet: &Sheet, lead: &[&str]) -> RgbImage {
    let [width, height] = SIZE;
    let mut canvas = blank(width, height, PAPER);
    sign::draw(&mut canvas, [MARGIN as f64 - 6.0, 150.0], 4.0);
    text::draw(&mut canvas, [MARGIN - 4, 330], "Skipstone", NAME);
    for (line, words) in lead.iter().enumerate() {
        text::draw(&mut canvas, [MARGIN, 396 + 42 * line as i64], words, LEAD);
    }
    let groups: Vec<_> = sheet.columns.chunk_by(|a, b| a.group == b.group).collect();
    let pitch = SIDE + GAP;
    let left = width - MARGIN + GAP - pitch * groups.len() as i64;
    let top = (height - pitch * ROWS + GAP) / 2 + 20;
    for (order, columns) in groups.iter().enumerate() {
        let (column, left) = (&columns[0], left + pitch * order as i64);
        let style = Style::strong(19.0, accent(&column.group, order));
        text::draw(&mut canvas, [left, top - 24], &column.group, style);
        fill(&mut canvas, Area { left, top: top - 14, width: SIDE, height: 2 }, style.colour);
        let Cell::Images { values, shape } = &column.cell else { continue };
        let scale = (SIDE / shape.width.max(1) as i64).max(1);
        let images = values.chunks_exact(shape.len().max(1)).take(ROWS as usize);
        for (row, image) in images.enumerate() {
            let top = top + pitch * row as i64;
            let area = Area { left, top, width: SIDE, height: SIDE };
            fill(&mut canvas, area.grown(1), HAIRLINE);
            tile(&mut canvas, [left, top], image, *shape, scale);
        }
    }
    canvas
}
