//! What a recipe asks of a training: lessons, and an end before its last step.

use std::{fs, path::Path, process::Command};

use half::f16;
use serde_json::Value;
use skipstone::store::Archive;

use crate::command_line::{borrowed, losses, small, succeed, text};

#[test]
fn a_strong_student_learns_its_lessons_one_after_the_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let lesson = |intervals| format!("{{ intervals = {intervals}, horizon = \"full\" }}");
    let losses = |name: &str, bank: u64, lessons: &str| {
        let (out, strong) = (folder.path().join(name), format!("strong.curriculum=[{lessons}]"));
        let place = out.to_str().expect("UTF-8");
        let train = ["train", "--backend", "cpu", "--preset", "ring", "--out", place];
        let bank = format!("strong.bank={bank}");
        let steps = "strong.optimisation.steps=6";
        let set = [steps, &bank, &strong, "strong.cache=f32", "output.log_every=1"];
        let set = set.map(|set| ["--set", set]).concat();
        for stage in ["teacher", "strong"] {
            succeed(&[&train[..], &set, &["--stage", stage]].concat());
        }
        losses(&out)
    };
    let lessons = format!("{}, {}", lesson(5), lesson(50));
    // Six steps of 256 draws: none comes twice, and targets of one lesson are not taken for those of the other.
    let (both, anew) = (losses("both", 1536, &lessons), losses("anew", 0, &lessons));
    let first = losses("first", 1536, &lesson(5));
    for ((step, loss), (_, anew)) in both.iter().zip(&anew).take(6) {
        let [loss, anew] = [loss, anew].map(|loss| loss.parse::<f64>().expect("a number"));
        assert!((loss - anew).abs() <= 1e-5 * anew, "step {step}: {loss}, not {anew}");
    }
    assert_eq!(both[..3], first[..3]);
    assert_eq!(both[3].0, first[3].0);
    assert_ne!(both[3].1, first[3].1);
}

#[test]
fn a_teacher_out_of_patience_ends_early_and_is_what_it_was_at_its_best() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("run");
    // So large a rate that the loss soon rises.
    let set = ["teacher.patience=2", "teacher.optimisation.rate=0.3", "output.sample_every=1"];
    let mut train = small(&out, 200);
    train.extend(set.into_iter().flat_map(|set| ["--set", set]).map(String::from));
    train.extend(["--stage", "teacher"].map(String::from));
    let told = succeed(&borrowed(&train));
    assert!(told.contains("teacher: back from step"), "{told}");

    let log = fs::read_to_string(out.join("metrics.jsonl")).expect("a log");
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let looks =
        lines.filter_map(|line| Some((line["step"].as_u64()?, line["validation_loss"].as_f64()?)));
    let looks: Vec<(u64, f64)> = looks.collect();
    let best = looks.iter().min_by(|a, b| a.1.total_cmp(&b.1)).expect("it was measured");
    let last = looks.last().expect("it was measured");
    assert_eq!(last.0, best.0 + 2);
    assert!(last.0 < 200);

    let file = out.join("weights/teacher.safetensors");
    let told = succeed(&["info", file.to_str().expect("UTF-8"), "--json"]);
    let manifest: Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!(manifest["steps"].as_u64(), Some(best.0));
    assert_eq!(manifest["metrics"]["validation_loss"].as_f64(), Some(best.1));

    let tensors = |path: &Path| Archive::<Value>::read(path).expect("an archive").tensors;
    let (written, kept) =
        (tensors(&file), tensors(&out.join("checkpoints/teacher-best.safetensors")));
    let averages = kept.iter().filter_map(|(name, kept)| Some((name.strip_prefix("ema.")?, kept)));
    let averages: Vec<_> = averages.collect();
    assert!(!averages.is_empty());
    for (name, kept) in averages {
        let halved = kept.values.iter().map(|&value| f16::from_f32(value).to_f32());
        assert!(written[name].values.iter().copied().eq(halved), "{name}");
    }
}

/// What a run of the pictures in `ring` says, which ends right away: without classes it has no features to train.
fn begin(folder: &Path) -> String {
    let mut train = Command::new(env!("CARGO_BIN_EXE_skipstone"));
    train.args(["train", "--backend", "cpu", "--preset", "tiny", "--data", "ring", "--out", "run"]);
    train.args(["--set", "data.held_out_every=2", "--stage", "features"]);
    let ended = train.current_dir(folder).output().expect("it runs");
    assert_eq!(ended.status.code(), Some(1));
    text(&ended.stderr)
}

#[test]
fn a_folder_of_pictures_that_is_called_like_a_mixture_is_kept_by_its_whole_path() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("ring")).expect("a folder");
    for name in ["ring/a.png", "ring/b.png"] {
        image::RgbImage::new(16, 16).save(folder.path().join(name)).expect("a picture");
    }
    let told = begin(folder.path());
    assert!(told.contains("no classes"), "{told}");
    let config = fs::read_to_string(folder.path().join("run/config.toml")).expect("a run");
    let config: toml::Table = toml::from_str(&config).expect("TOML");
    let source = Path::new(config["data"]["source"].as_str().expect("a path"));
    assert!(source.is_absolute() && source.ends_with("ring"), "{}", source.display());
}

#[test]
fn data_that_changed_its_classes_is_named_as_the_cause() {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str| {
        let path = folder.path().join("ring").join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        image::RgbImage::new(16, 16).save(path).expect("a picture");
    };
    ["a.png", "b.png"].into_iter().for_each(put);
    assert!(begin(folder.path()).contains("no classes"));
    // As if something had been trained: until then a folder is bound to nothing.
    fs::write(folder.path().join("run/checkpoints/teacher-last.safetensors"), "").expect("written");
    ["c/a.png", "c/b.png"].into_iter().for_each(put);
    let told = begin(folder.path());
    assert!(told.contains("had other classes or channels than it has now"), "{told}");
    assert!(told.contains("--out run-2") && !told.contains("other settings"), "{told}");
}
