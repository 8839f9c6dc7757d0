//! docs/recipes.md and the recipes that there are: each key in both, and each word that a key takes.

use std::collections::{BTreeMap, BTreeSet};

use skipstone::engine::Recipe;
use toml::{Table, Value};

const PRESETS: [&str; 7] = ["emoji", "tiles", "digits", "cifar10", "ring", "grid", "tiny"];
/// Tables that are one value: a choice with what it needs.
const CHOICES: [&str; 2] = ["starts", "times"];
const TRANSFORMER: &str = "model.network={ kind = \"vit\", channels = 3, size = 32, patch = 4, width = 64, depth = 2, \
                           heads = 4, groups = 8, classes = 0 }";

/// What the document says of each key.
fn documented() -> BTreeMap<String, String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/recipes.md");
    let text = std::fs::read_to_string(path).expect("the document");
    let mut found = BTreeMap::new();
    for row in text.lines().filter(|line| line.starts_with("| `")) {
        let (key, about) = row.trim_start_matches("| `").split_once("` | ").expect("cells");
        found.entry(key.to_owned()).or_insert_with(|| about.to_owned());
    }
    found
}

/// The name under which the document has the key at this path.
fn document_name(path: &str) -> String {
    match path.find("optimisation.") {
        Some(start) => path[start..].to_owned(),
        None => path.replacen("strong.", "student.", 1),
    }
}

fn keys(table: &Table, prefix: &str, found: &mut BTreeSet<String>) {
    for (key, value) in table {
        let path = format!("{prefix}{key}");
        match value {
            Value::Table(inner) if !CHOICES.contains(&key.as_str()) => {
                keys(inner, &format!("{path}."), found);
            }
            _ => _ = found.insert(document_name(&path)),
        }
    }
}

fn resolve(preset: &str, set: &str) -> Result<Recipe, String> {
    Recipe::resolve(preset, None, &[set.to_owned()]).map_err(|error| error.to_string())
}

#[test]
fn every_key_of_a_recipe_is_in_the_document() {
    let mut found = BTreeSet::new();
    for preset in PRESETS {
        let recipe = Recipe::resolve(preset, None, &[]).expect("a preset");
        keys(&recipe.table(), "", &mut found);
    }
    keys(&resolve("emoji", TRANSFORMER).expect("a recipe").table(), "", &mut found);
    let documented = documented();
    let missing: Vec<_> = found.iter().filter(|key| !documented.contains_key(*key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(found.len() > 40, "{found:?}");
}

#[test]
fn every_key_of_the_document_is_one_and_all_words_that_it_takes_are_said() {
    for (key, about) in documented() {
        let key = if key.starts_with("optimisation.") { format!("teacher.{key}") } else { key };
        // No number, text or list: a choice names its words, and any other key says its type.
        let refused =
            |preset| resolve(preset, &format!("{key}={{ nonsense = 1 }}")).expect_err("nonsense");
        let perceptron = refused("ring");
        let convolutions = refused("emoji");
        let transformer = Recipe::resolve(
            "emoji",
            None,
            &[TRANSFORMER.to_owned(), format!("{key}={{ nonsense = 1 }}")],
        );
        let errors = [perceptron, convolutions, transformer.expect_err("nonsense").to_string()];
        assert!(errors.iter().any(|error| !error.contains("unknown field")), "{key}: {errors:?}");
        let words = resolve("emoji", &format!("{key}=nonsense")).err().unwrap_or_default();
        let Some((_, words)) = words.split_once("unknown variant `nonsense`, expected") else {
            continue;
        };
        let words = words.lines().next().unwrap_or_default();
        for word in words.split('`').skip(1).step_by(2) {
            assert!(
                about.contains(&format!("`{word}")) || about.contains(&format!("{{ {word}")),
                "{key} takes {word}: {about}"
            );
        }
    }
}
