//! Small files made on the spot, and what they must become or be refused with.

mod archives;
mod cifar;
mod embedded;
mod folders;
mod idx;
mod images;
mod mixture;

use std::io::{Cursor, Write as _};
use std::path::Path;

use image::{ImageFormat, RgbaImage};

use super::*;

const RED: [u8; 4] = [255, 0, 0, 255];
const BLUE: [u8; 4] = [0, 0, 255, 255];

/// Samples of 4x4 pixels.
fn small() -> LoadOptions {
    LoadOptions { size: 4, ..LoadOptions::default() }
}

/// Writes `content` to `name` below `folder`, with the folders on the way.
fn put(folder: &Path, name: &str, content: &[u8]) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folder");
    std::fs::write(path, content).expect("file");
}

/// A new empty folder.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("temporary folder")
}

/// What loading a path gives with the default options.
fn load_path(path: &Path, options: &LoadOptions) -> Result<Images, DataError> {
    Ok(whole(load_any(path, options)?))
}

fn load_any(path: &Path, options: &LoadOptions) -> Result<Loaded, DataError> {
    load(&Source::Path(path.to_owned()), options, &mut |_, _| true)
}

/// The images of what comes in one part.
fn whole(loaded: Loaded) -> Images {
    assert!(loaded.test.is_none(), "it comes divided");
    loaded.train
}

/// What is to learn from, and the rest, of what comes divided.
fn parts(path: &Path, options: &LoadOptions) -> [Images; 2] {
    let Loaded { train, test } = load_any(path, options).expect("a set");
    [train, test.expect("it comes divided")]
}

/// The message of the refusal; panics when there is none.
fn refusal(path: &Path) -> String {
    refusal_with(path, &LoadOptions::default())
}

fn refusal_with(path: &Path, options: &LoadOptions) -> String {
    load_any(path, options).map(drop).expect_err("a refusal").to_string()
}

/// Panics unless `text` has every one of `parts`.
fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "expected {part:?} in: {text}");
    }
}

/// A picture of one colour in `format`.
fn encoded(colour: [u8; 4], width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let picture = RgbaImage::from_pixel(width, height, image::Rgba(colour));
    let mut out = Cursor::new(Vec::new());
    let picture = image::DynamicImage::ImageRgba8(picture);
    match format {
        ImageFormat::Jpeg => picture.to_rgb8().write_to(&mut out, format),
        _ => picture.write_to(&mut out, format),
    }
    .expect("an encoded picture");
    out.into_inner()
}

fn png(colour: [u8; 4]) -> Vec<u8> {
    encoded(colour, 8, 8, ImageFormat::Png)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn tar_of(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, path, content.as_slice()).expect("memory");
    }
    builder.into_inner().expect("memory")
}

fn zip_of(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in files {
        writer.start_file(*path, zip::write::SimpleFileOptions::default()).expect("memory");
        writer.write_all(content).expect("memory");
    }
    writer.finish().expect("memory").into_inner()
}
