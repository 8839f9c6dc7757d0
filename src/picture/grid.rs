//! Image grids: a batch of samples, enlarged without smoothing.
//!
//! `byte = clamp((v + 1) 127.5)`, rounded: model space `[-1, 1]` to 8 bits.

use image::RgbImage;

use super::canvas::{Area, blank, fill};
use super::theme::{Colour, PAPER};
use crate::data::Shape;

/// Draws `images` (`[n, c, h, w]`, values in `[-1, 1]`) row by row, `columns` in a row.
///
/// Each pixel becomes a square of `scale` pixels; `gap` pixels lie between and around the images.
/// Three channels are RGB, with any other number the first one is shown in grey.
pub fn grid(images: &[f32], shape: Shape, columns: usize, scale: u32, gap: u32) -> RgbImage {
    let (columns, scale, gap) = (columns.max(1), i64::from(scale.max(1)), i64::from(gap));
    let count = images.len() / shape.len().max(1);
    let [columns_used, rows] =
        [count.min(columns), count.div_ceil(columns)].map(|n| n.max(1) as i64);
    let pitch_x = shape.width as i64 * scale + gap;
    let pitch_y = shape.height as i64 * scale + gap;
    let mut canvas = blank(columns_used * pitch_x + gap, rows * pitch_y + gap, PAPER);
    for (i, image) in images.chunks_exact(shape.len().max(1)).enumerate() {
        let (column, row) = ((i % columns) as i64, (i / columns) as i64);
        tile(&mut canvas, [gap + column * pitch_x, gap + row * pitch_y], image, shape, scale);
    }
    canvas
}

/// Draws one image (`[c, h, w]`) with its upper left corner at `(left, top)`.
pub(super) fn tile(
    canvas: &mut RgbImage,
    [left, top]: [i64; 2],
    image: &[f32],
    shape: Shape,
    scale: i64,
) {
    for y in 0..shape.height {
        for x in 0..shape.width {
            let square = Area {
                left: left + x as i64 * scale,
                top: top + y as i64 * scale,
                width: scale,
                height: scale,
            };
            fill(canvas, square, colour(image, shape, y, x));
        }
    }
}

/// The colour of one pixel of an image `[c, h, w]`.
fn colour(image: &[f32], shape: Shape, y: usize, x: usize) -> Colour {
    let plane = shape.height * shape.width;
    let value = |channel: usize| byte(image[channel * plane + y * shape.width + x]);
    match shape.channels {
        3 => [value(0), value(1), value(2)],
        _ => [value(0); 3],
    }
}

/// Model space `[-1, 1]` to a byte; values outside saturate, not-a-number is black.
pub(crate) fn byte(value: f32) -> u8 {
    ((value + 1.0) * 127.5).round().clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREY: Shape = Shape { channels: 1, height: 2, width: 3 };

    #[test]
    fn bytes_round_and_saturate() {
        assert_eq!([-1.0, 0.0, 1.0, -7.0, 7.0].map(byte), [0, 128, 255, 0, 255]);
        assert_eq!(byte(f32::NAN), 0);
        for expected in 0..=255_u8 {
            assert_eq!(byte(f32::from(expected) / 127.5 - 1.0), expected);
        }
    }

    #[test]
    fn the_size_follows_from_columns_scale_and_gap() {
        let images = vec![0.0; 5 * GREY.len()];
        assert_eq!(grid(&images, GREY, 2, 4, 3).dimensions(), (2 * 15 + 3, 3 * 11 + 3));
        assert_eq!(grid(&images, GREY, 8, 1, 0).dimensions(), (5 * 3, 2));
    }

    #[test]
    fn each_value_lands_on_its_enlarged_pixel() {
        let mut images = vec![-1.0; 2 * GREY.len()];
        images[GREY.len() + 4] = 1.0; // second image, row 1, column 1
        let picture = grid(&images, GREY, 1, 2, 1);
        let white: Vec<_> = picture.enumerate_pixels().filter(|(.., p)| p.0 == [255; 3]).collect();
        let at: Vec<_> = white.iter().map(|(x, y, _)| (*x, *y)).collect();
        assert_eq!(at, [(3, 8), (4, 8), (3, 9), (4, 9)]);
    }

    #[test]
    fn three_channels_are_red_green_and_blue_planes() {
        let shape = Shape { channels: 3, height: 1, width: 1 };
        assert_eq!(grid(&[1.0, 0.0, -1.0], shape, 1, 1, 0).get_pixel(0, 0).0, [255, 128, 0]);
    }

    #[test]
    fn no_images_give_an_empty_page() {
        assert!(grid(&[], GREY, 4, 2, 1).pixels().all(|pixel| pixel.0 == PAPER));
    }
}
