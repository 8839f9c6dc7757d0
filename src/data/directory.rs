//! A folder: CIFAR-10 batches, IDX files, or pictures below it; told by the names it holds.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use super::file;
use super::losses::{Losses, Others};
use super::names::{is_picture_path, text_of};
use super::pictures::Pictures;
use super::unpack::{MAX_BYTES, MAX_FILES, MAX_PICTURE_BYTES, check_limit, gunzip, read_file};
use super::{DataCard, DataError, Images, LoadOptions, Loaded, Split, Watch};
use super::{cifar, known};

/// Folders inside folders; a chain of links that leads back to itself ends here.
const MAX_DEPTH: u64 = 16;
/// Files of CIFAR-10 to learn from.
const CIFAR_BATCHES: u32 = 5;

/// The images in the folder at `path`.
pub(super) fn load(
    path: &Path,
    options: &LoadOptions,
    watch: &mut Watch<'_>,
) -> Result<Loaded, DataError> {
    let names = file_names(path)?;
    let is_cifar = |name: &String| is_batch(name, Split::Train) || is_batch(name, Split::Test);
    let part = if names.iter().any(is_cifar) {
        load_cifar
    } else if names.iter().any(|name| name.contains("idx3-ubyte") || name.contains("idx1-ubyte")) {
        load_idx
    } else {
        return load_pictures(path, options, watch);
    };
    let train = part(path, &names, options, Split::Train)?;
    Ok(Loaded { train, test: Some(part(path, &names, options, Split::Test)?) })
}

/// Whether the file name is that of CIFAR-10 records of the split, packed or not.
fn is_batch(name: &str, split: Split) -> bool {
    let plain = unpacked(name);
    let number = plain.strip_prefix("data_batch_").and_then(|rest| rest.strip_suffix(".bin"));
    match split {
        // No copy beside a batch ("data_batch_1 - Copy.bin") is learnt once more.
        Split::Train => number.is_some_and(|number| number.parse::<u32>().is_ok()),
        Split::Test => plain == "test_batch.bin",
    }
}

/// What a file is called once it is unpacked.
fn unpacked(name: &str) -> &str {
    name.trim_end_matches(".xz").trim_end_matches(".gz")
}

/// The files of CIFAR-10 of the split that are not among `names`.
fn absent_batches(names: &[&str], split: Split) -> Vec<String> {
    let all: Vec<String> = match split {
        Split::Train => (1..=CIFAR_BATCHES).map(|i| format!("data_batch_{i}.bin")).collect(),
        Split::Test => vec!["test_batch.bin".to_owned()],
    };
    all.into_iter().filter(|batch| !names.iter().any(|name| unpacked(name) == batch)).collect()
}

fn load_cifar(
    folder: &Path,
    names: &[String],
    options: &LoadOptions,
    split: Split,
) -> Result<Images, DataError> {
    let mut chosen: Vec<&str> =
        names.iter().map(String::as_str).filter(|name| is_batch(name, split)).collect();
    // A batch may lie there packed as well as unpacked.
    chosen.retain(|name| {
        let plain = unpacked(name);
        plain == *name || !names.iter().any(|other| other == plain)
    });
    if chosen.is_empty() {
        let expected = match split {
            Split::Train => "the training part of CIFAR-10 (data_batch_1.bin to data_batch_5.bin)",
            Split::Test => "the test part of CIFAR-10 (test_batch.bin)",
        };
        return Err(missing(folder, expected));
    }
    if let Some(packed) = chosen.iter().find(|name| name.ends_with(".xz")) {
        return Err(DataError::Packed { place: folder.join(packed).display().to_string() });
    }
    let absent = absent_batches(&chosen, split);
    let mut batches = cifar::Batches::new(options);
    for name in chosen {
        let path = folder.join(name);
        let place = path.display().to_string();
        batches.add(&place, &gunzip(&place, read_file(&path, MAX_BYTES)?)?)?;
    }
    let classes = file::cifar_classes(folder)?;
    let losses = Losses { absent, ..Losses::default() };
    Ok(batches.finish(&folder_name(folder), classes).after(losses))
}

fn load_idx(
    folder: &Path,
    names: &[String],
    options: &LoadOptions,
    split: Split,
) -> Result<Images, DataError> {
    // MNIST calls its test part t10k, its relatives call theirs test.
    let parts: &[&str] = match split {
        Split::Train => &["train"],
        Split::Test => &["t10k", "test"],
    };
    let is_wanted = |name: &&String| {
        let is_part = parts.iter().any(|part| name.contains(part));
        is_part && name.contains("images") && name.contains("idx3-ubyte")
    };
    let found: Vec<&String> = names.iter().filter(is_wanted).collect();
    let Some(name) = found.first() else {
        let expected = format!("IDX images ({}-images-idx3-ubyte, or with .gz)", parts[0]);
        return Err(missing(folder, &expected));
    };
    // EMNIST comes as six sets in one folder.
    if let Some(other) = found.iter().find(|other| unpacked(other) != unpacked(name)) {
        return Err(DataError::Content {
            place: folder.display().to_string(),
            expected: "the files of one set: give each a folder of its own".to_owned(),
            found: format!("{name} and {other}"),
        });
    }
    file::plain(&folder.join(name), options)
}

fn load_pictures(
    folder: &Path,
    options: &LoadOptions,
    watch: &mut Watch<'_>,
) -> Result<Loaded, DataError> {
    let place = folder.display().to_string();
    let mut files = Files::default();
    files.collect(folder, "", 0)?;
    files.pictures.sort();
    let mut pictures = Pictures::new(&place, options, files.pictures.len(), watch);
    let mut sum = Sha256::new();
    for (path, file) in &files.pictures {
        let content = read_file(file, MAX_PICTURE_BYTES)?;
        sum.update(path);
        sum.update([0]);
        sum.update((content.len() as u64).to_le_bytes());
        sum.update(&content);
        pictures.add_file(path, content)?;
    }
    let sha256 = format!("{:x}", sum.finalize());
    let (name, licence) = known::name_and_licence(&sha256, &folder_name(folder));
    let card = DataCard { name, sha256, licence, samples: 0, classes: Vec::new() };
    pictures.finish(card, files.others)
}

/// The files below a folder.
#[derive(Default)]
struct Files {
    count: u64,
    /// Path below the folder, with `/`, and path of the file.
    pictures: Vec<(String, PathBuf)>,
    others: Others,
}

impl Files {
    /// Adds what lies in `folder`, whose path below the top is `prefix`, and below it.
    fn collect(&mut self, folder: &Path, prefix: &str, depth: u64) -> Result<(), DataError> {
        let place = folder.display().to_string();
        check_limit(&place, "folders inside folders", depth, MAX_DEPTH)?;
        for name in entry_names(folder)? {
            let path = format!("{prefix}{}", text_of(name.as_encoded_bytes()));
            let file = folder.join(&name);
            self.count += 1;
            check_limit(&place, "the files in the folder", self.count, MAX_FILES)?;
            if file.is_dir() {
                self.collect(&file, &format!("{path}/"), depth + 1)?;
            } else if is_picture_path(&path) {
                if !file.is_file() {
                    // Left out, it would be missing from its class.
                    let found = "no file: a link, perhaps, to what is not there".to_owned();
                    return Err(DataError::Picture { place: file.display().to_string(), found });
                }
                self.pictures.push((path, file));
            } else {
                self.others.add(&path);
            }
        }
        Ok(())
    }
}

/// The names in a folder, sorted.
fn entry_names(folder: &Path) -> Result<Vec<OsString>, DataError> {
    let failed = |cause| DataError::Read { place: folder.display().to_string(), cause };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        names.push(entry.map_err(failed)?.file_name());
    }
    names.sort();
    Ok(names)
}

/// The names of the files in a folder, sorted, without hidden ones: other systems and downloads leave those beside
/// files, under almost their names.
fn file_names(folder: &Path) -> Result<Vec<String>, DataError> {
    let mut names = entry_names(folder)?;
    names.retain(|name| folder.join(name).is_file());
    let names = names.into_iter().map(|name| name.to_string_lossy().into_owned());
    Ok(names.filter(|name| !name.starts_with('.')).collect())
}

/// The last part of a folder's path, also where it is written `.`.
fn folder_name(folder: &Path) -> String {
    let full = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    full.file_name().map_or_else(|| "images".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn missing(folder: &Path, expected: &str) -> DataError {
    DataError::Missing { place: folder.display().to_string(), expected: expected.to_owned() }
}
