//! Which file answers a request, and how: compressed, not at all because it is known, or with a sentence.

use std::{
    fs::{self, File},
    io::{Cursor, Read},
    path::{Component, Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use crate::gui::permalink::unescaped;

/// Media types by ending; browsers refuse modules and programs under another name.
const TYPES: [(&str, &str); 11] = [
    ("css", "text/css; charset=utf-8"),
    ("gz", "application/gzip"),
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("otf", "font/otf"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("webmanifest", "application/manifest+json"),
];

/// Compressed twins in order of preference: encoding and further ending.
const TWINS: [(&str, &str); 2] = [("br", "br"), ("gzip", "gz")];

/// What matters of a request; empty where a header is missing.
#[derive(Debug, Default)]
pub(super) struct Asked<'a> {
    /// Path and query.
    pub(super) address: &'a str,
    /// `Accept-Encoding`.
    pub(super) encodings: &'a str,
    /// `If-None-Match`.
    pub(super) known: &'a str,
    /// `If-Modified-Since`.
    pub(super) since: &'a str,
}

/// What goes back.
pub(super) struct Answer {
    /// The HTTP status.
    pub(super) status: u16,
    /// Names and values.
    pub(super) headers: Vec<(&'static str, String)>,
    /// The contents.
    pub(super) body: Box<dyn Read + Send>,
    /// Length of the contents in bytes.
    pub(super) length: usize,
}

impl Answer {
    fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Box::new(std::io::empty()), length: 0 }
    }

    /// A status with a sentence for people.
    pub(super) fn sentence(status: u16, text: &str) -> Self {
        let body = format!("{text}\n").into_bytes();
        let length = body.len();
        Self { length, body: Box::new(Cursor::new(body)), ..Self::new(status) }
            .with("Content-Type", media_type(Path::new("a.txt")))
    }

    /// The same with one more header.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Answers from the files below `folder`.
pub(super) fn answer(folder: &Path, asked: &Asked<'_>) -> Answer {
    let (address, query) = asked.address.split_once('?').unwrap_or((asked.address, ""));
    let Some(inside) = inside(address) else {
        return Answer::sentence(400, "This address is no path of a page.");
    };
    let mut path = folder.join(inside);
    if path.is_dir() {
        if !address.ends_with('/') {
            // Relative addresses in the page count from its folder.
            let query = if query.is_empty() { String::new() } else { format!("?{query}") };
            return Answer::new(301).with("Location", format!("{address}/{query}"));
        }
        path.push("index.html");
    }
    send(&path, asked)
        .unwrap_or_else(|| Answer::sentence(404, &format!("There is no file {address} here.")))
}

/// The path below the folder that an address means; nothing where it leads elsewhere.
fn inside(address: &str) -> Option<PathBuf> {
    let (bytes, is_well_formed) = unescaped(address.strip_prefix('/')?);
    let path = PathBuf::from(String::from_utf8(bytes).ok().filter(|_| is_well_formed)?);
    let is_plain = |part: Component<'_>| match part {
        Component::Normal(name) => !name.to_string_lossy().contains(['\\', ':', '\0']),
        _ => false,
    };
    path.components().all(is_plain).then_some(path)
}

fn send(path: &Path, asked: &Asked<'_>) -> Option<Answer> {
    let (file, encoding) = choose(path, asked.encodings)?;
    let about = file.metadata().ok()?;
    let changed = about.modified().unwrap_or(UNIX_EPOCH);
    let age = changed.duration_since(UNIX_EPOCH).unwrap_or_default();
    let tag = format!("\"{:x}-{:x}-{encoding}\"", age.as_nanos(), about.len());
    let date = httpdate::fmt_http_date(changed);
    let is_known = match asked.known {
        "" => asked.since == date,
        known => known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag),
    };
    let answer = if is_known {
        Answer::new(304)
    } else {
        let length = usize::try_from(about.len()).ok()?;
        Answer { length, body: Box::new(file), ..Answer::new(200) }
            .with("Content-Type", media_type(path))
    };
    let answer =
        if encoding.is_empty() { answer } else { answer.with("Content-Encoding", encoding) };
    // Names carry no hash: browsers may keep files, and ask each time whether they still hold.
    Some(
        answer
            .with("Cache-Control", "no-cache")
            .with("ETag", tag)
            .with("Last-Modified", date)
            .with("Vary", "Accept-Encoding")
            .with("X-Content-Type-Options", "nosniff"),
    )
}

/// The file, or a compressed twin that the browser takes and that is not older.
fn choose(path: &Path, encodings: &str) -> Option<(File, &'static str)> {
    let plain = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let written = |about: &fs::Metadata| about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    for (encoding, ending) in TWINS {
        let mut twin = path.as_os_str().to_owned();
        twin.push(format!(".{ending}"));
        let is_new = fs::metadata(&twin).is_ok_and(|twin| written(&twin) >= written(&plain));
        if is_new && takes(encodings, encoding) {
            return Some((File::open(twin).ok()?, encoding));
        }
    }
    Some((File::open(path).ok()?, ""))
}

/// Whether an `Accept-Encoding` names this encoding with a weight above 0.
fn takes(encodings: &str, encoding: &str) -> bool {
    encodings.split(',').any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        let weight = weight.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case(encoding) && weight.is_some_and(|weight| weight > 0.0)
    })
}

fn media_type(path: &Path) -> &'static str {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let known = TYPES.iter().find(|(known, _)| *known == ending);
    known.map_or("application/octet-stream", |(_, media_type)| media_type)
}

#[cfg(test)]
mod tests;
