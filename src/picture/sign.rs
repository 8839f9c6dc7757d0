//! The program's sign: three stones, each a longer skip; as an icon and on pictures.

use image::RgbImage;

use super::canvas::{blank, bounds, disc};
use super::theme::{Colour, PAPER};

/// Centre, radius and strength of each stone, in a box of [`WIDTH`] by [`HEIGHT`].
pub const STONES: [(f32, f32, f32, f32); 3] =
    [(4.0, 17.0, 2.2, 0.45), (11.5, 12.5, 3.2, 0.7), (23.0, 8.0, 5.0, 1.0)];
/// Width of the sign's box.
pub const WIDTH: f32 = 28.0;
/// Height of the sign's box.
pub const HEIGHT: f32 = 22.0;
/// The sign's colour on paper of any colour.
pub const COLOUR: Colour = [36, 152, 140];

/// The sign as an icon: a square of `side` pixels in RGBA, transparent between the stones.
pub fn icon(side: u32) -> Vec<u8> {
    let [r, g, b] = COLOUR;
    let scale = WIDTH / side as f32;
    let pixel = |i: u32| {
        let (x, y) = ((i % side) as f32 * scale, (i / side) as f32 * scale - 3.0);
        let covered = STONES.iter().map(|(cx, cy, radius, strength)| {
            let inside = radius - (x - cx).hypot(y - cy);
            (inside / scale + 0.5).clamp(0.0, 1.0) * strength
        });
        [r, g, b, (255.0 * covered.fold(0.0f32, f32::max)) as u8]
    };
    (0..side * side).flat_map(pixel).collect()
}

/// The sign in the middle of a square of paper, `share` of its width: systems cut icons to their own shapes.
pub fn on_paper(side: u32, share: f64) -> RgbImage {
    let mut canvas = blank(side.into(), side.into(), PAPER);
    let scale = f64::from(side) * share / f64::from(WIDTH);
    let margin = |length: f32| (f64::from(side) - scale * f64::from(length)) / 2.0;
    draw(&mut canvas, [margin(WIDTH), margin(HEIGHT)], scale);
    canvas
}

/// Draws the sign with its box's upper left corner at `place`, `scale` pixels a unit.
pub(super) fn draw(canvas: &mut RgbImage, place: [f64; 2], scale: f64) {
    let everything = bounds(canvas);
    for (x, y, radius, strength) in
        STONES.map(|(x, y, r, s)| (x as f64, y as f64, r as f64, s as f64))
    {
        let centre = [place[0] + scale * x, place[1] + scale * y];
        disc(canvas, everything, centre, scale * radius, (COLOUR, strength));
    }
}
