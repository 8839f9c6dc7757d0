//! One file: told by its content, decoded with the files beside it.

use std::path::Path;

use super::archive::{self, Packing};
use super::recognise::Kind;
use super::unpack::{MAX_BYTES, gunzip, gunzip_head, read_file};
use super::{DataError, Images, LoadOptions, Loaded, Watch};
use super::{cifar, idx};

const EXPECTED: &str = "a folder or archive (.zip, .tar, .tar.gz) of pictures, IDX (MNIST) images, \
     or CIFAR-10 batches";

/// The images in the file at `path`.
pub(super) fn load(
    path: &Path,
    options: &LoadOptions,
    watch: &mut Watch<'_>,
) -> Result<Loaded, DataError> {
    let (place, bytes) = (path.display().to_string(), read(path)?);
    let packing = match Kind::of(&bytes) {
        Kind::Zip => Packing::Zip,
        Kind::Tar => Packing::Tar,
        Kind::Gzip if Kind::of(&gunzip_head(&bytes)) == Kind::Tar => Packing::TarGz,
        _ => return decode_plain(&place, bytes, folder_of(path), options).map(Loaded::whole),
    };
    archive::load(&place, file_name(&place), &bytes, packing, options, watch)
}

/// The images in the file at `path`, which is no archive.
pub(super) fn plain(path: &Path, options: &LoadOptions) -> Result<Images, DataError> {
    decode_plain(&path.display().to_string(), read(path)?, folder_of(path), options)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    if !path.exists() {
        return Err(DataError::Missing {
            place: path.display().to_string(),
            expected: "a file or folder (or one of the names `emoji` and `tiles`)".to_owned(),
        });
    }
    read_file(path, MAX_BYTES)
}

/// The images in content that is not an archive, of a file in `folder`.
fn decode_plain(
    place: &str,
    bytes: Vec<u8>,
    folder: &Path,
    options: &LoadOptions,
) -> Result<Images, DataError> {
    let bytes = &gunzip(place, bytes)?[..];
    match Kind::of(bytes) {
        Kind::IDX_IMAGES => decode_idx(place, bytes, folder, options),
        Kind::Xz => Err(DataError::Packed { place: place.to_owned() }),
        Kind::Other if cifar::is_cifar(bytes) || file_name(place).ends_with(".bin") => {
            decode_cifar(place, bytes, folder, options)
        }
        kind => Err(DataError::Content {
            place: place.to_owned(),
            expected: match kind {
                Kind::IDX_LABELS => "the image file, with its label file beside it".to_owned(),
                Kind::Picture(_) => "many pictures in a folder or archive".to_owned(),
                _ => EXPECTED.to_owned(),
            },
            found: match kind {
                Kind::Picture(_) => format!("{} alone", Kind::describe(bytes)),
                _ => Kind::describe(bytes),
            },
        }),
    }
}

fn decode_idx(
    place: &str,
    bytes: &[u8],
    folder: &Path,
    options: &LoadOptions,
) -> Result<Images, DataError> {
    let name = file_name(place);
    let label_name = idx::label_name(name);
    let missing = || DataError::Missing {
        place: place.to_owned(),
        expected: match &label_name {
            Some(name) => format!("the label file {name} (or {name}.gz) beside these IDX images"),
            None => "a name with `images` in it, that leads to the label file with `labels`".into(),
        },
    };
    let found = label_name.as_deref().map(|name| beside(folder, name)).transpose()?.flatten();
    let (label_place, label_bytes) = found.ok_or_else(missing)?;
    let labels = idx::File { place: &label_place, bytes: &label_bytes };
    idx::load(&idx::File { place, bytes }, &labels, name, options)
}

fn decode_cifar(
    place: &str,
    bytes: &[u8],
    folder: &Path,
    options: &LoadOptions,
) -> Result<Images, DataError> {
    let mut batches = cifar::Batches::new(options);
    batches.add(place, bytes)?;
    Ok(batches.finish(file_name(place), cifar_classes(folder)?))
}

/// The class names beside CIFAR-10 batches.
pub(super) fn cifar_classes(folder: &Path) -> Result<Vec<String>, DataError> {
    match beside(folder, cifar::NAMES_FILE)? {
        Some((place, text)) => cifar::class_names(&place, &text),
        None => Ok(cifar::numbered_classes()),
    }
}

/// Place and content of the file called `name` in `folder`, or of `name.gz`, unpacked.
fn beside(folder: &Path, name: &str) -> Result<Option<(String, Vec<u8>)>, DataError> {
    let paths = [folder.join(name), folder.join(format!("{name}.gz"))];
    let Some(path) = paths.iter().find(|path| path.is_file()) else { return Ok(None) };
    let place = path.display().to_string();
    let bytes = gunzip(&place, read_file(path, MAX_BYTES)?)?;
    Ok(Some((place, bytes)))
}

/// The last part of a path.
pub(super) fn file_name(place: &str) -> &str {
    Path::new(place).file_name().and_then(|name| name.to_str()).unwrap_or(place)
}
