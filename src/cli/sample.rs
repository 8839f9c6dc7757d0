//! `sample`: one model's samples as a grid, a folder of PNG files or an .npz file.

use std::path::Path;

use anyhow::{Context as _, bail};

use super::{args, compare::models, progress::Progress, train::trusted};
use crate::{
    data::Shape,
    diffusion::Method,
    engine::{
        Cancel, Model, files,
        lab::shape_of,
        sampling::{self, Request, Sampler},
    },
    math::{grid::TimeGrid, seed::Seed},
    picture,
    store::npz::{self, Array, Values},
};

pub(super) async fn run(args: args::Sample, cancel: Cancel) -> anyhow::Result<()> {
    let mut progress = Progress::new();
    let opened = trusted(args.on.backend.into(), &mut progress).await?;
    let set = models(&args.models, &opened)?;
    let known: Vec<&Model> = std::iter::once(&set.teacher).chain(&set.students).collect();
    let model = known.iter().find(|model| model.file_name() == args.model).with_context(|| {
        let names: Vec<String> = known.iter().map(|model| model.file_name()).collect();
        format!("there is no model `{}` here; there are {}", args.model, names.join(", "))
    })?;
    if args.class.is_some_and(|class| class >= model.classes()) {
        bail!("the model has {} classes, numbered from 0", model.classes());
    }
    let shape = shape_of(&model.recipe.model.network);
    if shape.is_none() && args.out.extension().is_none_or(|e| e != "npz") {
        bail!("these samples are points, not images: write them with --out FILE.npz");
    }
    let grid = model.recipe.grid()?;
    let request = Request::new(Seed(args.seed), args.count as usize, model.classes(), args.class);
    let mut show = |event| progress.show(event);
    let device = &opened.device;
    let samples = if args.model == "teacher" {
        let method = method(args.method.as_deref(), model)?;
        let grid = args.steps.map_or(Ok(grid), TimeGrid::uniform)?;
        let sampler = Sampler::Teacher(method, &grid);
        sampling::draw(model, sampler, &request, device, &cancel, &mut show).await?
    } else {
        let times = grid.student_times(args.steps.unwrap_or(1))?;
        let sampler = Sampler::Student(&times);
        sampling::draw(model, sampler, &request, device, &cancel, &mut show).await?
    };
    progress.close();
    write(&args.out, &samples.values, shape, &request.labels)?;
    println!(
        "{} samples, {} network calls each, {:.2} s: {}",
        args.count,
        samples.evaluations,
        samples.seconds,
        args.out.display()
    );
    Ok(())
}

/// The solver called `name`, or the recipe's.
fn method(name: Option<&str>, model: &Model) -> anyhow::Result<Method> {
    let Some(name) = name else { return Ok(model.recipe.student.method) };
    serde_json::from_value(name.into()).with_context(|| {
        format!("there is no solver `{name}`; there are ddim, vp-euler, vp-heun, edm-heun, dpm2m")
    })
}

fn write(path: &Path, values: &[f32], shape: Option<Shape>, labels: &[u32]) -> anyhow::Result<()> {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    match (extension, shape) {
        ("npz", shape) => {
            let n = labels.len();
            let dims = match shape {
                Some(Shape { channels, height, width }) => vec![n, channels, height, width],
                None => vec![n, values.len() / n],
            };
            let arrays = [
                Array { name: "samples", shape: &dims, values: Values::F32(values) },
                Array { name: "labels", shape: &[n], values: Values::U32(labels) },
            ];
            npz::write(path, &arrays)?;
        }
        ("png", Some(shape)) => {
            let columns = (labels.len() as f64).sqrt().ceil() as usize;
            files::write_png(path, &picture::grid(values, shape, columns, 2, 2))?;
        }
        ("", Some(shape)) => {
            std::fs::create_dir_all(path)
                .with_context(|| format!("the folder {}", path.display()))?;
            for (i, image) in values.chunks(shape.len()).enumerate() {
                let file = path.join(format!("{i:06}-class-{}.png", labels[i]));
                files::write_png(&file, &picture::grid(image, shape, 1, 1, 0))?;
            }
        }
        _ => bail!("`{}`: name a .png file, an .npz file or a folder", path.display()),
    }
    Ok(())
}
