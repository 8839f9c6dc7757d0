//! NumPy archives: named arrays for `numpy.load`, a zip of `.npy` files.
//!
//! Each array is a header in Python syntax, padded to 64 bytes, and row-major little-endian values
//! (NumPy Enhancement Proposal 1, version 1.0).

use std::io::{self, Cursor, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{StoreError, atomic};

/// First bytes of an array file, with its version.
const MAGIC: &[u8; 8] = b"\x93NUMPY\x01\x00";
/// The values start at a multiple of this.
const ALIGNMENT: usize = 64;
/// Values that are written at once.
const AT_ONCE: usize = 1 << 16;

/// A named array, row-major.
#[derive(Clone, Copy, Debug)]
pub struct Array<'a> {
    /// Key in NumPy's dictionary.
    pub name: &'a str,
    /// Dimensions, slowest first.
    pub shape: &'a [usize],
    /// The numbers.
    pub values: Values<'a>,
}

/// Numbers of an array.
#[derive(Clone, Copy, Debug)]
pub enum Values<'a> {
    /// `float32`: noise, samples in model space.
    F32(&'a [f32]),
    /// `uint32`: labels.
    U32(&'a [u32]),
}

impl Values<'_> {
    fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::U32(values) => values.len(),
        }
    }
}

/// Writes the arrays as one `.npz` file, whole or not at all.
pub fn write(path: &Path, arrays: &[Array]) -> Result<(), StoreError> {
    let bytes = to_bytes(arrays).map_err(|error| error.within(path))?;
    atomic::write(path, &bytes)
}

/// The bytes of the `.npz` file; the same arrays always give the same bytes.
pub fn to_bytes(arrays: &[Array]) -> Result<Vec<u8>, StoreError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for array in arrays {
        let head = head(array)?;
        let bytes = head.len() + array.values.len() * 4;
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .large_file(bytes as u64 > u64::from(u32::MAX));
        zip.start_file(format!("{}.npy", array.name), options).map_err(refused)?;
        let written = zip.write_all(&head).and_then(|()| match array.values {
            Values::F32(values) => write_values(&mut zip, values, |value| value.to_le_bytes()),
            Values::U32(values) => write_values(&mut zip, values, |value| value.to_le_bytes()),
        });
        written.map_err(|error| refused(error.into()))?;
    }
    Ok(zip.finish().map_err(refused)?.into_inner())
}

fn refused(error: zip::result::ZipError) -> StoreError {
    StoreError::Mismatch(format!("the arrays make no zip file: {error}"))
}

/// What comes before the values.
fn head(array: &Array) -> Result<Vec<u8>, StoreError> {
    let (name, shape, count) = (array.name, array.shape, array.values.len());
    if shape.iter().try_fold(1_usize, |count, &size| count.checked_mul(size)) != Some(count) {
        return Err(StoreError::Mismatch(format!("{name} has shape {shape:?}, {count} values")));
    }
    let dtype = match array.values {
        Values::F32(_) => "<f4",
        Values::U32(_) => "<u4",
    };
    // A tuple of one needs its comma, and more may have it.
    let shape: String = shape.iter().map(|size| format!("{size},")).collect();
    let header = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': ({shape}), }}");
    let start = (MAGIC.len() + 2 + header.len() + 1).next_multiple_of(ALIGNMENT);
    let padding = start - MAGIC.len() - 2 - header.len() - 1;
    let length = u16::try_from(header.len() + padding + 1)
        .map_err(|_| StoreError::Mismatch(format!("{name} has too many dimensions")))?;
    let head = format!("{header}{}\n", " ".repeat(padding));
    Ok([&MAGIC[..], &length.to_le_bytes(), head.as_bytes()].concat())
}

/// Some at a time: all of them are in memory already, and take gigabytes where many samples are asked for.
fn write_values<T: Copy>(
    zip: &mut impl Write,
    values: &[T],
    bytes: impl Fn(T) -> [u8; 4],
) -> io::Result<()> {
    values.chunks(AT_ONCE).try_for_each(|some| {
        zip.write_all(&some.iter().flat_map(|&value| bytes(value)).collect::<Vec<u8>>())
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use zip::ZipArchive;

    use super::*;

    fn arrays<'a>() -> [Array<'a>; 3] {
        [
            Array { name: "noise", shape: &[2, 2], values: Values::F32(&[0.5, -1.0, 2.0, 3.0]) },
            Array { name: "samples", shape: &[3], values: Values::F32(&[0.0, 127.0, 255.0]) },
            Array { name: "labels", shape: &[1], values: Values::U32(&[1000]) },
        ]
    }

    fn entry(bytes: &[u8], name: &str) -> Vec<u8> {
        let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut file = Vec::new();
        zip.by_name(name).unwrap().read_to_end(&mut file).unwrap();
        file
    }

    #[test]
    fn an_array_has_an_aligned_header_in_python_syntax_and_its_values() {
        let file = entry(&to_bytes(&arrays()).unwrap(), "noise.npy");
        let length = usize::from(u16::from_le_bytes([file[8], file[9]]));
        assert_eq!(&file[..8], b"\x93NUMPY\x01\x00");
        assert_eq!((10 + length) % 64, 0);
        let header = std::str::from_utf8(&file[10..10 + length]).unwrap();
        let expected = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,2,), }";
        assert_eq!((header.trim_end(), header.ends_with('\n')), (expected, true));
        let expected = [0.5_f32, -1.0, 2.0, 3.0].map(f32::to_le_bytes).concat();
        assert_eq!(file[10 + length..], expected);
    }

    #[test]
    fn every_array_is_in_the_file_and_the_bytes_are_reproducible() {
        let bytes = to_bytes(&arrays()).unwrap();
        let samples = [0.0_f32, 127.0, 255.0].map(f32::to_le_bytes).concat();
        assert!(entry(&bytes, "samples.npy").ends_with(&samples));
        assert!(entry(&bytes, "labels.npy").ends_with(&1000_u32.to_le_bytes()));
        assert_eq!(bytes, to_bytes(&arrays()).unwrap());
        let many: Vec<u32> = (0..2 * AT_ONCE as u32 + 1).collect();
        let array = Array { name: "x", shape: &[many.len()], values: Values::U32(&many) };
        let written = entry(&to_bytes(&[array]).unwrap(), "x.npy");
        let expected: Vec<u8> = many.iter().flat_map(|value| value.to_le_bytes()).collect();
        assert_eq!(written[written.len() - expected.len()..], expected);
    }

    #[test]
    fn a_shape_that_disagrees_with_its_values_and_a_repeated_name_are_refused() {
        let wrong = Array { name: "x", shape: &[4], values: Values::F32(&[1.0]) };
        assert!(matches!(to_bytes(&[wrong]), Err(StoreError::Mismatch(_))));
        let fine = Array { shape: &[1], ..wrong };
        assert!(matches!(to_bytes(&[fine, fine]), Err(StoreError::Mismatch(_))));
    }
}
