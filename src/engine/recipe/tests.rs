use super::*;

#[test]
fn every_preset_is_valid_and_survives_its_own_text() {
    for (name, _) in PRESETS {
        let recipe = Recipe::resolve(name, None, &[]).expect(name);
        let text = toml::to_string(&recipe.table()).expect("text");
        assert_eq!(toml::from_str::<Recipe>(&text).expect("parsed"), recipe);
    }
}

#[test]
fn later_layers_win() {
    let over = "seed = 3\n[student]\nintervals = 20";
    let set = ["student.intervals=10".into(), "data.source=some/path".into()];
    let recipe = Recipe::resolve("tiny", Some(over), &set).expect("valid");
    assert_eq!((recipe.seed, recipe.student.intervals), (3, 10));
    assert_eq!(recipe.data.source, "some/path");
}

#[test]
fn mistakes_are_named() {
    let message =
        |set: &str| Recipe::resolve("tiny", None, &[set.into()]).expect_err("wrong").to_string();
    assert!(message("student.intervals=7").contains("student.intervals"));
    assert!(message("student.intervalls=10").contains("intervalls"));
    assert!(message("seed").contains("section.key=value"));
    assert!(message("student.bank=5").contains("multiple of 256"));
    assert!(message("model.network.groups=7").contains("groups"));
    let unknown = Recipe::resolve("dogs", None, &[]).expect_err("wrong").to_string();
    assert!(unknown.contains("emoji"), "{unknown}");
}
