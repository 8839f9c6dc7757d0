//! The program in the page: what the window shows, from the same weights and the same noise.

use std::{
    fs,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};
use skipstone::{
    engine::Opened,
    gui::{App, Settings},
};
use tempfile::TempDir;

use crate::{
    LIVE,
    browser::WEBGL,
    figures,
    site::Site,
    tab,
    tab::{PATIENCE, Tab, Verdict},
};

/// Points are quick.
pub(crate) const RING: &str = "#preset=ring&samples=8&intervals=10";
/// What the page may differ from the native program, in levels of 255: the parity that is stated.
const LEVELS: u32 = 1;

/// The page with `address` behind its own; returns once figures are there.
#[track_caller]
pub(crate) fn open(tab: &mut Tab, site: &Site, address: &str) {
    tab.open(&format!("{}{address}", site.url));
    tab.wait(LIVE);
    tab.wait_said("ODE error");
}

/// The sentences of all cells that were measured.
fn measured(tab: &mut Tab) -> Vec<String> {
    tab.said("ODE error").into_iter().filter(|text| text.contains("step")).collect()
}

#[test]
fn steps_are_shown_and_hidden_and_the_address_follows_and_restores_them() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    open(&mut tab, &site, RING);
    assert!(!tab.is_said("CM, 3 steps"));
    tab.press("3 steps");
    tab.wait_said("CM, 3 steps");
    tab.press("2 steps");
    tab.wait("location.hash.includes('steps=[1,3')");
    tab.wait("location.hash.includes('model=')");
    tab.settle();
    let address = tab.evaluate("location.hash").as_str().expect("an address").to_owned();
    let shown = measured(&mut tab);
    assert!(!shown.iter().any(|figure| figure.contains("CM, 2 steps")), "{shown:?}");
    tab.assert_clean(&site.url);
    drop(tab);

    // Somebody else's browser.
    let mut other = crate::tab(WEBGL).expect("as before");
    open(&mut other, &site, &address);
    other.settle();
    assert_eq!(measured(&mut other), shown);
    let wrong = address.replace("model=", "model=0");
    other.evaluate(&format!("location.hash = {wrong:?}"));
    other.wait_said("made with other weights");
}

#[test]
fn what_was_set_behind_the_question_mark_can_be_changed() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    open(&mut tab, &site, "?preset=ring&seed=5&backend=cpu&utm_source=a#samples=8&intervals=10");
    // Who sends people here may add names of their own.
    assert!(!tab.is_said("utm_source"), "{:?}", tab.said("utm_source"));
    tab.wait("location.search === '?backend=cpu' && location.hash.includes('seed=5')");
    tab.evaluate("location.hash = location.hash.replace('seed=5', 'seed=6')");
    tab.settle();
    tab.reload();
    tab.wait(LIVE);
    tab.wait_said("ODE error");
    assert!(tab.evaluate("location.hash").as_str().expect("an address").contains("seed=6"));
}

#[test]
fn an_address_shows_what_it_says_and_not_what_was_set_the_last_time() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    open(&mut tab, &site, RING);
    tab.evaluate("localStorage.setItem('skipstone / settings', JSON.stringify({ preset: 'ring', seed: 77 }))");
    // It says where to look, and so that all else is as usual: digits from noise 1.
    tab.open(&format!("{}?theme=light#at.path=0.5", site.url));
    tab.wait("location.hash.includes('model=') && location.hash.includes('at.path=0.5')");
    let address = tab.evaluate("location.hash");
    let address = address.as_str().expect("an address");
    assert!(!address.contains("ring") && !address.contains("seed"), "{address}");
}

#[test]
fn a_picture_of_the_native_program_is_met_again_and_so_are_its_figures() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    let settings = Settings {
        preset: "ring".into(),
        seed: 4321,
        samples: 8,
        steps: vec![1, 3],
        intervals: Some(10),
        ..Settings::default()
    };
    let native = Native::draw(settings);
    open(&mut tab, &site, "#preset=grid&samples=8&intervals=10");
    tab.drop_file([480.0, 300.0], &native.picture);
    assert_parity(&mut tab, "WebAssembly on the CPU");
    tab.wait("location.hash.includes('seed=4321')");
    tab.settle();
    let shown = measured(&mut tab);
    assert!(shown.len() > 4, "{shown:?}");
    for figure in shown {
        let said = native.measured.iter().any(|native| alike(native, &figure));
        assert!(said, "{figure} is none of {:?}", native.measured);
    }
    tab.assert_clean(&site.url);
}

/// Whether two sentences agree, numbers to a part in a hundred: they are printed with three digits.
fn alike(one: &str, other: &str) -> bool {
    let is_same = |(a, b): (&str, &str)| match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => (a - b).abs() <= 0.01 * a.abs(),
        _ => a == b,
    };
    let [words, others] = [one, other].map(|text| text.split_whitespace());
    words.clone().count() == others.clone().count() && words.zip(others).all(is_same)
}

/// What the native program on the CPU shows.
pub(crate) struct Native {
    _folder: TempDir,
    /// A file with `App::picture`.
    pub(crate) picture: PathBuf,
    /// The sentences of all cells that were measured.
    measured: Vec<String>,
}

impl Native {
    pub(crate) fn draw(settings: Settings) -> Self {
        let mut harness = Harness::builder().with_size([1280.0, 800.0]).build_eframe(|creation| {
            App::new(&creation.egui_ctx, Opened::cpu(), settings).confined()
        });
        let begun = Instant::now();
        let png = loop {
            harness.step();
            let picture = harness.state().picture();
            if let Some(picture) = picture.filter(|_| harness.state().is_settled()) {
                break picture;
            }
            assert!(begun.elapsed() < PATIENCE, "the window never comes to rest");
            thread::sleep(Duration::from_millis(20)); // the worker needs the processor more
        };
        harness.step();
        let labels = harness.query_all_by_label_contains("ODE error");
        let measured = labels.filter_map(|node| node.accesskit_node().label()).collect();
        let folder = tempfile::tempdir().expect("a folder");
        let picture = folder.path().join("native.png");
        fs::write(&picture, png).expect("written");
        Self { _folder: folder, picture, measured }
    }
}

/// The page says that its noise is the same and that its samples differ by [`LEVELS`] at most.
#[track_caller]
pub(crate) fn assert_parity(tab: &mut Tab, what: &str) {
    let said = tab.wait_said("largest difference to the picture");
    figures::note(&format!("{what} against the native program: {said}"));
    assert!(said.contains("from the same noise to the bit"), "{said}");
    let number = said.split(" is ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
    assert!(number.is_some_and(|levels: u32| levels <= LEVELS), "{said}");
}

#[test]
fn students_of_a_mixture_are_distilled_in_the_tab() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    tab.open(&format!("{}#view=plane&plane.steps=200&plane.intervals=4", site.url));
    tab.wait(LIVE);
    tab.press("Distil CM and Direct CM");
    let first = errors(&tab.wait_said("ODE error at step"));
    let last = errors(&tab.wait_said("ODE error at step 200:"));
    println!("ODE errors of CM and Direct CM: {first:?}, then {last:?}");
    tab.screenshot("distilled");
    tab.assert_clean(&site.url);
    // Whatever step is seen first: untrained networks are off by more than a half.
    assert!(last.iter().all(|error| *error < 0.1), "{first:?}, then {last:?}");
}

#[test]
fn a_tab_that_nobody_looks_at_pauses_and_goes_on() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    // Only said to be hidden: one that is draws nothing that could be read.
    tab.prepare(
        "let state = 'visible';
         Object.defineProperty(document, 'visibilityState', { get: () => state });
         Object.defineProperty(document, 'hidden', { get: () => state === 'hidden' });
         globalThis.look = (now) => {
           state = now;
           document.dispatchEvent(new Event('visibilitychange'));
         };",
    );
    tab.open(&format!("{}#view=plane&plane.steps=6000&plane.intervals=4", site.url));
    tab.wait(LIVE);
    tab.press("Distil CM and Direct CM");
    // An error is measured every 20 steps.
    tab.wait_said("ODE error at step 20:");
    let begun = Instant::now();
    tab.wait_said("ODE error at step 40:");
    // Who saw step 20 late did not wait long for step 40.
    let pace = begun.elapsed().max(Duration::from_secs(1));
    tab.evaluate("look('hidden')");
    thread::sleep(pace); // what was under way comes to its end
    let paused = tab.said("ODE error at step");
    thread::sleep(2 * pace);
    tab.evaluate("look('visible')");
    let step = paused[0].split(&[' ', ':'][..]).find_map(|word| word.parse::<u32>().ok());
    let next = step.expect("a step") + 20;
    // Without a pause the first to be seen would be a later one.
    let begun = Instant::now();
    while tab.said("ODE error at step") == paused {
        assert!(begun.elapsed() < PATIENCE, "it does not go on");
        thread::sleep(Duration::from_millis(100));
    }
    assert!(tab.is_said(&format!("ODE error at step {next}:")), "{:?}", tab.said("ODE error"));
    tab.assert_clean(&site.url);
}

/// Both students' errors in a sentence.
fn errors(said: &str) -> Vec<f64> {
    let numbers = said.split("CM ").skip(1);
    numbers
        .map(|text| text.split(';').next().unwrap_or("").trim().parse().unwrap_or(f64::NAN))
        .collect()
}

#[test]
fn weights_that_are_broken_get_a_sentence_in_the_program_and_others_still_open() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    tab.intercept(|url| match url.ends_with("weights/ring/cm.safetensors") {
        true => Verdict::Answer(200, vec![0; 3]),
        false => Verdict::Pass,
    });
    open(&mut tab, &site, "#preset=grid&samples=8&intervals=10");
    tab.evaluate("location.hash = '#preset=ring&samples=8&intervals=10'");
    tab.wait_said("weights/ring/cm.safetensors arrived incomplete: 3 of");
    tab.evaluate("location.hash = '#preset=grid&samples=9&intervals=10'");
    tab.wait_said("the solution, 72 points");
}
