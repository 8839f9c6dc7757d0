//! Text: anti-aliased lines in Inter, which travels with the program.
//!
//! Sizes are em sizes in pixels, as in a style sheet; a line's position is its baseline.

use std::sync::LazyLock;

use ab_glyph::{Font as _, FontRef, GlyphId, PxScale, ScaleFont as _, point};
use image::RgbImage;

use super::canvas::{Area, Mask};
use super::theme::Colour;

/// What stands where text was cut off.
const ELLIPSIS: char = '…';

/// Inter, as an OpenType file.
pub const REGULAR: &[u8] = include_bytes!("../../assets/fonts/Inter-Regular.otf");
/// Inter SemiBold, as an OpenType file.
pub const SEMIBOLD: &[u8] = include_bytes!("../../assets/fonts/Inter-SemiBold.otf");

static LIGHT: LazyLock<FontRef<'static>> = LazyLock::new(|| font(REGULAR));
static STRONG: LazyLock<FontRef<'static>> = LazyLock::new(|| font(SEMIBOLD));

/// How heavy the strokes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Inter Regular: for reading.
    Light,
    /// Inter SemiBold: for headings.
    Strong,
}

/// The look of a line of text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
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
        Self { size_px, weight: Weight::Light, colour }
    }

    /// Strong text to read.
    pub const fn strong(size_px: f32, colour: Colour) -> Self {
        Self { size_px, weight: Weight::Strong, colour }
    }

    /// The font of the weight.
    fn font(self) -> &'static FontRef<'static> {
        match self.weight {
            Weight::Light => &LIGHT,
            Weight::Strong => &STRONG,
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
        let position = point(left as f32 + glyph.left, baseline as f32);
        let outlined = glyph.id.with_scale_and_position(glyph.scale, position);
        if let Some(outline) = style.font().outline_glyph(outlined) {
            let corner = outline.px_bounds().min;
            outline.draw(|x, y, coverage| {
                let [x, y] = [corner.x as i64 + i64::from(x), corner.y as i64 + i64::from(y)];
                mask.cover(x, y, coverage);
            });
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

/// A character from `left` to `right` in pixels from the start of the line.
struct Placed {
    id: GlyphId,
    scale: PxScale,
    left: f32,
    right: f32,
}

/// The characters of a line one after the other, with kerning.
fn placed(text: &str, style: Style) -> impl Iterator<Item = Placed> {
    let font = style.font();
    let scale = em_scale(font, style.size_px);
    let scaled = font.as_scaled(scale);
    let mut end = 0.0;
    let mut previous: Option<GlyphId> = None;
    text.chars().map(move |character| {
        let id = font.glyph_id(character);
        let left = end + previous.map_or(0.0, |previous| scaled.kern(previous, id));
        end = left + scaled.h_advance(id);
        previous = Some(id);
        Placed { id, scale, left, right: end }
    })
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
