//! What students are to beat: their teacher in few steps of a solver.

use crate::{
    diffusion::Method,
    engine::{
        LabError, Recipe,
        recipe::method_problem,
        report::{self, Line},
    },
    math::grid::TimeGrid,
};

/// The teacher in so many steps of a solver, from the noise of its whole solution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// The solver.
    pub method: Method,
    /// Intervals of its grid.
    pub steps: usize,
}

impl Baseline {
    /// Its grid for a teacher of `recipe`; an error where the solver or the steps do not fit its process.
    pub(super) fn grid(self, recipe: &Recipe) -> Result<TimeGrid, LabError> {
        let problem = match method_problem(self.method, recipe.model.process) {
            Some(problem) => problem.to_owned(),
            None => match recipe.grid_of(self.steps) {
                Ok(grid) => return Ok(grid),
                Err(error) => error.to_string(),
            },
        };
        let (title, steps) = (self.method.title(), report::steps(self.steps));
        Err(LabError::Request(format!("the baseline {title} in {steps}: {problem}")))
    }
}

/// What a student is said to be held against: the teacher by its name, a baseline by its steps, too.
pub(super) fn name(teacher: &Line, other: &Line) -> String {
    match other.model == teacher.model {
        true => other.model.clone(),
        false => format!("{}, {}", other.model, report::steps(other.steps)),
    }
}

#[cfg(test)]
mod tests {
    use burn::prelude::Device;

    use super::*;
    use crate::{
        engine::{
            Cancel, Event,
            compare::{self, Comparison},
            shipped::ModelSet,
        },
        math::{schedule::Process, seed::Seed},
    };

    #[test]
    fn the_teacher_in_few_steps_is_measured_as_students_are_and_they_are_held_against_it() {
        let (device, cancel) = (Device::flex(), Cancel::default());
        let set = pollster::block_on(ModelSet::shipped("ring", &device)).expect("ring");
        let few = |method, steps| Baseline { method, steps };
        let baselines = vec![few(Method::Dpm2m, 10), few(Method::Ddim, 10), few(Method::Ddim, 100)];
        let comparison = Comparison { baselines, ..Comparison::new(Seed(1), 64) };
        let mut heard = |_: Event| ();
        let found = compare::run(&set, &comparison, None, &device, "CPU", &cancel, &mut heard);
        let report = pollster::block_on(found).expect("measured").0;
        let sampler = |line: &Line| (line.model.clone(), line.steps, line.evaluations);
        let samplers: Vec<_> = report.lines[..5].iter().map(sampler).collect();
        let expected = [
            ("Teacher", 100, 100),
            ("DPM-Solver++(2M)", 10, 10),
            ("DDIM", 10, 10),
            ("DDIM", 100, 100),
            ("CM", 1, 1),
        ];
        assert_eq!(
            samplers,
            expected.map(|(model, steps, calls)| (model.to_owned(), steps, calls))
        );
        let error = |line: usize| report.lines[line].ode.expect("a distance").squared.mean;
        assert!(error(1) < error(2), "{} by DPM-Solver++, {} by DDIM", error(1), error(2));
        assert_eq!(error(3), 0.0, "the teacher's own solution");
        let less: Vec<_> = report.differences.iter().filter(|found| found.model == "CM").collect();
        let names: Vec<_> = less.iter().map(|found| found.less.as_str()).collect();
        assert_eq!(names, ["DPM-Solver++(2M), 10 steps", "DDIM, 10 steps", "DDIM, 100 steps"]);
        let apart = less[0].figures["ode"].mean;
        assert!((apart - (error(4) - error(1))).abs() < 1e-9, "{apart}");
    }

    #[test]
    fn a_baseline_that_does_not_fit_is_refused_by_its_name() {
        let mut recipe = Recipe::resolve("ring", None, &[]).expect("ring");
        let refused = |method, steps, recipe: &Recipe| {
            Baseline { method, steps }.grid(recipe).expect_err("refused").to_string()
        };
        let found = refused(Method::Dpm2m, 3, &recipe);
        assert!(found.contains("the baseline DPM-Solver++(2M) in 3 steps: a grid of 3"), "{found}");
        recipe.model.process = Process::Edm;
        let found = refused(Method::VpHeun, 4, &recipe);
        assert!(found.contains("the baseline Heun in time in 4 steps: vp-euler"), "{found}");
    }
}
