//! What a page keeps in its browser, under names of its own: all pages of an origin share one storage.

use eframe::egui::ThemePreference;

use crate::platform::window;

const THEME: &str = "theme";
/// The themes by the names that are kept.
const THEMES: [(ThemePreference, &str); 3] = [
    (ThemePreference::System, "system"),
    (ThemePreference::Light, "light"),
    (ThemePreference::Dark, "dark"),
];

/// See the module. A browser that keeps nothing, as some do for private windows, keeps nothing of it.
pub(super) struct Shelf {
    /// What all names begin with.
    place: String,
}

impl Shelf {
    /// That of the folder in which this page lies.
    pub(super) fn open() -> Self {
        let path = window().location().pathname().unwrap_or_default();
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        Self { place: format!("skipstone {folder}/ ") }
    }

    fn name(&self, key: &str) -> String {
        format!("{}{key}", self.place)
    }

    /// The theme that was chosen the last time; as the system has it, where none was.
    pub(super) fn theme(&self) -> ThemePreference {
        let kept = eframe::Storage::get_string(self, THEME);
        let known = THEMES.iter().find(|(_, name)| Some(*name) == kept.as_deref());
        known.map_or(ThemePreference::System, |(theme, _)| *theme)
    }

    /// Keeps the theme that was chosen.
    pub(super) fn keep_theme(&mut self, chosen: ThemePreference) {
        if let Some((_, name)) = THEMES.iter().find(|(theme, _)| *theme == chosen) {
            eframe::Storage::set_string(self, THEME, (*name).to_owned());
        }
    }
}

impl eframe::Storage for Shelf {
    fn get_string(&self, key: &str) -> Option<String> {
        storage()?.get_item(&self.name(key)).ok()?
    }

    fn set_string(&mut self, key: &str, value: String) {
        if let Some(storage) = storage() {
            // A full storage is no reason to stop.
            storage.set_item(&self.name(key), &value).ok();
        }
    }

    fn remove_string(&mut self, key: &str) {
        if let Some(storage) = storage() {
            storage.remove_item(&self.name(key)).ok();
        }
    }

    fn flush(&mut self) {}
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok()?
}
