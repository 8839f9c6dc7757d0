//! Archives of pictures.

use super::super::archive::{Limits, Packing, walk};
use super::*;

fn files() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("set/LICENSE", b"free".to_vec()),
        ("set/b/1.png", png(BLUE)),
        ("set/a/1.png", png(RED)),
        ("__MACOSX/set/a/._1.png", b"fork".to_vec()),
    ]
}

/// What the file `name` with this content gives.
fn load_file(name: &str, content: &[u8]) -> Result<Images, DataError> {
    let dir = folder();
    put(dir.path(), name, content);
    load_path(&dir.path().join(name), &small())
}

#[test]
fn every_packing_of_a_folder_is_the_same_set() {
    let dir = folder();
    for (name, content) in files() {
        put(dir.path(), name, &content);
    }
    let unpacked = load_path(dir.path(), &small()).expect("a set");
    for (name, bytes) in [
        ("a.zip", zip_of(&files())),
        ("a.tar", tar_of(&files())),
        ("a.tar.gz", gzip(&tar_of(&files()))),
        ("named-wrongly.zip", tar_of(&files())),
    ] {
        let set = load_file(name, &bytes).expect(name);
        assert_eq!(set.card().classes, ["a", "b"], "{name}");
        assert_eq!(set.card().name, name);
        assert_eq!(set.len(), 2, "{name}");
        for i in 0..2 {
            assert_eq!(set.pixels(i), unpacked.pixels(i), "{name}");
            assert_eq!(set.label(i), unpacked.label(i), "{name}");
        }
    }
}

#[test]
fn an_archive_at_a_path_is_loaded_with_the_sum_of_the_file() {
    let dir = folder();
    let bytes = zip_of(&files());
    put(dir.path(), "a.zip", &bytes);
    let set = load_path(&dir.path().join("a.zip"), &small()).expect("a set");
    assert_eq!(set.card().sha256, super::super::known::sha256([bytes.as_slice()]));
    assert_eq!((set.card().name.as_str(), set.card().samples), ("a.zip", 2));
    assert_eq!(set.card().licence, "as given by the user");
}

#[test]
fn an_unreadable_picture_inside_is_named() {
    let mut files = files();
    files[2].1.truncate(40);
    for (name, bytes) in [("a.zip", zip_of(&files)), ("a.tar.gz", gzip(&tar_of(&files)))] {
        let text = load_file(name, &bytes).expect_err("a refusal").to_string();
        assert_says(&text, &[name, "/set/a/1.png", "readable picture", "cannot be decoded"]);
    }
}

#[test]
fn a_picture_that_is_a_link_in_an_archive_is_not_left_out_in_silence() {
    for kind in [tar::EntryType::Link, tar::EntryType::Symlink] {
        let mut builder = tar::Builder::new(Vec::new());
        let (mut header, content) = (tar::Header::new_ustar(), png(RED));
        header.set_size(content.len() as u64);
        builder.append_data(&mut header, "set/b/1.png", content.as_slice()).expect("memory");
        header.set_entry_type(kind);
        header.set_size(0);
        builder.append_link(&mut header, "set/a/2.png", "set/b/1.png").expect("memory");
        let text = load_file("a.tar", &builder.into_inner().expect("memory"));
        let text = text.expect_err("a refusal").to_string();
        assert_says(&text, &["a.tar/set/a/2.png", "a link", "--dereference"]);
    }
}

#[test]
fn a_jpeg_that_is_cut_off_is_refused() {
    let whole = encoded(RED, 32, 32, ImageFormat::Jpeg);
    let dir = folder();
    let load = |bytes: &[u8]| {
        put(dir.path(), "1.jpg", bytes);
        load_path(dir.path(), &small())
    };
    load(&whole).expect("a set");
    // What cameras put behind the picture is none of it.
    load(&[&whole[..], &[0xFF, 0xDA, 0]].concat()).expect("a set");
    for cut in [2, 20, whole.len() / 4] {
        let text = load(&whole[..whole.len() - cut]).expect_err("a refusal").to_string();
        assert_says(&text, &["1.jpg", "JPEG"]);
    }
}

#[test]
fn an_archive_without_pictures_says_what_it_holds() {
    let bytes = zip_of(&[
        ("mnist/readme.txt", b"x".to_vec()),
        ("mnist/train-images-idx3-ubyte", b"x".to_vec()),
    ]);
    let text = load_file("a.zip", &bytes).expect_err("a refusal").to_string();
    assert_says(
        &text,
        &[
            "a.zip",
            "no pictures",
            "found files like mnist/train-images-idx3-ubyte, which are",
            "unpacked",
        ],
    );
    let text = load_file("a.zip", &zip_of(&[])).expect_err("a refusal").to_string();
    assert_says(&text, &["a.zip", "no pictures", "found no files"]);
}

#[test]
fn damaged_archives_are_refused() {
    let (zip, tar) = (zip_of(&files()), tar_of(&files()));
    let packed = gzip(&tar);
    for (name, bytes) in [
        ("a.zip", &zip[..zip.len() / 2]),
        ("a.tar", &tar[..1100]),
        // Between two files: the last one takes two blocks of 512 bytes, and so does the end.
        ("a.tar", &tar[..tar.len() - 2048]),
        ("a.tar.gz", &packed[..packed.len() - 20]),
    ] {
        let text = load_file(name, bytes).expect_err("a refusal").to_string();
        assert_says(&text, &[name, "cannot be unpacked", "complete copy"]);
    }
}

#[test]
fn an_idx_file_without_labels_beside_it_is_refused() {
    let mut file = vec![0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7];
    let name = "train-images-idx3-ubyte";
    let text = load_file(name, &file).expect_err("a refusal").to_string();
    assert_says(&text, &["the label file train-labels-idx1-ubyte", "found none"]);
    file[3] = 1;
    let text = load_file(name, &file).expect_err("a refusal").to_string();
    assert_says(&text, &["IDX labels"]);
}

#[test]
fn who_watches_may_stop_while_pictures_are_counted() {
    let dir = folder();
    put(dir.path(), "a.tar", &tar_of(&files()));
    let source = Source::Path(dir.path().join("a.tar"));
    let mut heard = Vec::new();
    let mut watch = |done, all| {
        heard.push((done, all));
        all > 0
    };
    assert!(matches!(load(&source, &small(), &mut watch), Err(DataError::Stopped)));
    assert_eq!(heard, [(0, 0)]);
    load(&source, &small(), &mut |done, all| {
        heard.push((done, all));
        true
    })
    .expect("a set");
    assert_eq!(heard[1..], [(0, 0), (0, 0), (2, 2)]);
}

/// The paths of the pictures that are read of an archive.
fn read(bytes: &[u8], packing: Packing, limits: Limits) -> Result<Vec<String>, String> {
    let mut paths = Vec::new();
    let walked = walk("archive", bytes, packing, true, limits, &mut |path, _| {
        paths.push(path.to_owned());
        Ok(())
    });
    walked.map(|_| paths).map_err(|error| error.to_string())
}

#[test]
fn an_archive_holds_as_much_as_it_may_and_no_more() {
    let files = files();
    let [blue, red] = [&files[1].1, &files[2].1].map(|picture| picture.len() as u64);
    let most = Limits { files: 4, picture: blue.max(red), pictures: blue + red };
    let (zip, tar) = (zip_of(&files), tar_of(&files));
    let packed = gzip(&tar);
    for (packing, bytes) in [(Packing::Zip, &zip), (Packing::Tar, &tar), (Packing::TarGz, &packed)]
    {
        let both = ["set/b/1.png", "set/a/1.png"].map(str::to_owned).to_vec();
        assert_eq!(read(bytes, packing, most), Ok(both));
        for (limits, what) in [
            (Limits { files: most.files - 1, ..most }, "the files in the archive"),
            (Limits { picture: most.picture - 1, ..most }, "the bytes of the picture file"),
            (Limits { pictures: most.pictures - 1, ..most }, "the unpacked pictures"),
        ] {
            let refused = read(bytes, packing, limits).expect_err(what);
            assert_says(&refused, &[what, "exceed the limit of"]);
        }
    }
}

/// A tar archive of a picture, behind an entry of this kind that says something of it.
fn told_by(kind: tar::EntryType, content: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    picture_behind(header, content)
}

/// A tar archive of a picture, behind a file with a hole before its content, stored as GNU tar stores sparse files.
fn behind_sparse(path: &str, hole: usize, content: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_path(path).expect("a short path");
    header.set_entry_type(tar::EntryType::GNUSparse);
    let gnu = header.as_gnu_mut().expect("a header of GNU tar");
    gnu.set_real_size((hole + content.len()) as u64);
    gnu.sparse[0].set_offset(hole as u64);
    gnu.sparse[0].set_length(content.len() as u64);
    picture_behind(header, content)
}

fn picture_behind(mut header: tar::Header, content: &[u8]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    header.set_size(content.len() as u64);
    header.set_cksum();
    builder.append(&header, content).expect("memory");
    let (mut header, picture) = (tar::Header::new_ustar(), png(RED));
    header.set_size(picture.len() as u64);
    builder.append_data(&mut header, "short.png", picture.as_slice()).expect("memory");
    builder.into_inner().expect("memory")
}

/// A path as archives of POSIX tell it: behind the length of its line.
fn line_of(path: &str) -> String {
    let rest = format!(" path={path}\n");
    let is_right = |digits: &usize| (rest.len() + digits).to_string().len() == *digits;
    let digits = (1..10).find(is_right).expect("a short number");
    format!("{}{rest}", rest.len() + digits)
}

#[test]
fn a_long_name_is_read_and_one_without_end_is_refused_before_it_takes_the_memory() {
    use tar::EntryType::{GNULongLink, GNULongName, XHeader};
    for (length, is_read) in [(1_000, true), (2 << 20, false)] {
        let name = format!("{}.png", "a".repeat(length));
        let archives = [
            (told_by(GNULongName, name.as_bytes()), name.as_str()),
            (told_by(XHeader, line_of(&name).as_bytes()), name.as_str()),
            (told_by(GNULongLink, name.as_bytes()), "short.png"),
        ];
        for (tar, path) in archives {
            for (packing, bytes) in [(Packing::TarGz, gzip(&tar)), (Packing::Tar, tar)] {
                let found = read(&bytes, packing, Limits::USUAL);
                match is_read {
                    true => assert_eq!(found, Ok(vec![path.to_owned()])),
                    false => assert_says(
                        &found.expect_err("a refusal"),
                        &["cannot be unpacked", "more than 1 MiB of names"],
                    ),
                }
            }
        }
    }
}

#[test]
fn files_of_any_length_may_lie_between_two_names() {
    let long = format!("{}.png", "a".repeat(200));
    let names = ["1.txt", "1.png", "2.txt", &long];
    let files = names.map(|name| (name, vec![7; 3 << 20]));
    let found = read(&tar_of(&files), Packing::Tar, Limits::USUAL);
    assert_eq!(found, Ok(vec!["1.png".to_owned(), long.clone()]));
}

#[test]
fn a_sparse_file_of_any_length_is_passed_over_and_a_sparse_picture_is_read_with_its_holes() {
    let (hole, stored) = (vec![0u8; 5 << 20], vec![7u8; 3 << 20]);
    let whole = ("sparse.png".to_owned(), [&hole[..], &stored[..]].concat());
    let short = ("short.png".to_owned(), png(RED));
    for (path, pictures) in [("film.mov", vec![short.clone()]), ("sparse.png", vec![whole, short])]
    {
        let (tar, mut found) = (behind_sparse(path, hole.len(), &stored), Vec::new());
        walk("archive", &tar, Packing::Tar, true, Limits::USUAL, &mut |path, content| {
            found.push((path.to_owned(), content));
            Ok(())
        })
        .expect("an archive");
        assert!(found == pictures, "{path}: {} pictures, or others", found.len());
    }
}
