//! Figures of the page, in `target/page/figures.txt`: what a visitor waits for.

use std::{
    fs::{self, File},
    io::Write as _,
    sync::{LazyLock, Mutex, PoisonError},
};

use crate::{tab, tab::Tab};

/// Notes how long the page took until it could be used and until the first samples were on screen, computed
/// by `what`.
pub(crate) fn note_start(tab: &mut Tab, what: &str) {
    let pictured = "performance.getEntriesByName('skipstone-pictured')";
    tab.wait(&format!("{pictured}.length > 0"));
    let mut seconds = |name: &str| {
        let mark = format!("performance.getEntriesByName('skipstone-{name}')[0].startTime");
        tab.evaluate(&mark).as_f64().expect("a time") / 1000.0
    };
    let (painted, pictured) = (seconds("painted"), seconds("pictured"));
    note(&format!("{what}: window after {painted:.1} s, first samples after {pictured:.1} s"));
}

/// Adds a line; each run of the tests starts afresh.
pub(crate) fn note(line: &str) {
    static FILE: LazyLock<Mutex<File>> = LazyLock::new(|| {
        fs::create_dir_all(tab::pictures()).expect("a folder");
        Mutex::new(File::create(tab::pictures().join("figures.txt")).expect("a file"))
    });
    println!("{line}");
    let mut file = FILE.lock().unwrap_or_else(PoisonError::into_inner);
    writeln!(file, "{line}").expect("written");
}
