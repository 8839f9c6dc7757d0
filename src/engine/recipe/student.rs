//! How students are trained: the paper's plain pair, and the strong student beside it.
//!
//! The strong one's table says only what differs, so that the pair stays fair and the gain has a cause.

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::{Optimisation, Recipe};
use crate::{
    consistency::Boundary,
    diffusion::Method,
    distill::{Horizon, Loss, Starts, Weighting},
    engine::StageName,
    store::Precision,
};

/// The students' training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudentRecipe {
    /// Optimiser.
    pub optimisation: Optimisation,
    /// The teacher's solver: one whose steps do not remember those before, as students learn from single steps.
    pub method: Method,
    /// Intervals N of the teacher's grid.
    pub intervals: usize,
    /// Guidance scale w.
    pub guidance: f64,
    /// The distance.
    pub loss: Loss,
    /// How f(x, 0) = x is built in.
    pub boundary: Boundary,
    /// Distinct draws; the training goes through them again and again. 0: every draw is new.
    pub bank: u64,
    /// Precision of cached solutions; states on the way, where other horizons end, are cached as f32.
    pub cache: Precision,
    /// Where the teacher's paths start.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub starts: Starts,
    /// What each sample counts for.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub weighting: Weighting,
    /// Whose weights it starts from.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub from: Forerunner,
    /// Lessons that share the steps evenly, one after another; none: the teacher's grid and the stage's horizon
    /// throughout.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub curriculum: Vec<Lesson>,
}

impl StudentRecipe {
    /// The teacher's solution that it is held against: solver, intervals N, guidance w.
    pub fn solution(&self) -> (Method, usize, f64) {
        (self.method, self.intervals, self.guidance)
    }

    /// As a table, with what files leave out as usual.
    pub(super) fn spelt_out(&self) -> Table {
        let value = |written: Result<Value, _>| written.expect("plain values");
        let mut table = Table::try_from(self).expect("plain values");
        let optimisation = table.get_mut("optimisation").and_then(Value::as_table_mut);
        let optimiser = value(Value::try_from(self.optimisation.optimiser));
        optimisation.expect("a table").insert("optimiser".into(), optimiser);
        table.insert("starts".into(), value(Value::try_from(self.starts)));
        table.insert("weighting".into(), value(Value::try_from(self.weighting)));
        table.insert("from".into(), value(Value::try_from(self.from)));
        table.insert("curriculum".into(), value(Value::try_from(&self.curriculum)));
        table
    }
}

/// Which paths of the teacher a part of the training learns from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// Intervals of the teacher's grid: a coarse one has few, long steps.
    pub intervals: usize,
    /// Teacher steps before the student's own output.
    pub horizon: Horizon,
}

/// Files that say nothing of a value were written before there was a choice.
pub(super) fn is_usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Whose weights a student starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Forerunner {
    /// The teacher's, as the paper's students do; random ones where the teacher is a formula.
    #[default]
    Teacher,
    /// The CM's: a horizon that grows, from one step to all.
    Cm,
    /// The Direct CM's.
    Direct,
}

impl Forerunner {
    /// The stage of that student; none of the teacher.
    pub fn stage(self) -> Option<StageName> {
        match self {
            Self::Teacher => None,
            Self::Cm => Some(StageName::Student(Horizon::CM)),
            Self::Direct => Some(StageName::Student(Horizon::Full)),
        }
    }
}

impl Recipe {
    /// How the student of `stage` is trained.
    pub fn student_of(&self, stage: StageName) -> &StudentRecipe {
        match (stage, &self.strong) {
            (StageName::Strong, Some(strong)) => strong,
            _ => &self.student,
        }
    }

    /// The lessons of the student of `stage`, at least one.
    pub fn lessons(&self, stage: StageName) -> Vec<Lesson> {
        let recipe = self.student_of(stage);
        if recipe.curriculum.is_empty() {
            let horizon = stage.horizon().expect("a student's stage");
            return vec![Lesson { intervals: recipe.intervals, horizon }];
        }
        recipe.curriculum.clone()
    }
}
