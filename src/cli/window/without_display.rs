//! What takes the window's place where there is no display.

use std::path::PathBuf;

use anyhow::bail;

use crate::{
    cli::{args, compare, progress::tell, stop_on_ctrl_c},
    engine::Opened,
};

/// Draws the comparison that the window would show, on the device that it opened.
pub(super) async fn compare(
    args: args::Window,
    opened: &Opened,
    error: &eframe::Error,
) -> anyhow::Result<()> {
    // What the system says ends the chain; places in the source come before.
    let text = error.to_string();
    let reason = text.rsplit(": ").next().unwrap_or(&text).trim_end_matches('.');
    if args.screenshot.is_some() {
        bail!(
            "no window can be opened here, so there is none to take a picture of: {reason}; \
             `compare` draws its comparison without a display"
        );
    }
    tell(format_args!("no window can be opened here: {reason}; drawing the comparison instead"));
    let args::Command::Compare(mut instead) = args::Cli::of(&["compare"]) else {
        unreachable!("the word names this command");
    };
    instead.models.preset = args.preset.filter(|_| args.run.is_none());
    instead.models.run = args.run.map(PathBuf::from);
    let out = compare::place(&instead)?;
    compare::draw(instead, &out, opened, stop_on_ctrl_c()).await
}
