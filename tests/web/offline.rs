//! After the first visit no network is needed, and a new version takes over when it is asked to.

use std::fs;

use crate::{LIVE, browser::WEBGPU, site::Site, unmetered_tab};

/// Whether the service worker has kept everything.
const KEPT: &str = "navigator.serviceWorker.ready.then((r) => r.active?.state === 'activated')";

/// Whether all weights and data are kept.
const ALL: &str = "(async () => {
    const store = await caches.open((await caches.keys()).find((name) => name.includes('files')));
    const { files } = await (await fetch('files.json')).json();
    const wanted = Object.keys(files).filter((path) => /^(weights|data)\\//.test(path));
    const sums = new Set(wanted.map((path) => files[path].sha256));
    return (await store.keys()).length >= sums.size;
})()";

/// Little to compute: the worker and the program share this machine.
const QUICK: &str = "#preset=ring&samples=8&intervals=10";

#[test]
fn the_second_visit_needs_no_network() {
    let Some(mut tab) = unmetered_tab(WEBGPU) else { return };
    let site = Site::serve();
    tab.open(&format!("{}{QUICK}", site.url));
    tab.wait(LIVE);
    tab.wait_said("ODE error");
    tab.wait(KEPT);
    tab.wait(ALL);
    let url = site.url.clone();
    drop(site);
    tab.offline(true);
    tab.reload();
    tab.wait(LIVE);
    tab.wait_said("the solution, 64 points");
    // Models that were never looked at are there as well.
    tab.evaluate("location.hash = '#preset=grid&samples=9&intervals=10'");
    tab.wait_said("the solution, 72 points");
    tab.assert_clean(&url);
}

#[test]
fn a_new_version_waits_until_it_is_asked_for() {
    let Some(mut tab) = unmetered_tab(WEBGPU) else { return };
    let site = Site::copy("");
    tab.open(&format!("{}{QUICK}", site.url));
    tab.wait(LIVE);
    tab.wait(KEPT);
    let script = fs::read_to_string(site.folder().join("sw.js")).expect("a script");
    let version = script.split('"').nth(3).expect("a version").to_owned();
    site.replace("sw.js", script.replace(&version, "newer"));
    tab.reload();
    let button =
        "[...document.querySelectorAll('.notice button')].find((b) => b.textContent === 'Reload')";
    tab.wait(button);
    assert!(tab.text("#notices").contains("A new version"), "{}", tab.text("#notices"));
    tab.screenshot("new-version");
    tab.evaluate("document.getElementById('canvas').focus()");
    tab.key("Tab", false);
    assert_eq!(tab.evaluate("document.activeElement.textContent"), "Reload");
    tab.evaluate("window.isOld = true");
    tab.evaluate(&format!("{button}.click()"));
    tab.wait(&format!("!window.isOld && {LIVE}"));
    let names = tab.evaluate("caches.keys()");
    let names = names.to_string();
    assert!(names.contains("newer") && !names.contains(&version), "{names}");
}
