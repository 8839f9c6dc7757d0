//! What stays between runs: the settings, and the seeds looked at before.
//!
//! Settings of another version are no reason not to start: what is known is kept, what is not is said.

use serde_json::Value;

use super::{Settings, shared::Shared};

/// The keys in eframe's storage.
const SETTINGS: &str = "settings";
const SEEDS: &str = "seeds";

/// What an earlier window left besides settings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Left {
    /// Seeds that were looked at, newest first.
    pub(super) seeds: Vec<u64>,
    /// What was not understood, in sentences.
    pub(super) complaints: Vec<String>,
}

impl Settings {
    /// Whether there are any of the last time.
    pub fn are_kept(storage: Option<&dyn eframe::Storage>) -> bool {
        storage.is_some_and(|storage| storage.get_string(SETTINGS).is_some())
    }

    /// Those of the last time, and what else was left.
    pub fn kept(storage: Option<&dyn eframe::Storage>) -> (Self, Left) {
        let read = |key| storage.and_then(|storage| storage.get_string(key));
        let (settings, complaints) = read(SETTINGS).map_or_else(Default::default, |text| {
            serde_json::from_str(&text).map_or_else(
                |error| (Self::default(), vec![format!("the kept settings are damaged: {error}")]),
                |kept| known(&kept),
            )
        });
        // Seeds that cannot be read are no loss worth a word.
        let seeds = read(SEEDS).and_then(|text| serde_json::from_str(&text).ok());
        (settings, Left { seeds: seeds.unwrap_or_default(), complaints })
    }
}

/// Keeps what the next run shall find.
pub(super) fn keep(shared: &Shared, storage: &mut dyn eframe::Storage) {
    let settings = serde_json::to_value(&shared.settings).expect("plain values");
    let seeds = shared.history.recent_seeds(shared.settings.seed);
    storage.set_string(SETTINGS, settings.to_string());
    storage.set_string(SEEDS, Value::from(seeds).to_string());
}

/// The settings in `kept`, which another version may have written, as far as they are known; and what is not, in sentences.
pub(super) fn known(kept: &Value) -> (Settings, Vec<String>) {
    let mut values = serde_json::to_value(Settings::default()).expect("plain values");
    let mut dropped = Vec::new();
    lay(kept, "", &mut values, &mut dropped);
    let settings = serde_json::from_value(values).expect("only what can be read was laid over");
    let sentence = |name| format!("the setting `{name}` is not known here and was dropped");
    (settings, dropped.into_iter().map(sentence).collect())
}

/// Lays `kept` over the part of `values` at `pointer`: whole where that can be read, else part by part.
fn lay(kept: &Value, pointer: &str, values: &mut Value, dropped: &mut Vec<String>) {
    let mut changed = values.clone();
    let place = changed.pointer_mut(pointer).map(|place| *place = kept.clone());
    let is_known = place.is_some() && serde_json::from_value::<Settings>(changed.clone()).is_ok();
    match (is_known, kept) {
        (true, _) => *values = changed,
        (false, Value::Object(parts)) => {
            for (name, part) in parts {
                lay(part, &format!("{pointer}/{name}"), values, dropped);
            }
        }
        (false, _) => dropped.push(pointer.trim_start_matches('/').replace('/', ".")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::gui::View;

    #[test]
    fn what_is_known_is_kept_and_what_is_not_is_said() {
        let kept = json!({
            "seed": 7, "sede": 8, "rows": "many", "view": "models",
            "plane": { "steps": 900, "colour": "red" },
            "training": { "values": { "student.intervals": 10.0 } },
        });
        let (settings, complaints) = known(&kept);
        assert_eq!((settings.seed, settings.view, settings.plane.steps), (7, View::Models, 900));
        assert_eq!(settings.rows, Settings::default().rows);
        assert_eq!(settings.training.values["student.intervals"], 10.0.into());
        let said = complaints.join("\n");
        assert_eq!(complaints.len(), 3, "{said}");
        for name in ["`sede`", "`rows`", "`plane.colour`"] {
            assert!(said.contains(name), "{said}");
        }
    }

    #[test]
    fn anything_at_all_in_the_storage_gives_settings() {
        for kept in [json!(null), json!([1]), json!({ "plane": 3 }), json!({ "training": null })] {
            assert_eq!(known(&kept).0, Settings::default(), "{kept}");
        }
    }
}
