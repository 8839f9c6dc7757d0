//! Pictures to files, whole or not at all.

use std::{io::Cursor, path::Path};

use image::{ImageFormat, RgbImage};

use super::LabError;
use crate::store::atomic;

/// The bytes of a PNG file.
pub fn png(picture: &RgbImage) -> Result<Vec<u8>, LabError> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).map_err(LabError::Picture)?;
    Ok(bytes.into_inner())
}

/// Writes a PNG file.
pub fn write_png(path: &Path, picture: &RgbImage) -> Result<(), LabError> {
    Ok(atomic::write(path, &png(picture)?)?)
}
