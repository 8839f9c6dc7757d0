//! The program in the page: what the window shows, from the same weights and the same noise.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use egui_kittest::Harness;
use skipstone::{
    engine::Opened,
    gui::{App, Settings},
};
use tempfile::TempDir;

use crate::{
    FAILED, LIVE, STILL,
    browser::{FINE, NO_GRAPHICS, WEBGL, WEBGPU},
    loading::SCREENS,
    site::Site,
    tab,
    tab::{Tab, Verdict},
};

/// Points are quick.
const RING: &str = "#preset=ring&samples=8&intervals=10";
/// What the page may differ from the native program, in levels of 255: the parity that is stated.
const LEVELS: u32 = 1;

/// The page with `address` behind its own; returns once figures are there.
fn open(tab: &mut Tab, site: &Site, address: &str) {
    tab.open(&format!("{}{address}", site.url));
    tab.wait(LIVE);
    tab.wait_said("ODE error");
}

/// Waits until nothing is computed any more.
#[track_caller]
fn settle(tab: &mut Tab) {
    tab.wait(
        "new Promise((resolve) => {
            const busy = () => [...document.querySelectorAll('#mirror *')].some((element) =>
                (element.getAttribute('aria-label') || element.textContent) === 'computing');
            // Twice, for a request is on its way for a frame.
            setTimeout(() => setTimeout(() => resolve(!busy()), busy() ? 0 : 500), 500);
        })",
    );
}

/// The sentences of all cells that were measured.
fn figures(tab: &mut Tab) -> Vec<String> {
    tab.said("ODE error").into_iter().filter(|text| text.contains("step")).collect()
}

#[test]
fn steps_are_shown_and_hidden_and_the_address_follows_and_restores_them() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    open(&mut tab, &site, RING);
    assert!(!tab.is_said("CM, 3 steps"));
    tab.press("3");
    tab.wait_said("CM, 3 steps");
    tab.press("2");
    tab.wait("location.hash.includes('steps=[1,3')");
    tab.wait("location.hash.includes('model=')");
    let address = tab.evaluate("location.hash").as_str().expect("an address").to_owned();
    settle(&mut tab);
    let shown = figures(&mut tab);
    assert!(!shown.iter().any(|figure| figure.contains("CM, 2 steps")), "{shown:?}");
    tab.assert_clean(&site.url);
    drop(tab);

    // Somebody else's browser.
    let mut other = crate::tab(WEBGL).expect("as before");
    open(&mut other, &site, &address);
    settle(&mut other);
    assert_eq!(figures(&mut other), shown);
    let wrong = address.replace("model=", "model=0");
    other.evaluate(&format!("location.hash = {wrong:?}"));
    other.wait_said("made with other weights");
}

#[test]
fn a_picture_of_the_native_program_is_met_again() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    let settings = Settings {
        preset: "ring".into(),
        seed: 4321,
        samples: 8,
        steps: vec![1, 3],
        ..Settings::default()
    };
    let (_folder, picture) = native_picture(settings);
    open(&mut tab, &site, "#preset=grid&samples=8&intervals=10");
    tab.drop_file([640.0, 400.0], &picture);
    tab.wait_said("largest difference to the picture");
    assert_parity(&mut tab);
    tab.wait("location.hash.includes('seed=4321')");
    tab.assert_clean(&site.url);
}

#[test]
fn webgpu_draws_what_the_native_program_draws() {
    let Some(mut tab) = tab(WEBGPU) else { return };
    let site = Site::serve();
    let settings = Settings { rows: 2, samples: 4, steps: vec![1, 2], ..Settings::default() };
    let (_folder, picture) = native_picture(settings);
    open(&mut tab, &site, "?backend=webgpu#rows=2&samples=4&steps=[1]&intervals=4");
    assert!(tab.is_said("BrowserWebGpu"), "{:?}", tab.said("GPU"));
    tab.drop_file([640.0, 400.0], &picture);
    tab.wait_said("largest difference to the picture");
    assert_parity(&mut tab);
    tab.screenshot("webgpu");
    tab.assert_clean(&site.url);
}

/// What `App::picture` of the native program on the CPU gives, as a file.
fn native_picture(settings: Settings) -> (TempDir, PathBuf) {
    let mut harness = Harness::builder()
        .with_size([1280.0, 800.0])
        .build_eframe(|creation| App::new(&creation.egui_ctx, Opened::cpu(), settings).confined());
    let begun = Instant::now();
    let picture = loop {
        harness.step();
        if let Some(picture) = harness.state().picture().filter(|_| harness.state().is_settled()) {
            break picture;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "the window never comes to rest");
    };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("native.png");
    fs::write(&path, picture).expect("written");
    (folder, path)
}

/// The page says that its samples differ by [`LEVELS`] at most.
#[track_caller]
fn assert_parity(tab: &mut Tab) {
    let said = tab.said("largest difference to the picture").remove(0);
    println!("{said}");
    let number = said.split(" is ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
    assert!(number.is_some_and(|levels: u32| levels <= LEVELS), "{said}");
}

#[test]
fn students_of_a_mixture_are_distilled_in_the_tab() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    tab.open(&format!("{}#view=plane&plane.steps=200", site.url));
    tab.wait(LIVE);
    tab.press("Distil CM and Direct CM");
    tab.wait_said("Loss at step");
    let first = losses(&mut tab);
    tab.wait_said("Loss at step 200:");
    let last = losses(&mut tab);
    println!("losses of CM and Direct CM: {first:?}, then {last:?}");
    assert!(first.iter().zip(&last).all(|(first, last)| last < first), "{first:?} {last:?}");
    tab.screenshot("distilled");
    tab.assert_clean(&site.url);
}

/// The newest losses of both students.
fn losses(tab: &mut Tab) -> Vec<f64> {
    let said = tab.said("Loss at step").remove(0);
    let numbers = said.split("CM ").skip(1);
    numbers
        .map(|text| text.split(',').next().unwrap_or("").trim().parse().unwrap_or(f64::NAN))
        .collect()
}

#[test]
fn without_a_gpu_the_cpu_computes_and_the_page_says_so() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    open(&mut tab, &site, &format!("?backend=webgpu{RING}"));
    assert!(tab.is_said("computing on the CPU"), "{:?}", tab.said("CPU"));
    assert!(tab.is_said("CPU (burn-flex)"), "{:?}", tab.said("CPU"));
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
    tab.wait_said("ODE error");
}

#[test]
fn every_view_opens_on_a_desktop_and_on_a_phone() {
    // A phone's screen is emulated from the start: browsers tell a page of a change too late.
    for ((name, size, _, is_phone), flags) in SCREENS.into_iter().zip([WEBGL, FINE]) {
        let Some(mut tab) = tab(flags) else { return };
        tab.resize(size, 0.0, is_phone);
        let site = Site::serve();
        open(&mut tab, &site, "#rows=3&samples=4&steps=[1,2]&intervals=4");
        for view in ["comparison", "trajectory", "plane", "paradox", "solvers", "models"] {
            let few = "rows=3&samples=4&steps=[1,2]&intervals=4&paradox.samples=100";
            tab.evaluate(&format!("location.hash = '#view={view}&{few}'"));
            tab.wait("location.hash.includes('model=')");
            settle(&mut tab);
            tab.screenshot(&format!("{view}-{name}"));
        }
        tab.assert_clean(&site.url);
    }
}

#[test]
fn a_browser_that_draws_nothing_offers_the_still_pictures() {
    let Some(mut tab) = tab(NO_GRAPHICS) else { return };
    let site = Site::serve();
    tab.open(&site.url);
    tab.wait(FAILED);
    let shown = tab.text("#failure");
    assert!(shown.contains("neither by WebGPU nor by WebGL"), "{shown}");
    tab.evaluate("document.getElementById('failure-still').click()");
    tab.wait(STILL);
}

#[test]
fn an_embedded_view_has_no_tabs_and_a_way_to_the_whole() {
    let Some(mut tab) = tab(WEBGL) else { return };
    let site = Site::serve();
    tab.resize([720, 480], 1.0, false);
    open(&mut tab, &site, "?embed=1&preset=ring&samples=8&intervals=10");
    assert!(!tab.is_said("Trajectory"), "{:?}", tab.said("Trajectory"));
    tab.screenshot("embedded");
    tab.assert_clean(&site.url);
}
