//! What a person is told of the data.

use super::Corpus;
use crate::store::DataRecord;

/// What folders are called that are no classes.
const PARTS: [&str; 5] = ["train", "test", "val", "valid", "validation"];

impl Corpus {
    /// What is learnt from, in a sentence; of many classes the first.
    pub fn summary(&self, is_mirrored: bool) -> String {
        const NAMED: usize = 12;
        let DataRecord { name, samples, classes, .. } = &self.record;
        let kind = if self.is_of_points() { "points" } else { "images" };
        let mirrored = if is_mirrored { ", mirrored too" } else { "" };
        let unseen = self.held_out.len();
        let whole = format!("{name}, {samples} {kind} to learn from{mirrored}, {unseen} held out");
        let named = classes.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        let more = if classes.len() > NAMED { ", ..." } else { "" };
        match classes.len() {
            0 => format!("{whole}, no classes"),
            count => format!("{whole}, {count} classes: {named}{more}"),
        }
    }

    /// Sentences on what the data loses in samples of the recipe's shape, and on classes that can hardly be meant.
    pub fn warnings(&self) -> Vec<String> {
        let greyed = self.is_greyed.then(|| {
            "pictures in colour become grey: the network of this recipe has one channel, and with \
             model.network.channels = 3 it learns colours"
                .to_owned()
        });
        let classes = &self.record.classes;
        let are_parts = !classes.is_empty()
            && classes.iter().all(|name| PARTS.contains(&name.to_lowercase().as_str()));
        let parts = are_parts.then(|| {
            format!(
                "the classes are called like parts of a data set ({}), as the first folders tell them; to \
                 learn what lies below, give one of these folders alone",
                classes.join(", ")
            )
        });
        greyed.into_iter().chain(parts).collect()
    }

    fn is_of_points(&self) -> bool {
        self.record.shape.len() < 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Recipe;

    #[test]
    fn classes_that_are_parts_of_a_data_set_are_told_of() {
        let mut recipe = Recipe::resolve("ring", None, &[]).expect("a preset");
        let mut corpus = Corpus::load(&mut recipe).expect("points");
        let summary = corpus.summary(false);
        assert!(summary.contains("1048576 points") && summary.ends_with("no classes"), "{summary}");
        let warned = |corpus: &mut Corpus, classes: &[&str]| {
            corpus.record.classes = classes.iter().map(|name| (*name).to_owned()).collect();
            corpus.warnings().join(" ")
        };
        assert!(warned(&mut corpus, &["test", "Train"]).contains("(test, Train)"));
        assert_eq!(warned(&mut corpus, &["test", "dog"]) + &warned(&mut corpus, &[]), "");
        let many: Vec<String> = (0..30).map(|i| format!("c{i}")).collect();
        corpus.record.classes = many;
        assert!(
            corpus
                .summary(true)
                .ends_with("30 classes: c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, ...")
        );
    }
}
