//! Addresses that hold settings: `#view=trajectory&seed=7&at.path=0.6&model=0a1b2c3d,4e5f6071`.
//!
//! A setting stands under its dotted name, as JSON or, where that is clear, as plain text; those that are
//! as they were on a first start are left out. What runs are made of is never in an address: it names
//! folders of a person.

use std::fmt::Write as _;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{Place, Settings};

/// Digits of each model's SHA-256 that an address carries.
const DIGITS: usize = 8;
/// What stays out of addresses.
const PRIVATE: &str = "training";
/// What the names of a place begin with.
const AT: &str = "at.";

/// What an address asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Link {
    /// All that can be set.
    pub settings: Settings,
    /// Where to look within the views.
    pub place: Place,
    /// Whether it says any of these, even if only what they are on a first start.
    pub has_settings: bool,
    /// The first digits of each model's SHA-256, the teacher's first, as they were when the address was made.
    pub models: Vec<String>,
    /// Addresses of weights files.
    pub weights: Vec<String>,
    /// Where to compute.
    pub backend: Option<String>,
    /// Light or dark paper.
    pub theme: Option<eframe::egui::Theme>,
    /// Whether only the view itself is wanted, for a page around it.
    pub is_embedded: bool,
    /// What was not understood, in sentences.
    pub complaints: Vec<String>,
}

/// The part of an address behind `#`: settings, place, weights and models.
pub fn encode(link: &Link) -> String {
    let mut pairs = Vec::new();
    differences("", &object(&link.settings), &object(&Settings::default()), &mut pairs);
    differences(AT, &object(&link.place), &object(&Place::default()), &mut pairs);
    pairs.extend(link.weights.iter().map(|address| ("weights".to_owned(), address.clone())));
    if !link.models.is_empty() {
        let digits = link.models.iter().map(|sum| sum.get(..DIGITS).unwrap_or(sum));
        pairs.push(("model".to_owned(), digits.collect::<Vec<_>>().join(",")));
    }
    let pairs = pairs.iter().map(|(name, value)| format!("{name}={}", escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// What the parts of an address behind `?` and `#`, joined by `&`, ask for.
pub fn decode(parameters: &str) -> Link {
    let mut link = Link::default();
    for pair in parameters.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = unescape(value);
        match name {
            "model" => link.models = value.split(',').map(str::to_owned).collect(),
            "weights" => link.weights.push(value),
            "backend" => link.backend = Some(value),
            "embed" => link.is_embedded = value != "0",
            _ => {
                let complaint = link.set(name, &value).err();
                link.complaints.extend(complaint);
            }
        }
    }
    link
}

impl Link {
    /// Whether it asks for nothing that could be seen.
    pub fn is_plain(&self) -> bool {
        let said = Self { backend: None, theme: None, complaints: Vec::new(), ..self.clone() };
        said == Self::default()
    }

    /// Sets what has a name of its own.
    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        match (name, name.strip_prefix(AT)) {
            ("theme", _) => self.theme = Some(theme(value)?),
            (_, Some(part)) => self.place = with(&self.place, part, value)?.nearest(),
            (_, None) => self.settings = with(&self.settings, name, value)?,
        }
        self.has_settings |= name != "theme";
        Ok(())
    }
}

fn theme(name: &str) -> Result<eframe::egui::Theme, String> {
    match name {
        "light" => Ok(eframe::egui::Theme::Light),
        "dark" => Ok(eframe::egui::Theme::Dark),
        other => Err(format!("the address sets `theme` to `{other}`: it is light or dark")),
    }
}

/// `all` with one value of it set.
fn with<All: Serialize + DeserializeOwned>(
    all: &All,
    name: &str,
    value: &str,
) -> Result<All, String> {
    let mut values = Value::Object(object(all));
    let place = values.pointer_mut(&format!("/{}", name.replace('.', "/")));
    let place = place.ok_or_else(|| format!("the address sets `{name}`, which is no setting"))?;
    let as_text = || Value::String(value.to_owned());
    *place = match place {
        Value::String(_) => as_text(),
        _ => serde_json::from_str(value).unwrap_or_else(|_| as_text()),
    };
    serde_json::from_value(values).map_err(|error| format!("the address sets `{name}`: {error}"))
}

/// The values by name, without those that stay out of addresses.
fn object(all: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(all) {
        Ok(Value::Object(mut map)) => {
            map.remove(PRIVATE);
            map
        }
        _ => unreachable!("settings are named values"),
    }
}

/// Names and values of what differs.
fn differences(
    prefix: &str,
    own: &Map<String, Value>,
    usual: &Map<String, Value>,
    found: &mut Vec<(String, String)>,
) {
    for (name, value) in own {
        let path = format!("{prefix}{name}");
        match (value, usual.get(name)) {
            (value, Some(usual)) if value == usual => {}
            (Value::Object(own), Some(Value::Object(usual))) => {
                differences(&format!("{path}."), own, usual, found);
            }
            (Value::String(text), _) => found.push((path, text.clone())),
            (value, _) => found.push((path, value.to_string())),
        }
    }
}

/// Percent-encodes what an address may not hold; brackets and commas stay readable.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'-'
            | b'_'
            | b'.'
            | b'~'
            | b'['
            | b']'
            | b','
            | b':'
            | b'/' => escaped.push(char::from(byte)),
            _ => write!(escaped, "%{byte:02X}").expect("a text takes all"),
        }
    }
    escaped
}

fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = tail.get(..2).filter(|_| *first == b'%');
        let code = code.and_then(|code| u8::from_str_radix(str::from_utf8(code).ok()?, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
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
    fn an_address_is_plain_where_it_shows_nothing_of_its_own() {
        for plain in ["", "theme=dark&backend=cpu", "no.such=1", "rows=many", "embed=0"] {
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
}
