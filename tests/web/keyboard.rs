//! Keys, and who hears what they do.

use crate::{
    browser::WEBGL,
    program::{RING, open},
    site::Site,
    tab,
};

/// What is said of the control that has the focus.
const FOCUSED: &str = "document.getElementById('focused').textContent";

#[test]
fn the_control_that_has_the_focus_is_said() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    open(&mut tab, &site, RING);
    tab.evaluate("document.getElementById('canvas').focus()");
    tab.key("Tab", false);
    tab.wait(&format!(
        "[...document.querySelectorAll('#mirror button, #mirror input')].some((element) => {{
            const name = element.getAttribute('aria-label');
            return name && {FOCUSED}.startsWith(`${{name}}, `);
        }})"
    ));
    let first = tab.evaluate(FOCUSED);
    tab.key("Tab", false);
    tab.wait(&format!("{FOCUSED} !== '' && {FOCUSED} !== {first}"));
}

/// Safari's rule: a dialog for files and the clipboard are for what runs within a person's event, and for frames that were
/// asked for there. Counts what it would let through in `allowed`.
const STRICT: &str = "
    let isWithin = false;
    globalThis.allowed = { click: 0, writeText: 0 };
    const request = requestAnimationFrame;
    globalThis.requestAnimationFrame = (work) => request(!globalThis.event?.isTrusted ? work : (now) => {
        isWithin = true;
        try { work(now); } finally { isWithin = false; }
    });
    const guard = (prototype, name) => {
        prototype[name] = async () => {
            if (isWithin || globalThis.event?.isTrusted) allowed[name] += 1;
            else throw new DOMException('not by a person', 'NotAllowedError');
        };
    };
    guard(HTMLInputElement.prototype, 'click');
    guard(Clipboard.prototype, 'writeText');";

#[test]
fn keys_do_what_a_browser_lets_only_people_do() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    tab.prepare(STRICT);
    open(&mut tab, &site, RING);
    tab.evaluate("document.getElementById('canvas').focus()");
    tab.key("o", true);
    tab.wait("allowed.click === 1");
    while !tab.evaluate(FOCUSED).as_str().is_some_and(|said| said.starts_with("Copy link, ")) {
        let before = tab.evaluate(FOCUSED);
        tab.key("Tab", false);
        tab.wait(&format!("{FOCUSED} !== {before}"));
    }
    tab.key("Enter", false);
    tab.wait("allowed.writeText === 1");
    tab.assert_clean(&site.url);
}

#[test]
fn the_key_of_the_log_does_not_lead_to_the_browsers_address() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    open(&mut tab, &site, RING);
    tab.evaluate("document.getElementById('canvas').focus()");
    tab.evaluate(
        "addEventListener('keydown', (event) => {
             if (event.key === 'l') globalThis.isPrevented = event.defaultPrevented;
         }, true)",
    );
    tab.key("l", true);
    tab.wait("globalThis.isPrevented === true");
}
