//! A drawing as a list of marks, which becomes pixels or SVG: one description, two files that agree.

use image::RgbImage;

use super::canvas::{Area, blank, bounds, disc, fill, stroke};
use super::text::{self, Style, Weight};
use super::theme::{Colour, PAPER};

/// Where a text lies relative to its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Something drawn; places are `[x, y]` in pixels from the upper left corner.
#[derive(Clone, Debug)]
pub(super) enum Mark {
    /// A filled rectangle.
    Block { place: [f64; 2], size: [f64; 2], colour: Colour },
    /// A straight line.
    Line { from: [f64; 2], to: [f64; 2], width: f64, colour: Colour },
    /// A disc with a rim; its name is shown on hovering where the file can.
    Disc { centre: [f64; 2], radius: f64, rim: Colour, inside: Colour, name: String },
    /// A line of text; its place is on the baseline.
    Text { place: [f64; 2], text: String, style: Style, anchor: Anchor },
}

/// Width of a disc's rim.
const RIM: f64 = 2.0;

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Drawing {
    /// Width and height in pixels.
    pub(super) size: [i64; 2],
    /// Later ones lie over earlier ones.
    pub(super) marks: Vec<Mark>,
}

impl Drawing {
    /// As pixels.
    pub(super) fn pixels(&self) -> RgbImage {
        let mut canvas = blank(self.size[0], self.size[1], PAPER);
        for mark in &self.marks {
            paint(&mut canvas, mark);
        }
        canvas
    }

    /// As SVG 1.1.
    pub(super) fn svg(&self) -> String {
        let [width, height] = self.size;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"Inter, Helvetica, Arial, sans-serif\">\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>\n",
            hex(PAPER)
        );
        for mark in &self.marks {
            svg += &element(mark);
            svg.push('\n');
        }
        svg + "</svg>\n"
    }
}

fn paint(canvas: &mut RgbImage, mark: &Mark) {
    let everything = bounds(canvas);
    match mark {
        Mark::Block { place: [x, y], size: [width, height], colour } => {
            let [left, top, width, height] = [*x, *y, *width, *height].map(|v| v.round() as i64);
            fill(canvas, Area { left, top, width: width.max(1), height: height.max(1) }, *colour);
        }
        Mark::Line { from, to, width, colour } => {
            stroke(canvas, everything, [*from, *to], width / 2.0, (*colour, 1.0));
        }
        Mark::Disc { centre, radius, rim, inside, .. } => {
            disc(canvas, everything, *centre, *radius, (*rim, 1.0));
            disc(canvas, everything, *centre, *radius - RIM, (*inside, 1.0));
        }
        Mark::Text { place: [x, y], text, style, anchor } => {
            let width = f64::from(text::width(text, *style));
            let left = match anchor {
                Anchor::Start => *x,
                Anchor::Middle => x - width / 2.0,
                Anchor::End => x - width,
            };
            text::draw(canvas, [left.round() as i64, y.round() as i64], text, *style);
        }
    }
}

fn element(mark: &Mark) -> String {
    match mark {
        Mark::Block { place: [x, y], size: [width, height], colour } => format!(
            "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\" fill=\"{}\"/>",
            hex(*colour)
        ),
        Mark::Line { from, to, width, colour } => format!(
            "<line x1=\"{:.2}\" y1=\"{:.2}\" x2=\"{:.2}\" y2=\"{:.2}\" stroke=\"{}\" \
             stroke-width=\"{width}\" stroke-linecap=\"round\"/>",
            from[0],
            from[1],
            to[0],
            to[1],
            hex(*colour)
        ),
        Mark::Disc { centre, radius, rim, inside, name } => format!(
            "<circle cx=\"{:.2}\" cy=\"{:.2}\" r=\"{:.2}\" fill=\"{}\" stroke=\"{}\" \
             stroke-width=\"{RIM}\"><title>{}</title></circle>",
            centre[0],
            centre[1],
            radius - RIM / 2.0,
            hex(*inside),
            hex(*rim),
            escaped(name)
        ),
        Mark::Text { place: [x, y], text, style, anchor } => {
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            let weight = if style.weight == Weight::Strong { 600 } else { 400 };
            format!(
                "<text x=\"{x:.2}\" y=\"{y:.2}\" font-size=\"{}\" font-weight=\"{weight}\" \
                 fill=\"{}\" text-anchor=\"{anchor}\">{}</text>",
                style.size_px,
                hex(style.colour),
                escaped(text)
            )
        }
    }
}

fn hex([r, g, b]: Colour) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
