//! Every view, on a desktop's screen and on a phone's, and within another page.

use serde_json::Value;

use crate::{
    browser::{FINE, WEBGL},
    loading::SCREENS,
    program::open,
    site::Site,
    tab,
    tab::Tab,
};

/// What the names of all begin with that a page keeps, which lies at the root.
const SHELF: &str = "skipstone /";

/// Few evaluations, whatever is looked at.
const FEW: &str = "rows=3&samples=3&steps=[1,2]&intervals=4\
    &paradox.samples=64&microscope.samples=3&trajectory.noises=1";

#[test]
fn every_view_opens_on_a_desktop() {
    every_view(0, WEBGL);
}

#[test]
fn every_view_opens_on_a_phone() {
    every_view(1, FINE);
}

fn every_view(screen: usize, flags: &[&str]) {
    let Some(mut tab) = tab(flags) else { return };
    // A screen is emulated from the start: browsers tell a page of a change too late.
    let (name, size, _, is_phone) = SCREENS[screen];
    tab.resize(size, 0.0, is_phone);
    let site = Site::serve();
    open(&mut tab, &site, &format!("#{FEW}"));
    // Points where images would take long.
    let views = [
        ("comparison", "digits", "Direct CM, 1 step, row 3"),
        ("trajectory", "digits", "Film strip"),
        ("plane", "digits", "A mixture in the plane"),
        ("models", "ring", "ring teacher"),
        ("paradox", "ring", "At 1 step"),
        ("solvers", "ring", "at N = 20: DDIM"),
    ];
    for (view, preset, said) in views {
        tab.evaluate(&format!("location.hash = '#view={view}&preset={preset}&{FEW}'"));
        tab.wait("location.hash.includes('model=')");
        // Figures that come again with more samples or intervals are waited for once, on the desktop.
        if !is_phone || !matches!(view, "paradox" | "solvers") {
            tab.settle();
        }
        tab.wait_said(said);
        if view == "models" {
            assert_all_compute_right(&mut tab);
        }
        let nameless = "document.querySelectorAll('#mirror input[aria-label=\"\"]').length";
        assert_eq!(tab.evaluate(nameless), 0, "{view}: numbers without a name");
        tab.screenshot(&format!("{view}-{name}"));
    }
    tab.assert_clean(&site.url);
}

/// The badge of each model is the green one: teacher, CM and Direct CM.
fn assert_all_compute_right(tab: &mut Tab) {
    tab.wait_said("● parity");
    tab.wait_unsaid("● checking");
    let badges = tab.said("● ");
    // "parity unknown", "parity, but close: ..." and "no parity: ..." are the others.
    let is_green = |badge: &String| badge.starts_with("● parity ") && badge.contains(" of ");
    assert!(badges.len() == 3 && badges.iter().all(is_green), "{badges:?}");
}

#[test]
fn a_theme_that_an_address_asks_for_is_not_kept_as_the_visitors_own() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    open(&mut tab, &site, "?theme=dark#preset=ring&samples=8&intervals=10");
    // The program keeps what there is to keep when it loses the focus.
    tab.evaluate("document.getElementById('canvas').focus()");
    tab.settle();
    tab.evaluate("document.activeElement.blur()");
    tab.wait(&format!("localStorage.getItem('{SHELF} settings') !== null"));
    assert_eq!(tab.evaluate(&format!("localStorage.getItem('{SHELF} theme')")), Value::Null);
    // Other pages of this origin keep things, too.
    let names = tab.evaluate("Object.keys(localStorage).join('\\n')");
    let names = names.as_str().expect("names");
    assert!(names.lines().all(|name| name.starts_with(SHELF)), "{names}");
    tab.evaluate(&format!("localStorage.setItem('{SHELF} theme', 'dark')"));
    open(&mut tab, &site, "#preset=ring&samples=8&intervals=10&seed=3");
    tab.wait("location.hash.includes('model=')");
    tab.settle();
    let paper = tab.pixel([400, 3]);
    assert!(paper.iter().all(|&part| part < 64), "dark, as was chosen: {paper:?}");
}

#[test]
fn an_embedded_view_has_no_tabs_and_a_way_to_the_whole() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    tab.resize([720, 480], 1.0, false);
    tab.open(&format!("{}?embed=1&view=trajectory&preset=ring&intervals=10", site.url));
    tab.wait_said("Open the whole page");
    tab.settle();
    assert!(!tab.is_said("Comparison"), "{:?}", tab.said("Comparison"));
    tab.wait_said("Play");
    tab.screenshot("embedded");
    tab.assert_clean(&site.url);
}
