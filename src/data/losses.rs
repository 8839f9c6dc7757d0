//! What a collection of pictures loses on its way to a set.

use std::fmt;

use super::names::is_hidden;

/// Pictures of formats that are not read.
const UNREAD: [&str; 22] = [
    ".tif", ".tiff", ".avif", ".heic", ".heif", ".jxl", ".jp2", ".tga", ".ppm", ".pgm", ".pbm",
    ".pnm", ".svg", ".ico", ".exr", ".hdr", ".psd", ".dng", ".qoi", ".pcx", ".dds", ".raw",
];

/// What a set has lost.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Losses {
    /// Whether there were pictures in colour, of which grey ones were asked for.
    pub is_greyed: bool,
    /// Pictures of formats that are not read.
    pub unread: Option<Unread>,
    /// Files of a set that comes in several, which do not lie beside the others.
    pub absent: Vec<String>,
}

/// Some files.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unread {
    /// How many.
    pub count: usize,
    /// The path of the first, inside the folder or archive.
    pub first: String,
}

impl Unread {
    pub(super) fn of(paths: &[String]) -> Option<Self> {
        Some(Self { count: paths.len(), first: paths.first()?.clone() })
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, first } = self;
        let files = if *count == 1 { "file" } else { "files" };
        write!(f, "{count} {files} like {first} left out: PNG, JPEG, GIF, WebP and BMP are read")
    }
}

/// Files that are not read as pictures.
#[derive(Debug, Default)]
pub(super) struct Others {
    first: Option<String>,
    /// Words on the first of MNIST or CIFAR-10, which are read where they lie as files.
    of_set: Option<String>,
    unread: Vec<String>,
}

impl Others {
    /// Adds the file at `path`, inside the folder or archive and with `/`.
    pub(super) fn add(&mut self, path: &str) {
        self.first.get_or_insert_with(|| path.to_owned());
        let name = path.rsplit('/').next().unwrap_or(path);
        let is_batch = name.starts_with("data_batch_");
        let words = if name.contains("-ubyte") || (is_batch && name.contains(".bin")) {
            Some("which are read from the folder that they lie in, unpacked")
        } else {
            is_batch.then_some("of CIFAR-10's Python version: its binary version is read")
        };
        if let Some(words) = words {
            self.of_set.get_or_insert_with(|| format!("files like {path}, {words}"));
        }
        let lower = path.to_lowercase();
        if !is_hidden(path) && UNREAD.iter().any(|extension| lower.ends_with(extension)) {
            self.unread.push(path.to_owned());
        }
    }

    /// A few words on them.
    pub(super) fn describe(&self) -> String {
        match (&self.of_set, &self.first) {
            (Some(words), _) => words.clone(),
            (None, Some(path)) => format!("files like {path}"),
            (None, None) => "no files".to_owned(),
        }
    }

    /// Those that are pictures all the same.
    pub(super) fn unread(&self) -> &[String] {
        &self.unread
    }
}
