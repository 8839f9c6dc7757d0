//! What a student learns from, lesson by lesson: the teacher's grid, its paths and where they land.

use std::{fs, path::PathBuf};

use super::{
    Lab, LabError, StageName,
    model::Model,
    recipe::{Lesson, StudentRecipe},
};
use crate::{
    distill::{Distillation, Horizon, Paths, Starts, bank::Bank},
    math::{grid::TimeGrid, seed::Seed},
    store::{Precision, StoreError, TargetCache, atomic},
};

/// All students share their draws, so that they see the same data in the same order.
const STUDENT_DRAWS: u64 = 0x7374_7564;

/// A lesson with its grid, and its targets as far as they are solved.
pub(super) struct Prepared {
    grid: TimeGrid,
    horizon: Horizon,
    cache: Option<TargetCache>,
}

/// Number of the lesson that `step` of `steps` belongs to: they share the steps evenly.
pub(super) fn lesson_of(step: u64, steps: u64, lessons: usize) -> usize {
    let lesson = u128::from(step) * lessons as u128 / u128::from(steps.max(1));
    (lesson as usize).min(lessons - 1)
}

/// How targets of this horizon are kept; not at all where none is asked for twice.
fn precision(student: &StudentRecipe, horizon: Horizon) -> Option<Precision> {
    let StudentRecipe { bank, cache, optimisation, .. } = student;
    let draws = optimisation.steps.saturating_mul(optimisation.batch as u64);
    match horizon {
        _ if *bank == 0 => None,
        Horizon::Full => Some(*cache),
        // Where the teacher ends on the way is a state, of which the student itself is asked, and no bit of it is lost.
        Horizon::CM => (draws > *bank).then_some(Precision::F32),
        Horizon::Steps(_) | Horizon::Random => Some(Precision::F32),
    }
}

impl Lab<'_> {
    /// Refuses to begin where one of `stages` could not keep its targets: it may come hours after the others.
    pub fn require_targets(&self, stages: &[StageName]) -> Result<(), LabError> {
        let keeps_targets = |&stage: &StageName| {
            stage.horizon().is_some()
                && self.recipe.lessons(stage).iter().any(|lesson| {
                    precision(self.recipe.student_of(stage), lesson.horizon).is_some()
                })
                && !self.folder.weights(&stage.file_name()).exists()
        };
        if !stages.iter().any(keeps_targets) {
            return Ok(());
        }
        let root = self.targets();
        let made = fs::create_dir_all(&root).map_err(StoreError::io("create", &root));
        made.and_then(|()| atomic::check(&root.join("block"))).map_err(|error| {
            LabError::Request(format!(
                "{error}. The teacher's targets are kept beside the run: make that folder writable, or choose another \
                 place for the run; a new one can also do without (`bank = 0` of the student)"
            ))
        })
    }

    /// Where targets are kept, for all runs beside this one.
    fn targets(&self) -> PathBuf {
        // From the root on, for `.` has no parent.
        let run = std::path::absolute(self.folder.root()).unwrap_or_default();
        run.parent().unwrap_or(&run).join("targets")
    }

    /// What a lesson of `student` needs.
    pub(super) fn lesson(
        &self,
        lesson: Lesson,
        teacher: &Model,
        student: &StudentRecipe,
    ) -> Result<Prepared, LabError> {
        let grid = self.recipe.grid_of(lesson.intervals)?;
        let cache = self.target_cache(teacher, student, lesson)?;
        Ok(Prepared { grid, horizon: lesson.horizon, cache })
    }

    /// The draws of a lesson and where the teacher takes them.
    pub(super) fn bank<'b>(
        &'b self,
        distillation: &'b Distillation<'b>,
        student: &StudentRecipe,
        lesson: &'b Prepared,
    ) -> Bank<'b> {
        let process = self.recipe.model.process;
        let (starts, horizon) = (student.starts, lesson.horizon);
        Bank {
            distillation,
            data: self.data.train.as_ref(),
            paths: Paths { process, grid: &lesson.grid, starts, horizon },
            seed: Seed(self.recipe.seed ^ STUDENT_DRAWS),
            size: (student.bank > 0).then_some(student.bank),
            blocks: lesson.cache.as_ref().map(|cache| cache as _),
            held: None,
            stop: Some(self.cancel.flag()),
        }
    }

    /// Solved targets are shared by all runs beside this one with the same teacher, draws and lesson.
    fn target_cache(
        &self,
        teacher: &Model,
        student: &StudentRecipe,
        Lesson { intervals, horizon }: Lesson,
    ) -> Result<Option<TargetCache>, LabError> {
        let Some(precision) = precision(student, horizon) else { return Ok(None) };
        let key = self.target_key(&teacher.sha256, student, Lesson { intervals, horizon });
        let d = self.data.train.dims();
        Ok(Some(TargetCache::open(&self.targets(), &key, d, precision)?))
    }

    /// All that decides the targets.
    fn target_key(
        &self,
        teacher: &str,
        student: &StudentRecipe,
        Lesson { intervals, horizon }: Lesson,
    ) -> serde_json::Value {
        let mut key = serde_json::json!({
            "teacher": teacher,
            "data": self.data.record.sha256,
            "samples": self.data.train.len(),
            "background": self.recipe.data.background,
            "held_out_every": self.recipe.data.held_out_every,
            "seed": self.recipe.seed,
            "method": student.method,
            "intervals": intervals,
            "guidance": student.guidance,
            "horizon": StageName::Student(horizon).file_name(),
        });
        if student.starts != Starts::Uniform {
            key["starts"] = serde_json::to_value(student.starts).expect("plain values");
        }
        if self.opened.is_half {
            key["images"] = "f16".into();
        }
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        data::{Mixture, Points},
        diffusion::Method,
        engine::{Opened, Recipe, lab::tests::Workshop},
    };

    #[test]
    fn what_decides_the_draws_decides_the_cache() {
        let key = |set: &str| {
            let workshop = Workshop::new();
            let lab = workshop.lab("tiny", &[set]);
            let lesson = Lesson { intervals: 20, horizon: Horizon::Full };
            lab.target_key("sum", &lab.recipe.student, lesson)
        };
        let usual = key("student.optimisation.steps=1");
        assert_eq!(usual, key("student.optimisation.rate=0.5"), "what is drawn stays the same");
        for set in
            ["data.background=[1, 2, 3]", "data.held_out_every=13", "student.guidance=3", "seed=9"]
        {
            assert_ne!(usual, key(set), "{set}");
        }
    }

    #[test]
    fn no_two_ways_of_the_teacher_share_a_cache() {
        let half = Opened { is_half: true, ..Opened::cpu() };
        let workshop = Workshop::new();
        let mut lab = workshop.lab("ring", &[]);
        let student = lab.recipe.student.clone();
        let lesson = Lesson { intervals: 20, horizon: Horizon::Full };
        let mut keys = vec![
            lab.target_key("sum", &student, lesson),
            lab.target_key("another", &student, lesson),
            lab.target_key("sum", &student, Lesson { intervals: 10, ..lesson }),
            lab.target_key("sum", &student, Lesson { horizon: Horizon::CM, ..lesson }),
            lab.target_key("sum", &student, Lesson { horizon: Horizon::Random, ..lesson }),
        ];
        let method = StudentRecipe { method: Method::VpHeun, ..student.clone() };
        let starts = StudentRecipe { starts: Starts::Noise(0.5), ..student.clone() };
        keys.extend([method, starts].map(|student| lab.target_key("sum", &student, lesson)));
        // From here on one change comes upon another.
        lab.data.record.sha256 = "another".into();
        keys.push(lab.target_key("sum", &student, lesson));
        let mixture = Mixture::named("ring").unwrap();
        lab.data.train = Box::new(Points { mixture, seed: Seed(0), count: 10 });
        keys.push(lab.target_key("sum", &student, lesson));
        lab.opened = &half;
        keys.push(lab.target_key("sum", &student, lesson));
        for (i, key) in keys.iter().enumerate() {
            assert!(!keys[..i].contains(key), "{key}");
        }
    }

    #[test]
    fn a_single_step_is_kept_whole_and_only_where_it_is_drawn_again() {
        let of = |steps: u64, bank: u64, horizon| {
            let set =
                [format!("student.optimisation.steps={steps}"), format!("student.bank={bank}")];
            let recipe = Recipe::resolve("tiny", None, &set).unwrap();
            let batch = recipe.student.optimisation.batch as u64;
            assert!(256 % batch == 0, "so that a pass ends with a step");
            precision(&recipe.student, horizon)
        };
        let batch = Recipe::resolve("tiny", None, &[]).unwrap().student.optimisation.batch as u64;
        let pass = 256 / batch;
        assert_eq!(of(pass, 256, Horizon::CM), None);
        assert_eq!(of(pass + 1, 256, Horizon::CM), Some(Precision::F32));
        assert_eq!(of(i64::MAX.unsigned_abs(), 256, Horizon::CM), Some(Precision::F32));
        assert_eq!(of(pass, 256, Horizon::Random), Some(Precision::F32));
        assert_eq!(of(pass, 256, Horizon::Full), Some(Precision::F16));
        assert_eq!(of(pass, 0, Horizon::Full), None);
    }

    #[test]
    fn lessons_share_the_steps_evenly_and_in_order() {
        let of = |steps, lessons| (0..steps).map(move |step| lesson_of(step, steps, lessons));
        assert_eq!(of(6, 3).collect::<Vec<_>>(), [0, 0, 1, 1, 2, 2]);
        assert!(of(7, 3).is_sorted());
        assert_eq!(of(7, 3).next_back(), Some(2));
        assert!(of(5, 1).all(|lesson| lesson == 0));
        // A recipe may be lengthened: what comes after the last step is of the last lesson.
        assert_eq!(lesson_of(9, 6, 3), 2);
    }
}
