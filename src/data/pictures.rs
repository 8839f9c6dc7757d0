//! A collection of picture files: paths become labels, files become samples.
//!
//! Folders and archives end here, so that the same pictures give the same set however they are
//! packed.

use image::DynamicImage;
use rayon::prelude::*;

use super::division;
use super::losses::{Losses, Others, Unread};
use super::picture;
use super::unpack::{MAX_SAMPLE_BYTES, check_limit};
use super::{DataCard, DataError, Images, LoadOptions, Loaded, Shape, Split, Watch};

/// The class of pictures that lie beside the folders of the others.
pub const UNSORTED: &str = "unsorted";

/// Files that are decoded together, on all cores, and about how many bytes they take decoded.
const TOGETHER: usize = 256;
const TOGETHER_BYTES: u64 = 1 << 30;

/// Samples on their way to a set.
pub(super) struct Pictures<'a> {
    place: &'a str,
    options: &'a LoadOptions,
    /// Which pictures are samples.
    is_sample: fn(&DynamicImage) -> bool,
    watch: &'a mut Watch<'a>,
    /// Files in all, and of them those that were decoded.
    all: usize,
    done: usize,
    /// Path and content of the files that come next.
    waiting: Vec<(String, Vec<u8>)>,
    waiting_bytes: u64,
    /// Path and bytes `[c, h, w]` of each sample.
    samples: Vec<(String, Vec<u8>)>,
    /// Path of each that cannot be decoded, and what it is.
    broken: Vec<(String, String)>,
    /// Whether one of them had colours that it has lost.
    is_greyed: bool,
}

impl<'a> Pictures<'a> {
    /// An empty collection that `all` files are added to; `place` is the folder or archive.
    pub(super) fn new(
        place: &'a str,
        options: &'a LoadOptions,
        all: usize,
        watch: &'a mut Watch<'_>,
    ) -> Self {
        Self {
            place,
            options,
            is_sample: |_| true,
            watch,
            all,
            done: 0,
            waiting: Vec::new(),
            waiting_bytes: 0,
            samples: Vec::new(),
            broken: Vec::new(),
            is_greyed: false,
        }
    }

    /// The same, of such pictures only.
    pub(super) fn only(self, is_sample: fn(&DynamicImage) -> bool) -> Self {
        Self { is_sample, ..self }
    }

    /// Adds the file at `path` (inside the folder or archive, with `/`). It is decoded with others, later; what is wrong
    /// with any of them is said once all were tried.
    pub(super) fn add_file(&mut self, path: &str, content: Vec<u8>) -> Result<(), DataError> {
        self.waiting_bytes += content.len() as u64 + picture::decoded_bytes(&content);
        self.waiting.push((path.to_owned(), content));
        if self.waiting.len() < TOGETHER && self.waiting_bytes < TOGETHER_BYTES {
            return Ok(());
        }
        self.decode()
    }

    /// Decodes what waits, and adds the samples.
    fn decode(&mut self) -> Result<(), DataError> {
        let waiting = std::mem::take(&mut self.waiting);
        self.waiting_bytes = 0;
        self.done += waiting.len();
        let (place, options, is_sample) = (self.place, self.options, self.is_sample);
        let sample = |(path, content): (String, Vec<u8>)| {
            let picture = picture::decode(&content).map_err(|found| (path.clone(), found))?;
            let is_greyed = options.channels == 1 && picture::is_coloured(&picture);
            let sample = is_sample(&picture).then(|| picture::sample(picture, options));
            Ok(sample.map(|pixels| (path, pixels, is_greyed)))
        };
        let decoded: Vec<Result<_, _>> = waiting.into_par_iter().map(sample).collect();
        for sample in decoded {
            let sample = sample.unwrap_or_else(|broken| {
                self.broken.push(broken);
                None
            });
            let Some((path, pixels, is_greyed)) = sample else { continue };
            let total = (self.samples.len() as u64 + 1) * pixels.len() as u64;
            check_limit(place, "the decoded pictures (in bytes)", total, MAX_SAMPLE_BYTES)?;
            self.is_greyed |= is_greyed;
            self.samples.push((path, pixels));
        }
        if (self.watch)(self.done, self.all) { Ok(()) } else { Err(DataError::Stopped) }
    }

    /// Refuses pictures that cannot be decoded: left out, they would be missing from their classes.
    fn require_whole(&mut self) -> Result<(), DataError> {
        let place = self.place.to_owned();
        let mut broken = std::mem::take(&mut self.broken);
        match broken.len() {
            0 => Ok(()),
            1 => {
                let (path, found) = broken.remove(0);
                Err(DataError::Picture { place: format!("{place}/{path}"), found })
            }
            _ => Err(DataError::Pictures { place, broken }),
        }
    }

    /// The set, in order of path; a first-level folder is a class, or a part of the set. `card` comes without samples
    /// and classes, `others` are the files that were not added.
    pub(super) fn finish(mut self, card: DataCard, others: Others) -> Result<Loaded, DataError> {
        if !self.waiting.is_empty() {
            self.decode()?;
        }
        self.require_whole()?;
        if self.samples.is_empty() {
            let place = self.place.to_owned();
            return Err(DataError::Empty { place, found: others.describe() });
        }
        self.samples.sort_by(|(a, _), (b, _)| a.cmp(b));
        let paths: Vec<&str> = self.samples.iter().map(|(path, _)| path.as_str()).collect();
        let (classes, labels, parts) = labels_of(&paths, others.unread());
        let LoadOptions { size, channels, .. } = *self.options;
        let shape = Shape { channels, height: size, width: size };
        let card = DataCard { samples: labels.len(), classes, ..card };
        let pixels = self.samples.into_iter().flat_map(|(_, pixels)| pixels).collect();
        let unread = Unread::of(others.unread());
        let losses = Losses { is_greyed: self.is_greyed, unread, absent: Vec::new() };
        let whole = Images::new(shape, pixels, labels, card).after(losses);
        let Some(parts) = parts else { return Ok(Loaded::whole(whole)) };
        let [train, test] = [Split::Train, Split::Test].map(|part| whole.part_of(&parts, part));
        Ok(Loaded { train, test: Some(test) })
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
