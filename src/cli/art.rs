//! `page-art`: what the page shows where its program does not run, drawn beforehand.

use std::{fs, path::Path};

use image::{ImageEncoder as _, codecs::png::PngEncoder};

use super::{args, output::write_json};
use crate::{
    engine::{
        Cancel, Opened,
        compare::{self, Comparison},
        files,
        shipped::{self, DEFAULT_MODELS, ModelSet},
    },
    math::seed::Seed,
    picture::{card, sign},
    store::atomic,
};

/// What the card says.
const LEAD: [&str; 3] = [
    "Few-step diffusion models,",
    "side by side, from the same noise,",
    "computed in your browser.",
];
/// Noises that the figures are measured on.
const SAMPLES: usize = 64;
/// Rows of pictures.
const ROWS: usize = 6;

/// Draws icons, the card, and a comparison of every shipped preset.
pub(super) async fn run(args: args::PageArt) -> anyhow::Result<()> {
    for folder in ["icons", "pictures"] {
        fs::create_dir_all(args.out.join(folder))?;
    }
    icons(&args.out.join("icons"))?;
    // The reference, whatever the machine has: the pictures are the same everywhere.
    let opened = Opened::cpu();
    for preset in shipped::presets() {
        let set = ModelSet::shipped(preset, &opened.device).await?;
        let comparison = Comparison { rows: ROWS, ..Comparison::new(Seed(1), SAMPLES) };
        let (report, sheet) = compare::run(
            &set,
            &comparison,
            None,
            &opened.device,
            &opened.name,
            &Cancel::default(),
            &mut |_| {},
        )
        .await?;
        let picture = args.out.join("pictures").join(preset);
        files::write_png(&picture.with_extension("png"), &sheet.draw())?;
        write_json(&picture.with_extension("json"), &report)?;
        if preset == DEFAULT_MODELS {
            files::write_png(&args.out.join("card.png"), &card::card(&sheet, &LEAD))?;
        }
        println!("{}", picture.display());
    }
    Ok(())
}

fn icons(folder: &Path) -> anyhow::Result<()> {
    for side in [32, 192, 512] {
        let mut png = Vec::new();
        let colour = image::ExtendedColorType::Rgba8;
        PngEncoder::new(&mut png).write_image(&sign::icon(side), side, side, colour)?;
        atomic::write(&folder.join(format!("{side}.png")), &png)?;
    }
    // Systems that cut icons to a shape promise to leave a circle of 80% alone.
    files::write_png(&folder.join("maskable.png"), &sign::on_paper(512, 0.56))?;
    files::write_png(&folder.join("apple-touch.png"), &sign::on_paper(180, 0.68))?;
    Ok(())
}
