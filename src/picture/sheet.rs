//! The comparison sheet: one noise a row, one sampler a column, what each cost below.
//!
//! Samples are only comparable where everything but the sampler is equal, so the picture's own
//! grid carries the claim: along a row nothing changes but the map from noise to image.

mod layout;

use image::RgbImage;

use super::canvas::{Area, blank, fill};
use super::grid::tile;
use super::scatter::{reach, scatter};
use super::text::{self, Style};
use super::theme::{HAIRLINE, INK, MUTED, PAPER, accent};
use crate::data::Shape;
use layout::{Layout, MARGIN};

const TITLE: Style = Style::light(34.0, INK);
const SUBTITLE: Style = Style::light(16.0, MUTED);
const HEADING: Style = Style::strong(15.0, INK);
const CAPTION: Style = Style::strong(14.0, INK);
const NAME: Style = Style::strong(14.0, MUTED);

/// A comparison of samplers from the same noise.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// What is compared, in a few words.
    pub title: String,
    /// Under which conditions: preset, seed, solver, intervals, device.
    pub subtitle: String,
    /// Names of the caption lines, written once at the left; without them captions explain
    /// themselves ("NFE 100").
    pub measures: Vec<String>,
    /// From left to right; columns of one group stand side by side.
    pub columns: Vec<Column>,
    /// How to read the sheet, in one sentence.
    pub foot: String,
}

/// The samples of one sampler.
#[derive(Clone, Debug)]
pub struct Column {
    /// What it shares with its neighbours ("Teacher", "CM", "Direct CM"); may be empty.
    pub group: String,
    /// What sets it apart in its group ("1 step").
    pub heading: String,
    /// What it cost and how close it came, one line each.
    pub captions: Vec<String>,
    /// The samples.
    pub cell: Cell,
}

/// The samples of a column; sample i of every column starts from the same noise.
#[derive(Clone, Debug)]
pub enum Cell {
    /// Images below each other, nearest-neighbour enlarged.
    Images {
        /// `[n, c, h, w]` in `[-1, 1]`.
        values: Vec<f32>,
        /// The shape of one image.
        shape: Shape,
    },
    /// One scatter plot of two-dimensional points.
    Points {
        /// `[n, 2]`.
        values: Vec<f32>,
        /// One a point: the component that its noise belongs to, which gives its colour.
        labels: Vec<u32>,
        /// Half the side of the plot; without it, one that fits all such columns together.
        reach: Option<f64>,
    },
}

impl Cell {
    /// Standard Gaussian noise as images: two and a half deviations fill the range of grey.
    pub fn noise_images(values: &[f32], shape: Shape) -> Self {
        Self::Images { values: values.iter().map(|v| v / 2.5).collect(), shape }
    }

    /// Standard Gaussian noise as points: three deviations to each side, so that the samples'
    /// plots need not be as wide.
    pub fn noise_points(values: Vec<f32>, labels: Vec<u32>) -> Self {
        Self::Points { values, labels, reach: Some(3.0) }
    }
}

impl Sheet {
    /// Draws the sheet; its size follows from the number and shape of the samples.
    pub fn draw(&self) -> RgbImage {
        let layout = Layout::of(self);
        let mut canvas = blank(layout.width, layout.height, PAPER);
        draw_title(&mut canvas, &layout);
        self.draw_groups(&mut canvas, &layout);
        self.draw_cells(&mut canvas, &layout);
        self.draw_captions(&mut canvas, &layout);
        for (i, line) in layout.foot.iter().enumerate() {
            text::draw(&mut canvas, [MARGIN, layout.foot_baseline(i)], line, NAME);
        }
        canvas
    }

    /// Group names over their rules, and each column's heading.
    fn draw_groups(&self, canvas: &mut RgbImage, layout: &Layout) {
        let groups = self.columns.chunk_by(|a, b| a.group == b.group);
        let mut first = 0;
        for (order, columns) in groups.enumerate() {
            let last = first + columns.len() - 1;
            let left = layout.lefts[first];
            let width = layout.lefts[last] + layout.column_width - left;
            let name = &columns[0].group;
            if !name.is_empty() {
                let style = Style::strong(18.0, accent(name, order));
                let name = text::fit(name, style, width as f32);
                text::draw(canvas, [left, layout.group_baseline()], &name, style);
                let rule = Area { left, top: layout.rule_top(), width, height: 2 };
                fill(canvas, rule, style.colour);
            }
            first = last + 1;
        }
        for (column, left) in self.columns.iter().zip(&layout.lefts) {
            let heading = text::fit(&column.heading, HEADING, layout.column_width as f32);
            text::draw(canvas, [*left, layout.heading_baseline()], &heading, HEADING);
        }
    }

    fn draw_cells(&self, canvas: &mut RgbImage, layout: &Layout) {
        let shared = reach(self.columns.iter().filter_map(|column| match &column.cell {
            Cell::Points { values, reach: None, .. } => Some(values.as_slice()),
            _ => None,
        }));
        for (column, left) in self.columns.iter().zip(&layout.lefts) {
            match &column.cell {
                Cell::Images { values, shape } => {
                    let images = values.chunks_exact(shape.len().max(1));
                    for (row, image) in images.enumerate() {
                        let area = layout.tile(*left, row, *shape);
                        fill(canvas, area.grown(1), HAIRLINE);
                        tile(canvas, [area.left, area.top], image, *shape, layout.scale);
                    }
                }
                Cell::Points { values, labels, reach } => {
                    let reach = reach.unwrap_or(shared);
                    scatter(canvas, layout.panel(*left), values, labels, reach);
                }
            }
        }
    }

    /// The table below the samples: a line for each measure, a value in each column.
    fn draw_captions(&self, canvas: &mut RgbImage, layout: &Layout) {
        for line in 0..layout.caption_lines {
            let baseline = layout.caption_baseline(line);
            if let Some(name) = self.measures.get(line) {
                let width = layout.width - 2 * MARGIN;
                let rule = Area { left: MARGIN, top: baseline - 20, width, height: 1 };
                fill(canvas, rule, HAIRLINE);
                let name = text::fit(name, NAME, layout.names_width as f32);
                text::draw(canvas, [MARGIN, baseline], &name, NAME);
            }
            for (column, left) in self.columns.iter().zip(&layout.lefts) {
                if let Some(caption) = column.captions.get(line) {
                    let caption = text::fit(caption, CAPTION, layout.column_width as f32);
                    text::draw(canvas, [*left, baseline], &caption, CAPTION);
                }
            }
        }
    }
}

fn draw_title(canvas: &mut RgbImage, layout: &Layout) {
    for (i, line) in layout.title.iter().enumerate() {
        // A capital's own white space, so that it stands flush with the small text below.
        text::draw(canvas, [MARGIN - 1, layout.title_baseline(i)], line, TITLE);
    }
    for (i, line) in layout.subtitle.iter().enumerate() {
        text::draw(canvas, [MARGIN, layout.subtitle_baseline(i)], line, SUBTITLE);
    }
}

#[cfg(test)]
mod tests;
