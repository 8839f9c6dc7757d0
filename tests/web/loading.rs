//! The page loads: the program runs, nothing complains, nobody else is asked.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use serde_json::json;
use skipstone::store::digest::sha256;

use crate::{
    LIVE, STILL,
    browser::{WEBGL, WEBGPU},
    figures,
    site::Site,
    tab,
    tab::{PATIENCE, Verdict},
    unmetered_tab,
};

/// A desktop's and a phone's page: size in points, scale, whether it is a phone.
pub(crate) const SCREENS: [(&str, [u32; 2], f64, bool); 2] =
    [("desktop", [1280, 800], 1.0, false), ("phone", [390, 844], 2.0, true)];

#[test]
fn the_page_runs_the_program_without_a_complaint() {
    let Some(mut tab) = unmetered_tab(WEBGPU) else { return };
    let site = Site::serve();
    tab.open(&site.url);
    tab.wait(LIVE);
    figures::note_start(&mut tab, "WebAssembly on the CPU");
    tab.screenshot("live");
    tab.assert_clean(&site.url);
    assert_eq!(tab.evaluate("document.cookie"), "");
}

#[test]
fn a_page_in_a_folder_of_a_host_asks_for_nothing_outside_of_it() {
    let Some(mut tab) = tab(WEBGPU) else { return };
    let site = Site::copy("some/folder");
    tab.open(&format!("{}?preset=ring", site.url));
    tab.wait(LIVE);
    tab.assert_clean(&site.url);
}

#[test]
fn the_bar_moves_while_the_program_is_on_its_way() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    // A slow network, or it would be over before it is looked at.
    let network = json!({
        "offline": false, "latency": 0, "downloadThroughput": 1 << 18, "uploadThroughput": -1
    });
    tab.call("Network.emulateNetworkConditions", network);
    tab.prefer("prefers-color-scheme", "dark");
    tab.open(&site.url);
    let done = "document.getElementById('progress').getAttribute('aria-valuenow')";
    tab.wait(&format!("{done} > 5 && {done} < 95"));
    let total = tab.text("#bytes");
    assert!(total.contains(" of ") && total.ends_with(" MB"), "{total}");
    for (name, size, scale, is_phone) in SCREENS {
        tab.resize(size, scale, is_phone);
        tab.screenshot(&format!("loading-{name}"));
    }
    tab.assert_clean(&site.url);
}

#[test]
fn the_page_loads_in_the_theme_that_its_address_asks_for() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    tab.intercept(|url| if url.ends_with(".wasm") { Verdict::Block } else { Verdict::Pass });
    let themes = [("dark", "light", "rgb(20, 22, 26)"), ("light", "dark", "rgb(251, 251, 249)")];
    for (theme, system, paper) in themes {
        tab.prefer("prefers-color-scheme", system);
        tab.open(&format!("{}?theme={theme}", site.url));
        let shown = "getComputedStyle(document.documentElement).backgroundColor";
        assert_eq!(tab.evaluate(shown), paper, "{theme} on a {system} system");
    }
}

#[test]
fn without_the_program_the_pictures_made_beforehand_are_shown() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    tab.open(&format!("{}?rung=static", site.url));
    tab.wait(STILL);
    for (name, size, scale, is_phone) in SCREENS {
        tab.resize(size, scale, is_phone);
        tab.wait("document.images[0].complete && document.images[0].naturalWidth > 0");
        tab.screenshot(&format!("still-{name}"));
    }
    tab.assert_clean(&site.url);
    tab.intercept(|url| if url.ends_with(".wasm") { Verdict::Block } else { Verdict::Pass });
    tab.open(&site.url);
    tab.wait(STILL);
    let why = tab.text("#still-why");
    assert_eq!(why, "The program of the live page did not arrive.");
    assert!(tab.text("#still-next").contains("blocks it"), "{}", tab.text("#still-next"));
}

/// The page with other bytes in the place of its program; `is_listed` where the page expects just these.
fn with_program(bytes: &[u8], is_listed: bool) -> Site {
    let site = Site::copy("");
    site.replace("skipstone_bg.wasm", bytes);
    if is_listed {
        let text = fs::read_to_string(site.folder().join("files.json")).expect("a list");
        let mut files: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let entry = json!({ "bytes": bytes.len(), "sha256": sha256(bytes) });
        files["files"]["skipstone_bg.wasm"] = entry;
        site.replace("files.json", files.to_string());
    }
    site
}

#[test]
fn a_program_that_no_browser_understands_is_told_from_one_that_is_broken() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let unknown = b"\0asm\x02\0\0\0";
    let site = with_program(unknown, false);
    tab.open(&site.url);
    tab.wait(STILL);
    assert!(tab.text("#still-next").contains("incomplete"), "{}", tab.text("#still-next"));
    let site = with_program(unknown, true);
    tab.open(&site.url);
    tab.wait(STILL);
    let why = tab.text("#still-why");
    assert!(why.contains("refuses its WebAssembly program"), "{why}");
}

#[test]
fn without_webassembly_the_pictures_made_beforehand_are_shown() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    tab.prepare("delete globalThis.WebAssembly");
    tab.open(&site.url);
    tab.wait(STILL);
    let why = tab.text("#still-why");
    assert!(why.contains("WebAssembly is switched off"), "{why}");
    tab.assert_clean(&site.url);
}

#[test]
fn without_scripts_the_pictures_are_the_page() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    tab.call("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    tab.call("Page.navigate", json!({ "url": site.url }));
    // Nothing in the page can wait for itself here: it is asked again and again. Being asked lays it out, even
    // before its style sheets are there: only what is complete counts.
    let shown =
        "document.readyState === 'complete' && document.getElementById('still')?.offsetHeight > 0";
    let begun = Instant::now();
    while tab.evaluate(shown) != true {
        assert!(begun.elapsed() < PATIENCE, "the pictures are not shown");
        thread::sleep(Duration::from_millis(50));
    }
    assert!(tab.text("#still-why").contains("JavaScript"), "{}", tab.text("#still-why"));
    assert_eq!(tab.evaluate("document.getElementById('loading').offsetHeight"), 0);
}
