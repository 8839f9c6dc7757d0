//! IDX files (MNIST and its relatives): images in one file, their labels in another.
//!
//! Big-endian: magic 0x00000803, count, rows, columns, then bytes (0 is background); for labels
//! magic 0x00000801, count, then bytes (Y. LeCun, "The MNIST database").

use super::known;
use super::picture;
use super::recognise::Kind;
use super::unpack::{MAX_SAMPLE_BYTES, check_limit};
use super::{DataCard, DataError, Images, LoadOptions, Shape};

const IMAGE_HEADER: usize = 16;
const LABEL_HEADER: usize = 8;
const MAX_SIDE: usize = 4096;

/// An unpacked file and where it lies.
pub(super) struct File<'a> {
    pub(super) place: &'a str,
    pub(super) bytes: &'a [u8],
}

/// Images `[n, 1, size, size]` from an image file and its label file.
pub(super) fn load(
    images: &File<'_>,
    labels: &File<'_>,
    name: &str,
    options: &LoadOptions,
) -> Result<Images, DataError> {
    let [count, height, width] = image_sides(images)?;
    let labels_found = label_bytes(labels)?;
    if labels_found.len() != count {
        return Err(DataError::Counts {
            image_place: images.place.to_owned(),
            images: count,
            label_place: labels.place.to_owned(),
            labels: labels_found.len(),
        });
    }
    let size = options.size;
    let total = count as u64 * (size * size) as u64;
    check_limit(images.place, "the decoded images (in bytes)", total, MAX_SAMPLE_BYTES)?;
    let pixels = images.bytes[IMAGE_HEADER..]
        .chunks_exact(height * width)
        .flat_map(|image| picture::fit_grey(image, height, width, size))
        .collect();
    let labels_found: Vec<u32> = labels_found.iter().copied().map(u32::from).collect();
    let last = labels_found.iter().max().copied().unwrap_or(0);
    let sha256 = known::sha256([images.bytes, labels.bytes]);
    let (name, licence) = known::name_and_licence(&sha256, name);
    let classes = (0..=last).map(|class| class.to_string()).collect();
    let card = DataCard { name, sha256, licence, samples: count, classes };
    Ok(Images::new(Shape { channels: 1, height: size, width: size }, pixels, labels_found, card))
}

/// Count, rows and columns of an image file whose length fits them.
fn image_sides(file: &File<'_>) -> Result<[usize; 3], DataError> {
    check_kind(file, Kind::IDX_IMAGES, "IDX images (magic 0x00000803)")?;
    check_length(file, IMAGE_HEADER as u64, true, "the header of an IDX image file")?;
    let [count, height, width] = [4, 8, 12].map(|at| number(file.bytes, at));
    let sides = 1..=MAX_SIDE as u64;
    if count == 0 || !sides.contains(&height) || !sides.contains(&width) {
        return Err(DataError::Content {
            place: file.place.to_owned(),
            expected: format!("at least one image of 1 to {MAX_SIDE} pixels a side"),
            found: format!("a header that promises {count} images of {height}x{width}"),
        });
    }
    let reason = format!("the header promises {count} images of {height}x{width}");
    // Four thousand squared times 2^32 fits 64 bits: no overflow.
    check_length(file, IMAGE_HEADER as u64 + count * height * width, false, &reason)?;
    Ok([count, height, width].map(|value| value as usize))
}

/// The labels of a label file whose length fits its header.
fn label_bytes<'a>(file: &File<'a>) -> Result<&'a [u8], DataError> {
    check_kind(file, Kind::IDX_LABELS, "IDX labels (magic 0x00000801)")?;
    check_length(file, LABEL_HEADER as u64, true, "the header of an IDX label file")?;
    let count = number(file.bytes, 4);
    let reason = format!("the header promises {count} labels");
    check_length(file, LABEL_HEADER as u64 + count, false, &reason)?;
    Ok(&file.bytes[LABEL_HEADER..])
}

fn check_kind(file: &File<'_>, kind: Kind, expected: &str) -> Result<(), DataError> {
    if Kind::of(file.bytes) == kind {
        return Ok(());
    }
    Err(DataError::Content {
        place: file.place.to_owned(),
        expected: expected.to_owned(),
        found: Kind::describe(file.bytes),
    })
}

/// Refuses a file that is not of the expected length, or is below it where more may follow.
fn check_length(
    file: &File<'_>,
    expected: u64,
    may_be_longer: bool,
    reason: &str,
) -> Result<(), DataError> {
    let found = file.bytes.len() as u64;
    if found == expected || (may_be_longer && found > expected) {
        return Ok(());
    }
    let (place, reason) = (file.place.to_owned(), reason.to_owned());
    Err(DataError::Length { place, reason, expected, found })
}

/// The big-endian number at `at`.
fn number(bytes: &[u8], at: usize) -> u64 {
    bytes[at..at + 4].iter().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// The name of the label file that belongs to an image file, without `.gz`.
pub(super) fn label_name(image_name: &str) -> Option<String> {
    let plain = image_name.strip_suffix(".gz").unwrap_or(image_name);
    let label_name = plain.replace("images", "labels").replace("idx3", "idx1");
    (label_name != plain).then_some(label_name)
}
