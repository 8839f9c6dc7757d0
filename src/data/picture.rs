//! One picture: from an encoded file to the bytes of a sample.
//!
//! The order matters: the background goes under first and the size is reduced after, so that the
//! colour of invisible pixels cannot bleed into visible ones.

use std::io::Cursor;

use image::imageops::{self, FilterType};
use image::{DynamicImage, GrayImage, ImageDecoder as _, ImageReader, Limits, RgbImage, RgbaImage};

use super::LoadOptions;
use super::recognise::Kind;

/// Sides of a picture in pixels, and bytes once it is decoded.
const MAX_SIDE: u32 = 16_384;
const MAX_DECODED: u64 = 512 << 20;
/// A picture larger than this many times the sample is averaged down first: the exact filter would
/// read every pixel of a photo many times for no visible gain.
const COARSE: u32 = 4;
/// Levels of 255 by which the channels of a grey pixel may differ.
const GREY: u8 = 16;

/// An encoded picture, upright, of 8 bits: with alpha where the file has it, else without. The format is told by content.
/// Of what is none it says what was found instead.
pub(super) fn decode(bytes: &[u8]) -> Result<DynamicImage, String> {
    if !matches!(Kind::of(bytes), Kind::Picture(_)) {
        return Err(Kind::describe(bytes));
    }
    let picture = decode_any(bytes)
        .map_err(|error| format!("{} that cannot be decoded ({error})", Kind::describe(bytes)))?;
    if matches!(Kind::of(bytes), Kind::Picture("JPEG")) && !has_jpeg_end(bytes) {
        return Err("a JPEG picture without its end: it may be cut off".to_owned());
    }
    if picture.width().min(picture.height()) == 0 {
        return Err(format!("one of {}x{} pixels", picture.width(), picture.height()));
    }
    Ok(match picture.color().has_alpha() {
        true => picture.into_rgba8().into(),
        false => picture.into_rgb8().into(),
    })
}

/// A picture of any format that is compiled in, turned upright as its camera says.
fn decode_any(bytes: &[u8]) -> image::ImageResult<DynamicImage> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED);
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    limits.reserve(decoder.total_bytes())?;
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Bytes that a picture takes once it is decoded, with alpha; 0 where that cannot be read.
pub(super) fn decoded_bytes(bytes: &[u8]) -> u64 {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let size = reader.ok().and_then(|reader| reader.into_dimensions().ok());
    size.map_or(0, |(width, height)| 4 * u64::from(width) * u64::from(height))
}

/// Whether a JPEG file has the marker of its end. Its decoder makes the rest of one that is cut off grey, and says nothing.
fn has_jpeg_end(bytes: &[u8]) -> bool {
    // Behind 0xFF: a value among coded pixels, filling, a marker within them or at the start, each without a length.
    let is_segment =
        |pair: &[u8]| pair[0] == 0xFF && !matches!(pair[1], 0 | 1 | 0xFF | 0xD0..=0xD8);
    let mut rest = bytes;
    while let Some(at) = rest.windows(2).position(is_segment) {
        let (kind, length) = (rest[at + 1], rest.get(at + 2..at + 4));
        if kind == 0xD9 {
            return true;
        }
        let length = length.map_or(0, |bytes| u16::from_be_bytes([bytes[0], bytes[1]]));
        rest = rest.get(at + 2 + usize::from(length)..).unwrap_or_default();
    }
    false
}

/// Whether a picture shows colours, beyond the traces of them that lossy formats leave in grey.
pub(super) fn is_coloured(picture: &DynamicImage) -> bool {
    let is_coloured =
        |&[red, green, blue]: &[u8; 3]| red.max(green).max(blue) - red.min(green).min(blue) > GREY;
    match picture {
        DynamicImage::ImageRgb8(picture) => picture.as_raw().as_chunks().0.iter().any(is_coloured),
        other => other.to_rgba8().pixels().any(|pixel| {
            let [colour @ .., alpha] = pixel.0;
            alpha > 0 && is_coloured(&colour)
        }),
    }
}

/// The bytes `[c, size, size]` of the middle square of a picture, laid over the background.
pub(super) fn sample(picture: DynamicImage, options: &LoadOptions) -> Vec<u8> {
    let (width, height) = (picture.width(), picture.height());
    let side = width.min(height);
    let square = match width == height {
        true => picture,
        false => picture.crop_imm((width - side) / 2, (height - side) / 2, side, side),
    };
    let opaque = match square {
        DynamicImage::ImageRgb8(square) => square,
        other => over(&other.into_rgba8(), options.background),
    };
    let resized = resized(opaque, options.size as u32);
    if options.channels == 1 {
        return DynamicImage::ImageRgb8(resized).into_luma8().into_raw();
    }
    planes(&resized)
}

/// The picture laid over one colour.
fn over(picture: &RgbaImage, background: [u8; 3]) -> RgbImage {
    let mut opaque = RgbImage::new(picture.width(), picture.height());
    for (target, pixel) in opaque.pixels_mut().zip(picture.pixels()) {
        let [colour @ .., alpha] = pixel.0.map(u32::from);
        for c in 0..3 {
            let mixed = colour[c] * alpha + u32::from(background[c]) * (255 - alpha);
            target.0[c] = ((mixed + 127) / 255) as u8;
        }
    }
    opaque
}

/// A square picture at `size` pixels a side.
fn resized(picture: RgbImage, size: u32) -> RgbImage {
    // Methods of this type are compiled where they are at home, and optimised; generic functions, here.
    let mut picture = DynamicImage::from(picture);
    if picture.width() > COARSE * size {
        picture = picture.thumbnail_exact(COARSE * size, COARSE * size);
    }
    if picture.width() != size {
        picture = picture.resize_exact(size, size, FilterType::Lanczos3);
    }
    picture.into_rgb8()
}

/// Interleaved colour as planes `[3, h, w]`.
fn planes(picture: &RgbImage) -> Vec<u8> {
    (0..3).flat_map(|c| picture.as_raw().iter().skip(c).step_by(3).copied()).collect()
}

/// The bytes `[3, size, size]` of planes `[3, side, side]`.
pub(super) fn resize_planes(planes_in: &[u8], side: usize, size: usize) -> Vec<u8> {
    let area = side * side;
    let picture = RgbImage::from_fn(side as u32, side as u32, |x, y| {
        let at = y as usize * side + x as usize;
        image::Rgb([planes_in[at], planes_in[area + at], planes_in[2 * area + at]])
    });
    planes(&resized(picture, size as u32))
}

/// The bytes `[1, size, size]` of a grey picture of `height` rows and `width` columns.
///
/// A picture that is a little too small (28 for 32) is centred in black, so that its pixels stay
/// what they are; any other is centred in a black square and resized.
pub(super) fn fit_grey(grey: &[u8], height: usize, width: usize, size: usize) -> Vec<u8> {
    let side = height.max(width);
    if side <= size && 4 * size <= 5 * side {
        return padded(grey, height, width, size);
    }
    let square = GrayImage::from_raw(side as u32, side as u32, padded(grey, height, width, side))
        .expect("padding makes a square");
    imageops::resize(&square, size as u32, size as u32, FilterType::Lanczos3).into_raw()
}

/// A grey picture centred in a black square of `side`, which is no smaller.
fn padded(grey: &[u8], height: usize, width: usize, side: usize) -> Vec<u8> {
    let (top, left) = ((side - height) / 2, (side - width) / 2);
    let mut out = vec![0; side * side];
    for (y, row) in grey.chunks_exact(width).enumerate() {
        let start = (top + y) * side + left;
        out[start..start + width].copy_from_slice(row);
    }
    out
}
