//! Text: one anti-aliased line in one of two fonts that travel with the program.
//!
//! Sizes are em sizes in pixels, as in a style sheet; a line's position is its baseline.

use std::sync::LazyLock;

use ab_glyph::{Font as _, FontRef, GlyphId, PxScale, ScaleFont as _, point};
use epaint_default_fonts::{HACK_REGULAR, UBUNTU_LIGHT};
use image::RgbImage;

use super::canvas::{Area, Mask};
use super::theme::Colour;

/// What stands where text was cut off.
const ELLIPSIS: char = '…';

static UBUNTU: LazyLock<FontRef<'static>> = LazyLock::new(|| font(UBUNTU_LIGHT));
static HACK: LazyLock<FontRef<'static>> = LazyLock::new(|| font(HACK_REGULAR));

/// A typeface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// Ubuntu Light, for reading.
    Text,
    /// Hack, every character equally wide.
    Code,
}

/// How heavy the strokes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// As designed.
    Light,
    /// Thickened by a fraction of a pixel: for small sizes and headings.
    Strong,
}

/// The look of a line of text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// The typeface.
    pub face: Face,
    /// The em size in pixels.
    pub size_px: f32,
    /// Light or strong.
    pub weight: Weight,
    /// The colour of the ink.
    pub colour: Colour,
}

impl Style {
    /// Light text to read.
    pub const fn light(size_px: f32, colour: Colour) -> Self {
        Self { face: Face::Text, size_px, weight: Weight::Light, colour }
    }

    /// Strong text to read.
    pub const fn strong(size_px: f32, colour: Colour) -> Self {
        Self { face: Face::Text, size_px, weight: Weight::Strong, colour }
    }

    /// How much the strokes grow to the right, in pixels.
    fn thickening(self) -> f32 {
        match self.weight {
            Weight::Light => 0.0,
            Weight::Strong => 0.1 + self.size_px / 50.0,
        }
    }
}

/// The width of a line, in pixels: where the next character would begin.
pub fn width(text: &str, style: Style) -> f32 {
    placed(text, style).last().map_or(0.0, |glyph| glyph.right)
}

/// Draws a line that begins at `(left, baseline)`, in pixels; what leaves the canvas is cut off.
pub fn draw(canvas: &mut RgbImage, [left, baseline]: [i64; 2], text: &str, style: Style) {
    let reach = style.size_px.ceil() as i64;
    let mut mask = Mask::new(Area {
        left: (left - reach).max(-reach),
        top: baseline - 2 * reach,
        width: (width(text, style) as i64 + 2 * reach).min(i64::from(canvas.width()) + 2 * reach),
        height: 3 * reach,
    });
    for glyph in placed(text, style) {
        for shift in [0.0, style.thickening()] {
            let position = point(left as f32 + glyph.left + shift, baseline as f32);
            let outlined = glyph.id.with_scale_and_position(glyph.scale, position);
            if let Some(outline) = glyph.font.outline_glyph(outlined) {
                let corner = outline.px_bounds().min;
                outline.draw(|x, y, coverage| {
                    mask.cover(
                        corner.x as i64 + i64::from(x),
                        corner.y as i64 + i64::from(y),
                        coverage,
                    );
                });
            }
        }
    }
    mask.paint(canvas, style.colour, 1.0);
}

/// The text itself if it is at most `limit_px` wide, or its beginning with an ellipsis.
pub fn fit(text: &str, style: Style, limit_px: f32) -> String {
    if width(text, style) <= limit_px {
        return text.to_owned();
    }
    let room = limit_px - width(&ELLIPSIS.to_string(), style);
    let kept = placed(text, style).take_while(|glyph| glyph.right <= room).count();
    let mut short: String = text.chars().take(kept).collect();
    short.truncate(short.trim_end().len());
    short.push(ELLIPSIS);
    short
}

/// The text in lines of at most `limit_px`, broken between words; a longer word is cut off.
pub fn wrap(text: &str, style: Style, limit_px: f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        if let Some(line) = lines.last_mut() {
            let longer = format!("{line} {word}");
            if width(&longer, style) <= limit_px {
                *line = longer;
                continue;
            }
        }
        lines.push(fit(word, style, limit_px));
    }
    lines
}

/// A character with its font, from `left` to `right` in pixels from the start of the line.
struct Placed {
    font: &'static FontRef<'static>,
    id: GlyphId,
    scale: PxScale,
    left: f32,
    right: f32,
}

/// The characters of a line one after the other, with kerning.
fn placed(text: &str, style: Style) -> impl Iterator<Item = Placed> {
    let mut end = 0.0;
    let mut previous: Option<GlyphId> = None;
    text.chars().map(move |character| {
        let font = font_with(character, style.face);
        let scale = em_scale(font, style.size_px);
        let scaled = font.as_scaled(scale);
        let id = font.glyph_id(character);
        let left = end + previous.map_or(0.0, |previous| scaled.kern(previous, id));
        end = left + scaled.h_advance(id);
        previous = Some(id);
        Placed { font, id, scale, left, right: end }
    })
}

/// The font of `face`, or the other one where only that has the character.
fn font_with(character: char, face: Face) -> &'static FontRef<'static> {
    let (first, second) = match face {
        Face::Text => (&*UBUNTU, &*HACK),
        Face::Code => (&*HACK, &*UBUNTU),
    };
    let is_missing = |font: &FontRef<'_>| font.glyph_id(character).0 == 0;
    if is_missing(first) && !is_missing(second) { second } else { first }
}

/// The scale at which an em is `size_px` (the library's own unit is ascent to descent).
fn em_scale(font: &FontRef<'_>, size_px: f32) -> PxScale {
    let units_per_em = font.units_per_em().expect("both fonts state their units per em");
    PxScale::from(size_px * font.height_unscaled() / units_per_em)
}

fn font(bytes: &'static [u8]) -> FontRef<'static> {
    FontRef::try_from_slice(bytes).expect("the fonts in the program are valid")
}

#[cfg(test)]
mod tests;
