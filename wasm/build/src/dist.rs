//! The page's folder: filled beside `wasm/dist`, described in `files.json`, then put in its place.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::{disk::patiently, options::Options};

/// Endings of what the page's author wrote, as opposed to what is built.
const SHELL: [&str; 5] = ["css", "html", "js", "svg", "webmanifest"];
/// The service worker's file, which names all others and so is no part of the list.
const WORKER: &str = "sw.js";
/// The list of all files, for the page.
const LIST: &str = "files.json";

/// A file as the page expects it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256 in hexadecimal digits.
    pub sha256: String,
}

/// All files of a page and the version that their contents make.
#[derive(Debug, Serialize)]
pub struct List {
    /// The hash of all names and hashes.
    pub version: String,
    /// By path from the page, with `/` between folders.
    pub files: BTreeMap<String, Entry>,
}

/// A page that is being made.
pub struct Page {
    /// The repository.
    root: PathBuf,
    /// Where it is made.
    pub folder: PathBuf,
}

impl Page {
    /// An empty page.
    pub fn start(root: &Path) -> anyhow::Result<Self> {
        let folder = root.join("wasm/.dist.new");
        clear(&folder)?;
        fs::create_dir_all(&folder).with_context(|| cannot("create", &folder))?;
        Ok(Self { root: root.into(), folder })
    }

    /// Writes one file; folders are made on the way.
    pub fn write(&self, path: &str, contents: &[u8]) -> anyhow::Result<()> {
        let file = self.folder.join(path);
        fs::create_dir_all(file.parent().unwrap_or(&file))
            .with_context(|| cannot("create", &file))?;
        fs::write(&file, contents).with_context(|| cannot("write", &file))
    }

    /// Copies a file, or a folder with all that is in it.
    pub fn copy(&self, from: &Path, path: &str) -> anyhow::Result<()> {
        for (inside, file) in files(from)? {
            let path = if inside.is_empty() { path.to_owned() } else { join(path, &inside) };
            self.write(&path, &read(&file)?)?;
        }
        Ok(())
    }

    /// What the author wrote, with the fonts.
    pub fn add_shell(&self, pictures: &str, options: &Options) -> anyhow::Result<()> {
        let wasm = self.root.join("wasm");
        for entry in fs::read_dir(&wasm).with_context(|| cannot("list", &wasm))? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            if !SHELL.contains(&ending) || name == WORKER {
                continue;
            }
            let contents = read(&path)?;
            if ending == "html" {
                let text = String::from_utf8(contents).with_context(|| cannot("read", &path))?;
                let text =
                    text.replace("{{pictures}}", pictures).replace("{{site}}", &options.site);
                self.write(&name, text.as_bytes())?;
            } else {
                self.write(&name, &contents)?;
            }
        }
        for face in ["Inter-Regular.otf", "Inter-SemiBold.otf", "LICENSE-Inter.txt"] {
            self.copy(&self.root.join("assets/fonts").join(face), &join("fonts", face))?;
        }
        Ok(())
    }

    /// Writes the list of all files, and the service worker that carries it.
    pub fn describe(&self) -> anyhow::Result<List> {
        let mut listed = BTreeMap::new();
        for (path, file) in files(&self.folder)? {
            let contents = read(&file)?;
            let entry = Entry { bytes: contents.len() as u64, sha256: hash(&contents) };
            listed.insert(path, entry);
        }
        let worker = fs::read_to_string(self.root.join("wasm").join(WORKER))
            .context("cannot read wasm/sw.js")?;
        let mut names = hash(worker.as_bytes());
        for (path, entry) in &listed {
            names.push_str(&format!("\n{path} {}", entry.sha256));
        }
        let list = List { version: hash(names.as_bytes())[..16].into(), files: listed };
        let json = serde_json::to_string(&list)?;
        self.write(LIST, json.as_bytes())?;
        self.write(WORKER, format!("const BUILD = {json};\n{worker}").as_bytes())?;
        Ok(list)
    }

    /// Puts the page in the place of the last one.
    pub fn publish(self) -> anyhow::Result<PathBuf> {
        let (place, old) = (self.root.join("wasm/dist"), self.root.join("wasm/.dist.old"));
        clear(&old)?;
        if place.exists() {
            patiently(|| fs::rename(&place, &old)).with_context(|| cannot("replace", &place))?;
        }
        patiently(|| fs::rename(&self.folder, &place)).with_context(|| cannot("create", &place))?;
        clear(&old)?;
        Ok(place)
    }
}

/// Every file below `folder` (or the file itself, under an empty name), in order of names.
pub fn files(folder: &Path) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    if folder.is_file() {
        return Ok(BTreeMap::from([(String::new(), folder.into())]));
    }
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(|| cannot("list", folder))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for (inside, file) in files(&path)? {
            let name = if inside.is_empty() { name.clone() } else { join(&name, &inside) };
            found.insert(name, file);
        }
    }
    Ok(found)
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        return name.to_owned();
    }
    format!("{folder}/{name}")
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| cannot("read", path))
}

fn hash(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

fn cannot(action: &str, path: &Path) -> String {
    format!("cannot {action} {}", path.display())
}

/// Removes a folder with all that is in it, if it is there.
pub fn clear(folder: &Path) -> anyhow::Result<()> {
    match patiently(|| fs::remove_dir_all(folder)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| cannot("remove", folder))
        }
        _ => Ok(()),
    }
}
