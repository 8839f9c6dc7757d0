//! Icons, the link preview, and the pictures for where the program cannot run: drawn by the native program.

use std::{fs, path::Path, process::Command};

use anyhow::{Context as _, bail};
use serde::Deserialize;

use crate::{
    dist::{Page, clear},
    program,
};

/// What a preset's comparison shows, in words.
const ABOUT: [(&str, &str); 5] = [
    ("digits", "Handwritten digits, 32 x 32"),
    ("emoji", "Emoji, 32 x 32 in colour"),
    ("tiles", "Game tiles, 32 x 32 in colour"),
    ("ring", "A ring of Gaussians in the plane"),
    ("grid", "A grid of Gaussians in the plane"),
];

/// The figures of a comparison, as far as the page tells them.
#[derive(Deserialize)]
struct Report {
    samples: usize,
    intervals: usize,
    lines: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    model: String,
    steps: usize,
    ode: Option<Error>,
}

#[derive(Deserialize)]
struct Error {
    squared: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    mean: f64,
}

/// Draws everything into the page; returns the part of it that shows the pictures.
pub fn add(root: &Path, page: &Page) -> anyhow::Result<String> {
    let folder = program::target_folder(root).join("page-art");
    // All that is there goes into the page: what an earlier program drew, too.
    clear(&folder)?;
    println!("cargo run -- page-art");
    let status = Command::new(program::cargo())
        .args(["run", "--quiet", "--locked", "--", "page-art", "--out"])
        .arg(&folder)
        .current_dir(root)
        .status()
        .context("cannot run cargo")?;
    if !status.success() {
        bail!(
            "the native program could not draw the page's pictures (--skip-pictures does without)"
        );
    }
    page.copy(&folder, "")?;
    ABOUT.iter().map(|(preset, about)| figure(&folder.join("pictures"), preset, about)).collect()
}

/// One picture with its caption, as HTML.
fn figure(folder: &Path, preset: &str, about: &str) -> anyhow::Result<String> {
    let path = folder.join(preset).with_extension("json");
    let json = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let report: Report = serde_json::from_slice(&json)?;
    let png = fs::read(path.with_extension("png"))?;
    let [width, height] = size(&png).context("the program drew no PNG")?;
    let error = |model: &str| {
        let mut of_model =
            report.lines.iter().filter(|line| line.model == model && line.steps == 1);
        of_model.find_map(|line| Some(line.ode.as_ref()?.squared.mean))
    };
    let errors = match (error("CM"), error("Direct CM")) {
        (Some(cm), Some(direct)) => format!(
            " In one step the CM is {} from the teacher's solution of {} steps, the Direct CM {} (mean \
             squared distance, {} samples).",
            significant(cm),
            report.intervals,
            significant(direct),
            report.samples
        ),
        _ => String::new(),
    };
    Ok(format!(
        "  <figure>\n    <div class=\"card\" tabindex=\"0\" role=\"region\" aria-label=\"{about}\">\
         <img src=\"pictures/{preset}.png\" width=\"{width}\" height=\"{height}\" loading=\"lazy\" \
         alt=\"{about}: noise, the teacher's samples, and those of its students in 1, 2, 4 and {} \
         steps\"></div>\n    <figcaption><b>{about}.</b>{errors}</figcaption>\n  </figure>\n",
        report.intervals
    ))
}

/// Width and height in the head of a PNG file.
fn size(png: &[u8]) -> Option<[u32; 2]> {
    let field = |at: usize| Some(u32::from_be_bytes(png.get(at..at + 4)?.try_into().ok()?));
    Some([field(16)?, field(20)?])
}

/// Two significant digits.
fn significant(value: f64) -> String {
    let digits = (1.0 - value.abs().max(1e-9).log10().floor()).max(0.0) as usize;
    format!("{value:.digits$}")
}
