//! `trainings`, on what `eval` wrote of two trainings.

use std::fs;

use serde_json::Value;

use crate::command_line::{fail, succeed};

#[test]
fn two_trainings_are_gathered_and_one_is_never_taken_for_two() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let measured = |seed: &str| {
        let (run, file) = (path(seed), path(&format!("{seed}.json")));
        let short = "student.optimisation.steps=4";
        let seeded = format!("seed={seed}");
        let on = ["--backend", "cpu"];
        let train = ["train", "--preset", "ring", "--set", short, "--set", &seeded, "--out", &run];
        succeed(&[&train[..], &on].concat());
        let eval = ["eval", "--run", &run, "--samples", "16", "--seed", seed, "--out", &file];
        assert!(!succeed(&[&eval[..], &on].concat()).contains("not trained yet"));
        file
    };
    let [a, b, all] = [measured("1"), measured("2"), path("all.json")];
    let table = succeed(&["trainings", &a, &b, "--out", &all]);
    assert!(table.contains("ring, 2 trainings, N = 16") && table.contains("Direct CM - CM"));
    assert!(!table.contains("same noise"), "each has noise of its own: {table}");
    let read = |file: &str| -> Value {
        serde_json::from_str(&fs::read_to_string(file).expect("figures")).expect("JSON")
    };
    let errors = [&a, &b].map(|file| read(file)["lines"][1]["ode"]["squared"]["mean"].clone());
    let row = &read(&all)["rows"][1];
    assert_eq!([&row["of"], &row["steps"]], [&Value::from("CM"), &Value::from(1)]);
    assert_eq!(row["figures"]["ode"]["each"], Value::from(errors.to_vec()));

    assert!(fail(&["trainings", &a, &a]).contains("the same weights"));
    fs::write(path("no.json"), "{").expect("written");
    assert!(fail(&["trainings", &a, &path("no.json")]).contains("no.json does not hold figures"));
    assert!(fail(&["trainings", &a, &path("missing.json")]).contains("missing.json"));
    assert!(fail(&["trainings", &a, &b, "--out", &path("no/all.json")]).contains("no folder"));
}
