//! Folders of pictures, and files that are none of the formats.

use super::*;

#[test]
fn first_level_folders_are_classes_in_order_of_path() {
    let dir = folder();
    put(dir.path(), "dogs/deep/b.png", &png(BLUE));
    put(dir.path(), "cats/a.png", &png(RED));
    put(dir.path(), "dogs/a.PNG", &png(RED));
    put(dir.path(), "readme.txt", b"not a picture");
    put(dir.path(), "cats/.hidden.png", b"not a picture");
    let set = load_path(dir.path(), &small()).expect("a set");
    assert_eq!(set.card().classes, ["cats", "dogs"]);
    assert_eq!((0..3).map(|i| set.label(i)).collect::<Vec<_>>(), [0, 1, 1]);
    let blue = [vec![0; 32], vec![255; 16]].concat();
    assert_eq!((set.len(), set.pixels(2)), (3, blue.as_slice()));
}

#[test]
fn pictures_without_folders_have_no_classes() {
    let dir = folder();
    put(dir.path(), "b.png", &png(RED));
    put(dir.path(), "a.png", &png(BLUE));
    let set = load_path(dir.path(), &small()).expect("a set");
    assert_eq!((set.classes(), set.label(0), set.label(1)), (0, 0, 0));
}

#[test]
fn pictures_beside_folders_are_a_class_of_their_own() {
    let dir = folder();
    put(dir.path(), "cats/a.png", &png(RED));
    put(dir.path(), "z.png", &png(BLUE));
    let set = load_path(dir.path(), &small()).expect("a set");
    assert_eq!(
        (set.card().classes.as_slice(), set.label(1)),
        (&["cats".into(), "unsorted".into()][..], 1)
    );
}

#[test]
fn folders_called_like_parts_divide_the_set() {
    let dir = folder();
    for path in ["train/cats/a.png", "train/dogs/a.png", "test/dogs/a.png", "val/dogs/b.png"] {
        put(dir.path(), path, &png(if path.contains("cats") { RED } else { BLUE }));
    }
    let [train, test] = parts(dir.path(), &small());
    let labels = |set: &Images| (0..set.len()).map(|i| set.label(i)).collect::<Vec<_>>();
    assert_eq!((labels(&train), labels(&test)), (vec![0, 1], vec![1, 1]));
    assert_eq!(train.pixels(1), test.pixels(0));
    for set in [train, test] {
        assert_eq!(set.card().classes, ["cats", "dogs"]);
        assert_eq!(set.card().samples, 2);
    }
}

#[test]
fn a_part_of_which_nothing_is_read_is_one_all_the_same() {
    let dir = folder();
    put(dir.path(), "test/dogs/a.png", &png(RED));
    put(dir.path(), "train/dogs/a.tif", &png(RED));
    let lengths = || parts(dir.path(), &small()).map(|part| part.len());
    assert_eq!(lengths(), [0, 1]);
    // What is not read beside parts does not keep them from being parts.
    put(dir.path(), "train/dogs/a.png", &png(RED));
    put(dir.path(), "logo.svg", &png(RED));
    assert_eq!(lengths(), [1, 1]);
}

#[test]
fn pictures_of_other_formats_are_counted() {
    let dir = folder();
    for path in ["a.png", "b.TIF", "c.avif", ".d.tif", "e.txt"] {
        put(dir.path(), path, &png(RED));
    }
    let set = load_path(dir.path(), &small()).expect("a set");
    let unread = Unread { count: 2, first: "b.TIF".to_owned() };
    assert_eq!((set.len(), &set.losses().unread), (1, &Some(unread)));
}

#[test]
fn every_format_is_decoded_by_content_and_not_by_name() {
    use ImageFormat::{Bmp, Gif, Jpeg, Png, WebP};
    for format in [Bmp, Gif, Jpeg, Png, WebP] {
        let dir = folder();
        put(dir.path(), "a.png", &encoded([255, 255, 255, 255], 9, 9, format));
        let set = load_path(dir.path(), &small()).expect("a set");
        // JPEG and GIF colours are not exact.
        assert!(set.pixels(0).iter().all(|&byte| byte > 250), "{format:?}");
    }
}

#[test]
fn the_middle_square_is_kept() {
    let mut wide = RgbaImage::from_pixel(24, 8, image::Rgba(BLUE));
    for (x, _, pixel) in wide.enumerate_pixels_mut() {
        if (8..16).contains(&x) {
            pixel.0 = RED;
        }
    }
    let mut file = Cursor::new(Vec::new());
    wide.write_to(&mut file, ImageFormat::Png).expect("memory");
    let dir = folder();
    put(dir.path(), "wide.png", &file.into_inner());
    let set = load_path(dir.path(), &small()).expect("a set");
    assert_eq!(set.pixels(0), [vec![255; 16], vec![0; 32]].concat());
}

#[test]
fn transparency_shows_the_background_and_hides_its_own_colour() {
    let dir = folder();
    put(dir.path(), "a.png", &png([255, 0, 0, 0]));
    put(dir.path(), "b.png", &png([255, 255, 255, 51]));
    let options = LoadOptions { background: [10, 20, 30], ..small() };
    let set = load_path(dir.path(), &options).expect("a set");
    assert_eq!(set.pixels(0), [10, 20, 30].map(|byte| vec![byte; 16]).concat());
    // A fifth of white over the background: 0.2 * 255 + 0.8 * background.
    assert_eq!(set.pixels(1), [59, 67, 75].map(|byte| vec![byte; 16]).concat());
}

#[test]
fn grey_is_one_channel() {
    let dir = folder();
    put(dir.path(), "a.png", &png([128, 128, 128, 255]));
    let set = load_path(dir.path(), &LoadOptions { channels: 1, ..small() }).expect("a set");
    assert_eq!((set.shape().len(), set.pixels(0)), (16, &[128; 16][..]));
}

#[test]
fn photos_far_larger_than_the_sample_are_reduced() {
    let dir = folder();
    put(dir.path(), "a.png", &encoded(RED, 301, 257, ImageFormat::Png));
    let set = load_path(dir.path(), &small()).expect("a set");
    assert_eq!(set.pixels(0), [vec![255; 16], vec![0; 32]].concat());
}

#[test]
fn an_empty_folder_is_refused_with_what_it_holds() {
    let dir = folder();
    assert_says(&refusal(dir.path()), &["holds no pictures", ".png", "found no files"]);
    put(dir.path(), "notes.txt", b"hello");
    assert_says(&refusal(dir.path()), &["holds no pictures", "found files like notes.txt"]);
}

#[test]
fn an_unreadable_picture_is_named() {
    let dir = folder();
    put(dir.path(), "cats/a.png", &png(RED));
    put(dir.path(), "cats/b.png", b"hello there");
    assert_says(&refusal(dir.path()), &["cats/b.png", "readable picture", "a text file"]);
    put(dir.path(), "cats/b.png", &png(RED)[..40]);
    assert_says(&refusal(dir.path()), &["cats/b.png", "PNG picture that cannot be decoded"]);
    put(dir.path(), "cats/b.png", b"");
    assert_says(&refusal(dir.path()), &["cats/b.png", "an empty file"]);
}

#[test]
fn a_picture_that_claims_to_be_huge_is_refused() {
    let mut file = png(RED);
    // Width and height in the header chunk; its checksum follows at 29.
    file[16..24].copy_from_slice(&[0, 0x0F, 0, 0, 0, 0x0F, 0, 0]);
    let mut crc = flate2::Crc::new();
    crc.update(&file[12..29]);
    file[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    let dir = folder();
    put(dir.path(), "a.png", &file);
    assert_says(&refusal(dir.path()), &["a.png", "cannot be decoded", "limit"]);
}

#[test]
fn a_file_of_no_known_format_is_refused_with_what_it_is() {
    let dir = folder();
    let expected = "a folder or archive (.zip, .tar, .tar.gz) of pictures";
    for (name, content, found) in [
        ("a.txt", b"hello".to_vec(), "a text file"),
        ("a.dat", vec![0xAB, 0xCD, 1, 2, 3], "begins with the bytes ab cd 01 02"),
        ("a.zip", b"".to_vec(), "an empty file"),
    ] {
        put(dir.path(), name, &content);
        assert_says(&refusal(&dir.path().join(name)), &[name, expected, found]);
    }
    put(dir.path(), "a.png", &png(RED));
    assert_says(&refusal(&dir.path().join("a.png")), &["many pictures", "a PNG picture alone"]);
    assert_says(&refusal(&dir.path().join("gone")), &["gone", "a file or folder", "`emoji`"]);
}

fn refusal_of(options: &LoadOptions) -> String {
    let loaded = load(&Source::Emoji, options, &mut |_, _| true);
    loaded.expect_err("a refusal").to_string()
}

#[test]
fn who_watches_hears_of_all_pictures_and_may_stop() {
    let dir = folder();
    for i in 0..300 {
        put(dir.path(), &format!("{i:03}.png"), &png(RED));
    }
    let source = Source::Path(dir.path().to_owned());
    let mut heard = Vec::new();
    load(&source, &small(), &mut |done, all| {
        heard.push((done, all));
        true
    })
    .expect("a set");
    assert_eq!(heard, [(256, 300), (300, 300)]);
    let stopped = load(&source, &small(), &mut |_, _| false);
    assert!(matches!(stopped, Err(DataError::Stopped)));
}

#[test]
fn all_broken_pictures_are_told_at_once_and_of_many_how_many_more() {
    let dir = folder();
    put(dir.path(), "good.png", &png(RED));
    put(dir.path(), "0/a.png", b"");
    let one = refusal(dir.path());
    assert_says(&one, &["0/a.png: expected a readable picture", "replace or remove it"]);
    put(dir.path(), "b.png", b"text");
    let both = refusal(dir.path());
    assert_says(&both, &["2 pictures cannot be read", "\n  0/a.png: ", "\n  b.png: "]);
    assert!(!both.contains("good"), "{both}");
    // More than are decoded together.
    for i in 0..300 {
        put(dir.path(), &format!("{i:03}.png"), b"text");
    }
    let many = refusal(dir.path());
    assert_says(&many, &["302 pictures cannot be read", "\n  018.png: ", "\n  and 282 more"]);
    assert!(!many.contains("019.png"), "{many}");
}

#[test]
fn impossible_options_are_refused() {
    let options = LoadOptions { channels: 4, ..LoadOptions::default() };
    let text = refusal_of(&options);
    assert_says(&text, &["4 channels", "1 for grey or 3 for colour"]);
    let options = LoadOptions { size: 0, ..LoadOptions::default() };
    let text = refusal_of(&options);
    assert_says(&text, &["size 0", "1 to 1024"]);
}

#[test]
fn the_sum_of_a_folder_depends_on_content_and_names() {
    let sum = |files: &[(&str, [u8; 4])]| {
        let dir = folder();
        files.iter().for_each(|(name, colour)| put(dir.path(), name, &png(*colour)));
        load_path(dir.path(), &small()).expect("a set").card().sha256.clone()
    };
    let base = sum(&[("x/a.png", RED), ("y/b.png", BLUE)]);
    assert_eq!(base, sum(&[("y/b.png", BLUE), ("x/a.png", RED)]));
    assert_ne!(base, sum(&[("x/a.png", BLUE), ("y/b.png", BLUE)]));
    assert_ne!(base, sum(&[("x/a.png", RED), ("z/b.png", BLUE)]));
}

#[cfg(target_os = "linux")]
#[test]
fn a_picture_whose_name_is_not_unicode_is_read_all_the_same() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};

    let dir = folder();
    put(dir.path(), "cats/a.png", &png(RED));
    let latin = dir.path().join(OsStr::from_bytes(b"d\xf6gs"));
    std::fs::create_dir(&latin).expect("a folder");
    std::fs::write(latin.join(OsStr::from_bytes(b"\xe4.png")), png(BLUE)).expect("a file");
    let set = load_path(dir.path(), &small()).expect("a set");
    assert_eq!((set.len(), set.label(0), set.label(1)), (2, 0, 1));
}

#[test]
fn pictures_that_lose_their_colours_are_told_from_grey_ones() {
    let is_greyed = |colour: [u8; 4], channels| {
        let dir = folder();
        put(dir.path(), "a.png", &png([90, 100, 95, 255]));
        put(dir.path(), "b.png", &png(colour));
        let options = LoadOptions { channels, ..small() };
        let set = load_path(dir.path(), &options).expect("a set");
        let (kept, held_out) = set.split(2);
        assert_eq!(kept.losses(), held_out.losses());
        kept.losses().is_greyed
    };
    assert!(is_greyed(RED, 1) && !is_greyed(RED, 3));
    // Nobody sees the colour of what is transparent.
    assert!(!is_greyed([128, 128, 128, 255], 1) && !is_greyed([255, 0, 0, 0], 1));
}
