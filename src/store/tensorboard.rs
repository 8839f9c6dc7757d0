//! TensorBoard event files, written by hand: records with checksums around small protobufs.
//!
//! Record: `length u64 | masked crc32c(length) | event | masked crc32c(event)`, little-endian.
//! Layout of the messages: `tensorboard/compat/proto/{event,summary}.proto`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use web_time::{SystemTime, UNIX_EPOCH};

use super::StoreError;

/// Added to a rotated checksum, so that a checksum of checksums is no fixed point.
const MASK_DELTA: u32 = 0xa282_ead8;
/// `SessionLog.status` of a (re)start: the viewer drops what it has from that step on.
const SESSION_START: u64 = 1;

/// One event file, open for appending.
#[derive(Debug)]
pub struct EventFile {
    file: File,
    path: PathBuf,
}

/// A picture for [`EventFile::image`].
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// The encoded PNG file.
    pub png: &'a [u8],
    /// Height in pixels.
    pub height: u32,
    /// Width in pixels.
    pub width: u32,
    /// 1 grey, 3 RGB, 4 RGBA.
    pub channels: u32,
}

impl EventFile {
    /// Starts a new file in `folder` for events after `step`; a viewer then drops what earlier
    /// files of the folder hold beyond that step.
    pub fn create(folder: &Path, step: u64) -> Result<Self, StoreError> {
        fs::create_dir_all(folder).map_err(StoreError::io("create", folder))?;
        let seconds = now_s() as u64;
        let (path, file) = create_unique(folder, seconds)
            .map_err(StoreError::io("create an event file in", folder))?;
        let mut events = Self { file, path };
        events.append(0, &bytes_field(3, b"brain.Event:2"))?;
        events.append(step + 1, &bytes_field(7, &varint_field(1, SESSION_START)))?;
        Ok(events)
    }

    /// Appends numbers, by tag, that belong to one step.
    pub fn scalars(&mut self, step: u64, values: &[(&str, f64)]) -> Result<(), StoreError> {
        let summary: Vec<u8> = values.iter().flat_map(|(tag, value)| scalar(tag, *value)).collect();
        self.append(step, &bytes_field(5, &summary))
    }

    /// Appends a picture.
    pub fn image(&mut self, step: u64, tag: &str, picture: Picture) -> Result<(), StoreError> {
        let image = [
            varint_field(1, picture.height.into()),
            varint_field(2, picture.width.into()),
            varint_field(3, picture.channels.into()),
            bytes_field(4, picture.png),
        ];
        let value = [bytes_field(1, tag.as_bytes()), bytes_field(4, &image.concat())].concat();
        self.append(step, &bytes_field(5, &bytes_field(1, &value)))
    }

    fn append(&mut self, step: u64, content: &[u8]) -> Result<(), StoreError> {
        let event = [double_field(1, now_s()), varint_field(2, step), content.to_vec()].concat();
        // One write for one record: a killed run leaves at most one torn record, at the end.
        self.file.write_all(&record(&event)).map_err(StoreError::io("append to", &self.path))
    }
}

/// Seconds since 1970; 0 where the clock is before that.
fn now_s() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// Viewers read the files of a folder in the order of their names.
fn create_unique(folder: &Path, seconds: u64) -> io::Result<(PathBuf, File)> {
    for attempt in 0..1000 {
        let path = folder.join(format!("events.out.tfevents.{seconds:010}.{attempt:03}.skipstone"));
        match OpenOptions::new().append(true).create_new(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => return opened.map(|file| (path, file)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn record(event: &[u8]) -> Vec<u8> {
    let length = (event.len() as u64).to_le_bytes();
    let (head, tail) = (masked_checksum(&length), masked_checksum(event));
    [&length, &head.to_le_bytes()[..], event, &tail.to_le_bytes()].concat()
}

fn masked_checksum(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(MASK_DELTA)
}

/// `Summary.value` with a tag and a `simple_value`.
fn scalar(tag: &str, value: f64) -> Vec<u8> {
    let value = [&key(2, 5), &(value as f32).to_le_bytes()[..]].concat();
    bytes_field(1, &[bytes_field(1, tag.as_bytes()), value].concat())
}

/// Protobuf field key: number and wire type (0 varint, 1 eight bytes, 2 counted, 5 four bytes).
fn key(field: u8, wire: u8) -> [u8; 1] {
    [field << 3 | wire]
}

fn varint_field(field: u8, value: u64) -> Vec<u8> {
    [&key(field, 0), &varint(value)[..]].concat()
}

fn double_field(field: u8, value: f64) -> Vec<u8> {
    [&key(field, 1), &value.to_le_bytes()[..]].concat()
}

fn bytes_field(field: u8, bytes: &[u8]) -> Vec<u8> {
    [&key(field, 2), &varint(bytes.len() as u64)[..], bytes].concat()
}

/// Seven bits a byte, lowest first, the high bit set on all but the last.
fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

#[cfg(test)]
mod tests;
