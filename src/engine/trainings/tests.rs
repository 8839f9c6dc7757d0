use serde_json::json;

use super::*;

/// An `eval` of a pair whose Direct CM has this error.
fn measured(name: &str, error: f64) -> Measured {
    let figure = |mean: f64| json!({ "mean": mean, "low": 0.0, "high": 9.0 });
    let line = |model: &str, ode: f64| {
        let beside = json!({ "precision": figure(0.9), "recall": figure(0.1) });
        json!({ "model": model, "steps": 1, "ode": { "squared": figure(ode) }, "beside_teacher": beside })
    };
    let apart = json!({ "ode": figure(error - 0.5), "frechet_data": figure(1.0) });
    let figures = json!({
        "preset": "ring", "samples": 8, "seed": 7,
        "weights": { "teacher": "t", "cm": name, "direct": name },
        "lines": [{ "model": "Teacher", "steps": 20 }, line("CM", 0.5), line("Direct CM", error)],
        "differences": [{ "model": "Direct CM", "less": "CM", "steps": 1, "figures": apart }],
    });
    Measured { name: name.into(), figures }
}

#[test]
fn each_figure_has_its_mean_and_its_interval_over_trainings() {
    let all = [measured("a", 0.1), measured("b", 0.2), measured("c", 0.3)];
    let found = Trainings::of(&all).unwrap();
    let names: Vec<_> = found.rows.iter().map(|row| row.of.as_str()).collect();
    assert_eq!(names, ["CM", "Direct CM", "Direct CM - CM"], "what has no figures is left out");
    let [cm, direct, apart] = &found.rows[..] else { panic!("three") };
    assert_eq!(cm.figures["ode"].all, Estimate { mean: 0.5, low: 0.5, high: 0.5 });
    assert_eq!(direct.figures["precision"].each, [0.9; 3]);
    assert_eq!(direct.figures["ode"].each, [0.1, 0.2, 0.3]);
    let expected = Estimate::of_trials(&[0.1 - 0.5, 0.2 - 0.5, 0.3 - 0.5]);
    assert_eq!(apart.figures["ode"].all, expected);
    assert_eq!(found.notes.len(), 2, "one noise, one teacher: {:?}", found.notes);
    let table = found.table(true);
    for part in
        ["ring, 3 trainings, N = 8", "Direct CM - CM", "ODE error", "FD data", "0.200", "\n  b "]
    {
        assert!(table.contains(part), "{part}: {table}");
    }
    assert!(!found.table(false).contains("\n  b "), "means alone: {}", found.table(false));
    assert!(!table.contains("KID"), "what was not measured has no column: {table}");
}

#[test]
fn what_eval_says_of_samplers_alone_is_told_apart_over_trainings() {
    let with = |name: &str, [cm, direct]: [f64; 2]| {
        let mut one = measured(name, 0.1);
        for (line, mean) in [(0, 0.1), (1, cm), (2, direct)] {
            one.figures["lines"][line]["frechet_infinity_teacher"] = json!({ "mean": mean });
        }
        let less_teacher = json!({ "model": "CM", "less": "Teacher", "steps": 1, "figures": {} });
        one.figures["differences"].as_array_mut().unwrap().push(less_teacher);
        one
    };
    let found = Trainings::of(&[with("a", [0.5, 0.25]), with("b", [0.75, 0.25])]).unwrap();
    let each = |of: &str| {
        let row = found.rows.iter().find(|row| row.of == of).expect("a row");
        row.figures["frechet_infinity_teacher"].each.clone()
    };
    assert_eq!(each("Direct CM"), [0.25, 0.25]);
    assert_eq!(each("Direct CM - CM"), [-0.25, -0.5]);
    assert_eq!(each("CM - Teacher"), [0.5 - 0.1, 0.75 - 0.1], "whose steps are others");
    assert!(found.table(false).contains("FD-inf teacher"));
}

#[test]
fn an_interval_of_a_share_ends_where_shares_do() {
    let mut all = [measured("a", 0.1), measured("b", 0.2)];
    all[1].figures["lines"][1]["beside_teacher"]["precision"]["mean"] = json!(1.0);
    let found = Trainings::of(&all).unwrap();
    let precision = found.rows[0].figures["precision"].all;
    let trials = Estimate::of_trials(&[0.9, 1.0]);
    assert!(trials.high > 1.0 && trials.low > 0.0, "{trials:?}");
    assert_eq!(precision, Estimate { high: 1.0, ..trials });
}

#[test]
fn a_figure_that_one_training_lacks_is_left_out() {
    let mut short = measured("b", 0.2);
    short.figures["differences"] = json!([]);
    short.figures["lines"][1]["ode"] = Value::Null;
    let found = Trainings::of(&[measured("a", 0.1), short]).unwrap();
    let names: Vec<_> = found.rows.iter().map(|row| row.of.as_str()).collect();
    assert_eq!(names, ["CM", "Direct CM"]);
    assert!(!found.rows[0].figures.contains_key("ode"));
    assert!(found.notes.iter().any(|note| note.ends_with("left out: Direct CM - CM")));
    assert!(found.notes.iter().any(|note| note.starts_with("two trainings tell little")));
}

#[test]
fn what_cannot_be_gathered_is_refused() {
    let changed = |key: &str, value: Value| {
        let mut other = measured("b", 0.2);
        other.figures[key] = value;
        Trainings::of(&[measured("a", 0.1), other]).unwrap_err().to_string()
    };
    let differs = changed("preset", json!("grid"));
    assert!(differs.starts_with("a and b differ in `preset` (\"ring\", \"grid\")"), "{differs}");
    assert!(changed("samples", json!(9)).contains("(8, 9)"));
    let features = changed("features_sha256", json!("another"));
    assert!(features.contains("copy weights/features.safetensors"), "{features}");
    assert!(changed("lines", json!(3)).contains("b does not hold figures"));
    let weights = json!({ "teacher": "t", "cm": "other", "direct": "a" });
    assert!(changed("weights", weights).contains("the same weights of `direct`"));
    assert!(Trainings::of(&[measured("a", 0.1)]).is_err());
}

#[test]
fn a_long_name_keeps_its_end() {
    assert_eq!(shortened("runs/seed1/eval.json"), "runs/seed1/eval.json");
    let long = shortened("/a/very/long/path/to/runs/é/seed1/eval.json");
    assert!(long.starts_with('…') && long.ends_with("seed1/eval.json"), "{long}");
    assert_eq!(long.chars().count(), 28);
}
