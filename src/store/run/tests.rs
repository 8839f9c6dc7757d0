use super::*;

fn config(text: &str) -> Table {
    toml::from_str(text).unwrap()
}

#[test]
fn a_new_folder_becomes_a_run_that_is_gone_on_with_the_second_time() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("runs/tiles");
    let config = config("seed = 1\n[teacher]\nrate = 1e-4\nwidths = [32, 64]\n");
    let run = RunFolder::open(&root, &config).unwrap();
    assert!(run.weights("cm").parent().unwrap().is_dir());
    drop(run);
    RunFolder::open(&root, &config).unwrap();
}

#[test]
fn a_run_is_open_to_one_trainer_at_a_time_and_to_any_reader() {
    let folder = tempfile::tempdir().unwrap();
    let config = config("a = 1");
    let first = RunFolder::open(folder.path(), &config).unwrap();
    let clone = first.clone();
    drop(first);
    let error = RunFolder::open(folder.path(), &config).unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }), "{error}");
    RunFolder::at(folder.path()).check(&config, &[]).unwrap();
    drop(clone);
    RunFolder::open(folder.path(), &config).unwrap();
}

#[test]
fn another_configuration_is_refused_by_the_names_of_the_differing_keys() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("run");
    let first = config("a = 1\nonly_old = true\n[teacher]\nrate = 1e-4\nsteps = 10\n");
    let second = config("a = 1\n[teacher]\nrate = 2e-4\nsteps = 10\n[cm]\nsteps = 5\n");
    // Where nothing was trained yet, there is nothing to mix up.
    RunFolder::open(&root, &second).unwrap();
    let run = RunFolder::open(&root, &first).unwrap();
    fs::write(run.checkpoint("teacher", Keep::Last), "something").unwrap();
    drop(run);
    match RunFolder::open(&root, &second).unwrap_err() {
        StoreError::DifferentConfig { keys, .. } => {
            assert_eq!(keys, ["cm", "only_old", "teacher.rate"]);
        }
        error => panic!("{error}"),
    }
    // Refusing changed nothing.
    RunFolder::at(&root).check(&first, &[]).unwrap();
}

#[test]
fn the_settings_of_another_program_are_no_run_and_stay_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let theirs = "title = \"A site\"\nname = \"site\"\n";
    fs::write(&path, theirs).unwrap();
    let ours = config("name = \"ring\"\nseed = 0\n[data]\n[teacher]\n");
    let error = RunFolder::open(folder.path(), &ours).unwrap_err();
    assert!(matches!(error, StoreError::NotARun { .. }), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), theirs);
}

#[test]
fn every_number_of_a_configuration_survives_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Table::new();
    for (index, value) in [0.1, 1e-300, 1.0 / 3.0, 2.5e17, 1e22].into_iter().enumerate() {
        config.insert(format!("x{index}"), Value::Float(value));
    }
    config.insert("seed".to_owned(), Value::Integer(i64::MAX));
    let run = RunFolder::at(folder.path());
    run.prepare(&config).unwrap();
    run.check(&config, &[]).unwrap();
}

#[test]
fn a_folder_with_other_files_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("holiday.png"), b"x").unwrap();
    let error = RunFolder::open(folder.path(), &config("a = 1")).unwrap_err();
    assert!(matches!(error, StoreError::NotARun { .. }), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_systems_leave_in_a_folder_is_nobodys_file_and_no_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    for name in [".DS_Store", "Desktop.ini", "Thumbs.db"] {
        fs::write(folder.path().join(name), b"x").unwrap();
    }
    let run = RunFolder::open(folder.path(), &config("a = 1")).unwrap();
    let last = run.checkpoint("cm", Keep::Last);
    fs::write(&last, b"x").unwrap();
    // What macOS keeps beside a file on foreign disks.
    fs::write(last.with_file_name("._cm-last.safetensors"), b"x").unwrap();
    assert_eq!(run.checkpoints().unwrap(), [last]);
}

#[test]
fn a_damaged_configuration_is_an_error_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.toml"), "a = = 1").unwrap();
    let error = RunFolder::at(folder.path()).check(&config("a = 1"), &[]).unwrap_err();
    assert!(error.to_string().contains("config.toml"), "{error}");
}

#[test]
fn half_written_files_of_a_killed_run_are_cleared_away_when_it_resumes() {
    let folder = tempfile::tempdir().unwrap();
    let config = config("a = 1");
    let run = RunFolder::open(folder.path(), &config).unwrap();
    let checkpoint = run.checkpoint("cm", Keep::Last);
    let leftover = checkpoint.with_file_name(".cm-last.safetensors.0.tmp");
    fs::write(&checkpoint, b"whole").unwrap();
    fs::write(&leftover, b"half").unwrap();
    drop(run);
    RunFolder::open(folder.path(), &config).unwrap();
    assert!(checkpoint.exists() && !leftover.exists());
}

#[test]
fn paths_are_named_by_stage_and_step() {
    let run = RunFolder::at("run");
    let shown = |path: PathBuf| path.to_string_lossy().replace('\\', "/");
    assert_eq!(shown(run.weights("teacher")), "run/weights/teacher.safetensors");
    let best = run.checkpoint("direct", Keep::Best);
    assert_eq!(shown(best), "run/checkpoints/direct-best.safetensors");
    assert_eq!(shown(run.samples("horizon-4", 1200)), "run/samples/horizon-4-001200.png");
}

#[test]
fn the_log_of_a_run_is_cut_back_to_the_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let run = RunFolder::open(folder.path(), &config("a = 1")).unwrap();
    let mut log = run.log("cm", 0).unwrap();
    for step in 1..=3 {
        log.append(step, step, 0.0, &[]).unwrap();
    }
    drop(log);
    run.log("cm", 1).unwrap();
    assert_eq!(fs::read_to_string(run.metrics()).unwrap().lines().count(), 1);
    assert!(run.tensorboard("cm").is_dir());
}
