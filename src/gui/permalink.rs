//! Addresses that hold settings: `#view=trajectory&seed=7&model=0a1b2c3d4e5f6071`.
//!
//! A setting stands under its dotted name, as JSON or, where that is clear, as plain text; those that are
//! as they were on a first start are left out. What runs are made of is never in an address: it names
//! folders of a person.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::Settings;

/// Digits of the teacher's SHA-256 that an address carries.
const DIGITS: usize = 16;
/// What stays out of addresses.
const PRIVATE: &str = "training";

/// What an address asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Link {
    /// All that can be set.
    pub settings: Settings,
    /// The first digits of the teacher's SHA-256, as it was when the address was made.
    pub model: Option<String>,
    /// Addresses of weights files.
    pub weights: Vec<String>,
    /// Where to compute.
    pub backend: Option<String>,
    /// Whether only the view itself is wanted, for a page around it.
    pub is_embedded: bool,
    /// What was not understood, in sentences.
    pub complaints: Vec<String>,
}

/// The settings as the part of an address behind `#`, with the addresses of the weights that were fetched;
/// `teacher` is the SHA-256 of its file.
pub fn encode(settings: &Settings, weights: &[String], teacher: Option<&str>) -> String {
    let mut pairs = Vec::new();
    differences("", &object(settings), &object(&Settings::default()), &mut pairs);
    pairs.extend(weights.iter().map(|address| ("weights".to_owned(), address.clone())));
    pairs.extend(teacher.map(|sum| ("model".to_owned(), sum[..DIGITS.min(sum.len())].to_owned())));
    let pairs = pairs.iter().map(|(name, value)| format!("{name}={}", escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// What the parts of an address behind `?` and `#`, joined by `&`, ask for.
pub fn decode(parameters: &str) -> Link {
    let mut link = Link::default();
    let mut values = Value::Object(object(&link.settings));
    for pair in parameters.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = unescape(value);
        match name {
            "model" => link.model = Some(value),
            "weights" => link.weights.push(value),
            "backend" => link.backend = Some(value),
            "embed" => link.is_embedded = value != "0",
            _ => match with(&values, name, &value) {
                Ok((changed, settings)) => (values, link.settings) = (changed, settings),
                Err(error) => link.complaints.push(error),
            },
        }
    }
    link
}

/// `values` with one of them set.
fn with(values: &Value, name: &str, value: &str) -> Result<(Value, Settings), String> {
    let mut changed = values.clone();
    let pointer = format!("/{}", name.replace('.', "/"));
    let known = !name.starts_with(PRIVATE);
    let place = changed.pointer_mut(&pointer).filter(|_| known);
    let place = place.ok_or_else(|| format!("the address sets `{name}`, which is no setting"))?;
    let as_text = || Value::String(value.to_owned());
    *place = match place {
        Value::String(_) => as_text(),
        _ => serde_json::from_str(value).unwrap_or_else(|_| as_text()),
    };
    let settings = serde_json::from_value(changed.clone());
    let settings = settings.map_err(|error| format!("the address sets `{name}`: {error}"))?;
    Ok((changed, settings))
}

fn object(settings: &Settings) -> Map<String, Value> {
    match serde_json::to_value(settings) {
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
        let weights = ["https://a.b/c d".to_owned(), "https://a.b/e&f".to_owned()];
        let address = encode(&some(), &weights, Some(&"0a".repeat(32)));
        assert!(address.starts_with("view=trajectory&preset=ring&"), "{address}");
        assert!(address.contains("&steps=[1,8]&") || address.contains("&steps=[1,8]"), "{address}");
        let link = decode(&address);
        assert_eq!((&link.settings, link.complaints.len()), (&some(), 0), "{address}");
        assert_eq!(link.model.as_deref(), Some("0a0a0a0a0a0a0a0a"));
        assert_eq!(link.weights, weights);
    }

    #[test]
    fn the_usual_settings_need_no_address_and_folders_stay_out_of_it() {
        let mut settings = Settings::default();
        settings.training.folder = Some("/home/somebody".into());
        assert_eq!(encode(&settings, &[], None), "");
        assert_eq!(decode("training.folder=x").complaints.len(), 1);
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
    fn any_text_survives_the_escape() {
        for text in ["", "100%", "a&b=c#d?", "ünïcode \u{1F600}", "%zz%4"] {
            assert_eq!(unescape(&escape(text)), text);
        }
    }
}
