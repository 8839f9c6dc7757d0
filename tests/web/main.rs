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

/// A tab of a fresh browser; nothing where there is no browser.
pub(crate) fn tab(flags: &[&str]) -> Option<Tab> {
    let program = browser::installed()?;
    site::dist(); // what takes long, before a browser waits for it
    Some(Browser::start(program, flags).tab())
}
