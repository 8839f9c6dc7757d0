//! `compare`: all samplers of a set from the same noise, as a picture, a table and JSON.

use super::{
    args,
    models::{self, class_of},
    output,
    progress::Progress,
    trusted::trusted,
};
use crate::{
    engine::{
        Cancel,
        compare::{self, Comparison},
        files,
    },
    math::seed::Seed,
};

pub(super) async fn compare(args: args::Compare, cancel: Cancel) -> anyhow::Result<()> {
    output::check_picture("--out", &args.out)?;
    let json = args.out.with_extension("json");
    output::check_file("--out", &json)?;
    let mut progress = Progress::new();
    let opened = trusted(args.on, &mut progress, &cancel).await?;
    let set = models::open(&args.models, &opened).await?;
    let class = class_of(args.class.as_deref(), &set.teacher)?;
    let comparison = Comparison {
        seed: Seed(args.seed),
        samples: args.samples.max(args.rows) as usize,
        labels: class.map(|class| vec![class; args.samples.max(args.rows) as usize]),
        rows: args.rows as usize,
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
    files::write_png(&args.out, &sheet.draw())?;
    output::write_json(&json, &report)?;
    print!("{}", report.table());
    println!("picture: {}, figures: {}", args.out.display(), json.display());
    Ok(())
}
