//! The feature network of a run: trained to tell the data's classes apart, kept to measure distances.

use burn::{nn::loss::CrossEntropyLossConfig, prelude::*, tensor::TensorData};

use super::{
    Event, Lab, LabError, Recipe,
    data::rows,
    model::{ModelError, require_size},
    stage::{Look, Outcome},
};
use crate::{
    eval::{FeatureExtractor, features::classes},
    math::seed::{self, Purpose, Seed},
    nn::{
        Initial,
        features::{FeatureConfig, FeatureNetwork},
        kernel::table::Table,
        parameters,
    },
    store::{
        Archive, DataRecord, Manifest, Role, atomic, digest::sha256, manifest::weights_precision,
    },
    train::{Batch, Inputs, Learner, Lesson, TrainError, Trainer},
};

const FEATURE_DRAWS: u64 = 0x6665_6174;
const VALIDATION: usize = 1000;

impl Recipe {
    /// The feature network of these images, or why there is none in a sentence; nothing for points, which are
    /// measured by their coordinates.
    pub fn feature_config(&self) -> Option<Result<FeatureConfig, String>> {
        let [channels, size] = self.model.network.image()?;
        let classes = self.model.network.classes();
        if classes < 2 {
            return Some(Err(
                "the data has no classes, so there is no feature network and no Frechet distance"
                    .into(),
            ));
        }
        let config = FeatureConfig { channels, size, base: self.features.base, classes };
        Some(match config.problem() {
            None => Ok(config),
            Some(problem) => Err(format!(
                "there is no feature network for {classes} classes of {size}x{size} ({problem}), and so no \
                 Frechet distance"
            )),
        })
    }
}

impl Lab<'_> {
    /// Trains the classifier; does nothing for points and for data without classes.
    pub(super) async fn train_features(
        &self,
        report: &mut dyn FnMut(Event),
    ) -> Result<(), LabError> {
        let Some(config) = self.recipe.feature_config() else { return Ok(()) };
        let config = match config {
            Ok(config) => config,
            Err(why) => {
                report(Event::Note(why));
                return Ok(());
            }
        };
        let recipe = self.recipe.features;
        self.require_optimiser(recipe.optimisation).await?;
        let device = self.opened.device.clone().autodiff();
        let seed = Seed(self.recipe.seed);
        let network = config.init(&mut Initial::new(seed, &device));
        let mut trainer = Trainer::new(network, recipe.optimisation.settings(), device);
        let draw = async |first: u64| Ok(self.classification(first, recipe.optimisation.batch));
        let (images, labels) = rows(self.data.held_out.as_ref(), VALIDATION);
        let measure = async |trainer: &Trainer<FeatureNetwork>| {
            let device = &self.opened.device;
            let accuracy = accuracy(&trainer.averaged(), &images, &labels, device).await?;
            Ok(Look {
                values: [("accuracy".into(), accuracy)].into(),
                score: -accuracy,
                picture: None,
            })
        };
        let stage = self.stage("features", recipe.optimisation);
        let ended = stage.run(&mut trainer, draw, measure, report).await?;
        self.save_features(&trainer.averaged(), &config, &ended, report).await
    }

    /// A batch of training images.
    fn classification(&self, first: u64, batch: usize) -> Lesson<FeatureNetwork> {
        let data = &self.data.train;
        let (d, seed) = (data.dims(), Seed(self.recipe.seed ^ FEATURE_DRAWS));
        let mut x = vec![0.0f32; batch * d];
        let mut labels = Vec::with_capacity(batch);
        for (i, row) in x.chunks_mut(d).enumerate() {
            let index = first + i as u64;
            let datum = seed::below(seed, Purpose::DataIndex, index, 0, data.len());
            data.read(datum, row);
            labels.push(data.label(datum));
        }
        let x = Tensor::from_data(TensorData::new(x, [batch, d]), &self.opened.device);
        classification(x, &labels)
    }

    async fn save_features(
        &self,
        network: &FeatureNetwork,
        config: &FeatureConfig,
        ended: &Outcome,
        report: &mut dyn FnMut(Event),
    ) -> Result<(), LabError> {
        let optimisation = self.recipe.features.optimisation;
        let model = serde_json::to_value(config).expect("plain values");
        let manifest = self.manifest(Role::Features, "features", model, optimisation.batch, ended);
        let tensors = parameters::export(network).await.map_err(TrainError::Parameters)?;
        let bytes = Archive { manifest, tensors }.to_bytes(weights_precision)?;
        let path = self.folder.weights("features");
        atomic::write(&path, &bytes)?;
        report(Event::Saved { what: "weights", path });
        Ok(())
    }
}

/// What a feature network learns from images `[n, d]` of these classes.
pub(super) fn classification(x: Tensor<2>, labels: &[u32]) -> Lesson<FeatureNetwork> {
    let labels = Table::column(labels.iter().map(|&label| f64::from(label)));
    Lesson { objective: (), batch: Batch { states: vec![x], tables: vec![labels] } }
}

/// By cross entropy.
impl Learner for FeatureNetwork {
    type Objective = ();

    fn loss(&self, (): &(), Inputs { states, tables }: Inputs) -> Tensor<1> {
        let [x] = states.try_into().expect("images");
        let [labels] = tables.try_into().expect("their classes");
        let ([n, _], device) = (labels.dims(), labels.device());
        let scores = self.classify(self.features(x));
        CrossEntropyLossConfig::new().init(&device).forward(scores, labels.int().reshape([n]))
    }
}

/// Share of images whose class the network names.
async fn accuracy(
    network: &FeatureNetwork,
    images: &[f32],
    labels: &[u32],
    device: &Device,
) -> Result<f64, LabError> {
    let named = classes(network, images, images.len() / labels.len(), device).await?;
    let right = named.iter().zip(labels).filter(|(a, b)| a == b).count();
    Ok(right as f64 / labels.len() as f64)
}

/// Where a feature extractor comes from; all is empty where that is no file.
#[derive(Clone, Default)]
pub struct FeaturesFile {
    /// SHA-256 of the file.
    pub sha256: String,
    /// What it learnt from.
    pub data: Option<DataRecord>,
}

/// The feature network of a file's bytes.
pub fn from_bytes(
    bytes: &[u8],
    device: &Device,
) -> Result<(FeatureExtractor, FeaturesFile), ModelError> {
    let Archive { manifest, tensors } = Archive::<Manifest>::from_bytes(bytes)?;
    if manifest.role != Role::Features {
        let found = "a generative model".into();
        return Err(ModelError::Role { found, needed: "a feature network" });
    }
    let config: FeatureConfig = serde_json::from_value(manifest.model)
        .map_err(|error| ModelError::Description(error.to_string()))?;
    if let Some(problem) = config.problem() {
        return Err(ModelError::Description(problem));
    }
    require_size(config.parameters(), &tensors).map_err(ModelError::Description)?;
    let network = config.init(&mut Initial::zeros(device));
    let network = parameters::import(network, tensors)?;
    let file = FeaturesFile { sha256: sha256(bytes), data: manifest.data };
    Ok((FeatureExtractor::Network(Box::new(network)), file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Cancel, StageName, data::Corpus, lab::tests::Workshop, shipped};

    #[test]
    fn a_size_that_the_feature_network_does_not_take_is_told_and_ends_nothing() {
        let workshop = Workshop::new();
        let lab = workshop.lab("tiny", &["model.network.size=24"]);
        let mut told = Vec::new();
        let mut report = |event| match event {
            Event::Note(text) => told.push(text),
            other => panic!("{other:?}"),
        };
        pollster::block_on(lab.train(StageName::Features, &mut report)).expect("no error");
        assert!(told[0].contains("24x24") && told.len() == 1, "{told:?}");
        assert!(!lab.folder.weights("features").exists());
    }

    #[test]
    fn a_feature_network_is_only_made_for_a_file_that_holds_it() {
        let bytes = shipped::bytes("emoji", "features").expect("shipped");
        let mut archive = Archive::<Manifest>::from_bytes(bytes).expect("an archive");
        let config: FeatureConfig = serde_json::from_value(archive.manifest.model.clone()).unwrap();
        let held: usize = archive.tensors.values().map(|tensor| tensor.values.len()).sum();
        assert_eq!(config.parameters(), held as u64);
        archive.manifest.model["classes"] = 4096.into();
        let forged = archive.to_bytes(weights_precision).expect("bytes");
        let refused = from_bytes(&forged, &Device::flex()).err().expect("too few weights");
        assert!(refused.to_string().contains("and the file holds"), "{refused}");
    }

    #[test]
    fn shipped_networks_name_as_many_held_out_images_right_as_their_files_say() {
        let device = Device::flex();
        for preset in ["emoji", "tiles"] {
            let bytes = shipped::bytes(preset, "features").expect("shipped");
            let manifest = Archive::<Manifest>::from_bytes(bytes).expect("an archive").manifest;
            let mut recipe = Recipe::resolve(preset, None, &[]).unwrap();
            let data = Corpus::load(&mut recipe, &Cancel::default(), &mut |_| ()).unwrap();
            let learnt = manifest.data.expect("a data record");
            assert_eq!(data.difference(&learnt), None, "{preset}");
            let (images, labels) = rows(data.held_out.as_ref(), VALIDATION);
            let (extractor, _) = from_bytes(bytes, &device).unwrap();
            let FeatureExtractor::Network(network) = extractor else { panic!("{preset}") };
            let found = accuracy(&network, &images, &labels, &device);
            let found = pollster::block_on(found).unwrap();
            let told = manifest.metrics["accuracy"].as_f64().expect("measured");
            // Measured before the weights were rounded to half precision, which may turn an image.
            let count = labels.len() as f64;
            assert!((found - told).abs() < 1.5 / count, "{preset}: {found}, not {told}");
        }
    }

    #[test]
    fn images_to_learn_from_come_with_their_own_classes() {
        let workshop = Workshop::new();
        let lab = workshop.lab("tiny", &[]);
        let (data, Batch { states, tables }) = (&lab.data.train, lab.classification(5, 12).batch);
        let images: Vec<f32> = states[0].clone().into_data().iter::<f32>().collect();
        let mut row = vec![0.0; data.dims()];
        for (image, &label) in images.chunks(data.dims()).zip(&tables[0].values) {
            let is_known = (0..data.len()).any(|i| {
                data.read(i, &mut row);
                row == image && data.label(i) as f32 == label
            });
            assert!(is_known, "there is no such image of class {label}");
        }
    }
}
