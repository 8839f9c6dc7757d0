//! What a recipe must not say: values out of range, and values that do not go together.

use super::{Forerunner, Optimisation, Recipe, RecipeError, StudentRecipe};
use crate::{
    consistency::Boundary,
    diffusion::Method,
    distill::{Starts, bank::BLOCK, score::TimeSampling},
    math::schedule::Process,
    nn::features::FeatureConfig,
    platform,
    store::archive,
    train::Optimiser,
};

/// What a checkpoint holds of each weight, all of f32: itself, its average and both moments; and Muon's momentum.
const KEPT: u64 = 4;
const KEPT_BY_MUON: u64 = 5;

fn fail(key: &'static str, problem: &str) -> Result<(), RecipeError> {
    Err(RecipeError::Value { key, problem: problem.into() })
}

/// Why a solver cannot run on a process, if so.
pub fn method_problem(method: Method, process: Process) -> Option<&'static str> {
    let is_vp = matches!(method, Method::VpEuler | Method::VpHeun);
    (is_vp && process == Process::Edm).then_some(
        "vp-euler and vp-heun step through the scaled-linear process's time; for the process edm \
         choose ddim, edm-heun or dpm2m",
    )
}

impl Recipe {
    /// Refuses what cannot be trained, with a sentence that names the key.
    pub(in crate::engine) fn check(&self) -> Result<(), RecipeError> {
        // It is that of the folder of its runs.
        if self.name.is_empty() || self.name.starts_with('.') || self.name.contains(['/', '\\']) {
            return fail("name", "takes a name without slashes, which no dot begins");
        }
        if let Some(problem) = platform::name_problem(&self.name) {
            return fail("name", problem);
        }
        self.check_run()?;
        self.check_size()?;
        self.check_teacher()?;
        self.check_student()?;
        self.student.check_draws("student.bank", "student.starts")?;
        self.check_strong()?;
        self.check_output()?;
        self.teacher.optimisation.check("teacher.optimisation", self.teacher.exact)?;
        self.student.optimisation.check("student.optimisation", false)?;
        // Of the network's other values its data decide, and where it does not take them there is none.
        let features =
            FeatureConfig { channels: 1, size: 16, base: self.features.base, classes: 1 };
        if let Some(problem) = features.problem() {
            return fail("features.base", &problem);
        }
        self.features.optimisation.check("features.optimisation", false)
    }

    /// Refuses what cannot be run, as all weights must be that are opened: rules of training may be younger than they.
    pub(in crate::engine) fn check_run(&self) -> Result<(), RecipeError> {
        self.check_model()?;
        self.check_solution()
    }

    fn check_model(&self) -> Result<(), RecipeError> {
        if let Some(problem) = self.model.network.problem() {
            return fail("model.network", &problem);
        }
        if self.mixture().is_some() && self.model.network.dims() != 2 {
            return fail("model.network.inputs", "must be 2: a mixture has points in the plane");
        }
        if self.mixture().is_some() && self.model.network.classes() > 0 {
            return fail("model.network.classes", "must be 0: a mixture's points have no classes");
        }
        if !(self.model.sigma_data.is_finite() && self.model.sigma_data > 0.0) {
            return fail("model.sigma_data", "must be a positive number");
        }
        Ok(())
    }

    /// What the teacher solves, and what students are built on.
    fn check_solution(&self) -> Result<(), RecipeError> {
        let (student, process) = (&self.student, self.model.process);
        if let Err(problem) = self.grid() {
            return fail("student.intervals", &problem.to_string());
        }
        if let Some(problem) = method_problem(student.method, process) {
            return fail("student.method", problem);
        }
        match (student.boundary, process) {
            (Boundary::Edm, Process::ScaledLinear) => {
                return fail("student.boundary", "edm takes sigma for time: choose paper");
            }
            (Boundary::Paper, Process::Edm) => {
                return fail("student.boundary", "paper takes times up to 1000: choose edm");
            }
            _ => {}
        }
        if !(student.guidance.is_finite() && student.guidance >= 0.0) {
            return fail("student.guidance", "must be a number from 0 up");
        }
        Ok(())
    }

    /// What a checkpoint of the network has room for.
    fn check_size(&self) -> Result<(), RecipeError> {
        let (numbers, tensors) = (self.model.network.parameters(), self.model.network.tensors());
        let strong = self.strong.as_ref().map(|strong| strong.optimisation);
        let stages =
            [self.teacher.optimisation, self.student.optimisation].into_iter().chain(strong);
        let is_muon = stages.into_iter().any(|stage| stage.optimiser == Optimiser::Muon);
        let kept = if is_muon { KEPT_BY_MUON } else { KEPT };
        let most = archive::MAX_FILE / (4 * kept) - (1 << 20);
        if numbers > most {
            let problem = format!(
                "has {numbers} weights, at most {most} can be trained: a checkpoint holds each {kept} times, and \
                 files end at 2 GiB"
            );
            return fail("model.network", &problem);
        }
        let most = archive::MAX_TENSORS as u64 / kept;
        if tensors > most {
            let problem = format!(
                "has {tensors} tensors of weights, at most {most} can be trained: take fewer blocks or levels"
            );
            return fail("model.network", &problem);
        }
        Ok(())
    }

    fn check_teacher(&self) -> Result<(), RecipeError> {
        let teacher = self.teacher;
        if self.data.held_out_every < 2 {
            return fail("data.held_out_every", "must be at least 2");
        }
        if teacher.exact && self.mixture().is_none() {
            return fail(
                "teacher.exact",
                "only a mixture has an exact denoiser: to learn from images, choose a preset of images, such \
                 as emoji or digits",
            );
        }
        if !(0.0..1.0).contains(&teacher.label_drop) {
            return fail("teacher.label_drop", "must lie in [0, 1)");
        }
        if teacher.patience == Some(0) {
            return fail(
                "teacher.patience",
                "must be at least 1 measurement; leave it out for none",
            );
        }
        match teacher.times {
            TimeSampling::Uniform if self.model.process == Process::Edm => fail(
                "teacher.times",
                "uniform draws the scaled-linear process's time steps; for the process edm choose \
                 { log-normal = { mean = -1.2, std = 1.2 } }",
            ),
            TimeSampling::LogNormal { mean, std } if !is_log_normal(mean, std) => {
                fail("teacher.times", LOG_NORMAL_PROBLEM)
            }
            _ => Ok(()),
        }
    }

    fn check_student(&self) -> Result<(), RecipeError> {
        let student = &self.student;
        if student.method.has_memory() {
            return fail(
                "student.method",
                "dpm2m remembers the step before, which the single steps that students learn from do \
                 not have: choose ddim or edm-heun",
            );
        }
        // Without classes guidance does nothing; those of images are known with its data only.
        let is_guided =
            student.guidance != 1.0 && self.model.network.image().is_some() && !self.teacher.exact;
        if is_guided && self.teacher.label_drop == 0.0 {
            return fail(
                "student.guidance",
                "other than 1 it needs the null label, which is never trained with \
                 teacher.label_drop = 0: choose 0.1",
            );
        }
        if !student.curriculum.is_empty() {
            return fail("student.curriculum", "is none: only [strong] learns in lessons");
        }
        if student.from != Forerunner::Teacher {
            return fail(
                "student.from",
                "is the teacher: only [strong] starts from other students",
            );
        }
        Ok(())
    }

    fn check_strong(&self) -> Result<(), RecipeError> {
        let Some(strong) = &self.strong else { return Ok(()) };
        let pair = &self.student;
        for (key, is_same) in [
            ("strong.method", strong.method == pair.method),
            ("strong.intervals", strong.intervals == pair.intervals),
            ("strong.guidance", strong.guidance == pair.guidance),
            ("strong.boundary", strong.boundary == pair.boundary),
        ] {
            if !is_same {
                let problem = "is that of [student], as all students of a teacher are held against one \
                               solution: set both";
                return fail(key, problem);
            }
        }
        strong.check_draws("strong.bank", "strong.starts")?;
        if strong.curriculum.len() as u64 > strong.optimisation.steps {
            return fail("strong.curriculum", "has more lessons than there are steps");
        }
        for lesson in &strong.curriculum {
            if let Err(problem) = self.grid_of(lesson.intervals) {
                return fail("strong.curriculum", &problem.to_string());
            }
        }
        strong.optimisation.check("strong.optimisation", false)
    }

    fn check_output(&self) -> Result<(), RecipeError> {
        let output = self.output;
        if [output.log_every, output.checkpoint_every, output.sample_every].contains(&0) {
            return fail("output", "every interval must be at least 1 step");
        }
        if output.samples == 0 || output.samples > 1024 {
            return fail("output.samples", "must lie in 1..=1024");
        }
        Ok(())
    }
}

impl StudentRecipe {
    fn check_draws(&self, bank: &'static str, starts: &'static str) -> Result<(), RecipeError> {
        if !self.bank.is_multiple_of(BLOCK) {
            return fail(bank, "must be a multiple of 256, or 0 for no bank");
        }
        match self.starts {
            Starts::Noise(share) if !(0.0..=1.0).contains(&share) => {
                fail(starts, "the share that starts at noise must lie in [0, 1]")
            }
            Starts::LogNormal { mean, std } if !is_log_normal(mean, std) => {
                fail(starts, LOG_NORMAL_PROBLEM)
            }
            _ => Ok(()),
        }
    }
}

/// Whether there is such a distribution.
fn is_log_normal(mean: f64, std: f64) -> bool {
    mean.is_finite() && std.is_finite() && std > 0.0
}

const LOG_NORMAL_PROBLEM: &str = "log-normal needs a finite mean and a positive std";

impl Optimisation {
    /// `may_be_empty`: where nothing is trained, the steps are not used.
    fn check(&self, key: &'static str, may_be_empty: bool) -> Result<(), RecipeError> {
        let sound = (self.steps > 0 || may_be_empty)
            && self.batch > 0
            && self.batch <= 4096
            && self.rate > 0.0
            && self.rate.is_finite()
            && (0.0..1.0).contains(&self.ema)
            && self.weight_decay >= 0.0
            && self.weight_decay.is_finite()
            && self.clip > 0.0
            && self.clip.is_finite();
        if sound {
            return Ok(());
        }
        let problem = "needs steps from 1 up, a batch of 1..=4096, a positive rate and clip (1e9 \
                       clips nothing), an ema in [0, 1) and a weight_decay from 0 up, all finite";
        fail(key, problem)
    }
}
