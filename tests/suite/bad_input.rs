//! Bad input to the program: each gets a sentence, before anything is computed.

use std::{fs, path::Path};

use super::command_line::{borrowed, fail, run, small, succeed, text};

#[test]
fn bad_input_gets_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("noise.safetensors"), [7u8; 100]).expect("written");
    fs::create_dir(path("empty")).expect("a folder");

    assert!(fail(&["info", &path("none")]).contains("none"));
    assert!(fail(&["info", &path("noise.safetensors")]).contains("not a weights file"));
    assert!(fail(&["train", "--stage", "horizon:0"]).contains("horizon:K"));
    let ring = ["train", "--backend", "cpu", "--preset", "ring", "--stage", "horizon:101"];
    assert!(fail(&ring).contains("the teacher takes 100 steps"));
    let strong = ["train", "--backend", "cpu", "--preset", "tiny", "--stage", "strong"];
    assert!(fail(&[&strong[..], &["--out", &path("o")]].concat()).contains("[strong]"));
    let features = ["train", "--backend", "cpu", "--preset", "ring", "--stage", "features"];
    assert!(fail(&[&features[..], &["--out", &path("o")]].concat()).contains("points"));
    assert!(fail(&["window", "--backend", "cpu", "--run", &path("none")]).contains("no run"));
    assert!(fail(&["train", "--preset", "dogs"]).contains("emoji"));
    assert!(
        fail(&["train", "--dry-run", "--preset", "tiny", "--set", "student.intervals=7"])
            .contains("intervals")
    );
    let huge = "model.network.base=9223372036854775806";
    assert!(fail(&["train", "--dry-run", "--preset", "tiny", "--set", huge]).contains("base"));
    let train = ["train", "--backend", "cpu", "--out", &path("o")];
    let digits = fail(&[&train[..], &["--preset", "digits"]].concat());
    assert!(digits.contains("--data"), "{digits}");
    assert!(fail(&[&train[..], &["--preset", "cifar10"]].concat()).contains(".bin files"));
    let empty = fail(&[&train[..], &["--data", &path("empty")]].concat());
    assert!(empty.contains("empty"), "{empty}");
    assert!(fail(&[&train[..], &["--resume"]].concat()).contains("no run"));
    for command in ["compare", "eval", "sample"] {
        let nothing = fail(&[command, "--backend", "cpu", "--run", &path("o")]);
        assert!(nothing.contains("no run in this folder (it has no config.toml)"), "{nothing}");
    }
    let digits = fail(&["eval", "--backend", "cpu"]);
    assert!(digits.contains("the preset `digits` ships without data"), "{digits}");
    assert!(fail(&["compare", "--backend", "cpu", "--preset", "tiny"]).contains("shipped"));
    let picture = path("many.png");
    let many = ["sample", "--backend", "cpu", "--preset", "digits", "--count", "1000000", "--out"];
    assert!(fail(&[&many[..], &[&picture]].concat()).contains("66000 pixels a side"));
}

#[test]
fn data_that_is_not_there_or_does_not_fit_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("o").display().to_string();
    let train =
        |flags: &[&str]| fail(&[&["train", "--backend", "cpu", "--out", &out], flags].concat());
    let nowhere = train(&["--preset", "tiny", "--data", "nowhere"]);
    assert!(
        nowhere.contains("`nowhere` does not exist") && !nowhere.contains("MNIST"),
        "{nowhere}"
    );
    assert!(train(&["--preset", "digits", "--data", "nowhere"]).contains("MNIST"));
    assert!(train(&["--preset", "tiny", "--data", "ring"]).contains("takes images"));
}

#[test]
fn a_training_whose_targets_cannot_be_kept_is_refused_first() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("targets"), b"a file").expect("written");
    let out = folder.path().join("run");
    let train = ["train", "--backend", "cpu", "--preset", "ring", "--out"];
    let told = fail(&[&train[..], &[out.to_str().expect("UTF-8")]].concat());
    assert!(told.contains("targets are kept beside the run"), "{told}");
    assert!(!out.join("weights/teacher.safetensors").exists());
}

#[test]
fn a_place_that_cannot_be_written_is_refused_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    // The run does not exist: the path must be found wrong before it is looked for.
    let told = |command: &str, out: &str| {
        fail(&[command, "--backend", "cpu", "--run", &path("none"), "--out", &path(out)])
    };
    assert!(told("compare", "c.jpg").contains("must end in .png"));
    assert!(told("compare", "missing/c.png").contains("there is no folder"));
    assert!(told("eval", "missing/e.json").contains("there is no folder"));
    assert!(told("eval", "w.safetensors").contains("the figures' name must end in .json"));
    // What nobody named lies in the run.
    let run = ["compare", "--backend", "cpu", "--run", &path("none")];
    assert!(fail(&run).contains("there is no run in this folder"));
    let neighbours = ["eval", "--backend", "cpu", "--neighbours", "n.jpg"];
    assert!(fail(&neighbours).contains("--neighbours n.jpg: the picture's name must end in .png"));
    let guided = ["eval", "--backend", "cpu", "--preset", "ring", "--guidance", "2"];
    assert!(fail(&guided).contains("did not learn to do without a class"));
    let other = ["eval", "--backend", "cpu", "--samples", "4", "--preset", "tiles", "--data"];
    assert!(fail(&[&other[..], &["emoji"]].concat()).contains("have 3 classes and `emoji` has 8"));
    assert!(fail(&[&other[..], &["ring"]].concat()).contains("takes images"));
    assert!(told("sample", "missing/s.npz").contains("there is no folder"));
    #[cfg(target_os = "linux")]
    assert!(told("sample", "/proc/samples").contains("/proc/sample.png"));
    assert!(told("sample", "s.jpg").contains("an .npz file or a folder"));
    assert!(told("sample", "s.PNG").contains("no run"));
    // A folder that is there is one, whatever its name; figures lie beside a comparison's picture.
    fs::create_dir(path("out.v1")).expect("a folder");
    assert!(told("sample", "out.v1").contains("no run"));
    fs::create_dir(path("c.json")).expect("a folder");
    assert!(told("compare", "c.png").contains("c.json: this is a folder"));
}

#[test]
fn a_picture_of_a_window_that_cannot_come_is_refused_first() {
    let window = |flags: &[&str]| fail(&[&["window", "--backend", "cpu"], flags].concat());
    assert!(window(&["--screenshot", "w.jpg"]).contains("must end in .png"));
    assert!(window(&["--screenshot", "no/such/w.png"]).contains("there is no folder"));
    assert!(window(&["--preset", "dogs", "--screenshot", "w.png"]).contains("there are digits"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_dry_run_needs_no_device() {
    let recipe = |flags: &[&str]| succeed(&[&["train", "--dry-run"], flags].concat());
    assert_eq!(recipe(&["--backend", "metal"]), recipe(&["--backend", "cpu"]));
}

#[cfg(unix)]
#[test]
fn what_is_written_leaves_links_and_devices_in_their_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let names = ["a.npz", "link.npz", "null.npz", "coming.npz", "new.npz"];
    let [file, link, null, coming, new] = names.map(|name| folder.path().join(name));
    fs::write(&file, b"old").expect("written");
    std::os::unix::fs::symlink(&file, &link).expect("a link");
    std::os::unix::fs::symlink("/dev/null", &null).expect("a link");
    std::os::unix::fs::symlink("new.npz", &coming).expect("a link");
    let sample = ["sample", "--backend", "cpu", "--preset", "ring", "--count", "1", "--out"];
    for out in [&link, &null, &coming] {
        succeed(&[&sample[..], &[out.to_str().expect("UTF-8")]].concat());
        assert!(out.is_symlink());
    }
    let eval = ["eval", "--backend", "cpu", "--preset", "ring", "--samples", "4", "--out"];
    let told = succeed(&[&eval[..], &["/dev/stdout"]].concat());
    assert!(told.contains("\"frechet_floor\""), "the figures go into the pipe: {told}");
    assert_ne!(fs::read(&file).expect("samples"), b"old");
    assert_eq!(fs::read(&file).expect("samples"), fs::read(&new).expect("samples"));
}

#[cfg(unix)]
#[test]
fn a_result_that_is_written_to_stdout_goes_behind_what_a_log_holds() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log.txt");
    let written = |out: &str, log: fs::File, before: &str| {
        let mut eval = std::process::Command::new(env!("CARGO_BIN_EXE_skipstone"));
        eval.args(["eval", "--backend", "cpu", "--preset", "ring", "--samples", "4", "--out", out]);
        let status = eval.stdout(log).stderr(std::process::Stdio::null()).status();
        assert!(status.expect("it runs").success());
        let text = fs::read_to_string(folder.path().join("log.txt")).expect("a log");
        let rest = text.strip_prefix(before).unwrap_or_else(|| panic!("{out}: {text}"));
        assert!(rest.starts_with('{') && rest.contains("\nfigures: "), "{out}: {text}");
    };
    // As shells open it for `>`, and for `>>`.
    written("/dev/stdout", fs::File::create(&log).expect("a log"), "");
    fs::write(&log, "precious\n").expect("written");
    let appended = || fs::OpenOptions::new().append(true).open(&log).expect("a log");
    written("/dev/stdout", appended(), "precious\n");
    fs::write(&log, "precious\n").expect("written");
    let link = folder.path().join("link.json");
    std::os::unix::fs::symlink("/dev/fd/1", &link).expect("a link");
    written(link.to_str().expect("UTF-8"), appended(), "precious\n");
    assert!(link.is_symlink());
}

#[cfg(unix)]
#[test]
fn a_training_goes_on_where_nobody_hears_of_it_any_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut train = std::process::Command::new(env!("CARGO_BIN_EXE_skipstone"));
    train
        .args(small(folder.path(), 2))
        .args(["--stage", "teacher"])
        .stdout(std::process::Stdio::null())
        .stderr(writer);
    assert!(train.status().expect("it runs").success());
    assert!(folder.path().join("weights/teacher.safetensors").exists());
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_ends_a_command_quietly() {
    use std::process::{Command, Stdio};
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut train = Command::new(env!("CARGO_BIN_EXE_skipstone"));
    train.args(["train", "--dry-run", "--preset", "tiny"]).stdout(writer).stderr(Stdio::piped());
    let ended = train.output().expect("it runs");
    assert_eq!((ended.status.code(), &*ended.stderr), (Some(141), &b""[..]));
}

#[cfg(target_os = "linux")] // which has a disk that is always full
#[test]
fn output_that_finds_no_room_is_an_error_and_not_a_reader_that_went_away() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("a full disk");
    let mut train = std::process::Command::new(env!("CARGO_BIN_EXE_skipstone"));
    let ended = train.args(["train", "--dry-run", "--preset", "ring"]).stdout(full).output();
    let ended = ended.expect("it runs");
    let told = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{told}");
    assert!(told.contains("error: failed printing") && !told.contains("panicked"), "{told}");
}

#[test]
fn a_run_of_points_takes_no_class_and_a_student_no_solver() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("run").display().to_string();
    let set = ["student.optimisation.steps=2", "student.bank=0", "output.samples=4"];
    let mut train = vec!["train", "--backend", "cpu", "--preset", "ring", "--out", &out];
    set.iter().for_each(|set| train.extend(["--set", *set]));
    succeed(&[&train[..], &["--stage", "teacher"]].concat());
    succeed(&[&train[..], &["--stage", "cm"]].concat());

    let npz = folder.path().join("s.npz").display().to_string();
    let sample = ["sample", "--backend", "cpu", "--count", "3", "--run", &out, "--out", &npz];
    let refused = |flags: &[&str]| fail(&[&sample[..], flags].concat());
    assert!(refused(&["--class", "0"]).contains("has no classes"));
    assert!(refused(&["--model", "cm", "--method", "ddim"]).contains("a student has none"));
    let unknown = text(&run(&[&sample[..], &["--method", "x"]].concat()).stderr);
    assert_eq!(unknown.matches("dpm2m").count(), 1, "{unknown}");
    assert!(refused(&["--model", "teacher", "--steps", "7"]).contains("divisor"));
    let cm = Path::new(&out).join("weights").join("cm.safetensors");
    fs::write(&cm, "cut off").expect("written");
    assert!(refused(&[]).contains(&cm.display().to_string()));
}

#[test]
fn a_measurement_without_frechet_distances_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("run");
    let stage = |name: &str| {
        let arguments = [small(&out, 2), vec!["--stage".into(), name.into()]].concat();
        succeed(&borrowed(&arguments))
    };
    assert!(!stage("features").contains("compare with"));
    stage("teacher");
    let [run, json] = [&out, &folder.path().join("e.json")].map(|p| p.display().to_string());
    let eval = ["eval", "--backend", "cpu", "--samples", "4", "--run", &run, "--out", &json];
    let picture = folder.path().join("n.png");
    let told = succeed(&[&eval[..], &["--neighbours", picture.to_str().expect("UTF-8")]].concat());
    assert!(told.contains("not trained yet, and not measured: cm, direct"), "{told}");
    assert!(told.contains("Frechet distances on") && told.contains("near copies are no farther"));
    // Four samples of 16 pixels, each above its neighbour, twice as large.
    assert_eq!(image::open(&picture).expect("a picture").into_rgb8().dimensions(), (148, 72));
    let figures = fs::read_to_string(&json).expect("figures");
    let figures: serde_json::Value = serde_json::from_str(&figures).expect("JSON");
    let measures = ["frechet_teacher", "frechet_data", "frechet_infinity_teacher"];
    for measure in [&measures[..], &["near_copies", "kernel_teacher", "kernel_data"]].concat() {
        let found = &figures["lines"][0][measure];
        let [low, mean, high] = ["low", "mean", "high"].map(|end| found[end].as_f64());
        assert!(low.is_some() && low <= mean && mean <= high, "{measure}: {found}");
    }
    fs::remove_file(out.join("weights/features.safetensors")).expect("removed");
    let told = succeed(&eval);
    assert!(told.contains("features.safetensors is missing"), "{told}");
    fs::remove_file(out.join("config.toml")).expect("removed");
    let told = fail(&eval);
    assert!(told.contains("no run in this folder (it has no config.toml)"), "{told}");
}

#[cfg(target_os = "linux")] // where names are any bytes
#[test]
fn class_folders_whose_names_are_no_text_stay_apart() {
    use skipstone::data::{LoadOptions, Source, load};
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};
    let folder = tempfile::tempdir().expect("a folder");
    for name in [b"caf\xe8", b"caf\xe9"] {
        let class = folder.path().join(OsStr::from_bytes(name));
        fs::create_dir(&class).expect("a folder");
        image::RgbImage::new(8, 8).save(class.join("a.png")).expect("a picture");
    }
    let source = Source::Path(folder.path().into());
    let set = load(&source, &LoadOptions::default(), &mut |_, _| true).expect("a set");
    assert_eq!(set.train.card().classes, ["caf%E8", "caf%E9"]);
}

#[cfg(unix)]
#[test]
fn a_picture_that_is_a_link_to_nothing_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let [there, gone] = ["a.png", "b.png"].map(|name| folder.path().join(name));
    image::RgbImage::new(8, 8).save(&there).expect("a picture");
    std::os::unix::fs::symlink("nowhere.png", &gone).expect("a link");
    let data = folder.path().display().to_string();
    let told =
        fail(&["train", "--backend", "cpu", "--data", &data, "--out", &format!("{data}.run")]);
    assert!(told.contains("b.png") && told.contains("a link"), "{told}");
}
