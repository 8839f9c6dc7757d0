//! Runs whose data lie elsewhere by now, as on another machine.

use std::path::Path;

use super::{Recipe, origin::Begun};
use crate::store::{Archive, DataRecord, Manifest, RunFolder, StoreError};

/// Opens the run in `out`, also where its data lie elsewhere by now: if all that was trained there learnt these.
pub(super) fn open(
    out: &Path,
    recipe: &Recipe,
    data: &DataRecord,
) -> Result<RunFolder, StoreError> {
    const SOURCE: &str = "data.source";
    let config = recipe.table();
    let opened = RunFolder::open(out, &config);
    let is_elsewhere =
        matches!(&opened, Err(StoreError::DifferentConfig { keys, .. }) if *keys == [SOURCE]);
    if is_elsewhere && has_learnt(&RunFolder::at(out), &data.sha256)? {
        return RunFolder::open_but(out, &config, &[SOURCE]);
    }
    opened
}

/// Whether something was trained in a run, and all of it from the data of this sum.
fn has_learnt(run: &RunFolder, sha256: &str) -> Result<bool, StoreError> {
    let mut sums = Vec::new();
    for name in run.finished()? {
        let manifest = Archive::<Manifest>::read(&run.weights(&name))?.manifest;
        sums.push(manifest.data.map(|data| data.sha256));
    }
    for path in run.checkpoints()? {
        let Begun { origin } = Archive::read(&path)?.manifest;
        sums.push(origin.map(|origin| origin.data));
    }
    Ok(!sums.is_empty() && sums.iter().all(|sum| sum.as_deref() == Some(sha256)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Cancel, Lab, LabError, Opened, StageName};

    #[test]
    fn a_run_goes_on_with_its_data_wherever_they_are_and_with_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let put = |path: &str, value: u8| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            image::RgbImage::from_pixel(16, 16, [value; 3].into()).save(path).unwrap();
        };
        for i in 0..3 {
            put(&format!("here/{i}.png"), i);
        }
        let (opened, out) = (Opened::cpu(), folder.path().join("run"));
        let open = |data: &str| -> Result<Lab<'_>, LabError> {
            let source = folder.path().join(data).display().to_string();
            let set = [format!("data.source='{source}'"), "data.held_out_every=2".into()];
            let mut recipe = Recipe::resolve("tiny", None, &set).unwrap();
            recipe.teacher.optimisation.steps = 1;
            Lab::open(recipe, &out, &opened, Cancel::default(), &mut |_| ())
        };
        let lab = open("here").unwrap();
        pollster::block_on(lab.train(StageName::Teacher, &mut |_| ())).unwrap();
        drop(lab);
        std::fs::rename(folder.path().join("here"), folder.path().join("there")).unwrap();
        let moved = open("there").unwrap();
        assert!(moved.recipe.data.source.ends_with("there"));
        drop(moved);
        // From now on they are there.
        let config = std::fs::read_to_string(out.join("config.toml")).unwrap();
        assert!(config.contains("there"), "{config}");
        for i in 0..3 {
            put(&format!("other/{i}.png"), i + 1);
        }
        let error = open("other").err().expect("refused").to_string();
        assert!(error.contains("data.source"), "{error}");
    }
}
