//! Sets of weights: those inside this program, and those in a run's folder.

mod fit;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use burn::prelude::*;

use super::{
    LabError,
    features::{self, FeaturesFile},
    model::{Model, ModelError},
};
use crate::{
    eval::FeatureExtractor,
    platform::{Asset, asset},
    store::{Archive, Manifest, Role, RunFolder, archive, digest::sha256},
};
pub(super) use fit::require_fit;
use fit::{require_new, require_one_solution};

/// The files of one preset, by name.
type Files = &'static [(&'static str, &'static Asset)];

macro_rules! files {
    ($preset:literal: $($name:literal),+) => {
        ($preset, &[$(($name, {
            static FILE: Asset = asset!(concat!("weights/", $preset, "/", $name, ".safetensors"));
            &FILE
        })),+] as Files)
    };
}

/// The preset whose weights are shown without more: the most recognisable.
pub const DEFAULT_MODELS: &str = "digits";

/// Why a feature network is not laid over models of points.
const NO_FEATURES: &str = "these models sample points, which are measured by their coordinates: a feature network is of images";

/// Weights that travel with this program.
const SHIPPED: &[(&str, Files)] = &[
    files!("digits": "teacher", "cm", "direct", "strong", "features"),
    files!("emoji": "teacher", "cm", "direct", "strong", "features"),
    files!("tiles": "teacher", "cm", "direct", "strong", "features"),
    files!("ring": "teacher", "cm", "direct"),
    files!("grid": "teacher", "cm", "direct"),
];

/// The students that are shown first, in this order.
const FIRST: [&str; 3] = ["cm", "direct", "strong"];
/// The files of a set that are no students.
const OTHERS: [&str; 2] = ["teacher", "features"];

/// A teacher, its students, and what measures them.
pub struct ModelSet {
    /// The teacher.
    pub teacher: Model,
    /// Its students.
    pub students: Vec<Model>,
    /// Feature extractor; none where the data has no classes.
    pub features: Option<FeatureExtractor>,
    /// Its file.
    pub features_file: FeaturesFile,
    /// Students whose files cannot be read, and why: a sentence each.
    pub left_out: Vec<String>,
}

fn read(path: &Path) -> Result<Vec<u8>, LabError> {
    Ok(archive::read_bounded(path)?)
}

/// Which of `names` are students, in the order they are shown.
fn students(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<_> = names.filter(|name| !OTHERS.contains(&name.as_str())).collect();
    names.sort_by_cached_key(|name| place(name.clone()));
    names
}

/// Where a student stands: the paper's two, the strong one, then by name.
fn place(name: String) -> (usize, String) {
    (FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len()), name)
}

/// Names of the presets with shipped weights.
pub fn presets() -> Vec<&'static str> {
    SHIPPED.iter().map(|(name, _)| *name).collect()
}

/// The bytes of the shipped file `name` of `preset`, where they are here.
pub fn bytes(preset: &str, name: &str) -> Option<&'static [u8]> {
    let (_, files) = SHIPPED.iter().find(|(known, _)| *known == preset)?;
    files.iter().find(|(known, _)| *known == name)?.1.bytes()
}

/// Whether the shipped teacher of `preset` has this SHA-256, or cannot be asked, as it is not loaded yet.
pub fn may_be_teacher(preset: &str, sum: &str) -> bool {
    bytes(preset, "teacher").is_none_or(|bytes| sha256(bytes) == sum)
}

impl ModelSet {
    /// The shipped set of `preset`.
    pub async fn shipped(preset: &str, device: &Device) -> Result<Self, LabError> {
        let missing = || {
            let known = presets().join(", ");
            LabError::Request(format!(
                "no weights are shipped for the preset `{preset}` (there are: {known}); train it, \
                 then name the run with --run DIR"
            ))
        };
        let (_, files) = SHIPPED.iter().find(|(known, _)| *known == preset).ok_or_else(missing)?;
        let mut read = Vec::new();
        for (name, asset) in *files {
            read.push((*name, asset.fetch().await.map_err(LabError::Request)?));
        }
        let names = students(files.iter().map(|(name, _)| (*name).to_owned()));
        let content = |name: &str| read.iter().find(|(n, _)| *n == name).map(|(_, b)| b.to_vec());
        Self::gather(device, &names, Path::new(""), |name| Ok(content(name)))?.ok_or_else(missing)
    }

    /// The set in a run's folder, without students whose files cannot be read.
    pub fn of_run(root: &Path, device: &Device) -> Result<Self, LabError> {
        let folder = RunFolder::at(root);
        let teacher = folder.weights("teacher");
        let weights = teacher.parent().expect("a file in a folder");
        let file = |name: &str| -> Result<Option<Vec<u8>>, LabError> {
            let path: PathBuf = weights.join(format!("{name}.safetensors"));
            if path.exists() { read(&path).map(Some) } else { Ok(None) }
        };
        let names = students(folder.finished()?.into_iter());
        Self::gather(device, &names, weights, file)?.ok_or_else(|| {
            LabError::Request(format!(
                "{} does not exist: there is no trained teacher in this run",
                teacher.display()
            ))
        })
    }

    /// Lays model files over what is open: a teacher starts a new set, students join their teacher's.
    ///
    /// Nothing changes where a file is refused.
    pub fn add_files(
        open: &mut Option<Self>,
        files: &[(String, Arc<[u8]>)],
        device: &Device,
    ) -> Result<(), LabError> {
        let (mut teacher, mut students, mut features) = (None, Vec::new(), None);
        let mut roles: Vec<(&str, Role)> = Vec::new();
        for (name, bytes) in files {
            let named = |error: ModelError| LabError::Request(format!("{name}: {error}"));
            let role =
                Archive::<Manifest>::from_bytes(bytes).map_err(|e| named(e.into()))?.manifest.role;
            require_new(&roles, name, &role)?;
            roles.push((name, role.clone()));
            if role == Role::Features {
                features = Some(features::from_bytes(bytes, device).map_err(named)?);
                continue;
            }
            let model = Model::from_bytes(bytes, device).map_err(named)?;
            if role == Role::Teacher { teacher = Some(model) } else { students.push(model) }
        }
        let beside = teacher.as_ref().or(open.as_ref().map(|set| &set.teacher));
        let beside = beside.ok_or_else(|| {
            LabError::Request("students and feature networks need their teacher: open both".into())
        })?;
        students.iter().try_for_each(|student| student.require_parent(beside))?;
        let image = beside.recipe.model.network.image();
        match (image, &features) {
            (Some(image), Some((features, _))) => require_fit(features, image)?,
            (None, Some(_)) => return Err(LabError::Request(NO_FEATURES.into())),
            (_, None) => {}
        }
        let is_new = |old: &&Model| students.iter().all(|new| new.file_name() != old.file_name());
        let old = open.iter().filter(|_| teacher.is_none()).flat_map(|set| &set.students);
        require_one_solution(old.filter(is_new).chain(&students))?;
        if let Some(teacher) = teacher {
            let features = image.is_none().then_some(FeatureExtractor::Coordinates);
            let (features_file, left_out) = (FeaturesFile::default(), Vec::new());
            *open = Some(Self { teacher, students: Vec::new(), features, features_file, left_out });
        }
        let set = open.as_mut().expect("a teacher was found above");
        for student in students {
            set.students.retain(|other| other.file_name() != student.file_name());
            set.students.push(student);
        }
        set.students.sort_by_cached_key(|student| place(student.file_name()));
        if let Some((features, file)) = features {
            (set.features, set.features_file) = (Some(features), file);
        }
        set.agree();
        Ok(())
    }

    /// The teacher, then the students.
    pub fn models(&self) -> impl Iterator<Item = &Model> {
        std::iter::once(&self.teacher).chain(&self.students)
    }

    /// See [`Model::in_half`], for all models; features are measured in f32.
    pub fn in_half(&mut self, is_half: bool) {
        std::iter::once(&mut self.teacher)
            .chain(&mut self.students)
            .for_each(|model| model.in_half(is_half));
    }

    fn gather(
        device: &Device,
        names: &[String],
        place: &Path,
        file: impl Fn(&str) -> Result<Option<Vec<u8>>, LabError>,
    ) -> Result<Option<Self>, LabError> {
        let Some(teacher) = file("teacher")? else { return Ok(None) };
        let named = |name: &str, error: ModelError| {
            let path = place.join(format!("{name}.safetensors"));
            LabError::Request(format!("{}: {error}", path.display()))
        };
        let model = |name: &str, bytes: &[u8]| {
            Model::from_bytes(bytes, device).map_err(|error| named(name, error))
        };
        let teacher = model("teacher", &teacher)?;
        let mut roles = vec![("teacher", teacher.manifest.role.clone())];
        let (mut students, mut left_out) = (Vec::new(), Vec::new());
        for name in names {
            let read = file(name).and_then(|bytes| bytes.map(|b| model(name, &b)).transpose());
            match read {
                Ok(Some(student)) => {
                    require_new(&roles, name, &student.manifest.role)?;
                    roles.push((name.as_str(), student.manifest.role.clone()));
                    student.require_parent(&teacher).map_err(|error| named(name, error))?;
                    students.push(student);
                }
                Ok(None) => {}
                // What one file lacks says nothing of the others.
                Err(error) => left_out.push(format!("a student is left out: {error}")),
            }
        }
        require_one_solution(students.iter())?;
        let image = teacher.recipe.model.network.image();
        let (features, features_file) = match (image, file("features")?) {
            (None, _) => (Some(FeatureExtractor::Coordinates), FeaturesFile::default()),
            (Some(image), Some(bytes)) => {
                let (network, file) = features::from_bytes(&bytes, device)
                    .map_err(|error| named("features", error))?;
                require_fit(&network, image)?;
                (Some(network), file)
            }
            (_, None) => (None, FeaturesFile::default()),
        };
        let mut set = Self { teacher, students, features, features_file, left_out };
        set.agree();
        Ok(Some(set))
    }

    /// Lets the teacher solve as its students learnt it, and be measured on what they were not shown: they may be of a
    /// later recipe than its own.
    fn agree(&mut self) {
        if let Some(student) = self.students.first() {
            self.teacher.recipe.student = student.recipe.student.clone();
            self.teacher.recipe.data = student.recipe.data.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_students_of_a_folder_are_listed_and_the_papers_two_and_the_strong_one_come_first() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder::at(folder.path());
        assert!(run.finished().unwrap().is_empty());
        let weights = folder.path().join("weights");
        std::fs::create_dir(&weights).unwrap();
        for name in
            ["teacher", "random", "strong", "direct", "features", "horizon-4", ".cm.0.tmp", "cm"]
        {
            std::fs::write(weights.join(format!("{name}.safetensors")), b"").unwrap();
        }
        std::fs::write(weights.join("notes.txt"), b"").unwrap();
        let found = students(run.finished().unwrap().into_iter());
        assert_eq!(found, ["cm", "direct", "strong", "horizon-4", "random"]);
    }

    #[test]
    fn a_teacher_solves_as_its_students_learnt_it_and_is_measured_as_they_are() {
        let device = Device::flex();
        let mut set = pollster::block_on(ModelSet::shipped("ring", &device)).expect("ring");
        assert_eq!(set.teacher.recipe.student.guidance, 1.0);
        set.students[0].recipe.student.guidance = 3.0;
        set.students[0].recipe.data.held_out_every = 5;
        set.agree();
        assert_eq!(set.teacher.recipe.student.guidance, 3.0);
        assert_eq!(set.teacher.recipe.data.held_out_every, 5);
    }
}
