//! `times`: when a student's further steps are best taken, as tables and JSON.

use super::{args, models, output, progress::Progress, trusted::trusted};
use crate::{
    engine::{
        Cancel, files,
        times::{self, Search},
    },
    math::seed::Seed,
};

pub(super) async fn run(args: args::Times, cancel: Cancel) -> anyhow::Result<()> {
    let out = models::place(&args.models, args.out.as_ref(), "times.json")?;
    output::check_json("--out", &out)?;
    if let Some(picture) = &args.plot {
        output::check_picture("--plot", picture)?;
    }
    let mut progress = Progress::new();
    let opened = trusted(args.on, &mut progress, &cancel).await?;
    let set = models::open(&args.models, &opened).await?;
    let search = Search {
        seed: Seed(args.seed),
        samples: args.samples as usize,
        steps: args.steps as usize,
        tries: args.tries as usize,
    };
    let mut show = |event| progress.show(event);
    let found = times::run(&set, search, &opened.device, &cancel, &mut show).await?;
    progress.close();
    output::write_json(&out, &found)?;
    print!("{}", found.table());
    println!("figures: {}", out.display());
    if let Some(picture) = &args.plot {
        files::write_png(picture, &found.plot(set.teacher.recipe.model.process).draw())?;
        println!("picture: {}", picture.display());
    }
    Ok(())
}
