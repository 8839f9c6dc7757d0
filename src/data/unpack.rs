//! Reading and unpacking with limits, so that a hostile or mistaken file costs an error, not the
//! memory.

use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::DataError;
use super::recognise::{HEAD, Kind};

/// Bytes that a file may have, and that it may unpack to.
pub(super) const MAX_BYTES: u64 = 2 << 30;
/// Bytes that all samples together may have.
pub(super) const MAX_SAMPLE_BYTES: u64 = 2 << 30;
/// Bytes that one picture file may have.
pub(super) const MAX_PICTURE_BYTES: u64 = 64 << 20;
/// Files that a folder or an archive may have.
pub(super) const MAX_FILES: u64 = 1_000_000;
/// Bytes that an archive may have in front of a file: its header, and names that are too long for one.
pub(super) const MAX_HEADERS: u64 = 1 << 20;

/// The content of a file.
pub(super) fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>, DataError> {
    let place = path.display().to_string();
    let failed = |cause| DataError::Read { place: place.clone(), cause };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    check_limit(&place, "the bytes of the file", bytes.len() as u64, limit)?;
    Ok(bytes)
}

/// Refuses `found` above `limit`.
pub(super) fn check_limit(
    place: &str,
    what: &'static str,
    found: u64,
    limit: u64,
) -> Result<(), DataError> {
    if found > limit {
        return Err(DataError::TooLarge { place: place.to_owned(), what, limit });
    }
    Ok(())
}

/// The content with gzip taken off, if there was any.
pub(super) fn gunzip(place: &str, bytes: Vec<u8>) -> Result<Vec<u8>, DataError> {
    if Kind::of(&bytes) != Kind::Gzip {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    gunzip_reader(&bytes).read_to_end(&mut unpacked).map_err(|error| DataError::Archive {
        place: place.to_owned(),
        reason: error.to_string(),
    })?;
    Ok(unpacked)
}

/// The unpacked content as a stream that ends with an error at [`MAX_BYTES`].
pub(super) fn gunzip_reader(bytes: &[u8]) -> impl Read {
    Limited { inner: MultiGzDecoder::new(bytes), left: MAX_BYTES }
}

/// The first unpacked bytes of a gzip file; what cannot be unpacked is left out.
pub(super) fn gunzip_head(bytes: &[u8]) -> Vec<u8> {
    let mut head = Vec::new();
    let mut reader = gunzip_reader(bytes).take(HEAD as u64);
    // A damaged file ends early here and is reported by whoever unpacks all of it.
    reader.read_to_end(&mut head).ok();
    head
}

/// A reader that fails when more than `left` bytes come.
struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| {
            io::Error::other(format!("it unpacks to more than {} GiB", MAX_BYTES >> 30))
        })?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_unpacks_to_a_byte_too_many_is_an_error() {
        let read = |left| {
            let mut unpacked = Vec::new();
            let ended = Limited { inner: &b"12345"[..], left }.read_to_end(&mut unpacked);
            ended.map(|_| unpacked)
        };
        assert_eq!(read(5).expect("as many as there may be"), b"12345");
        let refused = read(4).expect_err("a byte too many").to_string();
        assert!(refused.contains("it unpacks to more than"), "{refused}");
    }
}
