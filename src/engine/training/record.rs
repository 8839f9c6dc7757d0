//! What is known of a run: its recipe, and each stage's curves, sample grids and standing.
//!
//! A record is read from the run's folder and kept up to date by the events of its training, so that both
//! tell the same.

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::series::Series;
use crate::engine::{Event, Recipe, StageName, stage::Numbers};

/// A run.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its folder.
    pub root: PathBuf,
    /// What decides it.
    pub recipe: Recipe,
    /// Its stages, in the order of training.
    pub stages: Vec<StageRecord>,
    /// The stage heard of last.
    pub current: Option<String>,
    /// What its files were when they were read; none where there were none.
    pub written: Option<Written>,
}

/// What tells whether a run wrote something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// When a number, a picture or weights came last.
    pub at: SystemTime,
    /// How long the log is: while it is open, Windows may leave its time as it was.
    pub log_bytes: u64,
}

/// A stage of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StageRecord {
    /// The name in files and logs.
    pub name: String,
    /// Which stage; none of what this version does not know, which is taken for a student.
    pub stage: Option<StageName>,
    /// The name for people.
    pub title: String,
    /// Steps done, as far as the log says.
    pub step: u64,
    /// Steps in all; 0 where nothing is trained.
    pub steps: u64,
    /// Whether its weights are there.
    pub is_done: bool,
    /// Seconds of training.
    pub seconds: f64,
    /// Quantities by their names in the log.
    pub curves: BTreeMap<String, Series>,
    /// Pictures of samples, by rising step.
    pub grids: Vec<Grid>,
}

/// A picture of samples from the fixed noise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// When it was taken.
    pub step: u64,
    /// Where it lies.
    pub path: PathBuf,
}

impl StageRecord {
    fn new(name: &str, recipe: &Recipe) -> Self {
        let stage = StageName::parse(name).ok();
        let usual = Some(recipe.student.optimisation);
        let optimisation = stage.map_or(usual, |stage| recipe.optimisation_of(stage));
        Self {
            name: name.to_owned(),
            stage,
            title: StageName::title_of(name),
            steps: optimisation.map_or(0, |optimisation| optimisation.steps),
            ..Self::default()
        }
    }

    /// The points of a quantity; none where it was never logged.
    pub fn curve(&self, name: &str) -> &[[f64; 2]] {
        self.curves.get(name).map_or(&[], Series::points)
    }

    /// The share of the steps that is done.
    pub fn share(&self) -> f32 {
        if self.is_done { 1.0 } else { self.step as f32 / self.steps.max(1) as f32 }
    }

    /// Whether it was begun.
    pub fn is_begun(&self) -> bool {
        self.is_done || self.step > 0
    }

    /// Takes numbers of `step`.
    pub(super) fn take<'a>(&mut self, step: u64, values: impl IntoIterator<Item = (&'a str, f64)>) {
        self.step = self.step.max(step);
        for (name, value) in values {
            self.curves.entry(name.to_owned()).or_default().push(step, value);
        }
    }

    /// Takes a picture; a newer one of the same step replaces the older.
    pub(super) fn show(&mut self, grid: Grid) {
        self.grids.retain(|other| other.step != grid.step);
        let place = self.grids.partition_point(|other| other.step < grid.step);
        self.grids.insert(place, grid);
    }

    fn go_on_from(&mut self, step: u64) {
        self.step = step;
        self.curves.values_mut().for_each(|curve| curve.cut(step));
        self.grids.retain(|grid| grid.step <= step);
    }
}

/// Stage and step of a picture's name, `cm-000500.png`.
pub(super) fn grid_of(path: &Path) -> Option<(String, Grid)> {
    let name = path.file_name()?.to_str()?.strip_suffix(".png")?;
    let (stage, step) = name.rsplit_once('-')?;
    Some((stage.to_owned(), Grid { step: step.parse().ok()?, path: path.to_owned() }))
}

impl Record {
    /// A run of which nothing happened yet.
    pub(super) fn new(root: &Path, recipe: Recipe) -> Self {
        let has_features = recipe.feature_config().is_some_and(|config| config.is_ok());
        let stages = StageName::of(&recipe).into_iter();
        let stages = stages.filter(|&name| has_features || name != StageName::Features);
        let stages = stages.map(|name| StageRecord::new(&name.file_name(), &recipe)).collect();
        Self { root: root.to_owned(), recipe, stages, current: None, written: None }
    }

    /// The stage called `name`, if it is known.
    pub fn stage(&self, name: &str) -> Option<&StageRecord> {
        self.stages.iter().find(|stage| stage.name == name)
    }

    /// The stage heard of last.
    pub fn current(&self) -> Option<&StageRecord> {
        self.stage(self.current.as_deref()?)
    }

    /// Samples of the teacher's final weights: those of its best look, where it has patience.
    pub fn solutions(&self) -> Option<&Grid> {
        let teacher = self.stage("teacher")?;
        let losses = teacher.curve("validation_loss").iter();
        let best = losses.min_by(|a, b| a[1].total_cmp(&b[1])).map(|point| point[0] as u64);
        let best = best.filter(|_| self.recipe.teacher.patience.is_some());
        teacher.grids.iter().find(|grid| Some(grid.step) == best).or(teacher.grids.last())
    }

    /// Whether there is a teacher with a student to show beside it.
    pub fn is_comparable(&self) -> bool {
        let is_done = |stage: &StageRecord| stage.is_done;
        let is_student = |stage: &&StageRecord| match stage.stage {
            Some(StageName::Features | StageName::Teacher) => false,
            Some(StageName::Student(_) | StageName::Strong) | None => true,
        };
        self.stage("teacher").is_some_and(is_done)
            && self.stages.iter().filter(is_student).any(is_done)
    }

    /// The stage called `name`, added where it is not one of the usual.
    pub(super) fn stage_mut(&mut self, name: &str) -> &mut StageRecord {
        let found = self.stages.iter().position(|stage| stage.name == name);
        let at = found.unwrap_or_else(|| {
            self.stages.push(StageRecord::new(name, &self.recipe));
            self.stages.len() - 1
        });
        &mut self.stages[at]
    }

    /// Takes what the training tells.
    pub fn hear(&mut self, event: &Event) {
        match event {
            Event::Stage { name, step, .. } => {
                self.stage_mut(name).go_on_from(*step);
                self.current = Some(name.clone());
            }
            Event::Done { name } => self.finish(name),
            Event::Step { step, loss, gradient_norm, seconds, .. } => {
                let values = [("loss", *loss), ("gradient_norm", *gradient_norm)];
                self.note(*step, values.map(|(name, value)| (name, f64::from(value))));
                if let Some(name) = &self.current {
                    let name = name.clone();
                    self.stage_mut(&name).seconds = *seconds;
                }
            }
            Event::Measured { step, values } => self.measured(*step, values),
            Event::Saved { what: "samples", path } => {
                if let Some((stage, grid)) = grid_of(path) {
                    self.stage_mut(&stage).show(grid);
                }
            }
            Event::Saved { what: "weights", path } => {
                if let Some(name) = path.file_stem().and_then(|name| name.to_str()) {
                    self.finish(name);
                }
            }
            Event::Saved { .. } | Event::Part { .. } | Event::Note(_) => {}
        }
    }

    fn measured(&mut self, step: u64, values: &Numbers) {
        self.note(step, values.iter().map(|(name, value)| (name.as_str(), *value)));
    }

    fn note<'a>(&mut self, step: u64, values: impl IntoIterator<Item = (&'a str, f64)>) {
        if let Some(name) = self.current.clone() {
            self.stage_mut(&name).take(step, values);
        }
    }

    pub(super) fn finish(&mut self, name: &str) {
        let stage = self.stage_mut(name);
        stage.is_done = true;
        // It may have ended early. Weights alone, without a log, tell no step.
        if stage.step == 0 {
            stage.step = stage.steps;
        }
    }
}

/// `folder-2`, or the first number that is free.
pub fn free_folder(folder: &Path) -> PathBuf {
    // `.` is named by where it is.
    let whole = std::path::absolute(folder).unwrap_or_default();
    let folder = if folder.file_name().is_some() { folder } else { &whole };
    let numbered = |number: u64| {
        let mut name = folder.file_name().unwrap_or_default().to_owned();
        name.push(format!("-{number}"));
        folder.with_file_name(name)
    };
    (2..).map(numbered).find(|path| !path.exists()).expect("some number is free")
}

/// Where a run of `preset` goes without more.
pub fn usual_folder(preset: &str) -> PathBuf {
    Path::new("runs").join(preset)
}
