//! The log of a run: one JSON line a step for programs, TensorBoard scalars for people.
//!
//! Line: `{"stage":"cm","step":300,"images":9600,"time_s":12.5,"loss":0.02,...}`. A resumed run
//! first cuts the log back to its checkpoint, so that it ends with the lines of an uninterrupted one.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::tensorboard::{EventFile, Picture};
use super::{StoreError, atomic};
use crate::platform;

/// The open log of one stage.
#[derive(Debug)]
pub struct MetricsLog {
    stage: String,
    path: PathBuf,
    lines: File,
    events: EventFile,
}

impl MetricsLog {
    /// Opens the log to go on after `step` of `stage` (0: from the start): later lines of that
    /// stage are cut off. `lines` is the JSONL file, `events` the folder of TensorBoard files.
    pub fn open(lines: &Path, events: &Path, stage: &str, step: u64) -> Result<Self, StoreError> {
        truncate_after(lines, stage, step)?;
        let file = OpenOptions::new().create(true).append(true).open(lines);
        Ok(Self {
            stage: stage.to_owned(),
            path: lines.to_path_buf(),
            lines: file.map_err(StoreError::io("open", lines))?,
            events: EventFile::create(events, step)?,
        })
    }

    /// Appends one step: training samples seen, seconds of training, and named numbers.
    ///
    /// A number that is not finite is an error: it would be no JSON, and the training is lost.
    pub fn append(
        &mut self,
        step: u64,
        images: u64,
        time_s: f64,
        values: &[(&str, f64)],
    ) -> Result<(), StoreError> {
        let mut line = Map::new();
        line.insert("stage".to_owned(), json!(self.stage));
        line.insert("step".to_owned(), json!(step));
        line.insert("images".to_owned(), json!(images));
        line.insert("time_s".to_owned(), json!(time_s));
        for &(name, value) in values {
            if !value.is_finite() {
                return Err(StoreError::NotFinite { name: format!("{name} at step {step}") });
            }
            let earlier = line.insert(name.to_owned(), json!(value));
            assert!(earlier.is_none(), "a line of metrics names {name} only once");
        }
        let line = Value::Object(line).to_string() + "\n";
        // One write for one line: a killed run leaves at most one torn line, at the end.
        let written = self.lines.write_all(line.as_bytes());
        written.map_err(StoreError::io("append to", &self.path))?;
        self.events.scalars(step, values)
    }

    /// Adds a picture to the TensorBoard files.
    pub fn image(&mut self, step: u64, tag: &str, picture: Picture) -> Result<(), StoreError> {
        self.events.image(step, tag, picture)
    }

    /// Forces the lines to disk: before a checkpoint, which must not outlive them.
    pub fn sync(&self) -> Result<(), StoreError> {
        platform::sync(&self.lines).map_err(StoreError::io("sync", &self.path))
    }
}

/// What decides whether a line stays.
#[derive(Deserialize)]
struct Position {
    stage: String,
    step: u64,
}

/// Cuts a JSONL log back to `step` of `stage`, whole or not at all. Lines of other stages stay; a
/// torn line goes. A missing file is an empty log.
fn truncate_after(path: &Path, stage: &str, step: u64) -> Result<(), StoreError> {
    let log = match std::fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        read => read.map_err(StoreError::io("read", path))?,
    };
    let stays = |line: &&[u8]| match serde_json::from_slice::<Position>(line) {
        Ok(position) => position.stage != stage || position.step <= step,
        Err(_) => {
            tracing::warn!("dropped a torn line of {}", path.display());
            false
        }
    };
    let lines = log.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    let kept: Vec<u8> = lines.filter(stays).flat_map(|line| [line, b"\n"].concat()).collect();
    if kept == log { Ok(()) } else { atomic::write(path, &kept) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn open(folder: &Path, stage: &str, step: u64) -> MetricsLog {
        let events = folder.join("events").join(stage);
        MetricsLog::open(&folder.join("metrics.jsonl"), &events, stage, step).unwrap()
    }

    fn train(log: &mut MetricsLog, steps: std::ops::RangeInclusive<u64>) {
        for step in steps {
            log.append(step, step * 32, step as f64, &[("loss", 1.0 / step as f64)]).unwrap();
        }
    }

    fn lines(folder: &Path) -> String {
        fs::read_to_string(folder.join("metrics.jsonl")).unwrap()
    }

    #[test]
    fn a_line_holds_stage_step_images_time_and_values() {
        let folder = tempfile::tempdir().unwrap();
        open(folder.path(), "cm", 0).append(2, 64, 1.5, &[("loss", 0.25)]).unwrap();
        let expected = r#"{"stage":"cm","step":2,"images":64,"time_s":1.5,"loss":0.25}"#;
        assert_eq!(lines(folder.path()).trim_end(), expected);
    }

    #[test]
    fn a_killed_and_resumed_run_has_the_lines_of_an_uninterrupted_one() {
        let (killed, whole) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        train(&mut open(whole.path(), "teacher", 0), 1..=3);
        train(&mut open(whole.path(), "cm", 0), 1..=9);

        train(&mut open(killed.path(), "teacher", 0), 1..=3);
        train(&mut open(killed.path(), "cm", 0), 1..=6);
        let torn = lines(killed.path()) + r#"{"stage":"cm","step":7,"lo"#;
        fs::write(killed.path().join("metrics.jsonl"), torn).unwrap();
        // The last checkpoint was at step 4.
        train(&mut open(killed.path(), "cm", 4), 5..=9);
        assert_eq!(lines(killed.path()), lines(whole.path()));
    }

    #[test]
    fn a_stage_without_a_checkpoint_starts_over_and_leaves_the_others_alone() {
        let folder = tempfile::tempdir().unwrap();
        train(&mut open(folder.path(), "teacher", 0), 1..=2);
        let before = lines(folder.path());
        train(&mut open(folder.path(), "cm", 0), 1..=2);
        open(folder.path(), "cm", 0);
        assert_eq!(lines(folder.path()), before);
    }

    #[test]
    fn a_loss_that_is_not_finite_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = open(folder.path(), "cm", 0);
        let error = log.append(3, 96, 1.0, &[("loss", f64::NAN)]).unwrap_err();
        assert!(error.to_string().contains("loss at step 3"), "{error}");
        log.sync().unwrap();
        assert_eq!(lines(folder.path()), "");
    }
}
