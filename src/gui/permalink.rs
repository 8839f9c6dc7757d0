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
/// Names of what is neither a setting nor a place.
const OTHERS: [&str; 5] = ["backend", "embed", "model", "theme", "weights"];

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

/// What was encoded last, for those who ask in every frame: what an address tells changes seldom.
#[derive(Debug, Default)]
pub struct Encoded {
    link: Link,
    /// [`encode`] of it, which says nothing of a link that says nothing.
    text: String,
}

impl Encoded {
    /// [`encode`] of `link`, done only where that is another than before.
    pub fn text(&mut self, link: Link) -> &str {
        if self.link != link {
            self.text = encode(&link);
            self.link = link;
        }
        &self.text
    }
}

/// What of the part of an address behind `?` is meant for this program: who sends people here may add names of
/// their own there (`utm_source`). A part of a setting counts, also one that does not exist (`plane.stpes`).
pub fn own(query: &str) -> String {
    let settings = object(&Settings::default());
    let is_own = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        let group = name.split('.').next().unwrap_or_default();
        OTHERS.contains(&name) || name.starts_with(AT) || settings.contains_key(group)
    };
    query.split('&').filter(is_own).collect::<Vec<_>>().join("&")
}

/// What a whole address of the page asks for, or the part of one behind its `#`.
pub fn read(address: &str) -> Link {
    let is_whole = address.contains(['#', '?']) || address.contains("://");
    let (page, hash) = match address.split_once('#') {
        Some(parts) => parts,
        None if is_whole => (address, ""),
        None => ("", address),
    };
    let query = page.split_once('?').map_or("", |(_, query)| query);
    decode(&format!("{}&{hash}", own(query)))
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
            "embed" => link.is_embedded = !matches!(&*value, "0" | "false"),
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
    String::from_utf8_lossy(&unescaped(text).0).into_owned()
}

/// The bytes that a part of an address stands for, and whether each of its `%` signs begins an escape; one that does
/// not stands for itself.
pub(crate) fn unescaped(text: &str) -> (Vec<u8>, bool) {
    let (mut bytes, mut is_well_formed) = (Vec::new(), true);
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digit = |byte: &u8| char::from(*byte).to_digit(16);
        let code = match (first, tail) {
            (b'%', [high, low, ..]) => digit(high).zip(digit(low)),
            _ => None,
        };
        is_well_formed &= *first != b'%' || code.is_some();
        bytes.push(code.map_or(*first, |(high, low)| (16 * high + low) as u8));
        rest = if code.is_some() { &tail[2..] } else { tail };
    }
    (bytes, is_well_formed)
}

#[cfg(test)]
mod tests;
