//! Pictures of a run on the theme's paper: they are written once, for white.

use eframe::egui::{Color32, ColorImage};
use image::RgbImage;

use crate::{
    engine::{Recipe, lab::GRID},
    gui::theme::Palette,
};

/// A picture as it was written, with the theme's paper in place of its own.
pub(super) fn on_paper(
    picture: &RgbImage,
    recipe: &Recipe,
    is_dark: bool,
    colours: &Palette,
) -> ColorImage {
    let [width, height] = [picture.width(), picture.height()].map(|side| side as usize);
    let panel = colours.panel.to_array();
    let size = recipe.model.network.image().map(|[_, size]| size);
    let mut pixels = Vec::with_capacity(width * height);
    for (x, y, pixel) in picture.enumerate_pixels() {
        let [r, g, b] = pixel.0;
        pixels.push(match size {
            Some(size) if GRID.is_between(size, [x, y], recipe.output.samples) => colours.panel,
            None if is_dark => on_dark([r, g, b], panel),
            _ => Color32::from_rgb(r, g, b),
        });
    }
    ColorImage::new([width, height], pixels)
}

/// Dots on white as dots on dark: the white is taken out, and what is left glows.
fn on_dark(pixel: [u8; 3], panel: [u8; 4]) -> Color32 {
    let [low, high] =
        [pixel.into_iter().min(), pixel.into_iter().max()].map(|v| f32::from(v.unwrap_or(0)));
    let glow = 0.45 * (high - low) + 0.25 * (255.0 - high);
    let channel = |i: usize| (f32::from(panel[i]) + f32::from(pixel[i]) - low + glow) as u8;
    Color32::from_rgb(channel(0), channel(1), channel(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_paper_becomes_the_panel_and_a_colour_keeps_its_order_of_channels() {
        let panel = [28, 31, 36, 255];
        assert_eq!(on_dark([255; 3], panel), Color32::from_rgb(28, 31, 36));
        let [r, g, b, _] = on_dark([110, 80, 180], panel).to_array();
        assert!(b > r && r > g && b > 150, "{r} {g} {b}");
    }
}
