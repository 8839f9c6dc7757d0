//! Data that do not go together.

use super::*;

/// Two parts of MNIST's kind with an image of one pixel for each of these labels.
fn load(parts: [&[u8]; 2]) -> Result<Corpus, LabError> {
    load_with(parts, &[])
}

/// [`load`] for a recipe with these values laid over it.
fn load_with(parts: [&[u8]; 2], set: &[String]) -> Result<Corpus, LabError> {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    for (part, labels) in ["train", "t10k"].into_iter().zip(parts) {
        let count = [0, 0, 0, labels.len() as u8];
        let images = [&[0, 0, 8, 3][..], &count, &[0, 0, 0, 1, 0, 0, 0, 1], labels].concat();
        put(&format!("{part}-images-idx3-ubyte"), &images);
        put(&format!("{part}-labels-idx1-ubyte"), &[&[0, 0, 8, 1][..], &count, labels].concat());
        // What other systems leave beside a file they copied.
        put(&format!("._{part}-images-idx3-ubyte"), b"not images");
    }
    let source = format!("data.source={}", folder.path().display());
    let mut recipe = Recipe::resolve("digits", None, &[&[source], set].concat()).unwrap();
    Corpus::load(&mut recipe, &Cancel::default(), &mut |_| ())
}

#[test]
fn a_class_that_was_never_shown_is_refused_to_measure_on() {
    let error = load([&[0, 1], &[0, 2]]).err().expect("refused").to_string();
    assert!(error.contains("no image of the class `2` to learn from"), "{error}");
}

#[test]
fn a_class_without_images_is_none() {
    let data = load([&[1, 4, 1], &[4]]).expect("both are shown");
    assert_eq!(data.record.classes, ["1", "4"]);
    assert_eq!([0, 1, 2].map(|i| data.train.label(i)), [0, 1, 0]);
    assert_eq!(data.held_out.label(0), 1);
}

#[test]
fn images_to_learn_from_are_mirrored_too_where_a_recipe_says_so_and_those_held_out_are_not() {
    for (mirror, times) in [(false, 1), (true, 2)] {
        let set = [format!("teacher.mirror={mirror}")];
        let data = load_with([&[0, 1, 1], &[1, 0]], &set).expect("both are shown");
        assert_eq!((data.train.len(), data.held_out.len()), (3 * times, 2), "{mirror}");
        assert_eq!(data.record.samples, 3, "images as they are");
    }
}

#[test]
fn too_few_pictures_come_with_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |count: usize| {
        for i in 0..count {
            image::RgbImage::new(16, 16).save(folder.path().join(format!("{i}.png"))).unwrap();
        }
        let set = [format!("data.source={}", folder.path().display())];
        let mut recipe = Recipe::resolve("tiny", None, &set).unwrap();
        let loaded = Corpus::load(&mut recipe, &Cancel::default(), &mut |_| ());
        loaded.err().expect("refused").to_string()
    };
    let one = refused(1);
    assert!(one.ends_with("; one in 12 is held out: add pictures"), "{one}");
    let four = refused(4);
    assert!(four.contains("4 to learn from, 0 to measure against; one in 12"), "{four}");
    assert!(four.ends_with("or `train --set data.held_out_every=2`"), "{four}");
}

#[test]
fn a_path_is_written_from_its_root_and_a_name_is_kept() {
    let of = |preset: &str, source: &str| {
        let mut recipe = Recipe::resolve(preset, None, &[]).unwrap();
        recipe.data.source = source.into();
        absolute(&recipe)
    };
    assert!(of("tiny", "Cargo.toml").is_some_and(|path| Path::new(&path).is_absolute()));
    assert_eq!(of("tiny", "src/"), of("tiny", "./src"));
    assert_eq!(["emoji", "", "nowhere"].map(|source| of("tiny", source)), [const { None }; 3]);
    assert_eq!(of("ring", "ring"), None);
}

#[test]
fn held_out_images_that_are_learnt_from_are_counted() {
    // A pixel's value is its label.
    let data = load([&[0, 1, 2], &[1, 1]]).expect("both are shown");
    let told = data.repetition().expect("both");
    assert!(told.starts_with("2 of 2 held-out images are among those to learn from"), "{told}");
    let mut tiles = Recipe::resolve("tiles", None, &[]).unwrap();
    let data = Corpus::load(&mut tiles, &Cancel::default(), &mut |_| ()).expect("inside");
    assert!(data.repetition().is_some_and(|told| told.starts_with("1 of 176 held-out images is")));
    let mut emoji = Recipe::resolve("emoji", None, &[]).unwrap();
    let data = Corpus::load(&mut emoji, &Cancel::default(), &mut |_| ()).expect("inside");
    assert_eq!(data.repetition(), None);
}
