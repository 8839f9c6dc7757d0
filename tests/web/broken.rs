//! Weights that do not arrive as they were built: each way to break gets a sentence, and one more try.

use std::{cell::Cell, fs, path::Path, rc::Rc};

use crate::{
    FAILED, STILL,
    browser::WEBGL,
    site::Site,
    tab,
    tab::{Tab, Verdict},
};

const FILE: &str = "weights/ring/teacher.safetensors";

/// What comes of asking for the file: "N bytes" or the sentence.
fn fetched(tab: &mut Tab) -> String {
    let asked = format!(
        "skipstone.asset('{FILE}').then((bytes) => `${{bytes.length}} bytes`, (error) => error.message)"
    );
    tab.evaluate(&asked).as_str().expect("a text").to_owned()
}

/// The page's own side without the program: it does not compete for what is broken.
fn open(tab: &mut Tab, site: &Site) {
    tab.open(&format!("{}?rung=static", site.url));
    tab.wait(STILL);
}

fn weights() -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(FILE)).expect("weights")
}

/// Answers every request for the file with what `break_it` makes of it; how often that was.
fn answer(tab: &mut Tab, break_it: impl Fn(u32, Vec<u8>) -> Verdict + 'static) -> Rc<Cell<u32>> {
    let asked = Rc::new(Cell::new(0));
    let count = asked.clone();
    tab.intercept(move |url| {
        if !url.ends_with(FILE) {
            return Verdict::Pass;
        }
        count.set(count.get() + 1);
        break_it(count.get(), weights())
    });
    asked
}

#[test]
fn weights_that_differ_are_refused_after_a_second_try() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    open(&mut tab, &site);
    let asked = answer(&mut tab, |_, mut bytes| {
        bytes[1000] ^= 1;
        Verdict::Answer(200, bytes)
    });
    let said = fetched(&mut tab);
    assert!(said.starts_with(FILE) && said.contains("SHA-256 differs"), "{said}");
    assert_eq!(asked.get(), 2);
}

#[test]
fn truncated_weights_say_how_much_arrived() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    open(&mut tab, &site);
    answer(&mut tab, |_, bytes| Verdict::Answer(200, bytes[..700].to_vec()));
    let (said, all) = (fetched(&mut tab), weights().len());
    assert!(said.contains(&format!("arrived incomplete: 700 of {all} bytes")), "{said}");
}

#[test]
fn a_second_try_mends_what_was_broken_on_the_way() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    open(&mut tab, &site);
    let asked = answer(&mut tab, |number, bytes| match number {
        1 => Verdict::Answer(200, bytes[..700].to_vec()),
        _ => Verdict::Pass,
    });
    assert_eq!(fetched(&mut tab), format!("{} bytes", weights().len()));
    assert_eq!(asked.get(), 2);
    // Kept from now on: nobody is asked again, and there is no network.
    tab.offline(true);
    assert_eq!(fetched(&mut tab), format!("{} bytes", weights().len()));
    assert_eq!(asked.get(), 2);
}

#[test]
fn blocked_missing_and_offline_are_told_apart() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    open(&mut tab, &site);
    answer(&mut tab, |number, _| match number {
        3 => Verdict::Answer(404, Vec::new()),
        _ => Verdict::Block,
    });
    assert!(fetched(&mut tab).contains("blocks it"));
    assert!(fetched(&mut tab).contains("404"));
    tab.offline(true);
    assert!(fetched(&mut tab).contains("You are offline"));
}

#[test]
fn a_kept_file_that_was_damaged_is_fetched_again() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    open(&mut tab, &site);
    let good = fetched(&mut tab);
    tab.evaluate(
        "caches.keys().then(async (names) => {
            const store = await caches.open(names.find((name) => name.includes('files')));
            for (const key of await store.keys()) await store.put(key, new Response('damaged'));
        })",
    );
    assert_eq!(fetched(&mut tab), good);
}

#[test]
fn where_nothing_can_be_kept_the_page_says_so_and_goes_on() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    open(&mut tab, &site);
    tab.evaluate(
        "Cache.prototype.put = () => Promise.reject(new DOMException('', 'QuotaExceededError'))",
    );
    assert_eq!(fetched(&mut tab), format!("{} bytes", weights().len()));
    assert!(tab.text("#notices").contains("keeps no files"));
}

#[test]
fn weights_from_elsewhere_need_an_address_that_lets_others_read() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    open(&mut tab, &site);
    tab.intercept(|url| match url {
        "https://weights.test/here.safetensors" => Verdict::Answer(200, vec![7; 10]),
        "https://weights.test/gone.safetensors" => Verdict::Answer(410, Vec::new()),
        _ if url.starts_with("https://weights.test/") => Verdict::Block,
        _ => Verdict::Pass,
    });
    let mut said = |address: &str| {
        let asked = format!("skipstone.fetchWeights('{address}').then(String, (e) => e.message)");
        tab.evaluate(&asked).as_str().expect("a text").to_owned()
    };
    assert_eq!(said("https://weights.test/here.safetensors"), "7,7,7,7,7,7,7,7,7,7");
    assert!(said("https://weights.test/gone.safetensors").contains("410"));
    assert!(said("https://weights.test/blocked.safetensors").contains("CORS"));
    assert!(said("http://weights.test/a.safetensors").contains("only https"));
    assert!(said("https://").contains("is no address"));
    assert_eq!(said(FILE).split(',').count(), weights().len());
    // What was fetched once is there without a network; what was not is told apart.
    tab.offline(true);
    let mut said = |address: &str| {
        let asked = format!("skipstone.fetchWeights('{address}').then(String, (e) => e.message)");
        tab.evaluate(&asked).as_str().expect("a text").to_owned()
    };
    assert_eq!(said(FILE).split(',').count(), weights().len());
    assert!(said("https://weights.test/new.safetensors").contains("You are offline"));
}

#[test]
fn a_failure_says_what_can_be_done() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    // Held where it loads, for the program would say something else.
    tab.intercept(|url| {
        if url.ends_with(".wasm") { Verdict::Answer(200, Vec::new()) } else { Verdict::Pass }
    });
    tab.open(&site.url);
    // It gives its own program up first: pictures would take the place of what failed before that.
    tab.wait(STILL);
    tab.evaluate("document.documentElement.dataset.state = 'loading'");
    tab.evaluate(
        "skipstone.failed('The graphics card is gone.', 'Reload, or go on with the CPU.')",
    );
    tab.wait(FAILED);
    let shown = tab.text("#failure");
    for part in [
        "The graphics card is gone.",
        "go on with the CPU",
        "Reload",
        "Use the CPU",
        "still pictures",
    ] {
        assert!(shown.contains(part), "{shown}");
    }
    tab.screenshot("failed-desktop");
    tab.resize([390, 844], 2.0, true);
    tab.screenshot("failed-phone");
    let cpu = tab.evaluate("document.getElementById('failure-cpu').href");
    assert_eq!(cpu, format!("{}?backend=cpu", site.url));
}
