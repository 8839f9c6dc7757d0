//! What can be said about the window.

use std::path::PathBuf;

use clap::{
    Args, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};

use eframe::egui::ThemePreference;

use super::{Place, word};
use crate::gui::{Address, View, permalink};

#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct Window {
    #[command(flatten)]
    pub(in crate::cli) place: Place,
    /// Show this view [default: that of the last time].
    #[arg(long, value_parser = views())]
    pub(in crate::cli) view: Option<View>,
    /// Show the shipped models of this preset [default: those of the last time].
    #[arg(long)]
    pub(in crate::cli) preset: Option<String>,
    /// Show this run in the training view.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) run: Option<String>,
    /// Show what an address of the page shows, or the part of one behind its `#`.
    #[arg(long, value_name = "ADDRESS", value_parser = link, conflicts_with_all = ["view", "preset", "run"])]
    pub(in crate::cli) link: Option<Box<Address>>,
    /// Begin with the tour, as on the first start.
    #[arg(long)]
    pub(in crate::cli) tour: bool,
    /// Write a picture of the window to this file once everything is on screen, and close.
    #[arg(long, value_name = "FILE.png")]
    pub(in crate::cli) screenshot: Option<PathBuf>,
    /// The window's size in points [default: as it was left, or 1280x800].
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = size)]
    pub(in crate::cli) size: Option<[f32; 2]>,
    /// Light or dark paper [default: as chosen last time, or as the system has it].
    #[arg(long, value_enum)]
    pub(in crate::cli) theme: Option<Paper>,
}

/// The window's look.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum Paper {
    Light,
    Dark,
}

impl From<Paper> for ThemePreference {
    fn from(paper: Paper) -> Self {
        match paper {
            Paper::Light => Self::Light,
            Paper::Dark => Self::Dark,
        }
    }
}

/// The views by the names that settings have for them.
fn views() -> impl TypedValueParser<Value = View> {
    let view =
        |name: String| serde_json::from_value::<View>(name.into()).expect("it is one of them");
    PossibleValuesParser::new(View::ALL.map(word)).map(view)
}

/// What an address asks for, in a window of its own.
fn link(text: &str) -> Result<Box<Address>, String> {
    let asked = permalink::read(text);
    match asked.complaints.is_empty() {
        true => Ok(Box::new(Address { is_embedded: false, ..asked })),
        false => Err(asked.complaints.join("; ")),
    }
}

/// `1280x800` as two numbers.
fn size(text: &str) -> Result<[f32; 2], String> {
    let parts = text.split_once('x').map(|(width, height)| [width, height]);
    let numbers = parts.and_then(|[w, h]| Some([w.parse::<u16>().ok()?, h.parse::<u16>().ok()?]));
    match numbers {
        Some([width, height]) if width >= 320 && height >= 240 => Ok([width.into(), height.into()]),
        _ => Err("a size is written 1280x800, and is 320x240 at least".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Cli, Command},
        *,
    };

    #[test]
    fn every_view_is_asked_for_by_its_name() {
        let names =
            ["comparison", "trajectory", "plane", "paradox", "solvers", "training", "models"];
        for (view, name) in View::ALL.into_iter().zip(names) {
            let Command::Window(window) = Cli::of(&["window", "--view", name]) else {
                unreachable!("the word names this command");
            };
            assert_eq!(window.view, Some(view));
        }
    }
    #[test]
    fn a_link_that_is_not_understood_is_refused_before_anything_opens() {
        assert!(link("https://a.example/#view=paradox&seed=7").is_ok());
        let why = link("view=paradox&sede=7").expect_err("there is no such setting");
        assert!(why.contains("`sede`, which is no setting"), "{why}");
        assert!(!link("embed=1").expect("understood").is_embedded, "no tab would lead on");
    }
}
