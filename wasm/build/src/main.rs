//! Builds the page into `wasm/dist`: run `cargo page` at the repository's root.
//!
//! ```text
//! cargo (wasm32) -> wasm-bindgen -> files.json, sw.js -> .br, .gz -> wasm/dist
//! ```
//!
//! Everything is written to a folder beside `wasm/dist` that takes its place at the end, so that what is
//! served is always a whole page.

mod compress;
#[allow(dead_code, reason = "the program's own, which does more than this tool needs")]
#[path = "../../../src/platform/disk.rs"]
mod disk;
mod dist;
mod options;
mod pictures;
mod program;
mod toolchain;

use std::{
    fs::{self, File},
    path::Path,
    process::ExitCode,
    time::Instant,
};

use anyhow::Context as _;

use dist::Page;
use options::Options;

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{}", options::HELP);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    match build(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn build(options: &Options) -> anyhow::Result<()> {
    let root = root()?;
    let _alone = alone(root)?;
    let start = Instant::now();
    toolchain::check(root)?;
    let program = program::build(root, options)?;
    let page = Page::start(root)?;
    page.copy(&program, "")?;
    page.copy(&root.join("assets/weights"), "weights")?;
    for data in ["emoji.tar.gz", "tiles.tar.gz"] {
        page.copy(&root.join("assets/data").join(data), &format!("data/{data}"))?;
    }
    let pictures = if options.pictures { pictures::add(root, &page)? } else { String::new() };
    page.add_shell(&pictures, options)?;
    let list = page.describe()?;
    let sizes = compress::compress(&page.folder, options)?;
    compress::check(&sizes, options)?;
    let place = page.publish()?;
    println!(
        "version {}: {} after {} s; `cargo run -- serve` shows it",
        list.version,
        place.display(),
        start.elapsed().as_secs()
    );
    Ok(())
}

/// Waits for another build of the page, and keeps later ones waiting; tests wait by the same file.
fn alone(root: &Path) -> anyhow::Result<File> {
    let folder = program::target_folder(root);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join("page.lock");
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    if file.try_lock().is_err() {
        println!("waiting for another build of the page");
        file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
    }
    Ok(file)
}

/// The repository: two folders above this package.
fn root() -> anyhow::Result<&'static Path> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package.ancestors().nth(2).filter(|root| root.is_dir());
    root.context("the repository is not where this was built")
}
