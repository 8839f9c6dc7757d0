//! Students that take their steps at chosen times, by the commands that choose them.

use std::{fs, io::Read as _, path::Path};

use serde_json::Value;

use super::command_line::{fail, run, succeed};

const STUDENT: [&str; 7] = ["sample", "--backend", "cpu", "--preset", "ring", "--model", "cm"];

/// The floats of an array in an .npz file.
fn floats(file: &Path, name: &str) -> Vec<f32> {
    let archive = zip::ZipArchive::new(fs::File::open(file).expect("a file"));
    let mut archive = archive.expect("a zip");
    let mut bytes = Vec::new();
    archive.by_name(name).expect("an array").read_to_end(&mut bytes).expect("read");
    let header = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    bytes[header..].chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

#[test]
fn samples_are_drawn_at_the_times_asked_for_which_their_file_tells() {
    let folder = tempfile::tempdir().expect("a folder");
    let samples = |options: &[&str]| {
        let file = folder.path().join("samples.npz");
        let out = ["--count", "3", "--out", file.to_str().expect("a path")];
        let told = succeed(&[&STUDENT[..], &out, options].concat());
        (told, floats(&file, "samples.npy"), floats(&file, "times.npy"))
    };
    let (_, even, times) = samples(&["--steps", "2"]);
    assert_eq!(times, [1000.0, 500.0]);
    let (_, again, times) = samples(&["--times", "500"]);
    assert!(even == again && times == [1000.0, 500.0], "the same times, given by hand");
    let (told, other, times) = samples(&["--times", "730.5,200"]);
    assert_eq!(times, [1000.0, 730.5, 200.0]);
    assert!(told.contains("3 network calls each"), "{told}");
    assert!(even != other);
}

#[test]
fn times_that_no_student_takes_are_refused() {
    let with = |options: &[&str]| fail(&[&STUDENT[..], options].concat());
    let told = with(&["--times", "300,600"]);
    assert!(told.contains("descend, below 1000 and above 0"), "{told}");
    assert_eq!(
        run(&[&STUDENT[..], &["--times", "600", "--steps", "2"]].concat()).status.code(),
        Some(2)
    );
    let teacher = ["sample", "--backend", "cpu", "--preset", "ring", "--model", "teacher"];
    let told = fail(&[&teacher[..], &["--times", "600"]].concat());
    assert!(told.contains("--times are a student's"), "{told}");
    let told = run(&["compare", "--preset", "ring", "--times", "600;200"]).stderr;
    let told = String::from_utf8_lossy(&told);
    assert!(told.contains("numbers with commas between"), "{told}");
}

#[test]
fn the_times_that_are_found_are_measured_by_eval_in_their_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let read = |name: &str| -> Value {
        let text = fs::read(folder.path().join(name)).expect("figures");
        serde_json::from_slice(&text).expect("JSON")
    };
    let ring = ["--backend", "cpu", "--preset", "ring", "--samples", "64"];
    let search = ["--tries", "3", "--seed", "4", "--out", &path("times.json")];
    let told = succeed(&[&["times"][..], &ring, &search].concat());
    for part in ["t = 750", "t = 250", "FD teacher (95%)", "chosen on seed 4, checked on seed 5"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let found = read("times.json");
    let cm = &found["students"][0];
    let second = cm["times"][1].as_f64().expect("a time");
    let least = |a: &&Value, b: &&Value| {
        let mean = |tried: &Value| tried["frechet"]["mean"].as_f64().expect("a distance");
        mean(a).total_cmp(&mean(b))
    };
    let tried = cm["tried"][0].as_array().expect("tries");
    assert_eq!(tried.iter().min_by(least).expect("three")["time"], cm["times"][1]);

    let eval = |options: &[&str], name: &str| {
        let out = ["--seed", "5", "--out", &path(name)];
        succeed(&[&["eval"][..], &ring, &out, options].concat());
        read(name)
    };
    let (even, at) = (eval(&[], "even.json"), eval(&["--times", &second.to_string()], "at.json"));
    let two = |figures: &Value| {
        let lines = figures["lines"].as_array().expect("lines");
        let is_two = |line: &&Value| line["model"] == "CM" && line["steps"] == 2;
        lines.iter().find(is_two).expect("two steps")["frechet_teacher"]["mean"].as_f64()
    };
    assert!(two(&even) != two(&at) || second == 500.0);
    assert_eq!(at["times"], serde_json::json!([[second]]));
    assert!(even.get("times").is_none());
    // By the same noise and the same features it is the figure that `times` has: of points nothing is resampled by class.
    let checked = cm["verdicts"][0]["frechet"]["found"]["mean"].as_f64().expect("a distance");
    assert!((two(&at).expect("measured") - checked).abs() < 1e-9 * checked.abs().max(1.0));
}
