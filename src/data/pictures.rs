//! A collection of picture files: paths become labels, files become samples.
//!
//! Folders and archives end here, so that the same pictures give the same set however they are
//! packed.

use image::RgbaImage;

use super::division;
use super::losses::{Losses, Others, Unread};
use super::picture;
use super::unpack::{MAX_SAMPLE_BYTES, check_limit};
use super::{DataCard, DataError, Images, LoadOptions, Shape, Split};

const EXTENSIONS: [&str; 9] =
    [".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".webp", ".bmp"];
/// The class of pictures that lie beside the folders of the others.
pub const UNSORTED: &str = "unsorted";

/// Whether a path inside a folder or archive names a picture; hidden files and the resource forks
/// of macOS archives do not count.
pub(super) fn is_picture_path(path: &str) -> bool {
    let lower = path.to_lowercase();
    !is_hidden(path) && EXTENSIONS.iter().any(|extension| lower.ends_with(extension))
}

/// Whether a path names a hidden file, or one that macOS puts beside another into an archive.
pub(super) fn is_hidden(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.') || part == "__MACOSX")
}

/// A name as text. Bytes that are none are written `%NN`, so that names that differ in them stay apart.
pub(super) fn text_of(name: &[u8]) -> String {
    let mut text = String::new();
    for chunk in name.utf8_chunks() {
        text += chunk.valid();
        chunk.invalid().iter().for_each(|byte| text += &format!("%{byte:02X}"));
    }
    text
}

/// Samples on their way to a set.
pub(super) struct Pictures<'a> {
    place: &'a str,
    options: &'a LoadOptions,
    /// Path and bytes `[c, h, w]` of each sample.
    samples: Vec<(String, Vec<u8>)>,
    /// Whether one of them had colours that it has lost.
    is_greyed: bool,
}

impl<'a> Pictures<'a> {
    /// An empty collection; `place` is the folder or archive.
    pub(super) fn new(place: &'a str, options: &'a LoadOptions) -> Self {
        Self { place, options, samples: Vec::new(), is_greyed: false }
    }

    /// Decodes the file at `path` (inside the folder or archive, with `/`) and adds it.
    pub(super) fn add_file(&mut self, path: &str, content: &[u8]) -> Result<(), DataError> {
        let decoded = picture::decode(&format!("{}/{path}", self.place), content)?;
        self.add(path, &decoded)
    }

    /// Adds the sample of a picture.
    pub(super) fn add(&mut self, path: &str, picture: &RgbaImage) -> Result<(), DataError> {
        self.is_greyed |=
            self.options.channels == 1 && !self.is_greyed && picture::is_coloured(picture);
        let pixels = picture::sample(picture, self.options);
        let total = (self.samples.len() as u64 + 1) * pixels.len() as u64;
        check_limit(self.place, "the decoded pictures (in bytes)", total, MAX_SAMPLE_BYTES)?;
        self.samples.push((path.to_owned(), pixels));
        Ok(())
    }

    /// The set, in order of path; a first-level folder is a class, or a part of the set. `card` comes without samples
    /// and classes, `others` are the files that were not added.
    pub(super) fn finish(mut self, card: DataCard, others: Others) -> Result<Images, DataError> {
        if self.samples.is_empty() {
            let place = self.place.to_owned();
            return Err(DataError::Empty { place, found: others.describe() });
        }
        self.samples.sort_by(|(a, _), (b, _)| a.cmp(b));
        let paths: Vec<&str> = self.samples.iter().map(|(path, _)| path.as_str()).collect();
        let (classes, labels, parts) = labels_of(&paths, others.unread());
        let LoadOptions { size, channels, split, .. } = *self.options;
        let shape = Shape { channels, height: size, width: size };
        let card = DataCard { samples: labels.len(), classes, ..card };
        let pixels = self.samples.into_iter().flat_map(|(_, pixels)| pixels).collect();
        let losses = Losses { is_greyed: self.is_greyed, unread: Unread::of(others.unread()) };
        let whole = Images::new(shape, pixels, labels, card).after(losses);
        Ok(match parts {
            Some(parts) => whole.part_of(&parts, split),
            None => whole,
        })
    }
}

/// Class names in alphabetical order, the label of each path, and the part it lies in where the collection comes
/// divided: a part of which all is `unread` is one, too.
fn labels_of<'a>(
    paths: &[&'a str],
    unread: &'a [String],
) -> (Vec<String>, Vec<u32>, Option<Vec<Split>>) {
    let all = || paths.iter().copied().chain(unread.iter().map(String::as_str)).collect::<Vec<_>>();
    let divided = divided(paths).or_else(|| divided(&all()));
    let (inner, parts) = divided.unzip();
    let inner = inner.unwrap_or_else(|| paths.to_vec());
    let (classes, labels) = classes_of(&below_common_folders(&inner[..paths.len()]));
    (classes, labels, parts)
}

/// The paths below the folders that divide a collection, and the part of each; none of one that comes whole.
fn divided<'a>(paths: &[&'a str]) -> Option<(Vec<&'a str>, Vec<Split>)> {
    let paths = below_common_folders(paths);
    let parts = division::parts(&paths)?;
    Some((paths.iter().map(|path| below(path)).collect(), parts))
}

/// Class names in alphabetical order, and the label of each path: its first folder. Without folders there are no
/// classes.
fn classes_of(paths: &[&str]) -> (Vec<String>, Vec<u32>) {
    let folders: Vec<Option<&str>> =
        paths.iter().map(|path| Some(path.split_once('/')?.0)).collect();
    if folders.iter().all(Option::is_none) {
        return (Vec::new(), vec![0; paths.len()]);
    }
    let names: Vec<&str> = folders.into_iter().map(|name| name.unwrap_or(UNSORTED)).collect();
    let mut classes = names.clone();
    classes.sort_unstable();
    classes.dedup();
    let label = |name| classes.binary_search(name).expect("every name is a class") as u32;
    let labels = names.iter().map(label).collect();
    (classes.into_iter().map(str::to_owned).collect(), labels)
}

/// The paths without the longest chain of folders that all of them begin with, which says nothing.
fn below_common_folders<'a>(paths: &[&'a str]) -> Vec<&'a str> {
    let Some((first, rest)) = paths.split_first() else { return Vec::new() };
    let ends = first.match_indices('/').map(|(at, _)| at + 1);
    let start = ends
        .take_while(|&end| rest.iter().all(|path| path.starts_with(&first[..end])))
        .last()
        .unwrap_or(0);
    paths.iter().map(|path| &path[start..]).collect()
}

/// A path below its first folder.
fn below(path: &str) -> &str {
    path.split_once('/').map_or(path, |(_, below)| below)
}
