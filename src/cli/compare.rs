//! `compare`: all samplers of a set from the same noise, as a picture, a table and JSON.

use std::path::Path;

use anyhow::bail;

use super::{args, output, progress::Progress, trusted::trusted};
use crate::{
    engine::{
        Cancel, LabError, Opened,
        compare::{self, Comparison},
        files,
        shipped::{DEFAULT_MODELS, ModelSet},
    },
    math::seed::Seed,
    store::atomic,
};

/// The models asked for, on a device.
pub(super) async fn models(args: &args::Models, opened: &Opened) -> Result<ModelSet, LabError> {
    let mut set = match &args.run {
        Some(run) => ModelSet::of_run(run, &opened.device)?,
        None => {
            let preset = args.preset.as_deref().unwrap_or(DEFAULT_MODELS);
            ModelSet::shipped(preset, &opened.device).await?
        }
    };
    set.in_half(opened.is_half);
    Ok(set)
}

/// Refuses a class that the models do not have.
pub(super) fn check_class(class: Option<u32>, classes: u32) -> anyhow::Result<()> {
    match class {
        Some(_) if classes == 0 => bail!("this model has no classes: leave --class out"),
        Some(class) if class >= classes => {
            bail!("there is no class {class}: this model's are numbered from 0 to {}", classes - 1)
        }
        _ => Ok(()),
    }
}

pub(super) async fn compare(args: args::Compare, cancel: Cancel) -> anyhow::Result<()> {
    output::check_picture("--out", &args.out)?;
    let json = args.out.with_extension("json");
    output::check_file("--out", &json)?;
    let mut progress = Progress::new();
    let opened = trusted(args.on, &mut progress, &cancel).await;
    let set = models(&args.models, &opened).await?;
    check_class(args.class, set.teacher.classes())?;
    let comparison = Comparison {
        seed: Seed(args.seed),
        samples: args.samples.max(args.rows) as usize,
        labels: args.class.map(|class| vec![class; args.samples.max(args.rows) as usize]),
        rows: args.rows as usize,
    };
    let (report, sheet) = compare::run(
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
    files::write_png(&args.out, &sheet.draw())?;
    write_json(&json, &report)?;
    print!("{}", report.table());
    println!("picture: {}, figures: {}", args.out.display(), json.display());
    Ok(())
}

pub(super) fn write_json(path: &Path, value: &impl serde::Serialize) -> anyhow::Result<()> {
    atomic::write(path, (serde_json::to_string_pretty(value)? + "\n").as_bytes())?;
    Ok(())
}
