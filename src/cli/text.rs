//! Text of other programs, told apart by the mark it begins with: `>` of Windows PowerShell 5.1 writes UTF-16, and some
//! editors put a mark before UTF-8.

use std::{
    fs,
    io::{self, ErrorKind},
    path::Path,
};

/// The text of a file, without its mark.
pub(super) fn read(path: &Path) -> io::Result<String> {
    decoded(&fs::read(path)?)
        .ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "it is no text in UTF-8 or UTF-16"))
}

fn decoded(bytes: &[u8]) -> Option<String> {
    match bytes {
        [0xff, 0xfe, units @ ..] => utf_16(units, u16::from_le_bytes),
        [0xfe, 0xff, units @ ..] => utf_16(units, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, text @ ..] => utf_8(text),
        text => utf_8(text),
    }
}

fn utf_8(bytes: &[u8]) -> Option<String> {
    str::from_utf8(bytes).ok().map(str::to_owned)
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    String::from_utf16(&units).ok().filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "name = \"Zo\u{eb} \u{1f600}\"\r\n";

    fn bytes(mark: &[u8], unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        mark.iter().copied().chain(TEXT.encode_utf16().flat_map(unit)).collect()
    }

    #[test]
    fn a_text_is_the_same_whatever_program_wrote_it() {
        let marked = [&[0xef, 0xbb, 0xbf][..], TEXT.as_bytes()].concat();
        let written = [
            TEXT.as_bytes().to_vec(),
            marked,
            bytes(&[0xff, 0xfe], u16::to_le_bytes),
            bytes(&[0xfe, 0xff], u16::to_be_bytes),
        ];
        for bytes in written {
            assert_eq!(decoded(&bytes).as_deref(), Some(TEXT), "{bytes:x?}");
        }
        assert_eq!(decoded(b"").as_deref(), Some(""));
    }

    #[test]
    fn what_is_no_text_is_refused_in_a_sentence() {
        // Latin-1; half a unit; half a pair of units.
        for bytes in [&b"Zo\xeb"[..], b"\xff\xfea", b"\xff\xfe\x3d\xd8"] {
            assert_eq!(decoded(bytes), None, "{bytes:x?}");
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), b"\xff").unwrap();
        assert!(read(file.path()).unwrap_err().to_string().contains("no text"));
    }
}
