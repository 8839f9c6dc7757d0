//! What a person is told of the data and of the recipe that learns from it.

use super::{Corpus, Division};
use crate::{
    data::{Split, part_called},
    engine::{Lab, Recipe, StageName, recipe::Optimisation},
    store::DataRecord,
};

impl Corpus {
    /// What is learnt from, in a sentence; of many classes the first.
    pub fn summary(&self, is_mirrored: bool) -> String {
        const NAMED: usize = 12;
        let DataRecord { name, samples, classes, .. } = &self.record;
        let kind = if self.is_of_points() { "points" } else { "images" };
        let mirrored = if is_mirrored { ", mirrored too" } else { "" };
        let unseen = self.held_out.len();
        let division = match self.division {
            Division::Every(every) => format!(" (1 in {every})"),
            Division::Own if self.is_of_points() => String::new(),
            Division::Own => " (a part of its own)".to_owned(),
        };
        let whole = format!(
            "{name}, {samples} {kind} to learn from{mirrored}, {unseen} held out{division}"
        );
        let named = classes.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        let more = if classes.len() > NAMED { ", ..." } else { "" };
        match classes.len() {
            0 => format!("{whole}, no classes"),
            count => format!("{whole}, {count} classes: {named}{more}"),
        }
    }

    /// Sentences on what the data loses in samples of the recipe's shape, and on classes that can hardly be meant.
    fn warnings(&self) -> Vec<String> {
        let greyed = self.losses.is_greyed.then(|| {
            "pictures in colour become grey: the network of this recipe has one channel, and with \
             model.network.channels = 3 it learns colours"
                .to_owned()
        });
        let classes = &self.record.classes;
        let are_parts =
            !classes.is_empty() && classes.iter().all(|name| part_called(name).is_some());
        let parts = are_parts.then(|| {
            format!(
                "the classes are called like parts of a data set ({}), as the first folders tell them, and none \
                 like the part to train on; to learn what lies below, give one of these folders alone",
                classes.join(", ")
            )
        });
        let unread = self.losses.unread.as_ref().map(ToString::to_string);
        let absent = (!self.losses.absent.is_empty()).then(|| {
            let names = self.losses.absent.join(", ");
            format!("only a part of CIFAR-10 is learnt: its folder holds no {names}")
        });
        let divided = self.spoilt_division().into_iter().chain(self.repetition());
        greyed.into_iter().chain(unread).chain(absent).chain(parts).chain(divided).collect()
    }

    /// That some of the images to measure against are learnt from: a model that knows them by heart looks better there.
    pub fn repetition(&self) -> Option<String> {
        let (Self { repeated, .. }, all) = (self, self.held_out.len());
        let are = if *repeated == 1 { "is" } else { "are" };
        (*repeated > 0).then(|| {
            format!("{repeated} of {all} held-out images {are} among those to learn from, as they are or mirrored")
        })
    }

    /// Where folders that would divide the data are classes, as others are beside them.
    fn spoilt_division(&self) -> Option<String> {
        let classes = &self.record.classes;
        let called = |part| classes.iter().find(|name| part_called(name) == part);
        let train = called(Some(Split::Train))?;
        let (test, other) = (called(Some(Split::Test))?, called(None)?);
        Some(format!(
            "`{train}` and `{test}` are learnt as classes, as `{other}` is beside them; without it, what is in \
             `{test}` would be held out"
        ))
    }

    fn is_of_points(&self) -> bool {
        self.record.shape.len() < 3
    }
}

impl Lab<'_> {
    /// All that is to be told before these `stages` are trained.
    pub fn warnings(&self, stages: &[StageName]) -> impl Iterator<Item = String> {
        self.data.warnings().into_iter().chain(self.recipe.warnings(stages))
    }
}

impl Recipe {
    /// Sentences on what of the recipe can hardly be meant where these `stages` are trained.
    fn warnings(&self, stages: &[StageName]) -> Vec<String> {
        let is_unguided = self.student.guidance != 1.0 && self.model.network.classes() == 0;
        let guidance =
            is_unguided.then(|| "without classes student.guidance changes nothing".to_owned());
        let warm_ups = stages.iter().filter_map(|&stage| {
            let name = stage.file_name();
            let Optimisation { steps, warmup, .. } = self.optimisation_of(stage)?;
            (warmup >= steps).then(|| {
                format!(
                    "{name}: the rate would rise for {warmup} steps, and there are {steps}; it does not get to what \
                     the recipe says"
                )
            })
        });
        guidance.into_iter().chain(warm_ups).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{data::Unread, engine::Cancel};

    #[test]
    fn classes_that_are_parts_of_a_data_set_are_told_of() {
        let mut recipe = Recipe::resolve("ring", None, &[]).expect("a preset");
        let mut corpus =
            Corpus::load(&mut recipe, &Cancel::default(), &mut |_| ()).expect("points");
        let summary = corpus.summary(false);
        assert!(summary.contains("1048576 points") && summary.ends_with("no classes"), "{summary}");
        let warned = |corpus: &mut Corpus, classes: &[&str]| {
            corpus.record.classes = classes.iter().map(|name| (*name).to_owned()).collect();
            corpus.warnings().join(" ")
        };
        assert!(warned(&mut corpus, &["test", "Train"]).contains("(test, Train)"));
        corpus.losses.unread = Some(Unread { count: 3, first: "a.tif".into() });
        assert!(warned(&mut corpus, &[]).starts_with("3 files like a.tif left out"));
        corpus.losses.unread = None;
        corpus.losses.absent = vec!["a.bin".into(), "b.bin".into()];
        assert!(warned(&mut corpus, &[]).ends_with("its folder holds no a.bin, b.bin"));
        corpus.losses.absent.clear();
        corpus.repeated = 2;
        let expected =
            "2 of 10000 held-out images are among those to learn from, as they are or mirrored";
        assert_eq!(warned(&mut corpus, &[]), expected);
        corpus.repeated = 0;
        assert!(warned(&mut corpus, &["test", "dog", "train"]).contains("as `dog` is beside"));
        assert_eq!(warned(&mut corpus, &["test", "dog"]) + &warned(&mut corpus, &[]), "");
        corpus.record.shape = vec![3, 8, 8];
        assert!(corpus.summary(false).contains("10000 held out (a part of its own), no classes"));
        corpus.division = Division::Every(12);
        assert!(corpus.summary(false).contains("10000 held out (1 in 12), no classes"));
        let many: Vec<String> = (0..30).map(|i| format!("c{i}")).collect();
        corpus.record.classes = many;
        assert!(
            corpus
                .summary(true)
                .ends_with("30 classes: c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, ...")
        );
    }

    #[test]
    fn a_warm_up_as_long_as_its_training_is_told_of() {
        let warnings = |set: &[&str]| {
            let set: Vec<String> = set.iter().map(|text| (*text).to_owned()).collect();
            let recipe = Recipe::resolve("digits", None, &set).expect("a recipe");
            recipe.warnings(&["teacher", "cm"].map(|name| StageName::parse(name).expect("a stage")))
        };
        assert_eq!(warnings(&[]), [""; 0]);
        let warned = warnings(&["student.optimisation.steps=10", "student.optimisation.warmup=10"]);
        assert_eq!(warned.len(), 1);
        assert!(warned[0].starts_with("cm: the rate would rise for 10 steps"), "{warned:?}");
    }
}
