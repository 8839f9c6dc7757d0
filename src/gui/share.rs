//! Pictures that remember: settings and samples inside a PNG, and how well they are met again.
//!
//! The text chunk `skipstone` holds JSON: the settings, the SHA-256 of the teacher and of the noise, and every
//! shown sample at 8 bits a value. Dropped on a window, the picture restores the settings; once everything
//! is drawn again, noise and samples are compared.

use image::RgbImage;
use png::text_metadata::ITXtChunk;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Settings, kept};
use crate::{
    engine::worker::ColumnKey,
    math::seed::{self, Purpose, Seed},
    picture::grid::byte,
    store::digest::sha256,
};

/// The keyword of the text chunk.
const KEYWORD: &str = "skipstone";
/// Bytes of text that are unpacked at most.
const LONGEST: usize = 64 << 20;

/// What a picture remembers. One of another version may remember more, or by other names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Memory {
    pub(super) settings: Settings,
    /// What of its settings is not known here, in sentences.
    #[serde(skip)]
    pub(super) dropped: Vec<String>,
    /// SHA-256 of the teacher's file.
    pub(super) teacher: String,
    /// [`noise_sum`]; none in pictures of the first versions.
    #[serde(default)]
    pub(super) noise: Option<String>,
    pub(super) samples: Vec<Shown>,
}

/// The shown samples of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Shown {
    pub(super) model: usize,
    pub(super) steps: usize,
    /// One byte a value, two hexadecimal digits a byte.
    pub(super) bytes: String,
}

/// Why a picture cannot be restored.
#[derive(Debug, thiserror::Error)]
pub(super) enum ShareError {
    #[error("this is no PNG file: {0}")]
    Picture(#[from] png::DecodingError),
    #[error("the picture could not be written: {0}")]
    Encoding(#[from] png::EncodingError),
    #[error(
        "there are no settings in this picture; only pictures of the comparison, saved by this program, have them"
    )]
    Plain,
    #[error("the settings in this picture are not understood: {0}")]
    Settings(#[from] serde_json::Error),
}

/// SHA-256 over the bits of the noise of the first `rows` samples, `d` values each: the same everywhere.
pub(super) fn noise_sum(seed: Seed, rows: usize, d: usize) -> String {
    let (mut row, mut bytes) = (vec![0.0f32; d], Vec::with_capacity(4 * rows * d));
    for sample in 0..rows as u64 {
        seed::gaussian(seed, Purpose::Initial, sample, 0, &mut row);
        bytes.extend(row.iter().flat_map(|value| value.to_le_bytes()));
    }
    sha256(&bytes)
}

impl Shown {
    /// `values` in model space.
    pub(super) fn of(key: ColumnKey, values: &[f32]) -> Self {
        let bytes = values.iter().map(|&value| format!("{:02x}", byte(value))).collect();
        Self { model: key.model, steps: key.steps, bytes }
    }

    /// The largest difference to `values`, in steps of 8 bits; none where they are of another number.
    pub(super) fn difference(&self, values: &[f32]) -> Option<u8> {
        if self.bytes.len() != 2 * values.len() || !self.bytes.is_ascii() {
            return None;
        }
        let digits = (0..values.len()).map(|i| &self.bytes[2 * i..2 * i + 2]);
        let own = digits.map(|digits| u8::from_str_radix(digits, 16).ok());
        let differences = own.zip(values).map(|(own, &value)| Some(own?.abs_diff(byte(value))));
        differences.collect::<Option<Vec<u8>>>().map(|all| all.into_iter().max().unwrap_or(0))
    }
}

/// A PNG file with `memory` inside.
pub(super) fn encode(picture: &RgbImage, memory: &Memory) -> Result<Vec<u8>, ShareError> {
    written(picture, serde_json::to_string(memory)?)
}

/// A PNG file with `text` inside.
fn written(picture: &RgbImage, text: String) -> Result<Vec<u8>, ShareError> {
    let mut bytes = Vec::new();
    let mut info = png::Info::with_size(picture.width(), picture.height());
    (info.color_type, info.bit_depth) = (png::ColorType::Rgb, png::BitDepth::Eight);
    let mut text = ITXtChunk::new(KEYWORD, text);
    text.compressed = true;
    info.utf8_text.push(text);
    let mut writer = png::Encoder::with_info(&mut bytes, info)?.write_header()?;
    writer.write_image_data(picture)?;
    writer.finish()?;
    Ok(bytes)
}

/// What the PNG file `bytes` remembers.
pub(super) fn decode(bytes: &[u8]) -> Result<Memory, ShareError> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info()?;
    // Text may also stand behind the pixels, and only a whole file is trusted.
    reader.finish()?;
    let chunks = &mut reader.info().utf8_text.clone();
    let chunk =
        chunks.iter_mut().find(|chunk| chunk.keyword == KEYWORD).ok_or(ShareError::Plain)?;
    chunk.decompress_text_with_limit(LONGEST)?;
    let mut values: Value = serde_json::from_str(&chunk.get_text()?)?;
    let Some(settings) = values.get_mut("settings") else { return Err(ShareError::Plain) };
    let (known, dropped) = kept::known(settings);
    *settings = serde_json::to_value(known)?;
    Ok(Memory { dropped, ..serde_json::from_value(values)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory() -> Memory {
        let key = ColumnKey { model: 1, steps: 2 };
        Memory {
            settings: Settings { seed: 77, preset: "ring".into(), ..Settings::default() },
            dropped: Vec::new(),
            teacher: "ab".repeat(32),
            noise: Some(noise_sum(Seed(77), 2, 2)),
            samples: vec![Shown::of(key, &[-1.0, 0.0, 0.5, 1.0])],
        }
    }

    #[test]
    fn a_picture_gives_back_what_was_put_in() {
        let picture = RgbImage::from_fn(5, 3, |x, y| image::Rgb([x as u8, y as u8, 9]));
        let bytes = encode(&picture, &memory()).unwrap();
        assert_eq!(decode(&bytes).unwrap(), memory());
        assert_eq!(image::load_from_memory(&bytes).unwrap().to_rgb8(), picture);
    }

    #[test]
    fn a_picture_of_another_version_gives_back_what_is_known_of_it() {
        let mut values = serde_json::to_value(memory()).unwrap();
        values["later"] = 1.into();
        values["settings"]["sede"] = 8.into();
        values["settings"]["rows"] = "many".into();
        values["settings"]["plane"]["colour"] = "red".into();
        let bytes = written(&RgbImage::new(2, 2), values.to_string()).unwrap();
        let mut found = decode(&bytes).unwrap();
        assert_eq!(std::mem::take(&mut found.dropped).len(), 3);
        assert_eq!(found, memory());
    }

    #[test]
    fn samples_are_compared_in_steps_of_eight_bits() {
        let shown = &memory().samples[0];
        assert_eq!(shown.difference(&[-1.0, 0.0, 0.5, 1.0]), Some(0));
        assert_eq!(shown.difference(&[-1.0, 0.0, 0.5, 0.98]), Some(3));
        assert_eq!(shown.difference(&[0.0; 3]), None);
        assert_eq!(Shown { bytes: "zz".into(), ..shown.clone() }.difference(&[0.0]), None);
    }

    #[test]
    fn noise_is_told_by_its_bits() {
        let mut row = [0.0; 3];
        seed::gaussian(Seed(5), Purpose::Initial, 0, 0, &mut row);
        let bytes: Vec<u8> = row.iter().flat_map(|value| value.to_le_bytes()).collect();
        assert_eq!(noise_sum(Seed(5), 1, 3), sha256(&bytes));
        assert_ne!(noise_sum(Seed(5), 1, 3), noise_sum(Seed(6), 1, 3));
    }

    #[test]
    fn other_files_are_refused_with_a_sentence() {
        assert!(matches!(decode(b"no picture"), Err(ShareError::Picture(_))));
        let mut plain = std::io::Cursor::new(Vec::new());
        RgbImage::new(2, 2).write_to(&mut plain, image::ImageFormat::Png).unwrap();
        assert!(matches!(decode(plain.get_ref()), Err(ShareError::Plain)));
        let picture = RgbImage::new(2, 2);
        let whole = encode(&picture, &memory()).unwrap();
        assert!(decode(&whole[..whole.len() / 2]).is_err());
    }
}
