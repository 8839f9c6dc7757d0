//! `trainings`: figures of `eval`, gathered over several trainings.

use std::path::Path;

use anyhow::Context as _;

use super::{args, output, text};
use crate::engine::trainings::{Measured, Trainings};

pub(super) fn run(args: &args::Trainings) -> anyhow::Result<()> {
    if let Some(out) = &args.out {
        output::check_json("--out", out)?;
    }
    let all = args.files.iter().map(|file| read(file)).collect::<anyhow::Result<Vec<_>>>()?;
    let found = Trainings::of(&all)?;
    print!("{}", found.table(args.each));
    if let Some(out) = &args.out {
        output::write_json(out, &found)?;
        println!("figures: {}", out.display());
    }
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<Measured> {
    let name = file.display().to_string();
    let text = text::read(file).with_context(|| format!("the figures {name}"))?;
    let figures = serde_json::from_str(&text);
    let figures = figures.with_context(|| format!("{name} does not hold figures of `eval`"))?;
    Ok(Measured { name, figures })
}
