//! `sample`: one model's samples as a grid, a folder of PNG files or an .npz file.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use super::{
    args,
    models::{self, class_of},
    output::{self, Form},
    progress::{Progress, tell},
    trusted::trusted,
};
use crate::{
    data::Shape,
    diffusion::Method,
    engine::{
        Cancel, Event, Model, Opened, Recipe, files,
        recipe::method_problem,
        sampling::{self, Request, Sampler, Samples},
    },
    math::seed::{self, Purpose, Seed},
    picture,
    store::{
        files_in,
        npz::{self, Array, Values},
    },
};

/// The file of a teacher.
const TEACHER: &str = "teacher";

pub(super) async fn run(args: args::Sample, cancel: Cancel) -> anyhow::Result<()> {
    let asked = args.out.as_deref().map(form).transpose()?;
    check_model(&args)?;
    let mut progress = Progress::new();
    let opened = trusted(args.on, &mut progress, &cancel).await?;
    let model = &model(&args, &opened).await?;
    let class = class_of(args.class.as_deref(), model)?;
    let shape = model.recipe.shape();
    let usual = if shape.is_some() { "samples.png" } else { "samples.npz" };
    let out = args.out.clone().unwrap_or_else(|| usual.into());
    let form = asked.map_or_else(|| form(&out), Ok)?;
    if shape.is_none() && form != Form::Arrays {
        bail!("these samples are points, not images: write them with --out FILE.npz");
    }
    if let Some(shape) = shape
        && form == Form::Grid
    {
        require_drawable(args.count, shape)?;
    }
    let request = Request::new(Seed(args.seed), args.count as usize, model.classes(), class);
    let times = student_times(&args, &model.recipe)?;
    let mut show = |event| progress.show(event);
    let samples = draw(model, &args, &times, &request, &opened, &cancel, &mut show).await?;
    progress.close();
    match form {
        Form::Arrays => write_arrays(&out, &samples.values, shape, &request, &times)?,
        _ => write(&out, form, &samples.values, shape, &request, model.classes() > 0)?,
    }
    let calls = if samples.evaluations == 1 { "call" } else { "calls" };
    println!(
        "{} samples, {} network {calls} each, {:.2} s: {}",
        args.count,
        samples.evaluations,
        samples.seconds,
        out.display()
    );
    Ok(())
}

/// Refuses what only a teacher takes.
fn check_model(args: &args::Sample) -> anyhow::Result<()> {
    let is_teacher = args.model == TEACHER;
    if args.guidance.is_some() && !is_teacher {
        bail!("--guidance is a teacher's, and a student has learnt with its own: leave it out");
    }
    if args.times.is_some() && is_teacher {
        bail!("--times are a student's, and a teacher goes along its grid: leave them out");
    }
    if args.method.is_some() && !is_teacher {
        bail!("--method is a teacher's solver, and a student has none: leave it out");
    }
    Ok(())
}

/// The model asked for; a teacher solves as its students learnt it, or as it is guided here.
async fn model(args: &args::Sample, opened: &Opened) -> anyhow::Result<Model> {
    // `horizon:4` is the stage whose file is `horizon-4`.
    let name = args.model.replace(':', "-");
    if let Some(run) = args.models.run.as_ref().filter(|_| name != TEACHER) {
        return models::open_student(run, &name, opened);
    }
    let mut set = models::open(&args.models, opened).await?;
    if let Some(scale) = args.guidance {
        models::guide(&mut set, scale)?;
    }
    let known: Vec<String> = set.models().map(Model::file_name).collect();
    let mut all = std::iter::once(set.teacher).chain(set.students);
    let found = all.find(|model| model.file_name() == name);
    found.ok_or_else(|| models::unknown(&name, &known))
}

/// What is written to `out`; refused where nothing can be.
fn form(out: &Path) -> anyhow::Result<Form> {
    let form = output::form(out)?;
    match form {
        Form::Folder => output::check_folder(out)?,
        Form::Grid | Form::Arrays => output::check_file("--out", out)?,
    }
    Ok(form)
}

/// When a student takes its steps; no times of a teacher.
fn student_times(args: &args::Sample, recipe: &Recipe) -> anyhow::Result<Vec<f64>> {
    if args.model == TEACHER {
        return Ok(Vec::new());
    }
    let grid = recipe.grid()?;
    Ok(match &args.times {
        Some(later) => grid.student_times_at(later)?,
        None => grid.student_times(args.steps.unwrap_or(1))?,
    })
}

async fn draw(
    model: &Model,
    args: &args::Sample,
    times: &[f64],
    request: &Request,
    opened: &Opened,
    cancel: &Cancel,
    show: &mut dyn FnMut(Event),
) -> anyhow::Result<Samples> {
    let (recipe, device) = (&model.recipe, &opened.device);
    let drawn = if args.model == TEACHER {
        let method = method(args.method, recipe)?;
        let grid = args.steps.map_or_else(|| recipe.grid(), |steps| recipe.grid_of(steps))?;
        let sampler = Sampler::Teacher(method, &grid);
        sampling::draw(model, sampler, request, device, cancel, show).await
    } else {
        let steps = times.len();
        if steps > 1 && model.manifest.role.is_for_one_step() {
            tell(format_args!(
                "note: `{}` was distilled for a single step, not for {steps}",
                args.model
            ));
        }
        sampling::draw(model, Sampler::Student(times), request, device, cancel, show).await
    };
    Ok(drawn?)
}

/// The solver asked for, or the recipe's.
fn method(asked: Option<Method>, recipe: &Recipe) -> anyhow::Result<Method> {
    let Some(method) = asked else { return Ok(recipe.student.method) };
    match method_problem(method, recipe.model.process) {
        Some(problem) => bail!("--method: {problem}"),
        None => Ok(method),
    }
}

/// Pixels of a picture for one of a sample, and between samples of a grid.
const SCALE: u32 = 2;
const GAP: u32 = 2;

/// The side of a grid: what viewers open, and memory holds.
const MAX_SIDE: usize = 16_384;

/// Before hours of sampling.
fn require_drawable(count: u32, shape: Shape) -> anyhow::Result<()> {
    let pitch = shape.width * SCALE as usize + GAP as usize;
    let side = columns(count as usize) * pitch;
    if side > MAX_SIDE {
        bail!(
            "one picture of {count} samples has {side} pixels a side, above {MAX_SIDE}: give --out FOLDER or \
             FILE.npz"
        );
    }
    Ok(())
}

/// Those of a grid as wide as high.
fn columns(count: usize) -> usize {
    (count as f64).sqrt().ceil() as usize
}

fn write(
    path: &Path,
    form: Form,
    values: &[f32],
    shape: Option<Shape>,
    request: &Request,
    has_classes: bool,
) -> anyhow::Result<()> {
    let labels = &request.labels;
    match (form, shape) {
        (Form::Grid, Some(shape)) => {
            let columns = columns(labels.len());
            files::write_png(path, &picture::grid(values, shape, columns, SCALE, GAP))?;
        }
        (Form::Folder, Some(shape)) => {
            std::fs::create_dir_all(path)
                .with_context(|| format!("the folder {}", path.display()))?;
            let mut written = BTreeSet::new();
            for (i, image) in values.chunks(shape.len()).enumerate() {
                let class =
                    if has_classes { format!("-class-{}", labels[i]) } else { String::new() };
                let file = path.join(format!("{i:06}{class}.png"));
                files::write_png(&file, &picture::grid(image, shape, 1, 1, 0))?;
                written.insert(file);
            }
            tell_of_others(path, &written)?;
        }
        _ => unreachable!("points are written as arrays only, and arrays elsewhere"),
    }
    Ok(())
}

/// Samples, the noises that they were made from, and their labels; of a student in several steps what it takes to walk
/// them again.
fn write_arrays(
    path: &Path,
    values: &[f32],
    shape: Option<Shape>,
    request: &Request,
    times: &[f64],
) -> anyhow::Result<()> {
    let (n, labels) = (request.labels.len(), &request.labels);
    let dims = match shape {
        Some(Shape { channels, height, width }) => vec![n, channels, height, width],
        None => vec![n, values.len() / n],
    };
    let rows = [n, values.len() / n];
    let noise = seed::rows(request.seed, Purpose::Initial, 0, 0, rows);
    let jumps = times.len().saturating_sub(1);
    let fresh = request.fresh(jumps, rows[1]);
    let times: Vec<f32> = times.iter().map(|&time| time as f32).collect();
    let (each, steps) = ([&[jumps], &dims[..]].concat(), [jumps + 1]);
    let mut arrays = vec![
        Array { name: "samples", shape: &dims, values: Values::F32(values) },
        Array { name: "noise", shape: &dims, values: Values::F32(&noise) },
        Array { name: "labels", shape: &rows[..1], values: Values::U32(labels) },
    ];
    if jumps > 0 {
        arrays.push(Array { name: "fresh", shape: &each, values: Values::F32(&fresh) });
        arrays.push(Array { name: "times", shape: &steps, values: Values::F32(&times) });
    }
    Ok(npz::write(path, &arrays)?)
}

/// Who measures a folder takes all of its pictures for samples of one model.
fn tell_of_others(folder: &Path, written: &BTreeSet<PathBuf>) -> anyhow::Result<()> {
    let is_other = |path: &PathBuf| {
        path.extension().is_some_and(|ending| ending == "png") && !written.contains(path)
    };
    let others = files_in(folder)?.into_iter().filter(is_other).count();
    if others > 0 {
        tell(format_args!(
            "note: beside these samples {} holds pictures that were there before: {others}",
            folder.display()
        ));
    }
    Ok(())
}
