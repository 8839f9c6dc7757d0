//! What addresses say, and what of it is understood.

use super::*;
use crate::{diffusion::Method, gui::View};

fn some() -> Settings {
    let mut settings = Settings {
        view: View::Trajectory,
        preset: "ring".into(),
        seed: u64::MAX,
        class: Some(3),
        method: Some(Method::Ddim),
        steps: vec![1, 8],
        guidance: Some(2.5),
        ..Settings::default()
    };
    settings.plane.mixture.means[0] = [0.123, -4.5];
    settings
}

#[test]
fn a_whole_address_or_its_end_asks_for_the_same() {
    let end = "seed=7&at.path=0.6";
    let asked = read(end);
    assert_eq!((asked.settings.seed, asked.place.path), (7, 0.6));
    for whole in ["https://a.example/#", "#", "https://a.example/?utm_source=b&seed=3#"] {
        assert_eq!(read(&format!("{whole}{end}")), asked, "{whole}");
    }
    assert_eq!(read(&format!("https://a.example/?{end}")), asked);
    assert_eq!(read("https://a.example/"), Link::default());
}

#[test]
fn an_address_gives_back_what_was_set() {
    let place = Place { path: 0.35, time: 12.5, cell: Some([1, 2, 0]), wipe: 0.25 };
    let weights = vec!["https://a.b/c d".to_owned(), "https://a.b/e&f".to_owned()];
    let models = vec!["0a".repeat(32), "b1".repeat(32)];
    let settings = some();
    let link = Link { settings, place, has_settings: true, weights, models, ..Link::default() };
    let address = encode(&link);
    assert!(address.starts_with("view=trajectory&preset=ring&"), "{address}");
    assert!(address.contains("&steps=[1,8]&"), "{address}");
    assert!(address.contains("&at.path=0.35&at.time=12.5&at.cell=[1,2,0]&"), "{address}");
    let models = vec!["0a0a0a0a".to_owned(), "b1b1b1b1".to_owned()];
    assert_eq!(decode(&address), Link { models, ..link }, "{address}");
}

#[test]
fn what_was_encoded_last_follows_every_change_and_is_encoded_once() {
    let (mut encoded, mut link) = (Encoded::default(), Link::default());
    assert_eq!(encoded.text(link.clone()), encode(&link));
    let changes: [fn(&mut Link); 4] = [
        |link| link.settings.seed = 7,
        |link| link.place.path = 0.5,
        |link| link.models.push("0a1b2c3d".into()),
        |link| link.settings.seed = 1,
    ];
    for change in changes {
        change(&mut link);
        let text = encoded.text(link.clone()).to_owned();
        assert_eq!(text, encode(&link));
        let [one, other] = [(); 2].map(|()| encoded.text(link.clone()).as_ptr());
        assert_eq!(one, other, "the same text");
    }
}

#[test]
fn the_usual_settings_need_no_address_and_folders_stay_out_of_it() {
    let mut link = Link::default();
    link.settings.training.folder = Some("/home/somebody".into());
    assert_eq!(encode(&link), "");
    assert_eq!(decode("training.folder=x").complaints.len(), 1);
}

#[test]
fn places_beyond_the_end_are_taken_to_the_end() {
    let link = decode("at.path=7&at.wipe=-1&at.time=1e9&at.nothing=1&theme=dark&theme=green");
    assert_eq!((link.place.path, link.place.wipe), (1.0, 0.0));
    assert_eq!(link.place, link.place.clone().nearest());
    assert_eq!(link.theme, Some(eframe::egui::Theme::Dark));
    assert_eq!(link.complaints.len(), 2, "{:?}", link.complaints);
}

#[test]
fn what_is_not_understood_is_said_and_the_rest_is_taken() {
    let link = decode("seed=7&rows=many&no.such=1&embed&weights=https://a.b/c%20d&rest%");
    assert_eq!(link.settings, Settings { seed: 7, ..Settings::default() });
    assert!(link.is_embedded);
    assert_eq!(link.weights, ["https://a.b/c d"]);
    assert_eq!(link.complaints.len(), 3, "{:?}", link.complaints);
    assert!(link.complaints[0].contains("`rows`"), "{:?}", link.complaints);
}

#[test]
fn names_that_others_add_behind_the_question_mark_are_no_settings() {
    let own = "seed=7&plane.stpes=9&at.nothing=1&theme=dark&embed&rows=many";
    assert_eq!(super::own(&format!("utm_source=a.b&{own}&fbclid=x&no.such=1")), own);
    assert_eq!(super::own(""), "");
    assert_eq!(decode(own).complaints.len(), 3, "{:?}", decode(own).complaints);
}

#[test]
fn an_address_is_plain_where_it_shows_nothing_of_its_own() {
    for plain in ["", "theme=dark&backend=cpu", "no.such=1", "rows=many", "embed=0", "embed=false"]
    {
        assert!(decode(plain).is_plain(), "{plain}");
    }
    for other in ["seed=7", "at.path=0.5", "model=0a0a0a0a", "weights=a", "embed=1"] {
        assert!(!decode(other).is_plain(), "{other}");
    }
    // What is said counts, also where it is as on a first start.
    for usual in ["preset=digits&rows=6&samples=64", "seed=1", "at.wipe=0.5"] {
        assert!(!decode(usual).is_plain(), "{usual}");
    }
}

#[test]
fn any_text_survives_the_escape() {
    for text in ["", "100%", "a&b=c#d?", "ünïcode \u{1F600}", "%zz%4"] {
        assert_eq!(unescape(&escape(text)), text);
    }
}

#[test]
fn what_is_no_escape_is_kept_and_known() {
    assert_eq!(unescaped("a%20b"), (b"a b".to_vec(), true));
    for text in ["%", "a%4", "%zz", "%+f", "%\u{e9}"] {
        assert_eq!(unescaped(text), (text.as_bytes().to_vec(), false));
    }
}
