//! Keys, and who hears what they do.

use crate::{
    browser::WEBGL,
    program::{RING, open},
    site::Site,
    tab,
};

#[test]
fn the_control_that_has_the_focus_is_said() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    open(&mut tab, &site, RING);
    tab.evaluate("document.getElementById('canvas').focus()");
    tab.key("Tab", false);
    let said = "document.getElementById('focused').textContent";
    tab.wait(&format!(
        "[...document.querySelectorAll('#mirror button, #mirror input')].some((element) => {{
            const name = element.getAttribute('aria-label');
            return name && {said}.startsWith(`${{name}}, `);
        }})"
    ));
    let first = tab.evaluate(said);
    tab.key("Tab", false);
    tab.wait(&format!("{said} !== '' && {said} !== {first}"));
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
