//! The run folder: where one training leaves its results, and what makes it resumable.
//!
//! ```text
//! .lock                                  held by the process that trains here
//! config.toml                            the resolved configuration; it decides what the run is
//! weights/{stage}.safetensors            finished weights
//! checkpoints/{stage}-{last,best}.*      training state
//! metrics.jsonl  tensorboard/{stage}/    the log, for programs and for people
//! samples/{stage}-{step}.png             grids from fixed noise
//! ```

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::{Table, Value};

use super::{MetricsLog, StoreError, atomic};

/// Which checkpoint of a stage.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Keep {
    /// The newest, to resume from.
    Last,
    /// The one with the best evaluation so far.
    Best,
}

/// The paths of one run; stages by their names in files. Naming a path touches nothing on disk.
#[derive(Clone, Debug)]
pub struct RunFolder {
    root: PathBuf,
    /// Locked while this value or a clone of it lives; none for reading.
    lock: Option<Arc<File>>,
}

impl RunFolder {
    /// The run in `root`, for reading: nothing is made or checked.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), lock: None }
    }

    /// Starts a run in `root` or goes on with the one there; refuses one of other settings, and one
    /// that another process has open.
    pub fn open(root: impl Into<PathBuf>, config: &Table) -> Result<Self, StoreError> {
        Self::open_but(root, config, &[])
    }

    /// [`RunFolder::open`], of a run whose settings may differ in these keys: from now on they are as in `config`.
    pub fn open_but(
        root: impl Into<PathBuf>,
        config: &Table,
        keys: &[&str],
    ) -> Result<Self, StoreError> {
        let mut run = Self::at(root);
        // Asked twice: a folder that is refused stays untouched, and until the lock is ours another
        // process may start a run there.
        run.check(config, keys)?;
        run.lock = Some(Arc::new(lock(&run.root)?));
        run.check(config, keys)?;
        run.prepare(config)?;
        Ok(run)
    }

    /// Refuses a folder that holds a run of settings other than these, but for some keys, or other files and no run.
    fn check(&self, config: &Table, but: &[&str]) -> Result<(), StoreError> {
        let path = self.config();
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return self.refuse_foreign_files();
            }
            read => read.map_err(StoreError::io("read", &path))?,
        };
        let found: Table = toml::from_str(&text).map_err(|error| {
            StoreError::Damaged(format!("not TOML: {}", error.message())).within(&path)
        })?;
        let mut keys = BTreeSet::new();
        collect_differences("", &found, config, &mut keys);
        keys.retain(|key| !but.contains(&key.as_str()));
        if keys.is_empty() {
            return Ok(());
        }
        if !self.is_begun()? {
            return if is_kin(&found, config) { Ok(()) } else { Err(self.not_a_run()) };
        }
        let (path, keys) = (self.root.clone(), keys.into_iter().collect());
        Err(StoreError::DifferentConfig { path, keys })
    }

    /// Whether something was trained here; a training that was refused leaves settings alone behind.
    fn is_begun(&self) -> Result<bool, StoreError> {
        let holds = |name: &str| -> Result<bool, StoreError> {
            let files = files_in(&self.root.join(name))?;
            Ok(!files.iter().all(|path| is_of_system(path)))
        };
        Ok(holds("weights")? || holds("checkpoints")? || self.metrics().exists())
    }

    /// Makes the folders, writes `config.toml` and clears away what a killed run left half-written.
    fn prepare(&self, config: &Table) -> Result<(), StoreError> {
        let text = toml::to_string_pretty(config)
            .map_err(|error| StoreError::Mismatch(format!("the settings are not TOML: {error}")))?;
        let make =
            |folder: &Path| fs::create_dir_all(folder).map_err(StoreError::io("create", folder));
        make(&self.root)?;
        // Before the other folders, so that a run killed right here is still known as a run.
        atomic::write(&self.config(), text.as_bytes())?;
        atomic::sweep(&self.root)?;
        for folder in ["weights", "checkpoints", "samples"].map(|name| self.root.join(name)) {
            make(&folder)?;
            atomic::sweep(&folder)?;
        }
        Ok(())
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The resolved configuration.
    pub fn config(&self) -> PathBuf {
        self.root.join("config.toml")
    }

    /// Finished weights of a stage.
    pub fn weights(&self, stage: &str) -> PathBuf {
        self.root.join("weights").join(format!("{stage}.safetensors"))
    }

    /// Names of the stages with finished weights, as in their files.
    pub fn finished(&self) -> Result<Vec<String>, StoreError> {
        let stage = |path: PathBuf| {
            let stage = path.file_name()?.to_str()?.strip_suffix(".safetensors")?;
            (!is_of_system(&path)).then(|| stage.to_owned())
        };
        Ok(files_in(&self.root.join("weights"))?.into_iter().filter_map(stage).collect())
    }

    /// The checkpoints of all stages.
    pub fn checkpoints(&self) -> Result<Vec<PathBuf>, StoreError> {
        let is_whole = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "safetensors");
        let mut paths = files_in(&self.root.join("checkpoints"))?;
        paths.retain(|path| is_whole(path) && !is_of_system(path));
        Ok(paths)
    }

    /// A checkpoint of a stage. One file should hold all of it: two cannot be replaced at once.
    pub fn checkpoint(&self, stage: &str, keep: Keep) -> PathBuf {
        let which = match keep {
            Keep::Last => "last",
            Keep::Best => "best",
        };
        self.root.join("checkpoints").join(format!("{stage}-{which}.safetensors"))
    }

    /// A grid of samples taken during training.
    pub fn samples(&self, stage: &str, step: u64) -> PathBuf {
        self.root.join("samples").join(format!("{stage}-{step:06}.png"))
    }

    /// The log in JSON lines, all stages in one file.
    pub fn metrics(&self) -> PathBuf {
        self.root.join("metrics.jsonl")
    }

    /// The folder of TensorBoard files; its stages show as runs over common axes.
    pub fn tensorboard(&self, stage: &str) -> PathBuf {
        self.root.join("tensorboard").join(stage)
    }

    /// Opens the log to go on after `step` of `stage`; later lines of that stage are cut off.
    pub fn log(&self, stage: &str, step: u64) -> Result<MetricsLog, StoreError> {
        MetricsLog::open(&self.metrics(), &self.tensorboard(stage), stage, step)
    }

    /// A folder without `config.toml` must be empty, what systems put there aside: nobody's pictures should end up
    /// between checkpoints.
    pub fn refuse_foreign_files(&self) -> Result<(), StoreError> {
        if files_in(&self.root)?.iter().all(|path| is_of_system(path)) {
            return Ok(());
        }
        Err(self.not_a_run())
    }

    fn not_a_run(&self) -> StoreError {
        StoreError::NotARun { path: self.root.clone() }
    }
}

/// Whether a file is hidden, or Windows' own notes about a folder: systems leave both by themselves.
fn is_of_system(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_note = |note: &str| name.eq_ignore_ascii_case(note);
    name.starts_with('.') || is_note("desktop.ini") || is_note("Thumbs.db")
}

/// Whether `found` is a run's settings, too: other programs keep a `config.toml` as well.
fn is_kin(found: &Table, config: &Table) -> bool {
    2 * config.keys().filter(|key| found.contains_key(*key)).count() > config.len()
}

/// What lies in a folder, sorted by name; nothing where there is no such folder.
pub fn files_in(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let paths = || -> io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
    };
    let mut paths = match paths() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        paths => paths.map_err(StoreError::io("list", folder))?,
    };
    paths.sort();
    Ok(paths)
}

/// The folder's lock file, locked.
fn lock(root: &Path) -> Result<File, StoreError> {
    fs::create_dir_all(root).map_err(StoreError::io("create", root))?;
    let file = atomic::lock_file(root).map_err(StoreError::io("open", &root.join(".lock")))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(StoreError::Busy { path: root.into() }),
        // Some file systems know no locks, and say so in many ways: training there is still better than none.
        Err(TryLockError::Error(_)) | Ok(()) => Ok(file),
    }
}

/// Adds the dotted names of what is in only one table, or different in both.
fn collect_differences(prefix: &str, a: &Table, b: &Table, keys: &mut BTreeSet<String>) {
    for key in a.keys().chain(b.keys()) {
        let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match (a.get(key), b.get(key)) {
            (Some(Value::Table(a)), Some(Value::Table(b))) => {
                collect_differences(&name, a, b, keys)
            }
            (a, b) if a == b => {}
            _ => {
                keys.insert(name);
            }
        }
    }
}

#[cfg(test)]
mod tests;
