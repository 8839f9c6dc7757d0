//! `compare` and `eval`: all samplers of a set from the same noise, as a picture, a table and JSON.

use std::path::Path;

use super::{args, progress::Progress, train::trusted};
use crate::{
    engine::{
        Cancel, LabError, Opened, Recipe,
        compare::{self, Comparison, References},
        data::{LabData, rows},
        files,
        recipe::DEFAULT_PRESET,
        shipped::ModelSet,
    },
    math::seed::Seed,
    store::atomic,
};

/// The models asked for, on a device.
pub(super) fn models(args: &args::Models, opened: &Opened) -> Result<ModelSet, LabError> {
    match &args.run {
        Some(run) => ModelSet::of_run(run, &opened.device),
        None => ModelSet::shipped(args.preset.as_deref().unwrap_or(DEFAULT_PRESET), &opened.device),
    }
}

pub(super) async fn compare(args: args::Compare, cancel: Cancel) -> anyhow::Result<()> {
    let mut progress = Progress::new();
    let opened = trusted(args.on.backend.into(), &mut progress).await?;
    let set = models(&args.models, &opened)?;
    let comparison = Comparison {
        seed: Seed(args.seed),
        samples: args.samples.max(args.rows) as usize,
        class: args.class,
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
    let json = args.out.with_extension("json");
    write_json(&json, &report)?;
    print!("{}", report.table());
    println!("picture: {}, figures: {}", args.out.display(), json.display());
    Ok(())
}

pub(super) async fn eval(args: args::Eval, cancel: Cancel) -> anyhow::Result<()> {
    let mut progress = Progress::new();
    let opened = trusted(args.on.backend.into(), &mut progress).await?;
    let set = models(&args.models, &opened)?;
    let samples = args.samples as usize;
    let mut recipe: Recipe = set.teacher.recipe.clone();
    if let Some(data) = args.data {
        recipe.data.source = data;
    } else if let Some(run) = &args.models.run {
        recipe.data.source = Recipe::of_run(run)?.data.source;
    }
    let data = LabData::load(&mut recipe)?;
    if let Some(record) = &set.teacher.manifest.data
        && record.sha256 != data.record.sha256
    {
        eprintln!("note: the models were trained on other data than they are measured against");
    }
    let references = References {
        held_out: rows(data.held_out.as_ref(), samples).0,
        train: rows(data.train.as_ref(), samples).0,
    };
    let comparison = Comparison { seed: Seed(args.seed), samples, class: None, rows: 1 };
    let (report, _) = compare::run(
        &set,
        &comparison,
        Some(&references),
        &opened.device,
        &opened.name,
        &cancel,
        &mut |event| progress.show(event),
    )
    .await?;
    progress.close();
    write_json(&args.out, &report)?;
    print!("{}", report.table());
    match (report.features, report.frechet_floor) {
        (Some(features), Some(floor)) => println!(
            "Frechet distances on {features}, N = {samples}; training images score {floor:.3}"
        ),
        _ => println!("no Frechet distances: the data has no classes to learn features from"),
    }
    println!("figures: {}", args.out.display());
    Ok(())
}

fn write_json(path: &Path, value: &impl serde::Serialize) -> anyhow::Result<()> {
    atomic::write(path, (serde_json::to_string_pretty(value)? + "\n").as_bytes())?;
    Ok(())
}
