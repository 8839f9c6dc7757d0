//! `compare`: all samplers of a set from the same noise, as a picture, a table and JSON.

use std::path::{Path, PathBuf};

use super::{
    args,
    models::{self, class_of},
    output,
    progress::Progress,
    trusted::trusted,
};
use crate::{
    engine::{
        Cancel, Opened,
        compare::{self, Comparison},
        files,
    },
    math::seed::Seed,
};

pub(super) async fn compare(args: args::Compare, cancel: Cancel) -> anyhow::Result<()> {
    let out = place(&args)?;
    let mut progress = Progress::new();
    let opened = trusted(args.on, &mut progress, &cancel).await?;
    progress.close();
    draw(args, &out, &opened, cancel).await
}

/// Where the picture goes; refused where it cannot be written.
pub(super) fn place(args: &args::Compare) -> anyhow::Result<PathBuf> {
    let out = models::place(&args.models, args.out.as_ref(), "compare.png")?;
    output::check_picture("--out", &out)?;
    output::check_file("--out", &out.with_extension("json"))?;
    Ok(out)
}

/// Draws it on a device that is open already: a process opens each once.
pub(super) async fn draw(
    args: args::Compare,
    out: &Path,
    opened: &Opened,
    cancel: Cancel,
) -> anyhow::Result<()> {
    let mut progress = Progress::new();
    let set = models::open(&args.models, opened).await?;
    let class = class_of(args.class.as_deref(), &set.teacher)?;
    let samples = args.samples.max(args.rows) as usize;
    let comparison = Comparison {
        labels: class.map(|class| vec![class; samples]),
        rows: args.rows as usize,
        baselines: args.baselines.all,
        times: args.when.lists(),
        ..Comparison::new(Seed(args.seed), samples)
    };
    let (mut report, sheet) = compare::run(
        &set,
        &comparison,
        None,
        &opened.device,
        &opened.name,
        &cancel,
        &mut |event| progress.show(event),
    )
    .await?;
    progress.close();
    report.class = class;
    files::write_png(out, &sheet.draw())?;
    let json = out.with_extension("json");
    output::write_json(&json, &report)?;
    print!("{}", report.table());
    println!("picture: {}, figures: {}", out.display(), json.display());
    Ok(())
}
