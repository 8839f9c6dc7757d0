//! Whether what a file says can be run at all: asked before anything is allocated for it.

use super::{BodyConfig, GoldenTensors, ModelSpec};
use crate::{engine::recipe::Recipe, nn::parameters::Weights};

impl ModelSpec {
    /// Values of a sample.
    pub(super) fn dims(&self) -> usize {
        match &self.body {
            BodyConfig::Network(config) => config.network.dims(),
            BodyConfig::Mixture(..) => 2,
        }
    }

    /// Classes; the null label has this number.
    pub(super) fn classes(&self) -> u32 {
        match &self.body {
            BodyConfig::Network(config) => config.network.classes() as u32,
            BodyConfig::Mixture(..) => 0,
        }
    }
}

/// The recipe must be one that can be run and describe the denoiser, and golden samples must be of its kind.
pub(super) fn description(
    spec: &ModelSpec,
    recipe: &Recipe,
    golden: Option<&GoldenTensors>,
) -> Result<(), String> {
    let agrees = match &spec.body {
        BodyConfig::Network(config) => {
            config.network.problem().map_or(Ok(()), Err)?;
            *config == recipe.model
        }
        BodyConfig::Mixture(mixture, process) => {
            mixture.problem().map_or(Ok(()), |problem| Err(problem.to_owned()))?;
            *process == recipe.model.process
        }
    };
    if !agrees {
        return Err("its recipe is of another network".into());
    }
    if spec.boundary.is_some_and(|boundary| boundary != recipe.student.boundary) {
        return Err("its recipe is of another boundary".into());
    }
    recipe.check_run().map_err(|error| error.to_string())?;
    golden.map_or(Ok(()), |golden| golden_samples(spec, golden))
}

/// A network of `needed` weights is only made for a file that holds enough for it.
pub(in crate::engine) fn require_size(needed: u64, weights: &Weights) -> Result<(), String> {
    let found: u64 = weights.values().map(|tensor| tensor.values.len() as u64).sum();
    if found >= needed {
        return Ok(());
    }
    Err(format!("the network has {needed} weights, and the file holds {found}"))
}

fn golden_samples(spec: &ModelSpec, golden: &GoldenTensors) -> Result<(), String> {
    let (recipe, dims) = (&golden.recipe, spec.dims());
    if golden.input.shape.last() != Some(&dims) {
        return Err(format!("its golden samples do not have the model's {dims} values"));
    }
    let is_sound = recipe.times.iter().all(|t| t.is_finite() && *t >= 0.0)
        && recipe.labels.iter().all(|&label| label <= spec.classes());
    if is_sound { Ok(()) } else { Err("a golden sample has no possible time or label".into()) }
}

#[cfg(test)]
mod tests {
    use burn::prelude::Device;

    use super::*;
    use crate::{
        engine::{Model, shipped},
        nn::NetworkConfig,
        store::{Archive, Manifest, manifest::weights_precision},
    };

    fn tiny() -> (ModelSpec, Recipe) {
        let recipe = Recipe::resolve("tiny", None, &[]).expect("a preset");
        (ModelSpec { body: BodyConfig::Network(recipe.model.clone()), boundary: None }, recipe)
    }

    #[test]
    fn a_description_agrees_with_its_recipe() {
        let (spec, mut recipe) = tiny();
        assert_eq!(description(&spec, &recipe, None), Ok(()));
        recipe.model.sigma_data = 0.7;
        assert!(description(&spec, &recipe, None).unwrap_err().contains("recipe"));
    }

    #[test]
    fn a_hostile_network_is_refused_with_a_sentence() {
        let (_, mut recipe) = tiny();
        let NetworkConfig::Unet(unet) = &mut recipe.model.network else { panic!("a U-Net") };
        unet.base = 9_223_372_036_854_775_806;
        let body = BodyConfig::Network(recipe.model.clone());
        let error = description(&ModelSpec { body, boundary: None }, &recipe, None).unwrap_err();
        assert!(error.contains("base"), "{error}");
        let (_, recipe) = tiny();
        assert!(
            require_size(recipe.model.network.parameters(), &Weights::new())
                .unwrap_err()
                .contains("holds 0")
        );
    }

    #[test]
    fn weights_of_a_recipe_that_is_not_trained_any_more_are_opened() {
        let bytes = shipped::bytes("ring", "teacher").expect("shipped");
        let mut archive = Archive::<Manifest>::from_bytes(bytes).expect("an archive");
        archive.manifest.recipe["student"]["method"] = "dpm2m".into();
        let bytes = archive.to_bytes(weights_precision).expect("bytes");
        let model = Model::from_bytes(&bytes, &Device::flex()).expect("a model");
        assert!(model.recipe.student.method.has_memory());
        let trained = Recipe::resolve("ring", None, &["student.method=dpm2m".to_owned()]);
        assert!(trained.expect_err("refused").to_string().contains("student.method"));
    }

    #[test]
    fn a_student_that_names_a_teacher_of_another_kind_is_refused() {
        let device = Device::flex();
        let bytes = |preset, name| shipped::bytes(preset, name).expect("shipped");
        let teacher = Model::from_bytes(bytes("ring", "teacher"), &device).expect("a teacher");
        let mut archive =
            Archive::<Manifest>::from_bytes(bytes("digits", "cm")).expect("an archive");
        archive.manifest.parent = Some(teacher.sha256.clone());
        let forged = archive.to_bytes(weights_precision).expect("bytes");
        let student = Model::from_bytes(&forged, &device).expect("a student");
        let error = student.require_parent(&teacher).unwrap_err().to_string();
        assert!(error.contains("of another kind than the teacher that it names"), "{error}");
        archive.manifest.recipe["student"]["boundary"] = "edm".into();
        let forged = archive.to_bytes(weights_precision).expect("bytes");
        assert!(Model::from_bytes(&forged, &device).is_err());
    }
}
