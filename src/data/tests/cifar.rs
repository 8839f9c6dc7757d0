//! CIFAR-10 binary files.

use super::*;

/// Records with the given labels; record `i` is red `i`, green 100, blue 200.
fn records(labels: &[u8]) -> Vec<u8> {
    let record = |(i, &label): (usize, &u8)| {
        let planes = [i as u8, 100, 200].map(|byte| vec![byte; 1024]).concat();
        [vec![label], planes].concat()
    };
    labels.iter().enumerate().flat_map(record).collect()
}

#[test]
fn a_folder_of_batches_is_read_in_order_with_its_class_names() {
    let dir = folder();
    put(dir.path(), "data_batch_2.bin", &records(&[9]));
    put(dir.path(), "data_batch_1.bin", &records(&[3, 0]));
    put(dir.path(), "test_batch.bin", &records(&[5]));
    put(dir.path(), "batches.meta.txt", b"a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n");
    let [set, test] = parts(dir.path(), &LoadOptions::default());
    assert_eq!(set.shape(), Shape { channels: 3, height: 32, width: 32 });
    assert_eq!((0..set.len()).map(|i| set.label(i)).collect::<Vec<_>>(), [3, 0, 9]);
    assert_eq!(set.card().classes[9], "j");
    assert_eq!(set.pixels(1)[..1024], [1; 1024]);
    assert_eq!(set.pixels(1)[2048..], [200; 1024]);
    assert_eq!((test.len(), test.label(0)), (1, 5));
}

#[test]
fn one_batch_is_a_set_and_may_be_gzipped_or_renamed() {
    let dir = folder();
    put(dir.path(), "some.dat", &records(&[1, 2]));
    put(dir.path(), "b.bin.gz", &gzip(&records(&[1, 2])));
    let options = LoadOptions::default();
    let set = load_path(&dir.path().join("some.dat"), &options).expect("a set");
    let packed = load_path(&dir.path().join("b.bin.gz"), &options).expect("a set");
    assert_eq!((set.len(), set.classes()), (2, 10));
    assert_eq!(set.card().sha256, packed.card().sha256);
}

#[test]
fn another_size_is_resized() {
    let dir = folder();
    put(dir.path(), "b.bin", &records(&[1]));
    let options = LoadOptions { size: 16, ..LoadOptions::default() };
    let set = load_path(&dir.path().join("b.bin"), &options).expect("a set");
    let planes = [0, 100, 200].map(|byte| vec![byte; 256]).concat();
    assert_eq!(set.pixels(0), planes);
}

#[test]
fn xz_is_refused_with_the_command_that_unpacks() {
    let dir = folder();
    put(dir.path(), "data_batch_1.bin.xz", b"\xFD7zXZ\0rest");
    let place = dir.path().join("data_batch_1.bin.xz");
    let command = format!("`xz -dk {}`", place.display());
    assert_says(&refusal(&place), &[&command]);
    assert_says(&refusal(dir.path()), &[&command]);
}

#[test]
fn a_batch_that_is_still_packed_beside_unpacked_ones_is_not_forgotten() {
    let dir = folder();
    put(dir.path(), "data_batch_1.bin", &records(&[1]));
    put(dir.path(), "data_batch_1.bin.xz", b"\xFD7zXZ\0rest");
    put(dir.path(), "test_batch.bin", &records(&[1]));
    let [train, _] = parts(dir.path(), &LoadOptions::default());
    assert_eq!(train.len(), 1, "both are forms of one batch");
    put(dir.path(), "data_batch_2.bin.xz", b"\xFD7zXZ\0rest");
    assert_says(&refusal(dir.path()), &["xz -dk", "data_batch_2.bin.xz"]);
}

#[test]
fn a_missing_split_is_named() {
    let dir = folder();
    put(dir.path(), "data_batch_1.bin", &records(&[1]));
    assert_says(&refusal(dir.path()), &["test_batch.bin", "found none"]);
}

#[test]
fn batches_that_are_not_there_are_named() {
    let dir = folder();
    for name in ["data_batch_1.bin", "data_batch_2.bin", "data_batch_4.bin", "test_batch.bin"] {
        put(dir.path(), name, &records(&[1]));
    }
    put(dir.path(), "data_batch_5.bin.gz", &gzip(&records(&[1])));
    let [train, test] = parts(dir.path(), &LoadOptions::default());
    assert_eq!(train.losses().absent, ["data_batch_3.bin"]);
    assert_eq!(test.losses(), &Losses::default());
    put(dir.path(), "data_batch_3.bin", &records(&[1]));
    put(dir.path(), "data_batch_3 - Copy.bin", &records(&[1]));
    let [train, _] = parts(dir.path(), &LoadOptions::default());
    assert_eq!((train.len(), train.losses()), (5, &Losses::default()));
}

#[test]
fn truncated_records_are_refused_with_the_bytes() {
    let dir = folder();
    put(dir.path(), "data_batch_1.bin", &records(&[1, 2])[..6145]);
    let text = refusal(dir.path());
    assert_says(&text, &["data_batch_1.bin", "cut short", "30730000 bytes", "found 6145"]);
    put(dir.path(), "data_batch_1.bin", b"");
    assert_says(&refusal(dir.path()), &["cut short", "30730000 bytes", "found 0"]);
}

#[test]
fn a_label_above_nine_is_refused_with_its_place() {
    let dir = folder();
    put(dir.path(), "data_batch_1.bin", &records(&[1, 77]));
    let text = refusal(dir.path());
    assert_says(&text, &["data_batch_1.bin", "image 1", "label 77", "expected 0 to 9"]);
}

#[test]
fn cifar_100_is_told_apart() {
    let dir = folder();
    put(dir.path(), "train.bin", &vec![3; 3074]);
    assert_says(&refusal(&dir.path().join("train.bin")), &["3073", "3074", "CIFAR-100"]);
}

#[test]
fn the_python_version_is_told_apart() {
    let dir = folder();
    put(dir.path(), "data_batch_1", b"\x80\x02}q");
    let expected = ["no pictures", "files like data_batch_1, of", "its binary version is read"];
    assert_says(&refusal(dir.path()), &expected);
}

#[test]
fn a_wrong_list_of_names_is_refused() {
    let dir = folder();
    put(dir.path(), "data_batch_1.bin", &records(&[1]));
    put(dir.path(), "batches.meta.txt", b"cat\ndog\n");
    assert_says(&refusal(dir.path()), &["batches.meta.txt", "10 class names", "found 2 lines"]);
}
