//! One view within another page: Tab and wheel that it has no use for are that page's.

use serde_json::json;

use crate::{browser::WEBGL, site::Site, tab, tab::Tab};

/// JavaScript: the document of the view.
const VIEW: &str = "frames[0].document";
/// In the bar at the view's upper edge, where nothing scrolls.
const PLACE: [f64; 2] = [400.0, 60.0];
/// JavaScript: the view has drawn what it was told of.
const DRAWN: &str = "new Promise((next) => {
    frames[0].requestAnimationFrame(() => frames[0].requestAnimationFrame(next));
})";

/// A page around a view, tall enough to scroll.
fn page_around(tab: &mut Tab) -> Site {
    let site = Site::copy("view");
    let view = "view/?embed=1&view=models&preset=ring";
    let page = format!(
        "<!doctype html><button id=before autofocus>before</button><br>
         <iframe src='{view}' width=800 height=500></iframe>
         <button id=after>after</button><div style='height: 3000px'></div>"
    );
    site.replace("index.html", page);
    tab.open(site.url.trim_end_matches("view/"));
    tab.wait(&format!("{VIEW}.documentElement.dataset.state === 'live'"));
    tab.wait(&format!("{VIEW}.getElementById('mirror').dataset.frame"));
    site
}

#[test]
fn tab_leads_through_a_view_within_another_page_and_out_of_it() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let _site = page_around(&mut tab);
    tab.evaluate(&format!("frames[0].focus(); {VIEW}.getElementById('canvas').focus()"));
    let mut stops = 0;
    while tab.evaluate("document.activeElement.id") != "after" {
        tab.key("Tab", false);
        tab.evaluate(DRAWN);
        stops += 1;
        assert!(stops < 200, "it goes round and round");
    }
    assert!(stops > 1, "no control had the focus on the way");
}

#[test]
fn focus_wheel_and_finger_are_the_page_s_around_a_view_that_has_no_use_for_them() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let _site = page_around(&mut tab);
    tab.evaluate(DRAWN);
    assert_eq!(tab.evaluate("document.activeElement.id"), "before", "the view has started");
    the_wheel_scrolls(&mut tab);
    the_finger_scrolls_until_it_taps(&mut tab);
}

fn the_wheel_scrolls(tab: &mut Tab) {
    tab.point(PLACE);
    let [x, y] = PLACE;
    let turn = json!({ "type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": 60 });
    // The first turn at a place is the view's, which finds that nothing scrolls there.
    for _ in 0..20 {
        tab.call("Input.dispatchMouseEvent", turn.clone());
        tab.evaluate(DRAWN);
    }
    tab.wait("scrollY > 0");
    back_to_the_top(tab);
}

fn the_finger_scrolls_until_it_taps(tab: &mut Tab) {
    tab.call("Emulation.setTouchEmulationEnabled", json!({ "enabled": true }));
    let [x, y] = PLACE;
    let (below, above) = ([x, y + 300.0], [x, y + 50.0]);
    tab.swipe(below, above);
    tab.wait("scrollY > 0");
    back_to_the_top(tab);
    tab.tap(PLACE);
    tab.wait(&format!("{VIEW}.hasFocus()"));
    tab.swipe(below, above);
    tab.evaluate(DRAWN);
    assert_eq!(tab.evaluate("scrollY"), 0, "now it is the view's");
}

/// Once the page stands still: it rolls on for a while, and a tap would only stop that.
fn back_to_the_top(tab: &mut Tab) {
    tab.wait(
        "new Promise((next) => { const before = scrollY; setTimeout(() => next(scrollY === before), 200); })",
    );
    tab.evaluate("scrollTo(0, 0)");
    tab.evaluate(DRAWN);
}
