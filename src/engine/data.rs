//! What a recipe learns from, and what it is measured against.

mod words;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use web_time::Instant;

use super::{Cancel, Event, LabError, recipe::Recipe};
use crate::{
    data::{self, Dataset, Images, LoadOptions, Loaded, Mirrored, Points, Source},
    math::seed::Seed,
    store::{DataRecord, digest::sha256},
};

/// Training and held-out samples.
pub struct Corpus {
    /// To learn from.
    pub train: Box<dyn Dataset>,
    /// To measure against.
    pub held_out: Box<dyn Dataset>,
    /// For the weights' manifest.
    pub record: DataRecord,
    /// What the images lost on their way.
    losses: data::Losses,
    /// How what is held out was told from the rest.
    division: Division,
    /// Held-out images that are learnt from, too.
    repeated: usize,
}

/// Who divides data into what is learnt from and what is not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Division {
    /// They come in two parts.
    Own,
    /// One in so many is held out.
    Every(usize),
}

impl Division {
    /// What to do where of `count` images none is held out, to end a sentence with.
    fn way_out(self, count: usize) -> String {
        let Self::Every(every) = self else { return String::new() };
        let or =
            if every > 2 && count > 1 { ", or `train --set data.held_out_every=2`" } else { "" };
        format!("; one in {every} is held out: add pictures{or}")
    }
}

/// Training points of a mixture: more than any run asks for twice.
const POINTS: usize = 1 << 20;
const HELD_OUT_POINTS: usize = 10_000;
/// Nobody hears of what takes less.
const SHORT: Duration = Duration::from_secs(1);

impl Corpus {
    /// The data of `recipe`; the network's channels and classes are set to what the data has. What takes long is reported.
    pub fn load(
        recipe: &mut Recipe,
        cancel: &Cancel,
        report: &mut dyn FnMut(Event),
    ) -> Result<Self, LabError> {
        let data = match recipe.mixture() {
            Some(mixture) => Ok(Self::points(mixture, recipe.seed)),
            None => Self::images(recipe, cancel, report),
        }?;
        let classes = data.record.classes.len();
        let channels = match data.record.shape[..] {
            [channels, _, _] => Some(channels),
            _ => None,
        };
        recipe.model.network.fit(channels, classes);
        if recipe.model.network.dims() != data.train.dims() {
            return Err(LabError::Request(format!(
                "the data has {} values a sample, the network takes {}",
                data.train.dims(),
                recipe.model.network.dims()
            )));
        }
        Ok(data)
    }

    fn points(mixture: data::Mixture, seed: u64) -> Self {
        let text = serde_json::to_string(&mixture).expect("a mixture is plain numbers");
        let record = DataRecord {
            name: format!("mixture of {} Gaussians", mixture.means.len()),
            sha256: sha256(text.as_bytes()),
            licence: "CC0-1.0 (a formula)".into(),
            samples: POINTS as u64,
            classes: Vec::new(),
            shape: vec![2],
        };
        let points = |seed: u64, count| -> Box<dyn Dataset> {
            Box::new(Points { mixture: mixture.clone(), seed: Seed(seed), count })
        };
        let held_out = points(seed.wrapping_add(1), HELD_OUT_POINTS);
        let (losses, division) = (data::Losses::default(), Division::Own);
        Self { train: points(seed, POINTS), held_out, record, losses, division, repeated: 0 }
    }

    fn images(
        recipe: &Recipe,
        cancel: &Cancel,
        report: &mut dyn FnMut(Event),
    ) -> Result<Self, LabError> {
        let source = image_source(recipe)?;
        let Some([channels, size]) = recipe.model.network.image() else {
            return Err(LabError::Request(format!(
                "`{}` holds images, which need a preset of images, or a table model.network of a U-Net or a \
                 transformer",
                recipe.data.source
            )));
        };
        let options = LoadOptions { size, channels, background: recipe.data.background };
        let begun = Instant::now();
        let Loaded { train, test } = data::load(&source, &options, &mut |done, all| {
            if all > 0 && begun.elapsed() > SHORT {
                report(Event::Part { what: "reading pictures".into(), done, all });
            }
            !cancel.is_set()
        })?;
        let every = recipe.data.held_out_every;
        let (division, (train, held_out)) = match test {
            Some(test) => (Division::Own, (train, test)),
            None => (Division::Every(every), train.split(every)),
        };
        let (train, held_out) = shown_classes(train, held_out)?;
        let (card, shape) = (train.card().clone(), train.shape());
        let (losses, repeated) = (train.losses().clone(), held_out.shared_with(&train));
        if train.is_empty() || held_out.is_empty() {
            return Err(LabError::Request(format!(
                "`{}` has too few images: {} to learn from, {} to measure against{}{}",
                card.name,
                train.len(),
                held_out.len(),
                left_out(&train),
                division.way_out(train.len())
            )));
        }
        let record = DataRecord {
            name: card.name,
            sha256: card.sha256,
            licence: card.licence,
            samples: train.len() as u64,
            classes: card.classes,
            shape: vec![shape.channels, shape.height, shape.width],
        };
        let train: Box<dyn Dataset> =
            if recipe.teacher.mirror { Box::new(Mirrored(train)) } else { Box::new(train) };
        Ok(Self { train, held_out: Box::new(held_out), record, losses, division, repeated })
    }

    /// What is otherwise in the data that a model says it `learnt` from, which what is held out here may be part of.
    pub fn difference(&self, learnt: &DataRecord) -> Option<String> {
        let own = &self.record;
        if learnt.sha256 != own.sha256 {
            let [learnt, own] = [learnt, own].map(|data| {
                let sum = data.sha256.get(..8).unwrap_or(&data.sha256);
                format!("{}, {} samples, SHA-256 {sum}", data.name, data.samples)
            });
            return Some(format!("other data ({learnt}) than there is here ({own})"));
        }
        (learnt.samples != own.samples).then(|| {
            format!(
                "another division of the data ({} samples) than there is here ({}): what is held out may be \
                 among them",
                learnt.samples, own.samples
            )
        })
    }
}

impl Recipe {
    /// Whether what is learnt travels inside the program; of images, a folder may be called like a mixture.
    pub fn has_data_inside(&self) -> bool {
        Source::from(self.data.source.as_str()).is_inside() || self.mixture().is_some()
    }
}

/// Where the images of `recipe` come from, or a sentence on what is missing.
fn image_source(recipe: &Recipe) -> Result<Source, LabError> {
    let name = recipe.data.source.as_str();
    match Source::from(name) {
        Source::Path(path) if !path.exists() => Err(match data::Mixture::named(name) {
            Ok(_) => LabError::Request(format!(
                "`{name}` is a mixture of points, and this network takes images: choose the preset \
                 {name}"
            )),
            Err(_) => missing(&recipe.name, name),
        }),
        source => Ok(source),
    }
}

/// Both parts with only those classes that there are images to learn from.
fn shown_classes(train: Images, held_out: Images) -> Result<(Images, Images), LabError> {
    if train.classes() == 0 && held_out.classes() == 0 {
        return Ok((train, held_out));
    }
    let shown: BTreeSet<u32> = (0..train.len()).map(|i| train.label(i)).collect();
    let missed = (0..held_out.len()).map(|i| held_out.label(i)).find(|l| !shown.contains(l));
    if let Some(label) = missed {
        let class = held_out.card().classes.get(label as usize).cloned();
        let class = class.unwrap_or_else(|| label.to_string());
        let what = if class == data::UNSORTED {
            "what is to be measured against lies in no folder of a class: sort it, or take it out"
                .to_owned()
        } else {
            format!(
                "there is no image of the class `{class}` to learn from, and one at least to measure against: a \
                 model cannot be measured on a class that it never saw. Give it images of that class, or take it out"
            )
        };
        return Err(LabError::Request(format!(
            "`{}`: {what}{}",
            train.card().name,
            left_out(&train)
        )));
    }
    let shown: Vec<u32> = shown.into_iter().collect();
    Ok((train.of_classes(&shown), held_out.of_classes(&shown)))
}

/// What may be missing in `images`, to end a sentence with.
fn left_out(images: &Images) -> String {
    images.losses().unread.as_ref().map_or_else(String::new, |unread| format!(" ({unread})"))
}

/// The files that a preset learns from where it comes without data.
pub fn files_of(preset: &str) -> Option<&'static str> {
    match preset {
        "digits" => {
            Some("the folder with the four MNIST files train-images-idx3-ubyte.gz and so on")
        }
        "cifar10" => Some("the folder with the .bin files of CIFAR-10's binary version"),
        _ => None,
    }
}

fn missing(preset: &str, path: &str) -> LabError {
    let found = match (path, files_of(preset)) {
        ("", Some(_)) => format!("the preset `{preset}` ships without data"),
        ("", None) => "the path of the data is empty".to_owned(),
        _ => format!("`{path}` does not exist"),
    };
    let usual = || format!("a file or folder, or one of {}", Source::names().join(", "));
    let wanted = files_of(preset).map_or_else(usual, str::to_owned);
    LabError::Request(format!("{found}: give --data PATH, {wanted}"))
}

/// The data of `recipe` where that is a path on this machine, from its root; names of data inside the program stay.
pub fn absolute(recipe: &Recipe) -> Option<String> {
    let source = recipe.data.source.as_str();
    if recipe.has_data_inside() || !Path::new(source).exists() {
        return None;
    }
    // Part by part: whether there is a slash at its end says nothing.
    let path: PathBuf = std::path::absolute(source).ok()?.components().collect();
    path.to_str().map(str::to_owned)
}

/// Up to `most` samples of a data set, evenly spread, as rows of one vector; and their labels.
pub fn rows(data: &dyn Dataset, most: usize) -> (Vec<f32>, Vec<u32>) {
    let (d, count) = (data.dims(), data.len().min(most));
    let mut values = vec![0.0f32; count * d];
    let pick = |i: usize| i * data.len() / count;
    for (i, row) in values.chunks_mut(d).enumerate() {
        data.read(pick(i), row);
    }
    (values, (0..count).map(|i| data.label(pick(i))).collect())
}

#[cfg(test)]
mod tests;
