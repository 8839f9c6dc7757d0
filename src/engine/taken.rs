//! Weights of the stages before, taken over from a shipped preset or from another run.

use std::path::Path;

use super::{Event, Lab, LabError, Model, StageName, features, shipped};
use crate::store::{RunFolder, archive, atomic};

impl Lab<'_> {
    /// What `stages` build on and this run has not trained: teacher, feature network, and the students that others start
    /// from, as `from` (a preset with shipped weights, or the folder of a run) has them. No teacher of another model is taken
    /// over, no feature network for other images, and no student of another teacher.
    pub fn take_over(
        &self,
        from: &str,
        stages: &[StageName],
        report: &mut dyn FnMut(Event),
    ) -> Result<(), LabError> {
        for stage in self.built_on(stages) {
            let name = stage.file_name();
            let path = self.folder.weights(&name);
            if path.exists() {
                continue;
            }
            let Some(bytes) = weights(from, &name)? else {
                if stage == StageName::Features {
                    continue;
                }
                return Err(LabError::Request(format!(
                    "--from {from}: it has no weights of the stage {name}"
                )));
            };
            self.require_own(stage, &bytes, from)?;
            atomic::write(&path, &bytes)?;
            report(Event::Note(format!("{name}: taken over from {from}")));
        }
        Ok(())
    }

    /// Refuses what this run could not go on from.
    fn require_own(&self, stage: StageName, bytes: &[u8], from: &str) -> Result<(), LabError> {
        let model = || Model::from_bytes(bytes, self.device());
        match (stage, self.recipe.model.network.image()) {
            (StageName::Teacher, _) if model()?.recipe.has_model_of(&self.recipe) => Ok(()),
            (StageName::Teacher, _) => Err(LabError::Request(format!(
                "--from {from}: its teacher is of another model than this run's recipe says"
            ))),
            (StageName::Features, Some(image)) => {
                shipped::require_fit(&features::from_bytes(bytes, self.device())?.0, image)
            }
            (StageName::Features, None) => Ok(()),
            _ => Ok(model()?.require_parent(&self.teacher()?)?),
        }
    }

    /// The teacher first, which the students must be of: only they need one.
    fn built_on(&self, stages: &[StageName]) -> Vec<StageName> {
        let has_students = stages.iter().any(|stage| stage.horizon().is_some());
        let teacher = has_students.then_some(StageName::Teacher);
        let features = (stages != [StageName::Features]).then_some(StageName::Features);
        let before = stages.iter().filter(|stage| stage.horizon().is_some());
        let before = before.filter_map(|stage| self.recipe.student_of(*stage).from.stage());
        let before = before.filter(|stage| !stages.contains(stage));
        teacher.into_iter().chain(features).chain(before).collect()
    }
}

/// The file `name` of `from`; nothing where it has none.
fn weights(from: &str, name: &str) -> Result<Option<Vec<u8>>, LabError> {
    if shipped::presets().contains(&from) {
        return Ok(shipped::bytes(from, name).map(<[u8]>::to_vec));
    }
    let folder = RunFolder::at(Path::new(from));
    let path = folder.weights(name);
    if path.exists() {
        return Ok(Some(archive::read_bounded(&path)?));
    }
    if folder.config().exists() || path.parent().is_some_and(Path::is_dir) {
        return Ok(None);
    }
    Err(LabError::Request(format!(
        "--from {from}: there are no shipped weights of this name ({} have them), and no run in such a folder",
        shipped::presets().join(", ")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::lab::tests::Workshop;

    #[test]
    fn a_student_builds_on_a_teacher_that_was_trained_elsewhere() {
        let workshop = Workshop::new();
        let lab = workshop.lab("ring", &[]);
        let stages = [StageName::parse("direct").unwrap()];
        let mut told = Vec::new();
        let mut take = |from: &str| {
            lab.take_over(from, &stages, &mut |event| match event {
                Event::Note(text) => told.push(text),
                other => panic!("{other:?}"),
            })
            .map_err(|error| error.to_string())
        };
        assert!(take("rong").unwrap_err().contains("digits, emoji, tiles"));
        assert!(take("digits").unwrap_err().contains("of another model"));
        assert!(!lab.folder.weights("teacher").exists());
        assert_eq!(lab.built_on(&[StageName::Teacher]), [StageName::Features]);
        assert_eq!(lab.built_on(&[StageName::Features]), []);
        assert_eq!(take("ring"), Ok(()));
        let teacher = std::fs::read(lab.folder.weights("teacher")).unwrap();
        assert_eq!(shipped::bytes("ring", "teacher"), Some(&teacher[..]));
        // What is there stays.
        assert_eq!(take(workshop.out().to_str().unwrap()), Ok(()));
        assert_eq!(told, ["teacher: taken over from ring"]);
        lab.teacher().expect("a teacher");
    }

    #[test]
    fn a_feature_network_for_other_images_is_not_taken_over() {
        let workshop = Workshop::new();
        let lab = workshop.lab("tiny", &[]);
        let taken = lab.take_over("digits", &[StageName::Teacher], &mut |_| ());
        let error = taken.unwrap_err().to_string();
        assert!(error.contains("for images of 1 x 32 x 32"), "{error}");
        assert!(!lab.folder.weights("features").exists());
    }
}
