//! Whole files or none: write beside the target, force to disk, rename.
//!
//! A run may be killed at any instruction, and a half-written checkpoint would end it for good.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::StoreError;
use crate::platform;

/// Leftovers of killed writers tolerated for one target before writing is refused.
const ATTEMPTS: u32 = 1000;

/// Makes `path` hold exactly `bytes`, or leaves what was there untouched. A link stays one; a device, which nothing
/// can take the place of, is written to, and so is what a process has open, behind what stands there.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    if let Some(descriptor) = descriptor(path) {
        return write_on(&descriptor, bytes).map_err(StoreError::io("write", path));
    }
    let place = behind_links(path);
    if is_device(&place) {
        return fs::write(&place, bytes).map_err(StoreError::io("write", path));
    }
    let (temporary, file) = create_beside(&place).map_err(StoreError::io("create", path))?;
    let rename = || fs::rename(&temporary, &place);
    let written = fill(file, bytes).and_then(|()| platform::patiently(rename));
    if written.is_err() {
        // The first error is the one to report; this only tidies up after it.
        remove(&temporary).ok();
    }
    written.map_err(StoreError::io("write", path))?;
    // Makes the new name durable. Not every system can open a folder; there the rename must do.
    File::open(folder_of(&place)).and_then(|folder| folder.sync_all()).ok();
    Ok(())
}

/// Whether a file can be made where `path` is: a long computation asks before it begins.
pub fn check(path: &Path) -> Result<(), StoreError> {
    if let Some(descriptor) = descriptor(path) {
        return fs::metadata(descriptor).map(drop).map_err(StoreError::io("open", path));
    }
    let place = behind_links(path);
    if is_device(&place) {
        return Ok(());
    }
    let (temporary, _) = create_beside(&place).map_err(StoreError::io("create", path))?;
    // One that another program holds is no reason to compute nothing.
    remove(&temporary).ok();
    Ok(())
}

fn remove(path: &Path) -> io::Result<()> {
    platform::patiently(|| fs::remove_file(path))
}

/// Links from one to the next, at most, as systems count them.
const MAX_LINKS: usize = 40;

/// Where `path` leads to something that a process has open, as /dev/stdout does: `/proc/PID/fd/N` or `/dev/fd/N`.
///
/// Such a link leads on to a file's own name, under which a new file would take the place of all that a log holds.
fn descriptor(path: &Path) -> Option<PathBuf> {
    let mut place = path.to_owned();
    for _ in 0..MAX_LINKS {
        let folder = fs::canonicalize(folder_of(&place)).ok()?;
        if folder == Path::new("/dev/fd") || (folder.starts_with("/proc") && folder.ends_with("fd"))
        {
            return Some(folder.join(place.file_name()?));
        }
        place = folder_of(&place).join(fs::read_link(&place).ok()?);
    }
    None
}

/// Writes to what a process has open, see [`descriptor`].
fn write_on(descriptor: &Path, bytes: &[u8]) -> io::Result<()> {
    let is_own = descriptor.starts_with("/dev/fd")
        || fs::canonicalize("/proc/self/fd").is_ok_and(|own| descriptor.starts_with(own));
    match descriptor.file_name().and_then(|name| name.to_str()) {
        // Opened anew, a file would be written from a place of its own, and what is printed next would fall on it.
        Some("1") if is_own => {
            let mut stdout = io::stdout().lock();
            stdout.write_all(bytes).and_then(|()| stdout.flush())
        }
        Some("2") if is_own => io::stderr().write_all(bytes),
        _ => OpenOptions::new().append(true).open(descriptor)?.write_all(bytes),
    }
}

/// The file itself where `path` is a link to one, which may not be there yet.
fn behind_links(path: &Path) -> PathBuf {
    if path.exists() {
        return fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    }
    let mut place = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&place) {
            // Where a link says where from its own folder.
            Ok(target) => place = folder_of(&place).join(target),
            Err(_) => return place,
        }
    }
    path.to_owned()
}

/// Whether there is something that is neither a file nor a folder.
fn is_device(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|about| !about.is_file() && !about.is_dir())
}

/// The file that a folder is locked by, not locked. A killed process leaves the file behind but not the lock.
pub(super) fn lock_file(folder: &Path) -> io::Result<File> {
    // Windows locks no file that is opened for appending alone.
    File::options().create(true).read(true).append(true).open(folder.join(".lock"))
}

/// Removes what killed writers left in a folder. Only while nobody else writes there.
pub fn sweep(folder: &Path) -> Result<(), StoreError> {
    for entry in fs::read_dir(folder).map_err(StoreError::io("list", folder))? {
        let path = entry.map_err(StoreError::io("list", folder))?.path();
        if is_leftover(&path) && path.is_file() {
            remove(&path).map_err(StoreError::io("remove", &path))?;
        }
    }
    Ok(())
}

/// Whether a file is called as [`create_beside`] calls one: `.NAME.ATTEMPT.tmp`.
fn is_leftover(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let inner = name.strip_prefix('.').and_then(|name| name.strip_suffix(".tmp"));
    let attempt = inner.and_then(|inner| inner.rsplit_once('.')).map(|(_, attempt)| attempt);
    attempt.is_some_and(|attempt| attempt.parse::<u32>().is_ok_and(|attempt| attempt < ATTEMPTS))
}

fn fill(mut file: File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    platform::sync(&file)
}

/// A new file in the folder of `path`: a rename is atomic only within one file system. Made by
/// hand because the usual temporary files are private to their owner and results are shared.
fn create_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    for attempt in 0..ATTEMPTS {
        let mut temporary = OsString::from(".");
        temporary.push(name);
        temporary.push(format!(".{attempt}.tmp"));
        let temporary = folder_of(path).join(temporary);
        match OpenOptions::new().write(true).create_new(true).open(&temporary) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => return opened.map(|file| (temporary, file)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn writing_replaces_the_file_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        write(&path, b"first").unwrap();
        write(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(names(folder.path()), ["a.bin"]);
    }

    #[test]
    fn a_failed_write_leaves_nothing_behind_and_names_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        fs::create_dir(&path).unwrap();
        let error = write(&path, b"x").unwrap_err();
        assert!(error.to_string().contains("taken"), "{error}");
        assert_eq!(names(folder.path()), ["taken"]);
    }

    #[test]
    fn a_missing_folder_is_an_error_that_names_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let error = write(&folder.path().join("no/such/file"), b"x").unwrap_err();
        assert!(matches!(error, StoreError::Io { action: "create", .. }), "{error}");
        assert!(write(Path::new("/"), b"x").is_err());
    }

    #[test]
    fn leftovers_of_a_killed_writer_do_not_block_and_are_swept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        fs::write(folder.path().join(".a.bin.0.tmp"), b"half").unwrap();
        write(&path, b"whole").unwrap();
        sweep(folder.path()).unwrap();
        assert_eq!(names(folder.path()), ["a.bin"]);
        // What somebody else made stays.
        fs::write(folder.path().join(".draft.tmp"), b"theirs").unwrap();
        fs::create_dir(folder.path().join(".folder.0.tmp")).unwrap();
        sweep(folder.path()).unwrap();
        let mut left = names(folder.path());
        left.sort_unstable();
        assert_eq!(left, [".draft.tmp", ".folder.0.tmp", "a.bin"]);
    }

    #[test]
    fn many_writers_of_one_file_leave_one_of_their_contents() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shared.bin");
        std::thread::scope(|scope| {
            for writer in 0..8_u8 {
                let path = &path;
                scope.spawn(move || write(path, &[writer; 4096]).unwrap());
            }
        });
        let bytes = fs::read(&path).unwrap();
        assert_eq!(bytes, [bytes[0]; 4096]);
        assert_eq!(names(folder.path()), ["shared.bin"]);
    }
}
