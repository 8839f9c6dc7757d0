//! `bench` as a user runs it: its rates, rooflines, counts.

use serde_json::Value;

use crate::{
    command_line::{fail, succeed},
    gpu::{BACKEND, gpu},
};

/// What `bench`, run once with these arguments, reports of its first network.
#[track_caller]
fn section(arguments: &[&str]) -> Value {
    let report = succeed(&[&["bench"], arguments, &["--repeat", "1", "--json"]].concat());
    let report: Value = serde_json::from_str(&report).expect("JSON");
    report["sections"][0].clone()
}

#[track_caller]
fn timings(arguments: &[&str]) -> Vec<Value> {
    section(arguments)["timings"].as_array().expect("a list").clone()
}

#[test]
fn a_bench_reports_rates_rooflines_and_what_the_teacher_costs() {
    let bench = |subject: &str, preset: &str| {
        timings(&[subject, "--preset", preset, "--backend", "cpu", "--batch", "4"])
    };
    let networks = bench("networks", "tiny");
    assert_eq!(networks.len(), 2, "forward and training");
    for timing in networks {
        assert!(timing["samples_per_s"].as_f64().expect("a rate") > 0.0, "{timing}");
    }
    let operations = bench("operations", "tiny");
    assert!(operations.len() > 10 && operations.iter().all(|t| t["of_roofline"].is_number()));
    let of = |timings: &[Value], name: &str| {
        let found = timings.iter().find(|t| t["name"] == name).expect("measured");
        found["teacher_evaluations"].as_f64().expect("a count")
    };
    let distilled = bench("distill", "ring");
    assert_eq!(of(&distilled, "CM step, teacher solved"), 1.0);
    let direct = of(&distilled, "Direct CM step, teacher solved");
    assert!((1.0..=100.0).contains(&direct), "{direct}");
    assert_eq!(of(&distilled, "Direct CM step, targets cached"), 0.0);
}

#[test]
fn a_bench_measures_another_network_laid_over_a_preset() {
    let bench = |changes: &[&str]| {
        let small = ["networks", "--preset", "tiny", "--backend", "cpu", "--batch", "2"];
        section(&[&small[..], changes].concat())["parameters"].as_u64().expect("a count")
    };
    let plain = bench(&[]);
    assert!(bench(&["--set", "model.network.blocks=2"]) > plain);
    // Groups and heads of its own, and a first level whose size is odd.
    let sets = ["base=12", "groups=4", "heads=2", "patch=16", "multipliers=[1]", "attention=[0]"];
    let sets = sets.map(|set| format!("model.network.{set}"));
    let other = sets.iter().flat_map(|set| ["--set", set.as_str()]).collect::<Vec<_>>();
    let operations =
        ["bench", "operations", "--preset", "tiny", "--backend", "cpu", "--batch", "2"];
    succeed(&[&operations[..], &["--repeat", "1"], &other].concat());
    let told = fail(&["bench", "networks", "--preset", "tiny", "--set", "model.network.blocks=0"]);
    assert!(told.contains("blocks"), "{told}");
}

#[test]
fn a_bench_tells_which_kernels_a_gpu_ran_and_how_long_they_took() {
    if gpu().is_none() {
        return;
    }
    let timings = timings(&["networks", "--backend", BACKEND, "--preset", "tiny", "--batch", "2"]);
    let names: Vec<_> = timings.iter().map(|timing| timing["name"].as_str().unwrap()).collect();
    let expected = [
        "network, forward",
        "denoiser, launched",
        "denoiser, replayed",
        "training step, launched",
        "network, training step",
    ];
    assert_eq!(names, expected);
    for timing in &timings {
        let launches = &timing["launches"];
        let kernels: Vec<_> = launches["kernels"].as_object().expect("named").values().collect();
        let count: u64 = kernels.iter().map(|kernel| kernel["count"].as_u64().unwrap()).sum();
        assert_eq!(launches["count"], count, "{timing}");
        assert!(launches["milliseconds"].as_f64().unwrap() > 0.0, "{timing}");
    }
    // What is replayed is not launched: what goes in, what comes out, and the step of the optimiser.
    let count = |i: usize| timings[i]["launches"]["count"].as_u64().unwrap();
    for (launched, replayed) in [(1, 2), (3, 4)] {
        let [launched, replayed] = [launched, replayed].map(count);
        assert!(replayed > 0 && 4 * replayed < launched, "{replayed} of {launched}");
    }
}

#[test]
fn a_bench_counts_the_bytes_that_our_own_kernels_move() {
    if gpu().is_none() {
        return;
    }
    let small = ["operations", "--preset", "tiny", "--backend", BACKEND, "--batch", "2"];
    let mut compared = 0;
    for timing in timings(&small) {
        let (name, of) = (timing["name"].as_str().expect("a name"), |key| timing[key].as_f64());
        let (Some(rate), false) = (of("gigabytes_per_s"), name.ends_with("backward")) else {
            continue;
        };
        // What the operation has to move, by its shapes; tables of channels and sums of squares come on top.
        let least = rate * of("milliseconds").expect("a time") * 1e6;
        let counted = timing["launches"]["bytes"].as_f64().expect("counted");
        assert!((0.999..1.05).contains(&(counted / least)), "{name}: {counted} beside {least}");
        compared += 1;
    }
    assert_eq!(compared, 5, "norm, both resolutions, AdamW, average");
}

#[test]
fn a_bench_in_f16_moves_half_of_the_bytes_of_an_image() {
    if gpu().is_none() {
        return;
    }
    let bench = |flags: &[&str]| {
        let small = ["operations", "--preset", "tiny", "--backend", BACKEND, "--batch", "2"];
        timings(&[&small[..], flags].concat())
    };
    let megabytes = |timing: &Value| {
        let of = |key: &str| timing[key].as_f64();
        Some(of("gigabytes_per_s")? * of("milliseconds")?)
    };
    let (half, full) = (bench(&["--half"]), bench(&[]));
    assert_eq!(half.len(), full.len());
    for (half, full) in half.iter().zip(&full) {
        assert!(half["of_roofline"].as_f64().expect("a share") > 0.0, "{half}");
        let (Some(found), Some(of_f32)) = (megabytes(half), megabytes(full)) else { continue };
        let name = full["name"].as_str().expect("a name");
        let expected = if name.ends_with("all parameters") { 1.0 } else { 0.5 };
        assert!((found / of_f32 - expected).abs() < 1e-6, "{name}: {found} of {of_f32}");
    }
}
