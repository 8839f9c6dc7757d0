//! The program itself: trained, killed, resumed, compared, and given bad input.

use std::{
    fs,
    io::Read as _,
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use skipstone::engine::{DeviceChoice, device, selftest};

use crate::gpu::{BACKEND, gpu};

fn skipstone(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skipstone"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub(super) fn run(arguments: &[&str]) -> Output {
    skipstone(arguments).output().expect("the program starts")
}

#[track_caller]
pub(super) fn succeed(arguments: &[&str]) -> String {
    let output = run(arguments);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{arguments:?}\n{out}\n{err}");
    out + &err
}

/// The message of a command that must fail cleanly: one error line, no panic, no backtrace.
#[track_caller]
pub(super) fn fail(arguments: &[&str]) -> String {
    let output = run(arguments);
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {err}");
    assert!(err.contains("error: ") && !err.contains("panicked"), "{err}");
    err
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Flags for a training that takes seconds.
pub(super) fn small(out: &Path, teacher_steps: u32) -> Vec<String> {
    let steps = format!("teacher.optimisation.steps={teacher_steps}");
    let set = [
        steps.as_str(),
        "student.optimisation.steps=6",
        "features.optimisation.steps=6",
        "model.network.base=8",
        "model.network.groups=4",
        "model.network.dropout=0.1",
        "output.samples=4",
        "output.checkpoint_every=4",
        "output.sample_every=10",
        "output.log_every=1",
    ];
    let fixed = ["train", "--backend", "cpu", "--preset", "tiny", "--out"];
    let mut all: Vec<String> = fixed.map(String::from).into();
    all.push(out.display().to_string());
    set.iter().for_each(|s| all.extend(["--set".into(), (*s).into()]));
    all
}

pub(super) fn borrowed(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

#[test]
fn a_run_trains_three_stages_and_its_own_comparison_works() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("run");
    succeed(&borrowed(&small(&out, 12)));
    for file in ["teacher", "cm", "direct", "features"] {
        let path = out.join("weights").join(format!("{file}.safetensors"));
        let told = succeed(&["info", path.to_str().expect("UTF-8")]);
        assert!(told.contains(file) && told.contains("Noto"), "{told}");
    }
    assert!(out.join("samples/teacher-000010.png").exists());
    assert!(fs::read_dir(out.join("tensorboard/cm")).expect("a folder").next().is_some());

    let checkpoint = out.join("checkpoints/teacher-last.safetensors");
    let told = succeed(&["info", checkpoint.to_str().expect("UTF-8")]);
    assert!(told.contains("training checkpoint") && told.contains("12"), "{told}");

    let picture = folder.path().join("c.png");
    let [run_dir, png] = [&out, &picture].map(|p| p.to_str().expect("UTF-8"));
    let flags = ["compare", "--backend", "cpu", "--run", run_dir, "--out", png];
    let table = succeed(&[&flags[..], &["--samples", "8", "--rows", "4"]].concat());
    assert!(table.contains("Direct CM") && table.contains("Teacher"), "{table}");
    let figures = fs::read_to_string(folder.path().join("c.json")).expect("figures");
    let figures: serde_json::Value = serde_json::from_str(&figures).expect("JSON");
    let lines = figures["lines"].as_array().expect("lines");
    assert_eq!(lines.len(), 9, "a teacher and two students at 1, 2, 4 and N steps");
    assert!(lines[1]["ode"]["squared"]["mean"].as_f64().expect("a number") > 0.0);
    assert!(image::open(&picture).expect("a picture").width() > 600);

    // The same command again finds everything done; other settings are refused, and named.
    let again = succeed(&borrowed(&small(&out, 12)));
    assert_eq!(again.matches("already done").count(), 4, "{again}");
    let other = fail(&borrowed(&small(&out, 13)));
    assert!(other.contains("teacher.optimisation.steps") && other.contains("run-2"), "{other}");
}

#[test]
fn samples_come_as_grid_as_files_and_as_arrays() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("run");
    let mut train = small(&out, 4);
    succeed(&borrowed(&train));
    train.clear();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let sample = |model: &str, file: &str| {
        let base = ["sample", "--backend", "cpu", "--count", "3", "--model", model];
        let (run, file) = (path("run"), path(file));
        succeed(&[&base[..], &["--run", &run, "--out", &file]].concat())
    };
    sample("cm", "grid.png");
    sample("teacher", "all.npz");
    assert!(!sample("direct", "files").contains("there before"));
    assert!(image::open(path("grid.png")).is_ok());
    assert_eq!(fs::read_dir(path("files")).expect("a folder").count(), 3);
    assert!(!sample("direct", "files").contains("there before"), "the same are written anew");
    fs::copy(path("grid.png"), path("files/older.png")).expect("copied");
    assert!(sample("direct", "files").contains("there before: 1"));
    assert!(Path::new(&path("files/older.png")).exists());
    let (run, file) = (path("run"), path("food"));
    let base = ["sample", "--backend", "cpu", "--count", "2", "--run", &run, "--out", &file];
    succeed(&[&base[..], &["--class", "Food"]].concat());
    assert!(Path::new(&path("food/000001-class-3.png")).exists());
    assert!(fail(&[&base[..], &["--class", "fish"]].concat()).contains("faces, food, objects"));
    sample("cm", "cm.npz");
    let array = |file: &str, name: &str| {
        let archive = zip::ZipArchive::new(fs::File::open(path(file)).expect("a file"));
        let mut archive = archive.expect("a zip");
        assert_eq!(archive.len(), 3);
        let mut bytes = Vec::new();
        archive.by_name(name).expect("an array").read_to_end(&mut bytes).expect("read");
        bytes
    };
    assert!(array("all.npz", "noise.npy") == array("cm.npz", "noise.npy"), "one seed");
    assert!(array("all.npz", "samples.npy") != array("cm.npz", "samples.npy"));
    let guided = ["sample", "--backend", "cpu", "--guidance", "3", "--run", &run];
    assert!(fail(&[&guided[..], &["--model", "cm"]].concat()).contains("a student has learnt"));
    let arrays = path("guided.npz");
    succeed(&[&guided[..], &["--model", "teacher", "--count", "3", "--out", &arrays]].concat());
    assert!(array("all.npz", "samples.npy") != array("guided.npz", "samples.npy"));
}

#[test]
fn a_killed_run_resumes_to_the_same_numbers() {
    let folder = tempfile::tempdir().expect("a folder");
    let (whole, killed) = (folder.path().join("whole"), folder.path().join("killed"));
    let steps = 150;
    let stage = ["--stage".to_owned(), "teacher".to_owned()];
    let arguments = |out: &Path| [small(out, steps), stage.to_vec()].concat();
    succeed(&borrowed(&arguments(&whole)));

    let mut child = skipstone(&borrowed(&arguments(&killed))).spawn().expect("the program starts");
    let checkpoint = killed.join("checkpoints/teacher-last.safetensors");
    let begun = Instant::now();
    while !checkpoint.exists() {
        assert!(begun.elapsed() < Duration::from_secs(120), "no checkpoint came");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().expect("SIGKILL");
    child.wait().expect("it ended");
    let weights = |out: &Path| out.join("weights/teacher.safetensors");
    assert!(!weights(&killed).exists(), "it was killed on the way");

    let told = succeed(&borrowed(&arguments(&killed)));
    assert!(told.contains("going on from step"), "{told}");
    let bytes = |out: &Path| fs::read(weights(out)).expect("weights");
    assert!(bytes(&whole) == bytes(&killed), "the weights differ");
    assert_eq!(losses(&whole), losses(&killed));
}

/// Step and loss of every line of the log.
pub(super) fn losses(out: &Path) -> Vec<(u64, String)> {
    let text = fs::read_to_string(out.join("metrics.jsonl")).expect("a log");
    let line = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        (line["step"].as_u64().expect("a step"), line["loss"].to_string())
    };
    text.lines().map(line).collect()
}

#[test]
fn a_log_shows_what_its_filter_asks_for_and_a_filter_that_is_none_is_told_of() {
    let told = |filter: &str| {
        let output = skipstone(&["devices"])
            .env("SKIPSTONE_LOG", filter)
            .output()
            .expect("the program starts");
        assert!(output.status.success());
        text(&output.stderr)
    };
    assert!(told("skipstone=loud").contains("SKIPSTONE_LOG is no filter"));
    let [own, all] = ["skipstone=debug", "debug"].map(told);
    assert!(!own.contains("is no filter") && !own.contains("wgpu"), "{own}");
    assert!(all.contains("wgpu"), "what libraries say: {all}");
}

#[test]
fn a_gpu_is_chosen_by_its_number_in_the_list() {
    let Some(gpu) = gpu() else { return };
    let listed = succeed(&["devices"]);
    let adapter = gpu.name.split(" (").next().expect("a name");
    let line = listed.lines().find(|line| line.contains(BACKEND) && line.contains(adapter));
    let number = line.and_then(|line| line.split_whitespace().next()).expect("a number");
    let told = succeed(&["selftest", "--quick", "--gpu", number]);
    assert!(told.contains(&format!("{} against the CPU", gpu.name)), "{told}");
    for command in [&["selftest", "--quick"][..], &["sample", "--preset", "ring"]] {
        let refused = fail(&[command, &["--gpu", "99"]].concat());
        assert!(refused.contains("no GPU has the number 99"), "{refused}");
    }
}

#[test]
fn a_gpu_that_takes_the_place_of_another_one_computes_right_beside_it() {
    let Some(_) = gpu() else { return };
    // By its number even the same GPU is a device of its own.
    let second = pollster::block_on(device::open(DeviceChoice::Listed(0))).expect("a GPU");
    let checks = pollster::block_on(selftest::run(&second, true, &mut |_| ())).expect("readable");
    assert!(checks.iter().all(|check| check.passes()), "{checks:?}");
}

#[test]
fn a_dry_run_prints_a_configuration_that_can_be_given_back() {
    let folder = tempfile::tempdir().expect("a folder");
    for preset in ["emoji", "digits", "tiles", "cifar10", "ring", "grid", "tiny"] {
        let resolved = run(&["train", "--dry-run", "--preset", preset, "--set", "seed=9"]);
        let file = folder.path().join(preset);
        fs::write(&file, &resolved.stdout).expect("written");
        let given = run(&["train", "--dry-run", "--config", file.to_str().expect("UTF-8")]);
        assert_eq!(text(&given.stdout), text(&resolved.stdout), "{preset}");
        assert!(text(&given.stdout).contains("seed = 9"));
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_and_says_how_to_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("run");
    let set = ["--stage", "teacher", "--set", "output.checkpoint_every=100000"].map(String::from);
    let arguments = [small(&out, 100_000), set.to_vec()].concat();
    let child = skipstone(&borrowed(&arguments)).spawn().expect("the program starts");
    let checkpoint = out.join("checkpoints/teacher-last.safetensors");
    let begun = Instant::now();
    while !out.join("metrics.jsonl").exists() {
        assert!(begun.elapsed() < Duration::from_secs(120), "it does not begin");
        std::thread::sleep(Duration::from_millis(1));
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
    let output = child.wait_with_output().expect("it ended");
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{told}");
    assert!(told.contains("the same command goes on") && checkpoint.exists(), "{told}");
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_gpu_the_cpu_does_the_work_and_one_line_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("s.png").display().to_string();
    // A Vulkan loader that finds no driver is a machine without a GPU.
    let output = skipstone(&["sample", "--backend", "vulkan", "--count", "1", "--out", &out])
        .env("VK_DRIVER_FILES", "/nonexistent")
        .env("VK_ICD_FILENAMES", "/nonexistent")
        .output()
        .expect("the program starts");
    let told = text(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert_eq!(told.matches("computing on the CPU").count(), 1, "{told}");
    assert!(Path::new(&out).exists());
}

#[cfg(target_os = "linux")] // elsewhere nothing says that there is no display
#[test]
fn without_a_display_the_program_leaves_the_comparison_as_a_picture() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = skipstone(&["window", "--preset", "ring"]);
    for name in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
        command.env_remove(name);
    }
    let output = command.current_dir(folder.path()).output().expect("the program starts");
    let told = text(&output.stderr);
    assert!(output.status.success() && told.contains("no window can be opened here"), "{told}");
    // A device that is opened a second time is refused, and the CPU would take a good one's place.
    assert!(!told.contains("could not be opened"), "{told}");
    assert!(
        folder.path().join("compare.png").exists() && folder.path().join("compare.json").exists()
    );
}
