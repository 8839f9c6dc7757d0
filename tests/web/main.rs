//! The page in a real browser: Chromium without a window, driven through its DevTools protocol.
//!
//! Where there is no browser these tests say how to install one, and fail if SKIPSTONE_REQUIRE_BROWSER is set.
//! Pictures of what was seen are left in `target/page`.

mod broken;
mod browser;
mod embedded;
mod figures;
mod graphics;
mod hand;
mod keyboard;
mod loading;
mod mirror;
mod offline;
mod program;
mod site;
mod socket;
mod tab;
mod views;

use browser::Browser;
use tab::Tab;

/// Whether the program has drawn.
pub(crate) const LIVE: &str = "document.documentElement.dataset.state === 'live'";
/// Whether the page says that it cannot go on.
pub(crate) const FAILED: &str = "document.documentElement.dataset.state === 'failed'";
/// Whether the still pictures are shown.
pub(crate) const STILL: &str = "document.documentElement.dataset.state === 'still'";

/// The browser's word that its visitor pays for every byte.
const METERED: &str = "Object.defineProperty(
    navigator, 'connection', { value: { saveData: true }, configurable: true }
)";

/// A tab of a fresh browser; nothing where there is no browser. Its page fetches only what it shows: to fetch, check and
/// keep the rest takes the processor away from the test beside it.
pub(crate) fn tab(flags: &[&str]) -> Option<Tab> {
    let mut tab = unmetered_tab(flags)?;
    tab.prepare(METERED);
    Some(tab)
}

/// A [`tab`] as visitors have it: in quiet moments its page fetches what was not looked at yet.
pub(crate) fn unmetered_tab(flags: &[&str]) -> Option<Tab> {
    let program = browser::installed()?;
    site::dist(); // what takes long, before a browser waits for it
    Some(Browser::start(program, flags).tab())
}
