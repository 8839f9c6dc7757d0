//! `info`, `devices`, `selftest` and `bench`: what is there, whether it is right, and how fast.

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::{args, frames, progress::tell, trusted};
use crate::{
    engine::{
        DeviceChoice, Opened, StageName, bench, device, measured,
        selftest::{self, Check},
    },
    store::{Archive, Manifest, Role, StoreError, archive, digest::sha256},
};

pub(super) fn info(args: &args::Info) -> anyhow::Result<()> {
    let not_weights = || format!("{} is not a weights file", args.file.display());
    let bytes = match archive::read_bounded(&args.file) {
        Err(error @ StoreError::Io { .. }) => return Err(error.into()),
        read => read.with_context(not_weights)?,
    };
    if let Some(position) = checkpoint(&bytes) {
        return tell_checkpoint(args, &position);
    }
    let archive = Archive::<Manifest>::from_bytes(&bytes).with_context(not_weights)?;
    let Manifest { name, role, parent, data, metrics, seed, images_seen, steps, software, .. } =
        &archive.manifest;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&archive.manifest)?);
        return Ok(());
    }
    let weights = archive.tensors.iter().filter(|(name, _)| !name.starts_with("golden."));
    let values: usize = weights.clone().map(|(_, tensor)| tensor.values.len()).sum();
    println!("{name}");
    println!("  role       {}", role_in_words(role));
    println!(
        "  weights    {values} values in {} tensors, {} KiB",
        weights.count(),
        bytes.len() / 1024
    );
    println!("  sha256     {}", sha256(&bytes));
    if let Some(parent) = parent {
        println!("  teacher    {parent}");
    }
    println!("  trained    {steps} steps, {images_seen} samples seen, seed {seed}");
    if let Some(data) = data {
        println!("  data       {}: {} samples, licence {}", data.name, data.samples, data.licence);
        println!("  data sha   {}", data.sha256);
        if !data.classes.is_empty() {
            println!("  classes    {}", data.classes.join(", "));
        }
    }
    for (title, text) in measured(metrics) {
        println!("  {title:<10} {text}");
    }
    if let Some(device) = metrics["device"].as_str() {
        println!("  measured   on {device}");
    }
    println!("  written    by {software}");
    println!("  --json shows network and recipe too");
    Ok(())
}

fn role_in_words(role: &Role) -> String {
    match role {
        Role::Teacher => "teacher".into(),
        Role::Features => "feature network".into(),
        Role::Student(name) => format!("student, {}", StageName::title_of(name)),
    }
}

/// Where a training stands, if the file is one of its checkpoints.
fn checkpoint(bytes: &[u8]) -> Option<Value> {
    let position = Archive::<Value>::from_bytes(bytes).ok()?.manifest;
    (position["step"].is_u64() && position["seconds"].is_f64()).then_some(position)
}

fn tell_checkpoint(args: &args::Info, position: &Value) -> anyhow::Result<()> {
    if args.json {
        println!("{}", serde_json::to_string_pretty(position)?);
        return Ok(());
    }
    println!("{}: a training checkpoint, not weights to sample from", args.file.display());
    println!("  step      {}", position["step"]);
    println!("  seconds   {:.1}", position["seconds"].as_f64().unwrap_or_default());
    println!("  a stage's finished weights are in its run's folder weights");
    Ok(())
}

pub(super) async fn devices() {
    for line in device::list().await {
        println!("{line}");
    }
}

/// The device to test or to time, whatever it computes; an error where the CPU would stand in for a GPU that was named.
async fn under_test(on: args::OnDevice) -> anyhow::Result<Opened> {
    let opened = trusted::open(on, &mut |note| tell(note)).await?;
    if let Some(why) = &opened.without_gpu {
        if DeviceChoice::from(on.place) != DeviceChoice::Auto {
            bail!("{why}");
        }
        tell(trusted::on_the_cpu(why));
    }
    Ok(opened)
}

pub(super) async fn selftest(args: args::Selftest) -> anyhow::Result<()> {
    let opened = under_test(args.on).await?;
    if !args.json {
        match opened.is_gpu() {
            true => println!("{} against the CPU", opened.name),
            false => {
                println!("{} is the reference: only golden outputs can differ on it", opened.name);
            }
        }
    }
    let mut show = |check: &Check| {
        if !args.json {
            print(check);
        }
    };
    let checks = selftest::run(&opened, args.quick, &mut show).await?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&checks)?);
    }
    match checks.iter().filter(|check| !check.passes()).count() {
        0 => Ok(()),
        wrong => bail!("{wrong} of {} checks failed on {}", checks.len(), opened.name),
    }
}

fn print(check: &Check) {
    let Check { name, difference, tolerance } = check;
    let verdict = if check.passes() { "ok" } else { "WRONG" };
    println!("  {verdict:<5} {name:<52} {difference:.1e} (at most {tolerance:.0e})");
}

pub(super) async fn bench(args: args::Bench) -> anyhow::Result<()> {
    let subjects = match args.subject {
        Some(args::Subject::Operations) => vec![bench::Subject::Operations],
        Some(args::Subject::Networks) => vec![bench::Subject::Networks],
        Some(args::Subject::Distill) => vec![bench::Subject::Distillation],
        Some(args::Subject::Window) => return frames::run(args.on.place.into(), args.json).await,
        None => vec![bench::Subject::Operations, bench::Subject::Networks],
    };
    let recipes = args.preset.iter().map(|name| args.overlay.over(name, Vec::new()));
    let recipes = recipes.collect::<anyhow::Result<Vec<_>>>()?;
    let opened = under_test(args.on).await?;
    let effort = bench::Effort { batch: args.batch as usize, repeat: args.repeat as usize };
    let report = bench::run(&subjects, &recipes, &opened, effort).await?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", report.table());
    }
    Ok(())
}
