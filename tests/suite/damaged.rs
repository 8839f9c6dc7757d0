//! A run of which a file is damaged: what needs it is refused, and everything else goes on.

use std::{fs, path::Path};

use skipstone::engine::shipped;

use super::command_line::{fail, run, succeed};

/// Makes a run of points with the weights that ship.
fn make_run(folder: &Path) {
    fs::create_dir_all(folder.join("weights")).expect("a folder");
    let recipe = run(&["train", "--dry-run", "--preset", "ring"]);
    fs::write(folder.join("config.toml"), recipe.stdout).expect("written");
    for name in ["teacher", "cm", "direct"] {
        put(folder, name, shipped::bytes("ring", name).expect("shipped"));
    }
}

/// Writes a weights file of the run; returns its path.
fn put(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join("weights").join(name).with_extension("safetensors");
    fs::write(&path, bytes).expect("written");
    path.display().to_string()
}

#[test]
fn a_damaged_student_is_named_where_it_is_needed_and_stops_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    make_run(folder.path());
    let direct = put(folder.path(), "direct", b"cut off");
    let place = folder.path().display().to_string();
    let samples = folder.path().join("s.npz").display().to_string();
    let sample = ["sample", "--backend", "cpu", "--count", "3", "--run", &place, "--out", &samples];
    let of = |model| [&sample[..], &["--model", model]].concat();
    let all = ["--backend", "cpu", "--samples", "4", "--run", &place];

    assert!(!succeed(&of("cm")).contains(&direct));
    // It solves as its students learnt it.
    assert!(succeed(&of("teacher")).contains(&direct));
    assert!(fail(&of("direct")).contains(&direct));
    assert!(fail(&of("strong")).contains("there are cm, direct, teacher"));
    for command in ["compare", "eval"] {
        let told = succeed(&[&[command][..], &all].concat());
        assert!(told.contains(&format!("note: a student is left out: {direct}")), "{told}");
        assert!(told.contains("CM") && !told.contains("Direct CM"), "{told}");
        assert!(!told.contains("not trained yet"), "{told}");
    }

    let teacher = put(folder.path(), "teacher", b"cut off");
    succeed(&of("cm"));
    assert!(fail(&[&["compare"][..], &all].concat()).contains(&teacher));
}
