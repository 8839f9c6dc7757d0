//! What may stand beside each other in a set of models.

use crate::{
    engine::{LabError, Model},
    eval::FeatureExtractor,
    store::Role,
};

/// Refuses students of different solutions, which one error could not be measured against.
pub(super) fn require_one_solution<'a>(
    mut students: impl Iterator<Item = &'a Model>,
) -> Result<(), LabError> {
    let solution = |student: &Model| student.recipe.student.solution();
    let Some(first) = students.next() else { return Ok(()) };
    let Some(other) = students.find(|other| solution(other) != solution(first)) else {
        return Ok(());
    };
    let told = |student: &Model| {
        let (method, intervals, guidance) = solution(student);
        format!("`{}` ({}, N = {intervals}, w = {guidance})", student.manifest.name, method.title())
    };
    Err(LabError::Request(format!(
        "{} and {} learnt different solutions of their teacher: look at one without the other",
        told(first),
        told(other)
    )))
}

/// Refuses a second file of one kind: which of the two is meant is not ours to say.
pub(super) fn require_new(
    before: &[(&str, Role)],
    name: &str,
    role: &Role,
) -> Result<(), LabError> {
    let Some((other, _)) = before.iter().find(|(_, known)| known == role) else { return Ok(()) };
    let what = match role {
        Role::Teacher => "teachers".into(),
        Role::Features => "feature networks".into(),
        Role::Student(method) => format!("students called `{method}`"),
    };
    Err(LabError::Request(format!("{other} and {name} are two {what}: leave one of them out")))
}

/// Refuses a feature network for other images than the teacher's.
pub(in crate::engine) fn require_fit(
    features: &FeatureExtractor,
    image: [usize; 2],
) -> Result<(), LabError> {
    let FeatureExtractor::Network(network) = features else { return Ok(()) };
    let expected = [network.config().channels, network.config().size];
    if expected == image {
        return Ok(());
    }
    let shown = |[channels, size]: [usize; 2]| format!("{channels} x {size} x {size}");
    Err(LabError::Request(format!(
        "the feature network is for images of {}, and the teacher makes {}",
        shown(expected),
        shown(image)
    )))
}

#[cfg(test)]
mod tests {
    use burn::prelude::Device;

    use super::*;
    use crate::{
        engine::shipped::{self, ModelSet},
        math::seed::Seed,
        nn::{Initial, features::FeatureConfig},
    };

    #[test]
    fn a_feature_network_for_other_images_is_refused() {
        let device = Device::flex();
        let config = FeatureConfig { channels: 3, size: 16, base: 8, classes: 2 };
        let network = config.init(&mut Initial::new(Seed(0), &device));
        let features = FeatureExtractor::Network(Box::new(network));
        assert!(require_fit(&features, [3, 16]).is_ok());
        let error = require_fit(&features, [1, 32]).unwrap_err().to_string();
        assert!(error.contains("3 x 16 x 16"), "{error}");
    }

    #[test]
    fn students_stand_in_their_order_whichever_file_comes_first() {
        let file = |name: &str| {
            let bytes = shipped::bytes("ring", name).unwrap();
            (name.to_owned(), std::sync::Arc::<[u8]>::from(bytes))
        };
        let mut open = None;
        for files in [vec![file("direct"), file("teacher")], vec![file("cm")]] {
            ModelSet::add_files(&mut open, &files, &Device::flex()).unwrap();
        }
        let titles: Vec<_> = open.unwrap().students.iter().map(Model::title).collect();
        assert_eq!(titles, ["CM", "Direct CM"]);
    }

    #[test]
    fn a_feature_network_alone_is_said_to_need_a_teacher() {
        let bytes = shipped::bytes("digits", "features").unwrap();
        let files = [("features".to_owned(), std::sync::Arc::<[u8]>::from(bytes))];
        let error = ModelSet::add_files(&mut None, &files, &Device::flex()).unwrap_err();
        assert!(error.to_string().contains("feature networks need their teacher"), "{error}");
    }

    #[test]
    fn a_second_file_of_one_kind_is_refused_by_both_names() {
        let cm = Role::Student("cm".into());
        let before = [("a", Role::Teacher), ("b", cm.clone())];
        assert!(require_new(&before, "c", &Role::Student("direct".into())).is_ok());
        assert!(require_new(&before, "c", &Role::Features).is_ok());
        let error = require_new(&before, "c", &cm).unwrap_err().to_string();
        assert_eq!(error, "b and c are two students called `cm`: leave one of them out");
    }

    #[test]
    fn two_files_of_one_student_in_a_run_are_refused() {
        let run = tempfile::tempdir().unwrap();
        std::fs::create_dir(run.path().join("weights")).unwrap();
        for (name, file) in [("teacher", "teacher"), ("cm", "cm"), ("older", "cm")] {
            let path = run.path().join("weights").join(format!("{name}.safetensors"));
            std::fs::write(path, shipped::bytes("ring", file).unwrap()).unwrap();
        }
        let error = ModelSet::of_run(run.path(), &Device::flex()).err().expect("refused");
        let expected = "cm and older are two students called `cm`: leave one of them out";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn students_of_different_solutions_are_refused() {
        let device = Device::flex();
        let set = pollster::block_on(ModelSet::shipped("ring", &device));
        let mut students = set.expect("ring").students;
        assert!(require_one_solution(students.iter()).is_ok());
        students[1].recipe.student.intervals = 2;
        let error = require_one_solution(students.iter()).unwrap_err().to_string();
        for part in ["`ring cm` (DDIM, N = 100, w = 1)", "`ring direct` (DDIM, N = 2, w = 1)"] {
            assert!(error.contains(part), "{error}");
        }
    }
}
