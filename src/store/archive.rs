//! Self-describing archives: named tensors and a manifest in one safetensors file.
//!
//! The manifest is JSON in the header's `__metadata__` under `skipstone`, beside the version of
//! the layout under `format`; PyTorch's `safetensors` reads the file as it is. Loading is strict
//! and bounded: whatever the bytes, the answer is an error or exactly the tensors described.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use safetensors::tensor::{Dtype, Metadata, TensorInfo};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::precision::{Precision, check_finite};
use super::{StoreError, atomic};

/// Version of the layout that is written, and the newest that is read.
pub const FORMAT: u32 = 1;
/// Largest header accepted, in bytes. Parsing one takes some thirty times its size.
const MAX_HEADER: u64 = 4 << 20;
/// Largest file accepted, in bytes.
pub const MAX_FILE: u64 = 2 << 30;
/// Most tensors accepted in one file.
pub const MAX_TENSORS: usize = 1 << 14;
/// Most dimensions accepted for one tensor.
const MAX_RANK: usize = 8;
/// The header's own length, a little-endian u64, comes first.
const PREFIX: usize = 8;
/// Where safetensors keeps strings of our own; no tensor can have this name.
const METADATA: &str = "__metadata__";

pub use crate::nn::parameters::HostTensor;

/// A manifest and named tensors.
#[derive(Clone, Debug, PartialEq)]
pub struct Archive<M> {
    /// What the tensors are.
    pub manifest: M,
    /// The tensors by name.
    pub tensors: BTreeMap<String, HostTensor>,
}

impl<M: Serialize + DeserializeOwned> Archive<M> {
    /// Reads a file; errors name it.
    pub fn read(path: &Path) -> Result<Self, StoreError> {
        read_bounded(path)
            .and_then(|bytes| Self::from_bytes(&bytes))
            .map_err(|error| error.within(path))
    }

    /// Reads an archive that is already in memory.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StoreError> {
        let (header, body) = split(bytes)?;
        let strings = header.metadata().as_ref();
        let entry = |key| strings.and_then(|strings| strings.get(key)).map(String::as_str);
        let format = entry("format").and_then(|text| text.parse::<u32>().ok());
        let format = format.ok_or_else(|| damaged("the header has no skipstone format"))?;
        if format > FORMAT {
            return Err(StoreError::TooNew { found: format, known: FORMAT });
        }
        let manifest = entry("skipstone").ok_or_else(|| damaged("the header has no manifest"))?;
        let manifest = serde_json::from_str(manifest)
            .map_err(|error| damaged(format!("the manifest is not understood: {error}")))?;
        Ok(Self { manifest, tensors: decode_all(&header, body)? })
    }

    /// The file's bytes; the same archive always gives the same bytes.
    pub fn to_bytes(&self, precision: impl Fn(&str) -> Precision) -> Result<Vec<u8>, StoreError> {
        let manifest = serde_json::to_string(&self.manifest)
            .map_err(|error| StoreError::Mismatch(format!("the manifest is not JSON: {error}")))?;
        let strings = [("skipstone", manifest), ("format", FORMAT.to_string())];
        let strings = strings.map(|(key, text)| (key.to_owned(), Value::from(text)));
        let mut header = Map::new();
        header.insert(METADATA.to_owned(), Value::Object(strings.into_iter().collect()));
        let body = encode_all(&self.tensors, precision, &mut header)?;
        let mut header = Value::Object(header).to_string().into_bytes();
        header.resize(header.len().next_multiple_of(PREFIX), b' ');
        check_size("the header in bytes", header.len() as u64, MAX_HEADER)?;
        let bytes = [&(header.len() as u64).to_le_bytes(), &header[..], &body[..]].concat();
        check_size("the file in bytes", bytes.len() as u64, MAX_FILE)?;
        Ok(bytes)
    }

    /// Writes the file whole or not at all.
    pub fn write(
        &self,
        path: &Path,
        precision: impl Fn(&str) -> Precision,
    ) -> Result<(), StoreError> {
        let bytes = self.to_bytes(precision).map_err(|error| error.within(path))?;
        atomic::write(path, &bytes)
    }
}

fn damaged(what: impl Into<String>) -> StoreError {
    StoreError::Damaged(what.into())
}

fn check_size(what: &'static str, found: u64, limit: u64) -> Result<(), StoreError> {
    if found > limit { Err(StoreError::TooLarge { what, found, limit }) } else { Ok(()) }
}

/// The whole file, once its first bytes promise an archive within the limits.
pub fn read_bounded(path: &Path) -> Result<Vec<u8>, StoreError> {
    let mut file = File::open(path).map_err(StoreError::io("open", path))?;
    let mut bytes = Vec::with_capacity(PREFIX);
    let prefix = (&mut file).take(PREFIX as u64).read_to_end(&mut bytes);
    prefix.map_err(StoreError::io("read", path))?;
    header_length(&bytes).map_err(|error| error.within(path))?;
    let rest = file.take(MAX_FILE + 1 - PREFIX as u64).read_to_end(&mut bytes);
    rest.map_err(StoreError::io("read", path))?;
    Ok(bytes)
}

fn header_length(bytes: &[u8]) -> Result<usize, StoreError> {
    let prefix = bytes.first_chunk::<PREFIX>();
    let prefix = prefix.ok_or_else(|| damaged(format!("it has only {} bytes", bytes.len())))?;
    let length = u64::from_le_bytes(*prefix);
    if length > MAX_FILE {
        return Err(damaged("it does not begin as a safetensors file does"));
    }
    check_size("the header in bytes", length, MAX_HEADER)?;
    Ok(length as usize)
}

/// The checked header and the bytes of the tensors. The library's own entry point adds sizes
/// without regard to overflow, so the sum is compared here.
fn split(bytes: &[u8]) -> Result<(Metadata, &[u8]), StoreError> {
    check_size("the file in bytes", bytes.len() as u64, MAX_FILE)?;
    let length = header_length(bytes)?;
    let (header, body) = bytes[PREFIX..]
        .split_at_checked(length)
        .ok_or_else(|| damaged(format!("the header needs {length} bytes and is cut short")))?;
    let header: Metadata = serde_json::from_slice(header)
        .map_err(|error| damaged(format!("the header is not understood: {error}")))?;
    if header.data_len() != body.len() {
        let (described, found) = (header.data_len(), body.len());
        return Err(damaged(format!("{described} bytes of tensors described, {found} found")));
    }
    Ok((header, body))
}

/// Every tensor as f32. The header has vouched for the offsets: contiguous and as long as the
/// shapes demand.
fn decode_all(header: &Metadata, body: &[u8]) -> Result<BTreeMap<String, HostTensor>, StoreError> {
    let entries = header.tensors();
    check_size("the number of tensors", entries.len() as u64, MAX_TENSORS as u64)?;
    let decode = |(name, entry): (String, &TensorInfo)| {
        check_size("a tensor's rank", entry.shape.len() as u64, MAX_RANK as u64)?;
        let (start, end) = entry.data_offsets;
        let values = decode(entry.dtype, &body[start..end])
            .ok_or_else(|| damaged(format!("{name} is {}, not F16 or F32", entry.dtype)))?;
        check_finite(&name, &values)?;
        Ok((name, HostTensor { shape: entry.shape.clone(), values }))
    };
    entries.into_iter().map(decode).collect()
}

fn decode(dtype: Dtype, bytes: &[u8]) -> Option<Vec<f32>> {
    match dtype {
        Dtype::F16 => Some(Precision::F16.decode(bytes)),
        Dtype::F32 => Some(Precision::F32.decode(bytes)),
        _ => None,
    }
}

/// All tensors' bytes, and their entries in the header. The wider type comes first: then every
/// tensor is aligned for readers that map the file.
fn encode_all(
    tensors: &BTreeMap<String, HostTensor>,
    precision: impl Fn(&str) -> Precision,
    header: &mut Map<String, Value>,
) -> Result<Vec<u8>, StoreError> {
    check_size("the number of tensors", tensors.len() as u64, MAX_TENSORS as u64)?;
    let mut body = Vec::new();
    for wanted in [Precision::F32, Precision::F16] {
        for (name, tensor) in tensors.iter().filter(|(name, _)| precision(name) == wanted) {
            check_tensor(name, tensor)?;
            let start = body.len();
            wanted.encode(name, &tensor.values, &mut body)?;
            let entry = TensorInfo {
                dtype: wanted.dtype(),
                shape: tensor.shape.clone(),
                data_offsets: (start, body.len()),
            };
            let entry = serde_json::to_value(entry).expect("a tensor's entry is plain JSON");
            header.insert(name.clone(), entry);
        }
    }
    Ok(body)
}

fn check_tensor(name: &str, tensor: &HostTensor) -> Result<(), StoreError> {
    if name == METADATA {
        return Err(StoreError::Mismatch(format!("no tensor can be called {METADATA}")));
    }
    check_size("a tensor's rank", tensor.shape.len() as u64, MAX_RANK as u64)?;
    let count = tensor.shape.iter().try_fold(1_usize, |count, &size| count.checked_mul(size));
    if count != Some(tensor.values.len()) {
        let (shape, found) = (&tensor.shape, tensor.values.len());
        return Err(StoreError::Mismatch(format!("{name} has shape {shape:?}, {found} values")));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
