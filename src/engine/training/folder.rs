//! Runs on disk: which there are, what each wrote, its pictures.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, ErrorKind},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use image::RgbImage;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::record::{Record, Written, grid_of};
use crate::{
    engine::{LabError, Recipe, StageName},
    store::{RunFolder, StoreError, files_in},
};

/// Runs listed at most.
const MOST: usize = 100;

/// A run in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct RunCard {
    /// Its folder.
    pub path: PathBuf,
    /// The preset it began with.
    pub preset: String,
    /// Titles of the stages that are done.
    pub done: Vec<String>,
    /// When it last wrote its log, in seconds since 1970.
    pub changed_s: Option<u64>,
}

/// A line of the log.
#[derive(Deserialize)]
struct Line {
    stage: String,
    step: u64,
    time_s: f64,
    #[serde(flatten)]
    values: Map<String, Value>,
}

impl Record {
    /// What the run in `root` wrote so far; none where there is no run and one could begin.
    ///
    /// # Errors
    /// A folder with other files, a recipe that is none, a log that cannot be read.
    pub fn read(root: &Path) -> Result<Option<Self>, LabError> {
        let folder = RunFolder::at(root);
        if !folder.config().exists() {
            folder.refuse_foreign_files()?;
            return Ok(None);
        }
        let mut record = Self::new(root, Recipe::of_run(root)?);
        record.written = written(root); // before it is read: what comes meanwhile is news
        record.read_log(&folder.metrics())?;
        for path in files_in(&root.join("samples"))? {
            let Some((stage, grid)) = grid_of(&path) else { continue };
            // Later ones are of a training that was cut back, or begun anew; those of no stage are not ours.
            let found = record.stages.iter_mut().find(|known| known.name == stage);
            if let Some(stage) = found.filter(|stage| grid.step <= stage.step) {
                stage.show(grid);
            }
        }
        for name in folder.finished()? {
            record.finish(&name);
        }
        Ok(Some(record))
    }

    fn read_log(&mut self, path: &Path) -> Result<(), LabError> {
        let file = match File::open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            file => file.map_err(StoreError::io("open", path))?,
        };
        for line in BufReader::new(file).split(b'\n') {
            let line = line.map_err(StoreError::io("read", path))?;
            // A run that was killed, or that writes just now, may leave half a line at the end; a power cut any bytes.
            let Ok(line) = serde_json::from_slice::<Line>(&line) else { continue };
            let stage = self.stage_mut(&line.stage);
            stage.seconds = line.time_s;
            let values = line.values.iter().filter(|(name, _)| *name != "images");
            let numbers = values.filter_map(|(name, value)| Some((name.as_str(), value.as_f64()?)));
            stage.take(line.step, numbers);
        }
        Ok(())
    }
}

/// What a run wrote last; none where it wrote nothing.
pub(super) fn written(root: &Path) -> Option<Written> {
    let log = RunFolder::at(root).metrics();
    let places = [&log, &root.join("samples"), &root.join("weights")];
    let at =
        places.into_iter().filter_map(|path| fs::metadata(path).ok()?.modified().ok()).max()?;
    Some(Written { at, log_bytes: fs::metadata(&log).map_or(0, |about| about.len()) })
}

/// The runs in the folders right below `root`, those that changed last first.
pub(super) fn runs(root: &Path) -> Vec<RunCard> {
    let mut runs: Vec<RunCard> =
        // What cannot be listed is not there to be gone on with.
        files_in(root).unwrap_or_default().iter().filter_map(|path| card(path)).collect();
    runs.sort_by(|a, b| b.changed_s.cmp(&a.changed_s).then_with(|| a.path.cmp(&b.path)));
    runs.truncate(MOST);
    runs
}

fn card(path: &Path) -> Option<RunCard> {
    let folder = RunFolder::at(path);
    let recipe = Recipe::of_run(path).ok()?;
    let names = folder.finished().ok()?;
    let usual = StageName::ALL.map(StageName::file_name);
    let rank = |name: &String| usual.iter().position(|usual| usual == name).unwrap_or(usual.len());
    let mut done: Vec<&String> = names.iter().collect();
    done.sort_by_key(|name| rank(name));
    let written = [folder.metrics(), folder.config()];
    let changed_s = written.iter().find_map(|path| {
        let changed = fs::metadata(path).ok()?.modified().ok()?;
        Some(changed.duration_since(UNIX_EPOCH).ok()?.as_secs())
    });
    Some(RunCard {
        path: path.to_owned(),
        preset: recipe.name,
        done: done.into_iter().map(|name| StageName::title_of(name)).collect(),
        changed_s,
    })
}

/// A picture that a training wrote.
pub(super) fn picture(path: &Path) -> Result<RgbImage, String> {
    let decoded = image::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(decoded.to_rgb8())
}
