//! What a stage learns from: data, and weights of stages before it.
//!
//! Data and weights are files, which may be others by the time that a run is gone on with.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Lab, LabError, StageName, model::Model, recipe::Forerunner};
use crate::store::{Archive, Keep, Manifest, archive, digest::sha256_of_file};

/// What a student of other models than there are now was trained from.
const OTHER_WEIGHTS: &str = "other weights of a stage before";

/// What a training was begun with: a checkpoint is not gone on from with anything else.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// SHA-256 of the data.
    pub data: String,
    /// SHA-256 of the teacher's weights, and of those of the student that this one starts from.
    pub weights: Vec<String>,
}

/// What a checkpoint says of it; those of the first versions do not.
#[derive(Serialize, Deserialize)]
pub(super) struct Begun {
    #[serde(default)]
    pub(super) origin: Option<Origin>,
}

impl Origin {
    /// What of it is not `other`'s, if anything.
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        match (self.data == other.data, self.weights == other.weights) {
            (false, _) => Some("other data"),
            (_, false) => Some(OTHER_WEIGHTS),
            _ => None,
        }
    }
}

/// Refuses the file at `path`, which is of other things than there are.
pub(super) fn refusal(path: &Path, difference: &str) -> LabError {
    LabError::Request(format!(
        "{} was trained from {difference} than there are now: bring those back, or move this file away to \
         train the stage anew",
        path.display()
    ))
}

impl Lab<'_> {
    /// Holds the finished weights of `stage` to what there is now. A student is of the models beside it and of their
    /// data, or refused; of a teacher and of features, which may be another run's, a sentence says what they are of.
    pub(super) fn finished(&self, stage: StageName) -> Result<Option<String>, LabError> {
        let path = self.folder.weights(&stage.file_name());
        let manifest = Archive::<Manifest>::read(&path)?.manifest;
        if stage.horizon().is_none() {
            return Ok(self.warning_of_data(&stage.file_name(), &manifest));
        }
        let mut now = Origin { data: self.data.record.sha256.clone(), weights: Vec::new() };
        let mut learnt = now.clone();
        if let Some(data) = manifest.data {
            learnt.data = data.sha256;
        }
        let teacher = self.folder.weights("teacher");
        if teacher.exists() {
            now.weights.push(sha256_of_file(&teacher)?);
            learnt.weights.extend(manifest.parent);
        }
        let difference = match learnt.difference(&now) {
            None => self.change_before(stage)?,
            found => found,
        };
        difference.map_or(Ok(None), |difference| Err(refusal(&path, difference)))
    }

    /// What is otherwise where the student that `stage` went on from is another one now: as far as its last checkpoint,
    /// which alone knows that, is still there.
    fn change_before(&self, stage: StageName) -> Result<Option<&'static str>, LabError> {
        let Some(before) = self.recipe.student_of(stage).from.stage() else { return Ok(None) };
        let before = self.folder.weights(&before.file_name());
        let checkpoint = self.folder.checkpoint(&stage.file_name(), Keep::Last);
        if !before.exists() || !checkpoint.exists() {
            return Ok(None);
        }
        let Begun { origin } = Archive::read(&checkpoint)?.manifest;
        let Some(learnt) = origin else { return Ok(None) };
        let now = sha256_of_file(&before)?;
        Ok((learnt.weights.last() != Some(&now)).then_some(OTHER_WEIGHTS))
    }

    /// The teacher of this run.
    pub fn teacher(&self) -> Result<Model, LabError> {
        let mut teacher = self.trained(StageName::Teacher)?;
        if !teacher.recipe.has_model_of(&self.recipe) {
            return Err(LabError::Request(format!(
                "{} is of another model than this run's recipe says (table [model], or the mixture): \
                 take over the teacher's own, which `skipstone info --json` prints",
                self.folder.weights("teacher").display()
            )));
        }
        let is_guided = self.recipe.student.guidance != 1.0 && teacher.classes() > 0;
        if is_guided && !self.recipe.teacher.exact && teacher.recipe.teacher.label_drop == 0.0 {
            return Err(LabError::Request(format!(
                "{} was trained with teacher.label_drop = 0 and so never without a label, which guidance \
                 needs: set student.guidance=1",
                self.folder.weights("teacher").display()
            )));
        }
        // It may have been trained under a recipe that solves otherwise: students learn this one's.
        teacher.recipe.student = self.recipe.student.clone();
        Ok(teacher)
    }

    /// What `stage`, which a student builds on, has left.
    fn trained(&self, stage: StageName) -> Result<Model, LabError> {
        let name = stage.file_name();
        let path = self.folder.weights(&name);
        if !path.exists() {
            return Err(LabError::Request(format!(
                "this student needs the weights of the stage {name}, and {} does not exist: train that \
                 stage first, or take it over by `train --from`",
                path.display()
            )));
        }
        let mut model = Model::from_bytes(&archive::read_bounded(&path)?, self.device())?;
        model.in_half(self.opened.is_half);
        Ok(model)
    }

    /// A sentence where the model `name` learnt from other data than this run's, or from another part of it.
    pub(super) fn warning_of_data(&self, name: &str, manifest: &Manifest) -> Option<String> {
        let difference = self.data.difference(manifest.data.as_ref()?)?;
        Some(format!("{name}: learnt from {difference}"))
    }

    /// The student that another one starts from; none where that is the teacher.
    pub(super) fn forerunner(
        &self,
        from: Forerunner,
        teacher: &Model,
    ) -> Result<Option<Model>, LabError> {
        let student = from.stage().map(|stage| self.trained(stage)).transpose()?;
        if let Some(student) = &student {
            student.require_parent(teacher)?;
        }
        Ok(student)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        distill::Horizon,
        engine::{Cancel, Event, Opened, Recipe, lab::tests::Workshop, shipped},
        store::manifest::weights_precision,
    };

    /// The shipped emoji teacher in a run of the emoji's recipe with one value changed.
    fn teacher_in_a_run_with(set: &str) -> Result<Model, LabError> {
        let workshop = Workshop::new();
        let lab = workshop.lab("emoji", &[set]);
        let bytes = shipped::bytes("emoji", "teacher").unwrap();
        std::fs::write(lab.folder.weights("teacher"), bytes).unwrap();
        lab.teacher()
    }

    #[test]
    fn a_teacher_of_another_recipe_is_learnt_as_this_one_says() {
        let teacher = teacher_in_a_run_with("student.guidance=3").unwrap();
        assert_eq!(teacher.teacher().unwrap().scale, 3.0);
        assert!(teacher_in_a_run_with("model.network.dropout=0.2").is_ok());
    }

    #[test]
    fn a_teacher_of_another_model_is_refused() {
        for set in ["model.prediction=eps", "model.network.heads=2", "model.sigma_data=0.6"] {
            let error = teacher_in_a_run_with(set).err().expect(set).to_string();
            assert!(error.contains("another model"), "{error}");
        }
    }

    #[test]
    fn a_teacher_that_never_saw_a_missing_label_guides_nobody() {
        let set = ["teacher.label_drop=0", "student.guidance=1", "model.network.classes=2"];
        let workshop = Workshop::new();
        let mut lab = workshop.lab("tiny", &set);
        lab.recipe.teacher.optimisation.steps = 1;
        pollster::block_on(lab.train(StageName::Teacher, &mut |_| ())).unwrap();
        assert!(lab.teacher().is_ok());
        (lab.recipe.teacher.label_drop, lab.recipe.student.guidance) = (0.1, 2.0);
        let error = lab.teacher().err().expect("refused").to_string();
        assert!(error.contains("student.guidance=1"), "{error}");
    }

    #[test]
    fn finished_weights_of_a_student_are_held_to_the_teacher_and_the_data_beside_them() {
        let workshop = Workshop::new();
        let lab = workshop.lab("ring", &[]);
        let put = |name: &str| {
            let bytes = shipped::bytes("ring", name).unwrap();
            std::fs::write(lab.folder.weights(name), bytes).unwrap();
        };
        let change = |name: &str, change: fn(&mut Manifest)| {
            let mut file = Archive::<Manifest>::read(&lab.folder.weights(name)).unwrap();
            change(&mut file.manifest);
            file.write(&lab.folder.weights(name), weights_precision).unwrap();
        };
        let train = |stage: StageName| {
            let mut told = Vec::new();
            let ended = pollster::block_on(lab.train(stage, &mut |event| told.push(event)));
            ended.map(|()| told).map_err(|error| error.to_string())
        };
        let cm = StageName::Student(Horizon::CM);
        let other_data = |manifest: &mut Manifest| {
            manifest.data.as_mut().unwrap().sha256 = "other".into();
        };

        ["teacher", "cm"].into_iter().for_each(put);
        assert!(
            matches!(train(cm).unwrap()[..], [Event::Done { .. }]),
            "shipped weights are taken"
        );
        change("cm", other_data);
        assert!(train(cm).unwrap_err().contains("from other data than there are now"));
        put("cm");
        change("teacher", |manifest| manifest.name = "another".into());
        assert!(train(cm).unwrap_err().contains("from other weights of a stage before"));
        // A teacher of another run is taken, and said to be one.
        let noted = || {
            let told = train(StageName::Teacher).unwrap();
            let [Event::Note(text), Event::Done { .. }] = &told[..] else { panic!("{told:?}") };
            text.clone()
        };
        change("teacher", other_data);
        assert!(noted().contains("teacher: learnt from other data"), "{}", noted());
        put("teacher");
        change("teacher", |manifest| manifest.data.as_mut().unwrap().samples = 9);
        assert!(noted().contains("another division of the data (9 samples)"), "{}", noted());
    }

    #[test]
    fn a_checkpoint_is_not_gone_on_from_with_other_data() {
        let folder = tempfile::tempdir().unwrap();
        let [data, out] = ["data", "run"].map(|name| folder.path().join(name));
        let put = |name: &str, grey: u8| {
            std::fs::create_dir_all(data.join("class")).unwrap();
            let picture = image::RgbImage::from_pixel(16, 16, image::Rgb([grey; 3]));
            picture.save(data.join("class").join(name)).unwrap();
        };
        (0..8).for_each(|i| put(&format!("{i}.png"), 30 * i));
        let set = [format!("data.source={}", data.display()), "data.held_out_every=2".into()];
        let opened = Opened::cpu();
        let train = || {
            let cancel = Cancel::default();
            let recipe = Recipe::resolve("tiny", None, &set).unwrap();
            let lab = Lab::open(recipe, &out, &opened, cancel.clone(), &mut |_| ()).unwrap();
            let mut steps = Vec::new();
            let mut report = |event| {
                if let Event::Stage { step, .. } = event {
                    steps.push(step);
                    cancel.set();
                }
            };
            let ended = pollster::block_on(lab.train(StageName::Teacher, &mut report));
            (ended.expect_err("stopped or refused").to_string(), steps)
        };
        assert_eq!(train(), ("stopped".to_owned(), vec![0]));
        assert_eq!(train(), ("stopped".to_owned(), vec![1]), "the same data");
        put("0a.png", 200);
        let (error, steps) = train();
        assert!(error.contains("other data") && steps.is_empty(), "{error}");
    }
}
