//! CIFAR-10 in its binary version: records of a label and 32x32 pixels in three planes.
//!
//! A record is 3,073 bytes: the label (0 to 9), then 1,024 red, 1,024 green and 1,024 blue bytes
//! (A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009).

use sha2::{Digest as _, Sha256};

use super::unpack::{MAX_SAMPLE_BYTES, check_limit};
use super::{DataCard, DataError, Images, LoadOptions, Shape};
use super::{known, picture};

const SIDE: usize = 32;
const IMAGE: usize = 3 * SIDE * SIDE;
const RECORD: usize = 1 + IMAGE;
const CLASSES: usize = 10;
/// Records of a file as it is published.
const BATCH: usize = 10_000;
/// The file beside the batches that names the classes, one a line.
pub(super) const NAMES_FILE: &str = "batches.meta.txt";

/// Whether the content without a magic number can be read as CIFAR-10: whole records, labels below
/// 10.
pub(super) fn is_cifar(bytes: &[u8]) -> bool {
    !bytes.is_empty()
        && bytes.len().is_multiple_of(RECORD)
        && bytes.iter().step_by(RECORD).all(|&label| usize::from(label) < CLASSES)
}

/// Batches on their way to a set.
pub(super) struct Batches<'a> {
    options: &'a LoadOptions,
    pixels: Vec<u8>,
    labels: Vec<u32>,
    sum: Sha256,
}

impl<'a> Batches<'a> {
    /// No batches yet.
    pub(super) fn new(options: &'a LoadOptions) -> Self {
        Self { options, pixels: Vec::new(), labels: Vec::new(), sum: Sha256::new() }
    }

    /// Adds the records of one file.
    pub(super) fn add(&mut self, place: &str, bytes: &[u8]) -> Result<(), DataError> {
        check_records(place, bytes)?;
        let size = self.options.size;
        let count = self.labels.len() + bytes.len() / RECORD;
        let total = count as u64 * (3 * size * size) as u64;
        check_limit(place, "the decoded images (in bytes)", total, MAX_SAMPLE_BYTES)?;
        for (index, record) in bytes.chunks_exact(RECORD).enumerate() {
            let (label, image) = (u32::from(record[0]), &record[1..]);
            let last = CLASSES as u32 - 1;
            if label > last {
                return Err(DataError::Label { place: place.to_owned(), index, label, last });
            }
            self.labels.push(label);
            if size == SIDE {
                self.pixels.extend_from_slice(image);
            } else {
                self.pixels.extend(picture::resize_planes(image, SIDE, size));
            }
        }
        self.sum.update(bytes);
        Ok(())
    }

    /// The set `[n, 3, size, size]`.
    pub(super) fn finish(self, name: &str, classes: Vec<String>) -> Images {
        let sha256 = format!("{:x}", self.sum.finalize());
        let (name, licence) = known::name_and_licence(&sha256, name);
        let card = DataCard { name, sha256, licence, samples: self.labels.len(), classes };
        let shape = Shape { channels: 3, height: self.options.size, width: self.options.size };
        Images::new(shape, self.pixels, self.labels, card)
    }
}

/// Refuses a length that is not a whole number of records.
fn check_records(place: &str, bytes: &[u8]) -> Result<(), DataError> {
    if !bytes.is_empty() && bytes.len().is_multiple_of(RECORD) {
        return Ok(());
    }
    if !bytes.is_empty() && bytes.len().is_multiple_of(RECORD + 1) {
        return Err(DataError::Content {
            place: place.to_owned(),
            expected: "CIFAR-10 records of 3073 bytes".to_owned(),
            found: "records of 3074 bytes with two labels each, as in CIFAR-100".to_owned(),
        });
    }
    // What breaks off within a record is, in all likelihood, a published file that is cut short.
    let records = bytes.len().div_ceil(RECORD).max(BATCH);
    Err(DataError::Length {
        place: place.to_owned(),
        reason: format!("whole CIFAR-10 records of {RECORD} bytes, {BATCH} in a batch"),
        expected: (records * RECORD) as u64,
        found: bytes.len() as u64,
    })
}

/// The labels, where there is no [`NAMES_FILE`].
pub(super) fn numbered_classes() -> Vec<String> {
    (0..CLASSES).map(|class| class.to_string()).collect()
}

/// The class names in the text of [`NAMES_FILE`].
pub(super) fn class_names(place: &str, text: &[u8]) -> Result<Vec<String>, DataError> {
    let text = String::from_utf8_lossy(text);
    let names: Vec<String> =
        text.lines().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if names.len() != CLASSES {
        return Err(DataError::Content {
            place: place.to_owned(),
            expected: format!("{CLASSES} class names, one a line"),
            found: format!("{} lines", names.len()),
        });
    }
    Ok(names)
}
