//! IDX (MNIST) files.

use super::*;

const IMAGES: &str = "train-images-idx3-ubyte";
const LABELS: &str = "train-labels-idx1-ubyte";

/// An IDX image file in which image `i` has only bytes `i + 1`.
fn images(count: u8, side: u8) -> Vec<u8> {
    let mut file = vec![0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, side, 0, 0, 0, side];
    for i in 0..count {
        file.extend(vec![i + 1; usize::from(side) * usize::from(side)]);
    }
    file
}

fn labels(labels: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, 1, 0, 0, 0, labels.len() as u8];
    file.extend(labels);
    file
}

/// Writes a training part, and a test part of the same.
fn put_both(folder: &Path, images: &[u8], labels: &[u8]) {
    for (name, content) in [(IMAGES, images), (LABELS, labels)] {
        put(folder, name, content);
        put(folder, &name.replace("train", "t10k"), content);
    }
}

#[test]
fn an_idx_folder_gives_grey_images_centred_in_black() {
    let dir = folder();
    put_both(dir.path(), &images(3, 28), &labels(&[2, 0, 1]));
    let [set, _] = parts(dir.path(), &LoadOptions::default());
    assert_eq!(set.shape(), Shape { channels: 1, height: 32, width: 32 });
    assert_eq!((set.len(), set.classes()), (3, 3));
    assert_eq!([set.label(0), set.label(1), set.label(2)], [2, 0, 1]);
    let pixels = set.pixels(1);
    for (i, &byte) in pixels.iter().enumerate() {
        let is_inside = |at: usize| (2..30).contains(&at);
        let expected = if is_inside(i / 32) && is_inside(i % 32) { 2 } else { 0 };
        assert_eq!(byte, expected, "row {}, column {}", i / 32, i % 32);
    }
}

#[test]
fn a_folder_with_files_of_two_sets_is_refused() {
    let dir = folder();
    for set in ["emnist-digits", "emnist-letters"] {
        for (name, content) in [(IMAGES, images(2, 28)), (LABELS, labels(&[0, 1]))] {
            put(dir.path(), &format!("{set}-{name}"), &content);
            put(dir.path(), &format!("{set}-{}", name.replace("train", "test")), &content);
        }
    }
    let parts = ["a folder of its own", "emnist-digits-train", "and emnist-letters-train"];
    assert_says(&refusal(dir.path()), &parts);
}

#[test]
fn gzipped_idx_files_are_the_same_set_with_the_same_sum() {
    let (plain, packed) = (folder(), folder());
    put_both(plain.path(), &images(2, 28), &labels(&[0, 1]));
    put_both(packed.path(), &images(2, 28), &labels(&[0, 1]));
    std::fs::remove_file(packed.path().join(IMAGES)).expect("removed");
    std::fs::remove_file(packed.path().join(LABELS)).expect("removed");
    put(packed.path(), &format!("{IMAGES}.gz"), &gzip(&images(2, 28)));
    put(packed.path(), &format!("{LABELS}.gz"), &gzip(&labels(&[0, 1])));
    let options = LoadOptions::default();
    let ([plain, _], [packed, _]) = (parts(plain.path(), &options), parts(packed.path(), &options));
    assert_eq!(plain.card().sha256, packed.card().sha256);
    assert_eq!(plain.pixels(1), packed.pixels(1));
}

#[test]
fn the_image_file_itself_finds_its_labels() {
    let dir = folder();
    put(dir.path(), IMAGES, &images(2, 28));
    put(dir.path(), &format!("{LABELS}.gz"), &gzip(&labels(&[1, 0])));
    let set = load_path(&dir.path().join(IMAGES), &LoadOptions::default()).expect("a set");
    assert_eq!(set.label(0), 1);
    assert_eq!(set.card().licence, "as given by the user");
}

#[test]
fn the_test_split_is_the_t10k_pair() {
    let dir = folder();
    put(dir.path(), IMAGES, &images(2, 28));
    put(dir.path(), LABELS, &labels(&[0, 1]));
    put(dir.path(), "t10k-images-idx3-ubyte", &images(3, 28));
    put(dir.path(), "t10k-labels-idx1-ubyte", &labels(&[1, 1, 0]));
    let [train, test] = parts(dir.path(), &LoadOptions::default());
    assert_eq!((train.len(), test.len()), (2, 3));
}

#[test]
fn a_missing_test_split_is_named() {
    let dir = folder();
    put(dir.path(), IMAGES, &images(2, 28));
    put(dir.path(), LABELS, &labels(&[0, 1]));
    assert_says(&refusal(dir.path()), &["t10k-images-idx3-ubyte", "found none"]);
}

#[test]
fn other_sizes_are_resized() {
    let dir = folder();
    put_both(dir.path(), &images(2, 28), &labels(&[0, 1]));
    let [set, _] = parts(dir.path(), &LoadOptions { size: 16, ..LoadOptions::default() });
    assert_eq!(set.pixels(1), [2; 256], "one grey stays that grey");
}

#[test]
fn swapped_files_are_refused_with_what_they_hold() {
    let dir = folder();
    put(dir.path(), IMAGES, &labels(&[0, 1]));
    put(dir.path(), LABELS, &images(2, 28));
    let text = refusal(dir.path());
    assert_says(&text, &[IMAGES, "the image file", "IDX labels (magic 0x00000801)"]);
    put(dir.path(), IMAGES, &images(2, 28));
    let text = refusal(dir.path());
    assert_says(&text, &[LABELS, "expected IDX labels", "found IDX images (magic 0x00000803)"]);
}

#[test]
fn a_label_file_as_source_is_refused() {
    let dir = folder();
    put(dir.path(), LABELS, &labels(&[0, 1]));
    assert_says(&refusal(&dir.path().join(LABELS)), &[LABELS, "found IDX labels"]);
    assert_says(&refusal(dir.path()), &["train-images-idx3-ubyte", "found none"]);
}

#[test]
fn a_missing_label_file_is_named() {
    let dir = folder();
    put(dir.path(), IMAGES, &images(2, 28));
    assert_says(&refusal(dir.path()), &[IMAGES, LABELS, "found none"]);
    put(dir.path(), "digits", &images(2, 28));
    assert_says(&refusal(&dir.path().join("digits")), &["digits", "a name with `images` in it"]);
}

#[test]
fn different_counts_are_refused_with_both_numbers() {
    let dir = folder();
    put(dir.path(), IMAGES, &images(3, 28));
    put(dir.path(), LABELS, &labels(&[0, 1]));
    assert_says(&refusal(dir.path()), &[IMAGES, "3 images", LABELS, "2 labels"]);
}

#[test]
fn truncated_and_overlong_files_are_refused_with_the_bytes() {
    let dir = folder();
    put(dir.path(), LABELS, &labels(&[0, 1]));
    let whole = images(2, 28);
    put(dir.path(), IMAGES, &whole[..whole.len() - 1]);
    let text = refusal(dir.path());
    assert_says(&text, &["cut short", "1584 bytes", "2 images of 28x28", "found 1583"]);
    put(dir.path(), IMAGES, &[whole.as_slice(), &[0]].concat());
    assert_says(&refusal(dir.path()), &["too long", "1584 bytes", "found 1585"]);
    put(dir.path(), IMAGES, &whole[..10]);
    assert_says(&refusal(dir.path()), &["cut short", "header", "found 10"]);
    put(dir.path(), IMAGES, &whole);
    put(dir.path(), LABELS, &labels(&[0, 1])[..9]);
    assert_says(&refusal(dir.path()), &[LABELS, "cut short", "2 labels", "found 9"]);
}

#[test]
fn a_header_that_promises_the_world_allocates_nothing() {
    let dir = folder();
    let mut file = images(1, 28);
    file[4..8].fill(0xFF);
    put(dir.path(), IMAGES, &file);
    put(dir.path(), LABELS, &labels(&[0]));
    assert_says(&refusal(dir.path()), &["cut short", "4294967295 images"]);
    file[8..12].fill(0xFF);
    put(dir.path(), IMAGES, &file);
    assert_says(&refusal(dir.path()), &["1 to 4096 pixels a side", "4294967295x28"]);
}

#[test]
fn other_element_types_and_empty_sets_are_refused() {
    let dir = folder();
    put(dir.path(), LABELS, &labels(&[]));
    put(dir.path(), IMAGES, &images(0, 28));
    assert_says(&refusal(dir.path()), &["at least one image", "0 images"]);
    let mut floats = images(1, 28);
    floats[2] = 0x0D;
    put(dir.path(), IMAGES, &floats);
    assert_says(&refusal(dir.path()), &["type 0x0d", "only type 0x08"]);
}

#[test]
fn a_damaged_gzip_file_is_refused() {
    let dir = folder();
    let packed = gzip(&images(2, 28));
    put(dir.path(), &format!("{IMAGES}.gz"), &packed[..packed.len() - 6]);
    put(dir.path(), LABELS, &labels(&[0, 1]));
    assert_says(&refusal(dir.path()), &[IMAGES, "cannot be unpacked", "complete copy"]);
}

#[test]
fn a_picture_with_the_name_of_an_idx_file_is_refused() {
    let dir = folder();
    put(dir.path(), IMAGES, &png([1, 2, 3, 255]));
    put(dir.path(), LABELS, &labels(&[0, 1]));
    assert_says(&refusal(dir.path()), &[IMAGES, "found a PNG picture"]);
}
