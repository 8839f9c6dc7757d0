//! Collections that come divided: `train` and `test` folders, with classes below them or none.

use super::Split;

/// The part of a data set that a folder is called like.
pub fn part_called(name: &str) -> Option<Split> {
    match name.to_lowercase().as_str() {
        "train" | "training" => Some(Split::Train),
        "test" | "testing" | "val" | "valid" | "validation" | "dev" | "eval" | "holdout" => {
            Some(Split::Test)
        }
        _ => None,
    }
}

/// The part that each path lies in, where all their first folders are parts, and there is one to train on and one that
/// is not.
pub(super) fn parts(paths: &[&str]) -> Option<Vec<Split>> {
    let part = |path: &&str| part_called(path.split_once('/')?.0);
    let parts: Vec<Split> = paths.iter().map(part).collect::<Option<_>>()?;
    [Split::Train, Split::Test].iter().all(|part| parts.contains(part)).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_division_has_a_part_to_train_on_another_and_nothing_else() {
        use Split::{Test, Train};
        assert_eq!(parts(&["Test/cat/a", "train/a", "val/a"]), Some(vec![Test, Train, Test]));
        for undivided in [&["train/a", "train/b"][..], &["test/a", "val/b"], &["train", "test/a"]] {
            assert_eq!(parts(undivided), None, "{undivided:?}");
        }
        assert_eq!(parts(&["train/a", "test/a", "dogs/a"]), None);
    }
}
