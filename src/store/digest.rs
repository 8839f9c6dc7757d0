//! Names by content: SHA-256 in lower-case hexadecimal.
//!
//! A student names its teacher, and weights their data, by the hash of the file's bytes.

use std::fs::File;
use std::io;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::StoreError;

/// SHA-256 of bytes: 64 hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// SHA-256 of a file's bytes, read in pieces: 64 hexadecimal digits.
pub fn sha256_of_file(path: &Path) -> Result<String, StoreError> {
    let mut hasher = Sha256::new();
    File::open(path)
        .and_then(|mut file| io::copy(&mut file, &mut hasher))
        .map_err(StoreError::io("read", path))?;
    Ok(format!("{:x}", hasher.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_abc_is_the_one_in_fips_180() {
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"abc").unwrap();
        assert_eq!(sha256(b"abc"), known);
        assert_eq!(sha256_of_file(file.path()).unwrap(), known);
    }
}
