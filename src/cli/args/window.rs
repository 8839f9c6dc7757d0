//! What can be said about the window.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Place;
use crate::gui::View;

/// A view of the window.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum Shown {
    Comparison,
    Trajectory,
    Plane,
    Paradox,
    Solvers,
    Training,
    Models,
}

impl From<Shown> for View {
    fn from(shown: Shown) -> Self {
        match shown {
            Shown::Comparison => Self::Comparison,
            Shown::Trajectory => Self::Trajectory,
            Shown::Plane => Self::Plane,
            Shown::Paradox => Self::Paradox,
            Shown::Solvers => Self::Solvers,
            Shown::Training => Self::Training,
            Shown::Models => Self::Models,
        }
    }
}

#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct Window {
    #[command(flatten)]
    pub(in crate::cli) place: Place,
    /// Show this view [default: that of the last time].
    #[arg(long, value_enum)]
    pub(in crate::cli) view: Option<Shown>,
    /// Show the shipped models of this preset [default: those of the last time].
    #[arg(long)]
    pub(in crate::cli) preset: Option<String>,
    /// Show this run in the training view.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) run: Option<String>,
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

/// `1280x800` as two numbers.
fn size(text: &str) -> Result<[f32; 2], String> {
    let parts = text.split_once('x').map(|(width, height)| [width, height]);
    let numbers = parts.and_then(|[w, h]| Some([w.parse::<u16>().ok()?, h.parse::<u16>().ok()?]));
    match numbers {
        Some([width, height]) if width >= 320 && height >= 240 => Ok([width.into(), height.into()]),
        _ => Err("a size is written 1280x800, and is 320x240 at least".into()),
    }
}
