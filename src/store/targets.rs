//! Teacher targets on disk, named by what decides them, so that several students share one solve.
//!
//! Folder: `root/{sha256 of the key, 16 digits}/` with `key.json` and one file for every 256 draws:
//! `magic 8 | block u64 | values, little-endian | crc32c`. The checksum covers the key as well, so
//! that no block can be taken for one of another teacher. Writers share `.lock` while they write: who
//! has it alone knows that what is half written was left by one that was killed.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::digest::sha256;
use super::{Precision, StoreError, atomic};
use crate::distill::bank::{BLOCK, Blocks};

/// Draws in one block: a few megabytes of small pictures.
const DRAWS_PER_BLOCK: usize = BLOCK as usize;
/// First bytes of a block; the last one counts layouts.
const MAGIC: &[u8; 8] = b"skiptgt1";
/// Magic and block number.
const HEADER: usize = 16;
/// The checksum at the end.
const TRAILER: usize = 4;

/// An open cache for one key. Cheap to clone; any number of processes may use the same folder.
#[derive(Clone, Debug)]
pub struct TargetCache {
    folder: PathBuf,
    /// SHA-256 of the key, the start of every checksum.
    key: String,
    dims: usize,
    precision: Precision,
}

impl TargetCache {
    /// Opens or makes the cache for `key`: all that decides the targets (teacher, solver, chart,
    /// grid, guidance, horizon, seed, data). `dims` is the length of one target.
    pub fn open(
        root: &Path,
        key: &Value,
        dims: usize,
        precision: Precision,
    ) -> Result<Self, StoreError> {
        let mut key = json!({ "targets": key, "dims": dims, "precision": precision });
        key.sort_all_objects();
        let text = format!("{key:#}\n");
        let key = sha256(text.as_bytes());
        let folder = root.join(&key[..16]);
        fs::create_dir_all(&folder).map_err(StoreError::io("create", &folder))?;
        sweep(&folder);
        let _writing = writing(&folder);
        claim(&folder.join("key.json"), &text)?;
        Ok(Self { folder, key, dims, precision })
    }

    fn path(&self, block: u64) -> PathBuf {
        self.folder.join(format!("{block:08}.block"))
    }

    fn encode(&self, block: u64, values: &[f32]) -> Result<Vec<u8>, StoreError> {
        let expected = DRAWS_PER_BLOCK * self.dims;
        assert_eq!(values.len(), expected, "a block has {DRAWS_PER_BLOCK} draws");
        let mut bytes = [&MAGIC[..], &block.to_le_bytes()].concat();
        self.precision.encode("a teacher's target", values, &mut bytes)?;
        bytes.extend(self.checksum(&bytes).to_le_bytes());
        Ok(bytes)
    }

    fn decode(&self, block: u64, bytes: &[u8]) -> Option<Vec<f32>> {
        let (content, checksum) = bytes.split_last_chunk::<TRAILER>()?;
        let (header, values) = content.split_at_checked(HEADER)?;
        let whole = header == [&MAGIC[..], &block.to_le_bytes()].concat()
            && values.len() == DRAWS_PER_BLOCK * self.dims * self.precision.bytes()
            && u32::from_le_bytes(*checksum) == self.checksum(content);
        whole.then(|| self.precision.decode(values))
    }

    fn checksum(&self, content: &[u8]) -> u32 {
        crc32c::crc32c_append(crc32c::crc32c(self.key.as_bytes()), content)
    }
}

/// Keeps others from sweeping the folder, as long as it lives; nothing where the file system knows no locks.
fn writing(folder: &Path) -> Option<File> {
    let file = atomic::lock_file(folder).ok()?;
    file.lock_shared().ok()?;
    Some(file)
}

/// Removes what killed writers left, unless somebody is writing.
fn sweep(folder: &Path) {
    let Ok(file) = atomic::lock_file(folder) else { return };
    if file.try_lock().is_ok() {
        // It takes room, and does no other harm.
        atomic::sweep(folder).ok();
    }
}

/// Writes the key for the first opener; every later one must find the same.
fn claim(path: &Path, text: &str) -> Result<(), StoreError> {
    match fs::read(path) {
        Ok(found) if found == text.as_bytes() => Ok(()),
        Ok(_) => {
            let what = "it belongs to other targets; delete the folder to make it again";
            Err(StoreError::Mismatch(what.to_owned()).within(path))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => atomic::write(path, text.as_bytes()),
        Err(error) => Err(StoreError::io("read", path)(error)),
    }
}

impl Blocks for TargetCache {
    /// The targets of a block, `[256 * dims]`; none if it was never written, or is damaged: then
    /// a warning says so and it is to be computed again.
    fn read(&self, block: u64) -> Option<Vec<f32>> {
        let path = self.path(block);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!("cannot read {}: {error}; computing it again", path.display());
                return None;
            }
            Ok(bytes) => bytes,
        };
        let values = self.decode(block, &bytes);
        if values.is_none() {
            tracing::warn!("{} is damaged; computing it again", path.display());
        }
        values
    }

    /// Keeps the targets of a block, `[256 * dims]`, whole or not at all.
    fn write(&self, block: u64, values: &[f32]) -> Result<(), String> {
        let path = self.path(block);
        let _writing = writing(&self.folder);
        let bytes = self.encode(block, values).map_err(|error| error.within(&path));
        let written = bytes.and_then(|bytes| atomic::write(&path, &bytes));
        written.map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIMS: usize = 3;

    fn open(root: &Path, key: &Value, precision: Precision) -> TargetCache {
        TargetCache::open(root, key, DIMS, precision).unwrap()
    }

    fn values(offset: f32) -> Vec<f32> {
        (0..DRAWS_PER_BLOCK * DIMS).map(|index| index as f32 * 0.25 + offset).collect()
    }

    #[test]
    fn a_block_comes_back_to_another_student_with_the_same_key() {
        let root = tempfile::tempdir().unwrap();
        let cache = open(root.path(), &json!({ "a": 1, "b": { "c": 2, "d": 3 } }), Precision::F32);
        assert!(cache.read(5).is_none());
        cache.write(5, &values(0.5)).unwrap();
        let reordered = json!({ "b": { "d": 3, "c": 2 }, "a": 1 });
        let other = open(root.path(), &reordered, Precision::F32);
        assert_eq!(other.folder, cache.folder);
        assert_eq!(other.read(5).unwrap(), values(0.5));
    }

    #[test]
    fn anything_different_in_the_key_is_another_cache() {
        let root = tempfile::tempdir().unwrap();
        let first = open(root.path(), &json!({ "w": 1.0 }), Precision::F32);
        first.write(0, &values(0.0)).unwrap();
        for (w, precision) in [(2.0, Precision::F32), (1.0, Precision::F16)] {
            assert!(open(root.path(), &json!({ "w": w }), precision).read(0).is_none());
        }
    }

    #[test]
    fn half_precision_rounds_and_takes_half_the_space() {
        let root = tempfile::tempdir().unwrap();
        let cache = open(root.path(), &json!(1), Precision::F16);
        cache.write(0, &values(0.0)).unwrap();
        // Multiples of 1/4 below 512 fit into eleven bits.
        assert_eq!(cache.read(0).unwrap(), values(0.0));
        let length = fs::metadata(cache.path(0)).unwrap().len() as usize;
        assert_eq!(length, HEADER + DRAWS_PER_BLOCK * DIMS * 2 + TRAILER);
    }

    #[test]
    fn a_short_or_altered_block_is_absent() {
        let root = tempfile::tempdir().unwrap();
        let cache = open(root.path(), &json!(1), Precision::F16);
        cache.write(0, &values(0.0)).unwrap();
        let whole = fs::read(cache.path(0)).unwrap();
        for length in 0..whole.len() {
            assert!(cache.decode(0, &whole[..length]).is_none(), "{length} bytes");
        }
        for index in 0..whole.len() {
            let mut altered = whole.clone();
            altered[index] ^= 0x10;
            assert!(cache.decode(0, &altered).is_none(), "byte {index}");
        }
        fs::write(cache.path(0), &whole[..100]).unwrap();
        assert!(cache.read(0).is_none());
        cache.write(0, &values(0.0)).unwrap();
        assert!(cache.read(0).is_some());
    }

    #[test]
    fn a_block_of_another_number_or_another_key_is_absent() {
        let root = tempfile::tempdir().unwrap();
        let cache = open(root.path(), &json!(1), Precision::F16);
        let other = open(root.path(), &json!(2), Precision::F16);
        cache.write(0, &values(0.0)).unwrap();
        fs::copy(cache.path(0), cache.path(1)).unwrap();
        fs::copy(cache.path(0), other.path(0)).unwrap();
        assert!(cache.read(1).is_none() && other.read(0).is_none());
    }

    #[test]
    fn what_a_killed_writer_left_is_swept_once_nobody_is_writing() {
        let root = tempfile::tempdir().unwrap();
        let cache = open(root.path(), &json!(1), Precision::F16);
        let left = cache.folder.join(".00000003.block.0.tmp");
        fs::write(&left, b"half").unwrap();
        let other = writing(&cache.folder).expect("a file system with locks");
        open(root.path(), &json!(1), Precision::F16);
        assert!(left.exists(), "it may be the other one's");
        cache.write(0, &values(0.0)).unwrap();
        drop(other);
        open(root.path(), &json!(1), Precision::F16);
        assert!(!left.exists() && cache.read(0).is_some());
    }

    #[test]
    fn a_folder_of_other_targets_and_a_target_that_is_not_finite_are_refused() {
        let root = tempfile::tempdir().unwrap();
        let cache = open(root.path(), &json!(1), Precision::F16);
        let error = cache.encode(0, &values(1.0e6)).unwrap_err();
        assert!(matches!(error, StoreError::NotFinite { .. }), "{error}");
        let sentence = cache.write(0, &values(1.0e6)).unwrap_err();
        assert!(sentence.contains("00000000.block") && cache.read(0).is_none(), "{sentence}");
        fs::write(cache.folder.join("key.json"), "{}").unwrap();
        let error = TargetCache::open(root.path(), &json!(1), DIMS, Precision::F16).unwrap_err();
        assert!(matches!(error.cause(), StoreError::Mismatch(_)), "{error}");
    }
}
