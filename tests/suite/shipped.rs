//! The weights inside the program: whole, small, self-consistent, and free of this machine's paths.

use burn::prelude::*;
use skipstone::engine::{
    Model,
    shipped::{self, ModelSet},
};

const MODELS: [&str; 4] = ["teacher", "cm", "direct", "strong"];
/// Presets with a strong student beside the plain pair.
const STRONG: [&str; 3] = ["digits", "emoji", "tiles"];

#[test]
fn every_shipped_set_loads_with_the_students_of_its_own_teacher() {
    assert!(!shipped::presets().is_empty());
    for preset in shipped::presets() {
        let set = pollster::block_on(ModelSet::shipped(preset, &Device::flex())).expect(preset);
        let names: Vec<String> = set.students.iter().map(Model::file_name).collect();
        let count = 2 + usize::from(STRONG.contains(&preset));
        assert_eq!(names, ["cm", "direct", "strong"][..count], "{preset}");
        assert!(set.features.is_some(), "{preset} has nothing to measure distances by");
    }
}

#[test]
fn the_cpu_reproduces_the_golden_outputs_of_every_shipped_model() {
    let device = Device::flex();
    for preset in shipped::presets() {
        for name in MODELS {
            let Some(bytes) = shipped::bytes(preset, name) else { continue };
            let model = Model::from_bytes(bytes, &device).expect(preset);
            let golden = pollster::block_on(model.golden_difference(&device)).expect("readable");
            let [difference, tolerance] = golden.expect("golden samples");
            assert!(difference <= tolerance, "{preset} {name}: {difference}");
        }
    }
}

#[test]
fn shipped_files_are_small_and_say_where_they_come_from() {
    const LIMIT: usize = 8 << 20;
    for preset in shipped::presets() {
        for bytes in
            MODELS.iter().chain(&["features"]).filter_map(|name| shipped::bytes(preset, name))
        {
            assert!(bytes.len() < LIMIT);
            let archive =
                skipstone::store::Archive::<skipstone::store::Manifest>::from_bytes(bytes);
            let manifest = archive.expect("a weights file").manifest;
            let data = manifest.data.expect("a data record");
            assert!(!data.licence.is_empty() && data.sha256.len() == 64, "{preset}");
            let source = manifest.recipe["data"]["source"].as_str().expect("a source");
            assert!(!source.contains('/'), "{preset}: {source}");
        }
    }
}
