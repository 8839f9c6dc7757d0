//! What a person set: kept between runs, written into pictures, undone and redone.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::{PlaneSettings, Wishes, microscope::MicroscopeSettings, paradox::ParadoxSettings};
use crate::{
    diffusion::Method,
    engine::worker::{Live, SetCard},
    math::seed::Seed,
    platform,
};

/// The views, in the order of their tabs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// Teacher and students from the same noise.
    #[default]
    Comparison,
    /// One noise along the ODE.
    Trajectory,
    /// Mixtures in the plane.
    Plane,
    /// ODE error against sample quality.
    Paradox,
    /// Solvers against a reference.
    Solvers,
    /// Runs.
    Training,
    /// What each model file says.
    Models,
}

impl View {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Comparison,
        Self::Trajectory,
        Self::Plane,
        Self::Paradox,
        Self::Solvers,
        Self::Training,
        Self::Models,
    ];

    /// Those that can be shown here: runs need folders.
    pub fn shown() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|view| *view != Self::Training || platform::HAS_FOLDERS)
    }

    /// The name on its tab.
    pub fn title(self) -> &'static str {
        match self {
            Self::Comparison => "Comparison",
            Self::Trajectory => "Trajectory",
            Self::Plane => "2-D",
            Self::Paradox => "Paradox",
            Self::Solvers => "Solvers",
            Self::Training => "Training",
            Self::Models => "Models",
        }
    }

    /// What it shows, in a sentence.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Comparison => "Teacher, CM and Direct CM from the same noise.",
            Self::Trajectory => {
                "One noise along the teacher's ODE, and what each student sees there."
            }
            Self::Plane => {
                "Mixtures in the plane, with an exact teacher and students distilled live."
            }
            Self::Paradox => "Solving the ODE better against making better samples.",
            Self::Solvers => "How fast each solver converges to the exact solution.",
            Self::Training => "Train a teacher and its students, and watch.",
            Self::Models => {
                "What each weights file says of itself, and whether it computes right here."
            }
        }
    }
}

/// Noises on screen, and noises behind the figures: a file or an address may ask for anything.
pub(super) const ROWS: RangeInclusive<usize> = 1..=16;
pub(super) const SAMPLES: RangeInclusive<usize> = 8..=1024;
/// Steps of a solver: as many as the scaled-linear process has times.
const INTERVALS: RangeInclusive<usize> = 1..=1000;

/// See the module. What is `None` follows the models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What is shown.
    pub view: View,
    /// The shipped models.
    pub preset: String,
    /// The noise's seed.
    pub seed: u64,
    /// Whether sampling again keeps the seed.
    pub keeps_seed: bool,
    /// Rows.
    pub rows: usize,
    /// Noises behind the figures.
    pub samples: usize,
    /// Only this class.
    pub class: Option<u32>,
    /// The teacher's solver.
    pub method: Option<Method>,
    /// Its intervals N.
    pub intervals: Option<usize>,
    /// Its guidance w.
    pub guidance: Option<f64>,
    /// Students' steps; N is added.
    pub steps: Vec<usize>,
    /// Of the trajectory.
    pub trajectory: super::trajectory::Choice,
    /// The mixture in the plane.
    pub plane: PlaneSettings,
    /// Of the plot of ODE error against sample quality.
    pub paradox: ParadoxSettings,
    /// Of the solvers beside their reference.
    pub microscope: MicroscopeSettings,
    /// What shall be trained.
    pub training: Wishes,
    /// What came with kept settings; a window takes it out when it opens.
    #[serde(skip)]
    pub left: Left,
}

/// What an earlier window left besides settings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Left {
    /// Seeds that were looked at, newest first.
    pub(super) seeds: Vec<u64>,
    /// What was not understood, in sentences.
    pub(super) complaints: Vec<String>,
}

impl Default for Settings {
    /// Digits from noise 1, as `compare` draws them.
    fn default() -> Self {
        Self {
            view: View::default(),
            preset: crate::engine::shipped::DEFAULT_MODELS.into(),
            seed: 1,
            keeps_seed: true,
            rows: 6,
            samples: 64,
            class: None,
            method: None,
            intervals: None,
            guidance: None,
            steps: vec![1, 2, 4],
            trajectory: super::trajectory::Choice::default(),
            plane: PlaneSettings::default(),
            paradox: ParadoxSettings::default(),
            microscope: MicroscopeSettings::default(),
            training: Wishes::default(),
            left: Left::default(),
        }
    }
}

impl Settings {
    /// The intervals N of the teacher's solution that these settings ask of `set`.
    pub(super) fn intervals_of(&self, set: &SetCard) -> usize {
        within(self.intervals.unwrap_or(set.intervals), INTERVALS)
    }

    /// The comparison that these settings ask of `set`.
    pub fn live(&self, set: &SetCard) -> Live {
        let intervals = self.intervals_of(set);
        let mut steps: Vec<usize> = self.steps.iter().copied().filter(|&s| s < intervals).collect();
        steps.push(intervals);
        let samples = within(self.samples, SAMPLES);
        Live {
            seed: Seed(self.seed),
            rows: within(self.rows, ROWS),
            samples: if set.shape.is_some() { samples } else { 8 * samples },
            class: self.class.filter(|&class| class < set.classes),
            method: self.method.unwrap_or(set.method),
            intervals,
            guidance: self.guidance.unwrap_or(set.guidance),
            steps,
        }
    }
}

/// The number of `range` that is nearest.
pub(super) fn within(number: usize, range: RangeInclusive<usize>) -> usize {
    number.clamp(*range.start(), *range.end())
}

/// States to go back to.
#[derive(Debug, Default)]
pub(super) struct History {
    past: Vec<Settings>,
    future: Vec<Settings>,
    /// The state that the last frame ended with.
    present: Option<Settings>,
    /// Seeds of earlier windows, newest first.
    pub(super) earlier: Vec<u64>,
}

/// Steps that are remembered.
const DEPTH: usize = 200;

impl History {
    /// Notes the state at a frame's end; `settled` where no pointer is down, so that a drag is one step.
    pub(super) fn note(&mut self, settings: &Settings, settled: bool) {
        let Some(present) = &mut self.present else {
            self.present = Some(settings.clone());
            return;
        };
        if settled && present != settings {
            self.past.push(std::mem::replace(present, settings.clone()));
            self.future.clear();
            if self.past.len() > DEPTH {
                self.past.remove(0);
            }
        }
    }

    /// The state before.
    pub(super) fn undo(&mut self) -> Option<Settings> {
        Self::step(&mut self.past, &mut self.future, &mut self.present)
    }

    /// The state that was undone last.
    pub(super) fn redo(&mut self) -> Option<Settings> {
        Self::step(&mut self.future, &mut self.past, &mut self.present)
    }

    pub(super) fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    pub(super) fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }

    /// Seeds that were set before, newest first, without `present`.
    pub(super) fn recent_seeds(&self, present: u64) -> Vec<u64> {
        let mut seeds = Vec::new();
        let past = self.past.iter().rev().map(|settings| settings.seed);
        for seed in past.chain(self.earlier.iter().copied()) {
            if seed != present && !seeds.contains(&seed) {
                seeds.push(seed);
            }
        }
        seeds.truncate(4);
        seeds
    }

    fn step(
        from: &mut Vec<Settings>,
        to: &mut Vec<Settings>,
        present: &mut Option<Settings>,
    ) -> Option<Settings> {
        let next = from.pop()?;
        to.extend(present.replace(next.clone()));
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed(seed: u64) -> Settings {
        Settings { seed, ..Settings::default() }
    }

    #[test]
    fn a_drag_is_undone_in_one_step_and_redone() {
        let mut history = History::default();
        history.note(&seed(1), true);
        history.note(&seed(2), false);
        history.note(&seed(3), false);
        history.note(&seed(3), true);
        assert_eq!(history.undo(), Some(seed(1)));
        assert_eq!(history.undo(), None);
        assert_eq!(history.redo(), Some(seed(3)));
        history.undo();
        history.note(&seed(9), true);
        assert!(!history.can_redo() && history.can_undo());
    }

    #[test]
    fn settings_survive_their_file_and_unknown_ones_are_refused() {
        let settings = Settings { class: Some(3), method: Some(Method::Ddim), ..seed(7) };
        let text = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), settings);
        assert!(serde_json::from_str::<Settings>("{\"sede\": 1}").is_err());
    }
}
