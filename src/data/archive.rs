//! Archives of pictures: .zip, .tar and .tar.gz, read in memory and never written to disk.

use std::cell::Cell;
use std::io::{self, Cursor, Read};

use super::known;
use super::losses::Others;
use super::names::{is_picture_path, text_of};
use super::pictures::Pictures;
use super::unpack::{
    MAX_BYTES, MAX_FILES, MAX_HEADERS, MAX_PICTURE_BYTES, check_limit, gunzip_reader,
};
use super::{DataCard, DataError, LoadOptions, Loaded, Watch};

/// How an archive is packed.
#[derive(Clone, Copy)]
pub(super) enum Packing {
    Zip,
    Tar,
    TarGz,
}

/// What an archive may hold.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Files.
    pub(super) files: u64,
    /// Bytes of one picture.
    pub(super) picture: u64,
    /// Bytes of all pictures together.
    pub(super) pictures: u64,
}

impl Limits {
    /// Those of every archive.
    pub(super) const USUAL: Self =
        Self { files: MAX_FILES, picture: MAX_PICTURE_BYTES, pictures: MAX_BYTES };
}

/// What is done with the path and content of each picture.
pub(super) type Visit<'a> = dyn FnMut(&str, Vec<u8>) -> Result<(), DataError> + 'a;

/// The pictures of an archive, with their first-level folders as labels.
pub(super) fn load(
    place: &str,
    name: &str,
    bytes: &[u8],
    packing: Packing,
    options: &LoadOptions,
    watch: &mut Watch<'_>,
) -> Result<Loaded, DataError> {
    let all = count(place, bytes, packing, watch)?;
    let mut pictures = Pictures::new(place, options, all, watch);
    let others =
        visit(place, bytes, packing, &mut |path, content| pictures.add_file(path, content))?;
    let sha256 = known::sha256([bytes]);
    let (name, licence) = known::name_and_licence(&sha256, name);
    pictures.finish(DataCard { name, sha256, licence, samples: 0, classes: Vec::new() }, others)
}

/// Calls `visit` with every picture file, in the order of the archive; returns the other files.
pub(super) fn visit(
    place: &str,
    bytes: &[u8],
    packing: Packing,
    visit: &mut Visit<'_>,
) -> Result<Others, DataError> {
    walk(place, bytes, packing, true, Limits::USUAL, visit)
}

/// How many pictures an archive holds, which one of tar's tells only at its end.
fn count(
    place: &str,
    bytes: &[u8],
    packing: Packing,
    watch: &mut Watch<'_>,
) -> Result<usize, DataError> {
    let mut all = 0;
    walk(place, bytes, packing, false, Limits::USUAL, &mut |_, _| {
        all += 1;
        if watch(0, 0) { Ok(()) } else { Err(DataError::Stopped) }
    })?;
    Ok(all)
}

/// Calls `visit` with every picture file, or, unless it `reads` them, with its path and nothing.
pub(super) fn walk(
    place: &str,
    bytes: &[u8],
    packing: Packing,
    reads: bool,
    limits: Limits,
    visit: &mut Visit<'_>,
) -> Result<Others, DataError> {
    let others = Others::default();
    let mut walk = Walk { place, visit, reads, limits, files: 0, unpacked: 0, others };
    match packing {
        Packing::Zip => visit_zip(bytes, &mut walk)?,
        Packing::Tar => visit_tar(bytes, &mut walk)?,
        Packing::TarGz => visit_tar(gunzip_reader(bytes), &mut walk)?,
    }
    Ok(walk.others)
}

/// The state of a walk through an archive, with its limits.
struct Walk<'a, 'v> {
    place: &'a str,
    visit: &'a mut Visit<'v>,
    reads: bool,
    limits: Limits,
    files: u64,
    unpacked: u64,
    others: Others,
}

impl Walk<'_, '_> {
    /// Whether the file at `path` is to be read.
    fn wants(&mut self, path: &str) -> Result<bool, DataError> {
        self.files += 1;
        check_limit(self.place, "the files in the archive", self.files, self.limits.files)?;
        let is_picture = is_picture_path(path);
        if !is_picture {
            self.others.add(path);
        }
        Ok(is_picture)
    }

    /// Unpacks one picture, if it is to be read, and hands it on.
    fn take(&mut self, path: &str, entry: impl Read) -> Result<(), DataError> {
        if !self.reads {
            return (self.visit)(path, Vec::new());
        }
        let (place, limits) = (format!("{}/{path}", self.place), self.limits);
        let mut content = Vec::new();
        entry
            .take(limits.picture + 1)
            .read_to_end(&mut content)
            .map_err(|error| damaged(&place, &error))?;
        let size = content.len() as u64;
        check_limit(&place, "the bytes of the picture file", size, limits.picture)?;
        self.unpacked += size;
        let what = "the unpacked pictures (in bytes)";
        check_limit(self.place, what, self.unpacked, limits.pictures)?;
        (self.visit)(path, content)
    }
}

fn visit_zip(bytes: &[u8], walk: &mut Walk<'_, '_>) -> Result<(), DataError> {
    let place = walk.place;
    let mut archive =
        zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(place, &error))?;
    for i in 0..archive.len() {
        let entry = archive.by_index_raw(i).map_err(|error| damaged(place, &error))?;
        let (path, is_dir) = (tidy(entry.name()), entry.is_dir());
        drop(entry);
        if is_dir || !walk.wants(&path)? {
            continue;
        }
        // Only pictures are opened: an encrypted readme is no obstacle.
        let entry =
            archive.by_index(i).map_err(|error| damaged(&format!("{place}/{path}"), &error))?;
        walk.take(&path, entry)?;
    }
    Ok(())
}

/// What a link in an archive is: left out, as it would be, it is missing from its class.
const LINK: &str =
    "a link to another file: pack what it leads to, as `tar --dereference --hard-dereference` does";

fn visit_tar(reader: impl Read, walk: &mut Walk<'_, '_>) -> Result<(), DataError> {
    let place = walk.place;
    let end = Cell::new(MAX_HEADERS);
    let mut archive = tar::Archive::new(UpTo { inner: reader, at: 0, end: &end });
    for entry in archive.entries().map_err(|error| damaged(place, &error))? {
        let entry = entry.map_err(|error| damaged(place, &error))?;
        let path = tidy(&text_of(&entry.path_bytes()));
        let kind = entry.header().entry_type();
        // The size of a sparse file counts its holes, too, of which nothing is stored.
        let stored =
            if kind.is_gnu_sparse() { entry.header().entry_size() } else { Ok(entry.size()) };
        let stored = stored.map_err(|error| damaged(place, &error))?;
        end.set(entry.raw_file_position().saturating_add(stored).saturating_add(MAX_HEADERS));
        if (kind.is_hard_link() || kind.is_symlink()) && is_picture_path(&path) {
            let place = format!("{place}/{path}");
            return Err(DataError::Picture { place, found: LINK.to_owned() });
        }
        if (kind.is_file() || kind.is_gnu_sparse()) && walk.wants(&path)? {
            walk.take(&path, entry)?;
        }
    }
    Ok(())
}

/// A reader that fails beyond `end`: however long a name says it is, tar reads it whole into memory. It fails where there
/// is no more, too: tar takes that for the end, which blocks of zeros mark in an archive that is not cut off.
struct UpTo<'a, R> {
    inner: R,
    at: u64,
    end: &'a Cell<u64>,
}

impl<R: Read> Read for UpTo<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if count == 0 && !buffer.is_empty() {
            return Err(io::Error::other("it is cut off"));
        }
        self.at += count as u64;
        if self.at > self.end.get() {
            let most = MAX_HEADERS >> 20;
            let reason = format!("a file has more than {most} MiB of names");
            return Err(io::Error::other(reason));
        }
        Ok(count)
    }
}

/// A path with `/` between its parts and without `./` before them.
fn tidy(path: &str) -> String {
    let path = path.replace('\\', "/");
    path.trim_start_matches("./").to_owned()
}

fn damaged(place: &str, error: &dyn std::fmt::Display) -> DataError {
    DataError::Archive { place: place.to_owned(), reason: error.to_string() }
}
