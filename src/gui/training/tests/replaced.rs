//! A run's folder in whose place another run comes, while another view is on show.

use image::{Rgb, RgbImage};

use super::*;
use crate::store::RunFolder;

/// A run of one look, as another program leaves it: a picture of this shade, and a loss.
fn write_run(folder: &Path, shade: u8, loss: f64) {
    let recipe = Recipe::resolve("ring", None, &[]).unwrap();
    let samples = folder.join("samples");
    std::fs::create_dir_all(&samples).unwrap();
    let run = RunFolder::at(folder);
    std::fs::write(run.config(), toml::to_string(&recipe.table()).unwrap()).unwrap();
    let line = format!(r#"{{"stage": "direct", "step": 200, "time_s": 1.0, "loss": {loss}}}"#);
    std::fs::write(run.metrics(), line).unwrap();
    let picture = RgbImage::from_pixel(8, 8, Rgb([shade; 3]));
    picture.save(samples.join("direct-000200.png")).unwrap();
}

#[test]
fn a_run_that_comes_in_the_place_of_another_shows_nothing_of_that_one() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let path = run.join("samples").join("direct-000200.png");
    write_run(&run, 10, 0.5);
    let mut harness = window(settings(&run));
    let shade = |harness: &Harness<'_, App>| {
        let album = &harness.state().training.recorder.album;
        album.image(&path).map(|image| image.get_pixel(0, 0).0[0])
    };
    until(&mut harness, |harness| shade(harness) == Some(10));
    assert!(shows(&harness, "Loss at step 200: Direct CM, loss 0.500"));

    harness.state_mut().shared.settings.view = View::Models;
    harness.step();
    until(&mut harness, |harness| harness.state().training.reader.is_idle());
    std::fs::remove_dir_all(&run).unwrap();
    write_run(&run, 20, 0.25);
    harness.state_mut().shared.settings.view = View::Training;
    until(&mut harness, |harness| shade(harness) == Some(20));
    harness.step();
    assert!(shows(&harness, "Loss at step 200: Direct CM, loss 0.250"));
}

#[test]
fn a_run_that_is_looked_at_while_it_is_deleted_vanishes_in_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    write_run(&run, 10, 0.5);
    let mut harness = window(settings(&run));
    until(&mut harness, |harness| harness.state().training.record.is_some());
    for file in [RunFolder::at(&run).config(), run.join("samples").join("direct-000200.png")] {
        std::fs::remove_file(file).unwrap();
    }
    until(&mut harness, |harness| harness.state().training.unreadable.is_some());
    std::fs::remove_dir_all(&run).unwrap();
    until(&mut harness, |harness| shows(harness, "A new run begins there"));
    assert!(harness.state().training.trouble.is_none());
}
