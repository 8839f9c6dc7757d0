//! The page's address: what it asks for, and who wants to know when it changes.

use wasm_bindgen::{JsCast, prelude::*};

use crate::{gui::permalink, platform::window};

/// Parameters behind the `?` that hold for as long as the page is open.
const KEPT: [&str; 4] = ["backend", "embed", "rung", "theme"];

/// The parts of the address behind `?` and `#`.
pub(super) fn parameters() -> String {
    let location = window().location();
    // An address that cannot be read asks for nothing.
    let part = |text: Result<String, JsValue>| text.unwrap_or_default();
    let (query, hash) = (part(location.search()), part(location.hash()));
    let own = permalink::own(query.trim_start_matches('?'));
    format!("{own}&{}", hash.trim_start_matches('#'))
}

/// Leaves behind the `?` only what is no setting: settings follow the person, behind the `#`.
pub(super) fn settle() {
    let search = window().location().search().unwrap_or_default();
    let is_kept = |pair: &&str| KEPT.contains(&pair.split('=').next().unwrap_or_default());
    let kept: Vec<&str> = search.trim_start_matches('?').split('&').filter(is_kept).collect();
    let path = window().location().pathname().unwrap_or_default();
    let hash = window().location().hash().unwrap_or_default();
    let question = if kept.is_empty() { "" } else { "?" };
    let address = format!("{path}{question}{}{hash}", kept.join("&"));
    let replaced = window()
        .history()
        .and_then(|history| history.replace_state_with_url(&JsValue::NULL, "", Some(&address)));
    // Where the browser refuses, the address keeps what it said at first.
    replaced.ok();
}

/// Calls `then` whenever the part of the address behind `#` changes; for as long as the page is there.
pub(super) fn on_change(then: impl Fn() + 'static) {
    let listener = Closure::<dyn Fn()>::new(then).into_js_value();
    window().set_onhashchange(Some(listener.unchecked_ref()));
}
