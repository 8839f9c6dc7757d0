//! `compare` and `eval`: all samplers of a set from the same noise, as a picture, a table and JSON.

use std::path::Path;

use anyhow::bail;

use super::{args, output, progress::Progress, train::trusted};
use crate::{
    engine::{
        Cancel, LabError, Opened, Recipe,
        compare::{self, Comparison, References},
        data::{Corpus, rows},
        files,
        report::{Report, significant},
        shipped::{DEFAULT_MODELS, ModelSet},
    },
    math::seed::Seed,
    store::{RunFolder, atomic},
};

/// The models asked for, on a device.
pub(super) async fn models(args: &args::Models, opened: &Opened) -> Result<ModelSet, LabError> {
    match &args.run {
        Some(run) => ModelSet::of_run(run, &opened.device),
        None => {
            let preset = args.preset.as_deref().unwrap_or(DEFAULT_MODELS);
            ModelSet::shipped(preset, &opened.device).await
        }
    }
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
    output::check_picture(&args.out)?;
    let mut progress = Progress::new();
    let opened = trusted(args.on.backend.into(), &mut progress).await;
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
    let json = args.out.with_extension("json");
    write_json(&json, &report)?;
    print!("{}", report.table());
    println!("picture: {}, figures: {}", args.out.display(), json.display());
    Ok(())
}

pub(super) async fn eval(args: args::Eval, cancel: Cancel) -> anyhow::Result<()> {
    output::check_file(&args.out)?;
    let mut progress = Progress::new();
    let opened = trusted(args.on.backend.into(), &mut progress).await;
    let set = models(&args.models, &opened).await?;
    let samples = args.samples as usize;
    let mut recipe: Recipe = set.teacher.recipe.clone();
    if let Some(data) = args.data {
        recipe.data.source = data;
    } else if let Some(run) = &args.models.run {
        recipe.data.source = Recipe::of_run(run)?.data.source;
    }
    recipe.teacher.mirror = false; // measured against the images as they are
    let data = Corpus::load(&mut recipe)?;
    if let Some(record) = &set.teacher.manifest.data
        && record.sha256 != data.record.sha256
    {
        eprintln!("note: the models were trained on other data than they are measured against");
    }
    let (held_out, labels) = rows(data.held_out.as_ref(), samples);
    let train = rows(data.train.as_ref(), samples).0;
    let references = References { held_out, train };
    // As many of each class as among the held-out images, or a perfect model would not score best.
    let labels = (set.teacher.classes() > 0)
        .then(|| labels.into_iter().cycle().take(samples).collect::<Vec<u32>>());
    let comparison = Comparison { seed: Seed(args.seed), samples, labels, rows: 1 };
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
    println!("{}", frechet(&report, &args.models, &set, &data));
    println!("figures: {}", args.out.display());
    Ok(())
}

/// What the Frechet distances were measured on, or why there are none.
fn frechet(report: &Report, models: &args::Models, set: &ModelSet, data: &Corpus) -> String {
    match (report.features, report.frechet_floor) {
        (Some(features), Some(floor)) => format!(
            "Frechet distances on {features}, N = {} samples against {} held-out ones; {} training \
             ones score {}",
            report.samples,
            report.held_out.unwrap_or_default(),
            report.train.unwrap_or_default(),
            significant(floor)
        ),
        (Some(_), None) => format!("no Frechet distances: {}", too_few(data)),
        (None, _) => format!("no Frechet distances: {}", no_features(models, set)),
    }
}

fn too_few(data: &Corpus) -> String {
    let (held_out, train) = (data.held_out.len(), data.train.len());
    format!("too few images, {held_out} held out and {train} to learn from, and it takes 2 of each")
}

fn no_features(models: &args::Models, set: &ModelSet) -> String {
    // One class cannot be told from another either.
    if set.teacher.classes() < 2 {
        return "the data has no classes to learn features from".into();
    }
    match &models.run {
        Some(run) => format!(
            "{} is missing; `train --stage features` with the run's own flags makes it",
            RunFolder::at(run).weights("features").display()
        ),
        None => "these shipped models have no feature network".into(),
    }
}

pub(super) fn write_json(path: &Path, value: &impl serde::Serialize) -> anyhow::Result<()> {
    atomic::write(path, (serde_json::to_string_pretty(value)? + "\n").as_bytes())?;
    Ok(())
}
