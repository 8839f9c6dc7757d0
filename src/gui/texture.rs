//! Samples as textures: `[c, h, w]` in `[-1, 1]` to pixels, and distances to a colour map.

use eframe::egui::{Color32, ColorImage, Context, TextureHandle, TextureOptions};

use crate::{
    data::Shape,
    picture::{grid::byte, theme::heat},
};

/// Samples below each other as one texture, without smoothing.
pub(super) fn column(context: &Context, name: &str, values: &[f32], shape: Shape) -> TextureHandle {
    let image = pixels(values, shape, |pixel| match pixel {
        [r, g, b] => Color32::from_rgb(byte(*r), byte(*g), byte(*b)),
        other => Color32::from_gray(byte(other[0])),
    });
    context.load_texture(name, image, TextureOptions::NEAREST)
}

/// `|a - b|`, averaged over channels, in the colours of [`heat`].
pub(super) fn difference(context: &Context, a: &[f32], b: &[f32], shape: Shape) -> TextureHandle {
    let distance: Vec<f32> = a.iter().zip(b).map(|(a, b)| (a - b).abs()).collect();
    let image = pixels(&distance, shape, |pixel| {
        let [r, g, b] = heat(pixel.iter().sum::<f32>() / pixel.len() as f32);
        Color32::from_rgb(r, g, b)
    });
    context.load_texture("difference", image, TextureOptions::NEAREST)
}

fn pixels(values: &[f32], shape: Shape, colour: impl Fn(&[f32]) -> Color32) -> ColorImage {
    let plane = shape.height * shape.width;
    let images = values.chunks_exact(shape.len().max(1));
    let size = [shape.width, shape.height * images.len()];
    let mut pixels = Vec::with_capacity(size[0] * size[1]);
    let mut pixel = vec![0.0; shape.channels];
    for image in images {
        for at in 0..plane {
            for (channel, value) in pixel.iter_mut().enumerate() {
                *value = image[channel * plane + at];
            }
            pixels.push(colour(&pixel));
        }
    }
    ColorImage::new(size, pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_become_pixels_row_by_row_and_below_each_other() {
        let shape = Shape { channels: 3, height: 1, width: 2 };
        let first = [1.0, -1.0, -1.0, 1.0, -1.0, -1.0]; // red, then green
        let values = [first, [0.0; 6]].concat();
        let image =
            pixels(&values, shape, |p| Color32::from_rgb(byte(p[0]), byte(p[1]), byte(p[2])));
        assert_eq!(image.size, [2, 2]);
        assert_eq!(image.pixels[0], Color32::from_rgb(255, 0, 0));
        assert_eq!(image.pixels[1], Color32::from_rgb(0, 255, 0));
        assert_eq!(image.pixels[2], Color32::from_gray(128));
    }
}
