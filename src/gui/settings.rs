//! What a person set: kept between runs, written into pictures, undone and redone.

use std::{collections::BTreeSet, ops::RangeInclusive};

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

    /// Whether a key rolls its seed: there has to be one, and no long measurement that would be lost.
    pub(super) fn rolls_by_key(self) -> bool {
        !matches!(self, Self::Paradox | Self::Training | Self::Models)
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
            Self::Solvers => "How fast each solver converges to its limit.",
            Self::Training => "Train a teacher and its students, and watch.",
            Self::Models => {
                "What each weights file says of itself, and whether it computes right here."
            }
        }
    }
}

/// Noises on screen, and noises behind the figures: a file or an address may ask for anything. Two at least make an
/// interval.
pub(super) const ROWS: RangeInclusive<usize> = 1..=16;
pub(super) const SAMPLES: RangeInclusive<usize> = 2..=1024;
/// Points for each of these noises, where models draw points: they are quick.
pub(super) const POINTS: usize = 8;
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
    /// When students take the second of two.
    pub second: Option<f64>,
    /// Whether the teacher in as few steps stands beside them.
    pub fast: bool,
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
            second: None,
            fast: false,
            trajectory: super::trajectory::Choice::default(),
            plane: PlaneSettings::default(),
            paradox: ParadoxSettings::default(),
            microscope: MicroscopeSettings::default(),
            training: Wishes::default(),
        }
    }
}

impl Settings {
    /// Lets what depends on the models follow them: others are coming.
    pub(crate) fn follow_models(&mut self) {
        (self.class, self.method, self.second) = (None, None, None);
        (self.intervals, self.guidance) = (None, None);
    }

    /// The intervals N of the teacher's solution that these settings ask of `set`.
    pub(super) fn intervals_of(&self, set: &SetCard) -> usize {
        within(self.intervals.unwrap_or(set.intervals), INTERVALS)
    }

    /// The teacher's solver: the chosen one where it fits the process of `set`.
    pub(super) fn method_of(&self, set: &SetCard) -> Method {
        self.method.filter(|method| set.solvers().contains(method)).unwrap_or(set.method)
    }

    /// The teacher's guidance: its models' own where there are no classes to lean to.
    pub(super) fn guidance_of(&self, set: &SetCard) -> f64 {
        self.guidance.filter(|_| set.classes > 0).unwrap_or(set.guidance)
    }

    /// The comparison that these settings ask of `set`.
    pub fn live(&self, set: &SetCard) -> Live {
        let intervals = self.intervals_of(set);
        // In order and once each, also where an address says otherwise.
        let fitting = self.steps.iter().copied().filter(|s| (1..intervals).contains(s));
        let steps: BTreeSet<usize> = fitting.chain([intervals]).collect();
        let samples = within(self.samples, SAMPLES);
        let few = steps.iter().copied().filter(|&s| self.fast && s < intervals && set.has_grid(s));
        Live {
            seed: Seed(self.seed),
            rows: within(self.rows, ROWS),
            samples: if set.shape.is_some() { samples } else { POINTS * samples },
            class: self.class.filter(|&class| class < set.classes),
            method: self.method_of(set),
            intervals,
            guidance: self.guidance_of(set),
            second: self.second.filter(|time| set.seconds().contains(time)),
            fast: few.collect(),
            steps: steps.into_iter().collect(),
        }
    }
}

/// The number of `range` that is nearest.
pub(super) fn within(number: usize, range: RangeInclusive<usize>) -> usize {
    number.clamp(*range.start(), *range.end())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::math::schedule::Process;

    /// What is known of models of the plane.
    pub(in crate::gui) fn ring() -> SetCard {
        SetCard {
            is_shipped: true,
            preset: "ring".into(),
            shape: None,
            classes: 2,
            process: Process::ScaledLinear,
            method: Method::Ddim,
            intervals: 50,
            guidance: 1.5,
            cards: Vec::new(),
        }
    }

    #[test]
    fn a_solver_that_does_not_fit_the_models_gives_way_to_theirs() {
        let settings = Settings { method: Some(Method::VpEuler), ..Settings::default() };
        let set = ring();
        assert_eq!(settings.live(&set).method, Method::VpEuler);
        let other = SetCard { process: Process::Edm, ..set };
        assert_eq!(settings.live(&other).method, Method::Ddim);
    }

    #[test]
    fn steps_that_no_grid_has_are_left_out_and_the_others_come_once_and_in_order() {
        let settings = Settings { steps: vec![4, 0, 1, 4, 70], ..Settings::default() };
        assert_eq!(settings.live(&ring()).steps, [1, 4, 50]);
    }

    #[test]
    fn the_teacher_in_few_steps_is_shown_where_it_is_asked_for_and_has_a_grid() {
        let settings = Settings { steps: vec![1, 3, 4], ..Settings::default() };
        assert!(settings.live(&ring()).fast.is_empty());
        let asked = Settings { fast: true, ..settings };
        assert_eq!(asked.live(&ring()).fast, [1, 4], "3 do not divide 1000");
        let edm = SetCard { process: Process::Edm, ..ring() };
        assert_eq!(asked.live(&edm).fast, [1, 3, 4]);
    }

    #[test]
    fn as_many_samples_are_drawn_as_are_asked_for_but_two_at_least() {
        let drawn =
            |samples| Settings { samples, ..Settings::default() }.live(&ring()).samples / POINTS;
        assert_eq!([0, 1, 2, 4, 5000].map(drawn), [2, 2, 2, 4, 1024]);
    }

    #[test]
    fn models_without_classes_keep_their_own_guidance() {
        let settings = Settings { guidance: Some(4.0), ..Settings::default() };
        assert_eq!(settings.live(&ring()).guidance, 4.0);
        assert_eq!(settings.live(&SetCard { classes: 0, ..ring() }).guidance, 1.5);
    }

    #[test]
    fn settings_survive_their_file_and_unknown_ones_are_refused() {
        let settings =
            Settings { class: Some(3), method: Some(Method::Ddim), seed: 7, ..Settings::default() };
        let text = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), settings);
        assert!(serde_json::from_str::<Settings>("{\"sede\": 1}").is_err());
    }
}
