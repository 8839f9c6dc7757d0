//! The sets inside the program.

use super::*;

fn inside(source: &Source, options: &LoadOptions) -> Images {
    whole(load(source, options, &mut |_, _| true).expect("it is in the program"))
}

#[test]
fn the_emoji_are_1406_pictures_in_eight_categories() {
    let set = inside(&Source::Emoji, &LoadOptions::default());
    assert_eq!(set.len(), 1406);
    assert_eq!(
        set.card().classes,
        [
            "activities",
            "animals-nature",
            "faces",
            "food",
            "objects",
            "people",
            "symbols",
            "travel-places"
        ]
    );
    assert_eq!(set.card().licence, "Apache-2.0 / OFL-1.1 (Google Noto Emoji)");
    assert_eq!(set.shape(), Shape { channels: 3, height: 32, width: 32 });
    // U+1F600 (grinning face) begins the yellow ones: its middle is strong in red, weak in blue.
    let face = (0..set.len()).filter(|&i| set.label(i) == 2).nth(8).expect("many faces");
    let middle = 16 * 32 + 4;
    assert!(set.pixels(face)[middle] > 200 && set.pixels(face)[2 * 1024 + middle] < 100);
}

#[test]
fn the_emoji_lie_over_white_whatever_the_background() {
    let set = inside(&Source::Emoji, &LoadOptions::default());
    let options = LoadOptions { background: [0; 3], ..LoadOptions::default() };
    let black = inside(&Source::Emoji, &options);
    assert!((0..set.len()).all(|i| set.pixels(i) == black.pixels(i)));
    let white = (0..set.len()).filter(|&i| set.pixels(i)[0] == 255).count();
    assert!(white > set.len() / 2, "most have a white corner: {white} of {}", set.len());
}

#[test]
fn the_tiles_are_whole_pictures_of_three_classes() {
    let set = inside(&Source::Tiles, &LoadOptions::default());
    assert_eq!(set.card().classes, ["dungeon", "item", "monster"]);
    let count = |class| (0..set.len()).filter(|&i| set.label(i) == class).count();
    assert_eq!([count(0), count(1), count(2)], [1065, 475, 582]);
    assert_eq!(set.card().licence, "CC0-1.0");
}

#[test]
fn the_licence_texts_travel_inside_the_archives() {
    for (archive, needed) in [
        (
            &include_bytes!("../../../assets/data/emoji.tar.gz")[..],
            &["noto-emoji/LICENSE", "noto-emoji/svg/LICENSE", "noto-emoji/AUTHORS"][..],
        ),
        (
            &include_bytes!("../../../assets/data/tiles.tar.gz")[..],
            &["crawl-tiles/LICENSE-CC0.txt", "crawl-tiles/ARTISTS.md"][..],
        ),
    ] {
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(archive));
        let paths: Vec<String> = archive
            .entries()
            .expect("a tar archive")
            .map(|entry| String::from_utf8_lossy(&entry.expect("entry").path_bytes()).into_owned())
            .collect();
        assert!(needed.iter().all(|path| paths.iter().any(|other| other == path)), "{needed:?}");
    }
}

#[test]
fn a_source_is_a_name_or_a_path() {
    assert_eq!(["emoji", "tiles"].map(Source::from), [Source::Emoji, Source::Tiles]);
    assert!(Source::Emoji.is_inside() && Source::Tiles.is_inside());
    for path in ["some/folder", "./emoji"] {
        assert_eq!(Source::from(path), Source::Path(path.into()));
        assert!(!Source::from(path).is_inside());
    }
}
