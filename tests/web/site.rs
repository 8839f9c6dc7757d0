//! The page as it is built, served by the program itself.

use std::{
    env,
    fs::{self, File},
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::SystemTime,
};

use tempfile::TempDir;

/// What the page is made of.
const SOURCES: [&str; 7] =
    ["src", "shaders", "wasm", "assets", "Cargo.toml", "Cargo.lock", ".cargo"];
/// What lies among the sources and is none.
const NO_SOURCES: [&str; 4] =
    ["wasm/dist", "wasm/build/target", "src/cli", "assets/fonts/make_fonts.py"];

/// The page's folder, built anew by `cargo page` where a source is newer.
pub(crate) fn dist() -> &'static Path {
    static DIST: OnceLock<PathBuf> = OnceLock::new();
    DIST.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        wait_for_a_build();
        let dist = root.join("wasm/dist");
        let built = fs::metadata(dist.join("files.json")).and_then(|about| about.modified());
        let is_fresh = built.is_ok_and(|built| newest(root) <= built);
        if !is_fresh && env::var_os("SKIPSTONE_KEEP_PAGE").is_none() {
            println!("cargo page: the page is missing or older than its sources");
            let status = Command::new(env!("CARGO")).arg("page").current_dir(root).status();
            assert!(status.expect("cargo runs").success(), "`cargo page` builds the page");
        }
        dist
    })
}

/// Waits while `cargo page` runs already.
fn wait_for_a_build() {
    let lock = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("page.lock");
    if let Ok(lock) = File::open(lock) {
        lock.lock_shared().expect("the build ends");
    }
}

/// When a source was last written.
fn newest(root: &Path) -> SystemTime {
    let sources = SOURCES.iter().map(|source| newest_below(root, &root.join(source)));
    sources.max().expect("there are sources")
}

fn newest_below(root: &Path, path: &Path) -> SystemTime {
    let is_hidden =
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".dist"));
    if is_hidden || NO_SOURCES.iter().any(|none| path == root.join(none)) {
        return SystemTime::UNIX_EPOCH;
    }
    let Ok(entries) = fs::read_dir(path) else {
        return fs::metadata(path).and_then(|about| about.modified()).expect("a readable source");
    };
    let newest = entries.flatten().map(|entry| newest_below(root, &entry.path()));
    newest.max().unwrap_or(SystemTime::UNIX_EPOCH)
}

/// A running server; dropping it ends it.
pub(crate) struct Site {
    process: Child,
    /// The address of the page, with a `/` at its end.
    pub(crate) url: String,
    /// What it serves, where that is a copy.
    copy: Option<TempDir>,
}

impl Site {
    /// The page at the root of a host.
    pub(crate) fn serve() -> Self {
        Self::start(dist(), "", None)
    }

    /// A copy of the page in a folder of a host, which a test may change by [`Site::replace`].
    pub(crate) fn copy(below: &str) -> Self {
        // Beside the page, for links do not lead to another disk.
        let copy = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        copy_folder(dist(), &copy.path().join(below));
        // A host has a page of its own at its root.
        if !below.is_empty() {
            fs::write(copy.path().join("index.html"), "the host").expect("written");
        }
        let folder = copy.path().to_owned();
        Self::start(&folder, below, Some(copy))
    }

    fn start(folder: &Path, below: &str, copy: Option<TempDir>) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_skipstone"))
            .args(["serve", "--port", "0", "--dir"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut line = String::new();
        let output = process.stdout.take().expect("piped");
        BufReader::new(output).read_line(&mut line).expect("its address");
        let root = line.split(' ').next().expect("an address");
        let below = if below.is_empty() { String::new() } else { format!("{below}/") };
        Self { url: format!("{root}{below}"), process, copy }
    }

    /// The folder that a copy is served from. Its files are the page's own: nothing is written to them.
    pub(crate) fn folder(&self) -> &Path {
        self.copy.as_ref().expect("a copy of the page").path()
    }

    /// Puts another file in the place of one of a copy.
    pub(crate) fn replace(&self, name: &str, contents: impl AsRef<[u8]>) {
        let file = self.folder().join(name);
        // Its twins, where there are any, hold what it was.
        for ending in ["", ".br", ".gz"] {
            fs::remove_file(format!("{}{ending}", file.display())).ok();
        }
        let mut file = File::create_new(file).expect("its link is gone");
        file.write_all(contents.as_ref()).expect("written");
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Files as links where the disk has them: they are 100 MB.
fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        let place = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_folder(&path, &place);
        } else if fs::hard_link(&path, &place).is_err() {
            fs::copy(&path, place).expect("copied");
        }
    }
}
