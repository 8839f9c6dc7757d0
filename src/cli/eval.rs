//! `eval`: a set of models measured against its teacher and its data, as a table and JSON.

use std::path::Path;

use anyhow::bail;

use super::{
    args, models, output,
    progress::{Progress, tell},
    trusted::trusted,
};
use crate::{
    engine::{
        Cancel, Event, Recipe, StageName,
        compare::{self, Comparison, References},
        data::{Corpus, rows},
        files,
        report::{self, Report, significant},
        shipped::ModelSet,
    },
    eval::neighbours::{ENOUGH, Training},
    math::seed::Seed,
    nn::features::FeatureConfig,
    store::RunFolder,
};

/// Held-out images that say what a near copy is, at most.
const UNSEEN: usize = 4096;

pub(super) async fn run(args: args::Eval, cancel: Cancel) -> anyhow::Result<()> {
    let out = models::place(&args.models, args.out.as_ref(), &file_name(args.guidance))?;
    output::check_json("--out", &out)?;
    if let Some(picture) = &args.neighbours {
        output::check_picture("--neighbours", picture)?;
    }
    let mut progress = Progress::new();
    let opened = trusted(args.on, &mut progress, &cancel).await?;
    let mut set = models::open(&args.models, &opened).await?;
    if let Some(scale) = args.guidance {
        models::guide(&mut set, scale)?;
        set.students.clear();
    }
    if args.neighbours.is_some() && set.teacher.recipe.mixture().is_some() {
        bail!("--neighbours: these samples are points, and only images have a picture");
    }
    let (data, mirrored) = data(&args, &set, &cancel, &mut |event| progress.show(event))?;
    tell_of(&args, &set)?;
    let (references, comparison) = references(&args, &set, &data, mirrored);
    let (device, name) = (&opened.device, &opened.name);
    let mut show = |event| progress.show(event);
    let run = compare::run(&set, &comparison, Some(&references), device, name, &cancel, &mut show);
    let report = run.await?.0;
    progress.close();
    output::write_json(&out, &report)?;
    print!("{}", report.table());
    println!("{}", frechet(&report, &args.models, &set, &data));
    if let Some(distance) = report.copy_distance {
        let unseen = references.unseen.len() / set.teacher.dims();
        println!("{}", copies(distance, mirrored.is_some(), unseen));
    }
    println!("figures: {}", out.display());
    // What was measured is safe: the picture takes a while, and may be stopped.
    if let (Some(path), Some(training)) = (&args.neighbours, &references.training) {
        let mut show = |event| progress.show(event);
        let drawn =
            compare::neighbours(&set, &comparison, training, device, &cancel, &mut show).await?;
        progress.close();
        drawn.map_or(Ok(()), |picture| files::write_png(path, &picture))?;
        println!("samples above their nearest training images: {}", path.display());
    }
    Ok(())
}

/// Where the figures go: those of the teacher alone, by a guidance of its own, take no place of all models'.
fn file_name(guidance: Option<f64>) -> String {
    guidance.map_or_else(|| "eval.json".into(), |scale| format!("eval-guidance-{scale}.json"))
}

/// Says what is to be known of these models beside their figures.
fn tell_of(args: &args::Eval, set: &ModelSet) -> anyhow::Result<()> {
    if set.teacher.recipe.teacher.patience.is_some() {
        tell(
            "note: this teacher was chosen by its loss on held-out images, so that distances to these are a little low",
        );
    }
    // With a guidance of its own the teacher is measured alone.
    if let Some(run) = args.models.run.as_ref().filter(|_| args.guidance.is_none()) {
        let missing = missing_students(run)?;
        if !missing.is_empty() {
            tell(format_args!("note: not trained yet, and not measured: {}", missing.join(", ")));
        }
    }
    Ok(())
}

/// Students of a run's recipe that are not trained yet.
fn missing_students(run: &Path) -> anyhow::Result<Vec<String>> {
    let (recipe, folder) = (Recipe::of_run(run)?, RunFolder::at(run));
    let students = StageName::of(&recipe).into_iter().filter(|stage| stage.horizon().is_some());
    let names = students.map(StageName::file_name);
    Ok(names.filter(|name| !folder.weights(name).exists()).collect())
}

/// The data to measure against, as it is; and pixels of a row where training mirrored it too.
fn data(
    args: &args::Eval,
    set: &ModelSet,
    cancel: &Cancel,
    show: &mut dyn FnMut(Event),
) -> anyhow::Result<(Corpus, Option<usize>)> {
    let mut recipe: Recipe = set.teacher.recipe.clone();
    if let Some(run) = &args.models.run {
        models::require_run(run)?;
        // What its students learnt from: the teacher may be of another run.
        let own = Recipe::of_run(run)?;
        recipe.data = own.data;
        recipe.teacher.mirror |= own.teacher.mirror;
    }
    match &args.data {
        Some(data) => recipe.data.source.clone_from(data),
        // Shipped weights name a folder of the machine that made them.
        None if args.models.run.is_none() && !recipe.has_data_inside() => {
            recipe.data.source.clear();
        }
        None => {}
    }
    let is_mirrored = std::mem::replace(&mut recipe.teacher.mirror, false);
    let data = Corpus::load(&mut recipe, cancel, show)?;
    require_fit(set, &data)?;
    for (what, learnt) in [
        ("the teacher", &set.teacher.manifest.data),
        ("the feature network, by which samples are measured,", &set.features_file.data),
    ] {
        if let Some(difference) = learnt.as_ref().and_then(|learnt| data.difference(learnt)) {
            tell(format!("note: {what} learnt from {difference}"));
        }
    }
    if let Some(repetition) = data.repetition() {
        tell(format!("note: {repetition}"));
    }
    let width = recipe.model.network.image().map(|[_, width]| width);
    Ok((data, width.filter(|_| is_mirrored)))
}

/// Refuses data of another shape or with other classes than the models'.
fn require_fit(set: &ModelSet, data: &Corpus) -> anyhow::Result<()> {
    let (own, found) = (set.teacher.dims(), data.train.dims());
    let (classes, found_classes) = (set.teacher.classes() as usize, data.record.classes.len());
    if own != found {
        bail!(
            "the models make samples of {own} values, and those of `{}` have {found}: they cannot be \
             measured against each other",
            data.record.name
        );
    }
    if classes > 0 && classes != found_classes {
        bail!(
            "the models have {classes} classes and `{}` has {found_classes}: samples of the one cannot be \
             measured against images of the other",
            data.record.name
        );
    }
    Ok(())
}

/// What is measured against what.
fn references<'a>(
    args: &args::Eval,
    set: &ModelSet,
    data: &'a Corpus,
    mirrored: Option<usize>,
) -> (References<'a>, Comparison) {
    let samples = args.samples as usize;
    let (held_out, labels) = rows(data.held_out.as_ref(), samples);
    let (train, train_labels) = rows(data.train.as_ref(), samples);
    let images = data.train.as_ref();
    let has_images = set.teacher.recipe.model.network.image().is_some();
    let training = has_images.then_some(Training { images, mirrored });
    let unseen = match has_images {
        true => rows(data.held_out.as_ref(), UNSEEN).0,
        false => Vec::new(),
    };
    let comparison = Comparison {
        baselines: args.baselines.all.clone(),
        times: args.when.lists(),
        ..Comparison::new(Seed(args.seed), samples)
    };
    let references = References { held_out, train, unseen, training, ..References::default() };
    if set.teacher.classes() == 0 {
        return (references, comparison);
    }
    let asked = compare::shared_out(&labels, samples);
    let references = References { held_out_labels: labels, train_labels, ..references };
    (references, Comparison { labels: Some(asked), ..comparison })
}

/// What the Frechet distances were measured on, or why there are none.
fn frechet(report: &Report, models: &args::Models, set: &ModelSet, data: &Corpus) -> String {
    let Some(features) = report.features else {
        return format!("no Frechet distances: {}", no_features(models, set));
    };
    let Some(floor) = report.frechet_floor else {
        return format!("no Frechet distances to data: {}", too_few(data));
    };
    let infinite = report.frechet_infinity_floor.map_or_else(String::new, |floor| {
        format!(", and {} without what finite sets add (FD-inf)", report::interval(floor))
    });
    let white = report.directions.map_or_else(String::new, |directions| {
        let directions = significant(directions);
        format!("\nof training samples the features vary like {directions} directions of equal variance; white: all count alike")
    });
    format!(
        "Frechet distances on {features}, N = {} samples against {} held-out ones; {} training ones score {}{infinite}{white}",
        report.samples,
        report.held_out.unwrap_or_default(),
        report.train.unwrap_or_default(),
        report::interval(floor),
    )
}

/// What counts as a near copy.
fn copies(distance: f64, is_mirrored: bool, unseen: usize) -> String {
    let images = if is_mirrored { "training image or its mirror image" } else { "training image" };
    let of_them = match unseen {
        ..ENOUGH => {
            format!("the nearest of {unseen} held-out ones is; fewer than {ENOUGH} tell little")
        }
        _ => "5% of the held-out ones are".into(),
    };
    format!(
        "near copies are no farther than {} (RMS) from a {images}, as {of_them}",
        significant(distance)
    )
}

fn too_few(data: &Corpus) -> String {
    let (held_out, train) = (data.held_out.len(), data.train.len());
    format!("too few images, {held_out} held out and {train} to learn from, and it takes 2 of each")
}

fn no_features(models: &args::Models, set: &ModelSet) -> String {
    let size = set.teacher.recipe.model.network.image().map(|[_, size]| size);
    if let Some(size) = size.filter(|&size| !FeatureConfig::takes(size)) {
        return format!("the feature network takes no images of {size}x{size}");
    }
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

#[cfg(test)]
mod tests;
