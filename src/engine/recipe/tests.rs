use super::*;
use crate::{
    distill::{Horizon, Starts},
    engine::StageName,
};

#[test]
fn later_layers_win() {
    let over = "seed = 3\n[student]\nintervals = 20";
    let set = ["student.intervals=10".into(), "data.source=some/path".into()];
    let recipe = Recipe::resolve("tiny", Some(over), &set).expect("valid");
    assert_eq!((recipe.seed, recipe.student.intervals), (3, 10));
    assert_eq!(recipe.data.source, "some/path");
}

#[test]
fn a_folder_of_images_may_be_called_like_a_mixture() {
    let source = ["data.source=ring".to_owned()];
    assert!(Recipe::resolve("tiny", None, &source).expect("valid").mixture().is_none());
    assert!(Recipe::resolve("grid", None, &source).expect("valid").mixture().is_some());
}

#[test]
fn mistakes_are_named() {
    let message =
        |set: &str| Recipe::resolve("tiny", None, &[set.into()]).expect_err("wrong").to_string();
    assert!(message("student.intervals=7").contains("student.intervals"));
    assert!(message("student.intervalls=10").contains("intervalls"));
    assert!(message("seed").contains("section.key=value"));
    assert!(message("student.bank=5").contains("multiple of 256"));
    assert!(message("teacher.patience=0").contains("teacher.patience"));
    assert!(message("model.network.groups=7").contains("groups"));
    assert!(message("features.base=12").contains("features.base"));
    assert!(message("teacher.times.log-normal.mean=0").contains("nothing can be set in it"));
    assert!(message("seed=18446744073709551615").contains("whole numbers go up to"));
    assert!(message("student.optimisation.weight_decay=inf").contains("student.optimisation"));
    assert!(message("model.network.base=1024").contains("can be trained"));
    let blocks = |blocks: u32, optimiser: &str| {
        let stages = ["teacher", "student", "strong"];
        let by = stages.map(|stage| format!("{stage}.optimisation.optimiser={optimiser}"));
        let sets = [&[format!("model.network.blocks={blocks}")], &by[..]].concat();
        Recipe::resolve("emoji", None, &sets)
    };
    assert!(blocks(52, "adamw").expect_err("wrong").to_string().contains("4097 tensors"));
    assert!(blocks(51, "adamw").is_ok());
    assert!(blocks(51, "muon").expect_err("wrong").to_string().contains("at most 3276"));
    let unknown = Recipe::resolve("dogs", None, &[]).expect_err("wrong").to_string();
    assert!(unknown.contains("emoji"), "{unknown}");
}

#[test]
fn a_recipe_comes_back_from_its_own_text_whatever_preset_that_is_given_with() {
    // What is as usual is not written: it must not be the other preset's.
    let plain = ["strong.from=teacher", "strong.starts=uniform"].map(str::to_owned);
    // Nor the plain pair's.
    let reverse = [
        "student.starts={ noise = 0.5 }",
        "student.weighting=gap",
        "strong.starts=uniform",
        "strong.weighting=uniform",
        "strong.from=teacher",
        "student.optimisation.optimiser=muon",
        "strong.optimisation.optimiser=adamw",
    ];
    let reverse = reverse.map(str::to_owned);
    for (name, _) in PRESETS {
        for set in [&[][..], &plain, &reverse] {
            let recipe = Recipe::resolve(name, None, set).expect(name);
            let text = toml::to_string(&recipe.table()).expect("text");
            let back = Recipe::resolve(DEFAULT_PRESET, Some(&text), &[]).expect(name);
            assert_eq!(back, recipe, "{name}");
        }
    }
}

#[test]
fn a_whole_recipe_stands_alone_where_its_strong_student_says_only_what_differs() {
    let text = toml::to_string(&Recipe::resolve("tiny", None, &[]).expect("valid").table());
    let over = format!("{}\n[strong]\nfrom = \"direct\"\n", text.expect("text"));
    for set in [&[][..], &["student.intervals=20".to_owned()]] {
        let found = Recipe::resolve(DEFAULT_PRESET, Some(&over), set).expect("valid");
        let set = [set, &["strong.from=direct".to_owned()]].concat();
        assert_eq!(found, Recipe::resolve("tiny", None, &set).expect("valid"));
    }
}

#[test]
fn a_choice_takes_the_place_of_another_one() {
    let over = "[strong]\nstarts = { log-normal = { mean = 0.5, std = 1.0 } }";
    let strong = Recipe::resolve("emoji", Some(over), &[]).expect("valid").strong.expect("a table");
    assert_eq!(strong.starts, Starts::LogNormal { mean: 0.5, std: 1.0 });
    assert_eq!(strong.from, Forerunner::Direct, "the preset's own");
}

#[test]
fn values_that_do_not_go_together_are_refused_by_name() {
    let edm = [
        "model.process=edm",
        "student.boundary=edm",
        "student.intervals=18",
        "teacher.times={ log-normal = { mean = -1.2, std = 1.2 } }",
    ];
    let resolve = |base: &[&str], set: &str| {
        let set: Vec<String> = base.iter().chain([&set]).map(|s| (*s).to_owned()).collect();
        Recipe::resolve("tiny", None, &set)
    };
    let grid = resolve(&edm, "seed=1").expect("valid").grid_of(7).expect("a Karras grid");
    assert_eq!((grid.intervals(), grid.times()[0]), (7, 80.0));
    let refused = |base: &[&str], set: &str, key: &str| {
        let message = resolve(base, set).expect_err(set).to_string();
        assert!(message.starts_with(&format!("`{key}`")), "{set}: {message}");
    };
    refused(&edm, "student.method=vp-heun", "student.method");
    refused(&edm, "teacher.times=uniform", "teacher.times");
    refused(&edm, "student.boundary=paper", "student.boundary");
    refused(&[], "student.boundary=edm", "student.boundary");
    refused(&["student.guidance=2"], "teacher.label_drop=0", "student.guidance");
    for name in ["", ".", "../x", "a\\b"] {
        refused(&[], &format!("name='{name}'"), "name");
    }
    // Where the system has no such folder.
    for name in ["con", "a:b", "run."] {
        let taken = resolve(&[], &format!("name='{name}'")).is_ok();
        assert_eq!(taken, crate::platform::name_problem(name).is_none(), "{name}");
    }
    refused(&[], "model.sigma_data=nan", "model.sigma_data");
    refused(&[], "teacher.times={ log-normal = { mean = 0.0, std = 0.0 } }", "teacher.times");
    refused(&[], "teacher.times={ log-normal = { mean = 0.0, std = nan } }", "teacher.times");
    refused(&[], "student.optimisation.steps=0", "student.optimisation");
    refused(&[], "teacher.optimisation.steps=0", "teacher.optimisation");
    // JSON, which weights carry, has no number for it.
    refused(&[], "teacher.optimisation.clip=inf", "teacher.optimisation");
    let exact = ["teacher.optimisation.steps=0".to_owned()];
    assert!(Recipe::resolve("ring", None, &exact).is_ok());
    for set in ["model.network.inputs=3", "model.network.classes=4"] {
        let error = Recipe::resolve("ring", None, &[set.to_owned()]).expect_err(set).to_string();
        assert!(error.contains(&set[..set.len() - 2]), "{error}");
    }
}

#[test]
fn a_strong_student_says_only_what_differs_and_shares_the_solution() {
    let over =
        "[strong]\nstarts = { noise = 0.5 }\nfrom = \"direct\"\n[strong.optimisation]\nrate = 0.5";
    let resolve = |set: &[&str]| {
        let set: Vec<String> = set.iter().map(|s| (*s).to_owned()).collect();
        Recipe::resolve("tiny", Some(over), &set)
    };
    let recipe = resolve(&["student.intervals=20", "student.optimisation.steps=7"]).expect("valid");
    let strong = recipe.strong.as_ref().expect("a table");
    assert_eq!(
        (strong.intervals, strong.optimisation.steps, strong.optimisation.rate),
        (20, 7, 0.5)
    );
    assert_eq!((strong.starts, strong.from), (Starts::Noise(0.5), Forerunner::Direct));
    assert_eq!(recipe.student.starts, Starts::Uniform);
    assert!(StageName::of(&recipe).contains(&StageName::Strong));
    let usual = Lesson { intervals: 20, horizon: Horizon::Full };
    assert_eq!(recipe.lessons(StageName::Strong), [usual]);
    let growing = "strong.curriculum=[{ intervals = 5, horizon = { steps = 2 } }, \
                   { intervals = 20, horizon = \"full\" }]";
    let others =
        ["strong.weighting=gap", "strong.starts={ log-normal = { mean = 0.5, std = 1.0 } }"];
    let recipe =
        resolve(&[&["student.intervals=20", growing][..], &others].concat()).expect("valid");
    let text = toml::to_string(&recipe.table()).expect("text");
    assert_eq!(toml::from_str::<Recipe>(&text).expect("parsed"), recipe);
    assert!(resolve(&["strong.optimisation.steps=1", growing]).is_err(), "more lessons than steps");
    let two = Horizon::Steps(2.try_into().expect("two"));
    let lessons = [Lesson { intervals: 5, horizon: two }, usual];
    assert_eq!(recipe.lessons(StageName::Strong), lessons);
    assert_eq!(recipe.lessons(StageName::Student(Horizon::CM))[0].horizon, Horizon::CM);

    let without = resolve(&["strong=false"]).expect("valid");
    assert!(without.strong.is_none() && !StageName::of(&without).contains(&StageName::Strong));
    let message = |set: &str| resolve(&[set]).expect_err(set).to_string();
    assert!(message("strong.intervals=20").contains("strong.intervals"));
    assert!(message("strong.starts={ noise = 1.5 }").contains("strong.starts"));
    assert!(message("strong.starts={ log-normal = { mean = 0.0, std = 0.0 } }").contains("std"));
    let lesson = "curriculum=[{ intervals = 7, horizon = \"full\" }]";
    assert!(message(&format!("strong.{lesson}")).contains("intervals"));
    assert!(message(&format!("student.{lesson}")).contains("student.curriculum"));
    assert!(message("strong.bank=5").contains("strong.bank"));
    assert!(message("strong=3").contains("[student]"));
    assert!(message("student.from=direct").contains("student.from"));
}

#[test]
fn adamw_is_not_written_so_that_runs_from_before_there_was_a_choice_go_on() {
    let written = |preset| {
        let recipe = Recipe::resolve(preset, None, &[]).expect("a preset");
        toml::to_string(&recipe.table()).expect("a recipe is TOML")
    };
    assert!(!written("ring").contains("optimiser"));
    assert_eq!(written("tiles").matches("optimiser = \"muon\"").count(), 3);
    assert_eq!(written("tiles").matches("optimiser").count(), 3);
}
