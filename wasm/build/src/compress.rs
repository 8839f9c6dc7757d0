//! Compressed twins for servers that hand them out, and the sizes that a visitor pays for.

use std::{fs, io::Write as _, path::Path};

use anyhow::{Context as _, bail};
use flate2::{Compression, write::GzEncoder};

use crate::{dist::files, options::Options, program::NAME};

/// What program and JavaScript may take together, by brotli.
const LIMIT: u64 = 4 << 20;
/// Endings that are text or machine code: worth the slowest compression.
const DENSE: [&str; 7] = ["css", "html", "js", "json", "svg", "wasm", "webmanifest"];
/// Endings of what is numbers.
const LOOSE: [&str; 2] = ["otf", "safetensors"];
/// A twin that saves less than this part of a file is not worth its place.
const WORTH: f64 = 0.05;

/// How many bytes a file has, plain and by brotli.
#[derive(Clone, Debug)]
pub struct Size {
    /// Path from the page.
    pub path: String,
    /// As it is.
    pub plain: u64,
    /// As a browser receives it.
    pub brotli: u64,
}

/// Writes `.br` and `.gz` beside every file that gets smaller.
pub fn compress(folder: &Path, options: &Options) -> anyhow::Result<Vec<Size>> {
    println!("brotli, gzip");
    let mut sizes = Vec::new();
    for (path, file) in files(folder)? {
        let ending = path.rsplit('.').next().unwrap_or_default().to_owned();
        let plain = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let mut size = Size { path, plain: plain.len() as u64, brotli: plain.len() as u64 };
        let dense = DENSE.contains(&ending.as_str());
        if dense || LOOSE.contains(&ending.as_str()) {
            let quality = if options.quick {
                1
            } else if dense {
                11
            } else {
                9
            };
            let packed = brotli(&plain, quality)?;
            if twin(&file, "br", &plain, &packed)? {
                size.brotli = packed.len() as u64;
            }
            twin(&file, "gz", &plain, &gzip(&plain, if options.quick { 1 } else { 9 })?)?;
        }
        sizes.push(size);
    }
    Ok(sizes)
}

/// Writes the twin if it is worth it.
fn twin(file: &Path, ending: &str, plain: &[u8], packed: &[u8]) -> anyhow::Result<bool> {
    let worth = (packed.len() as f64) < plain.len() as f64 * (1.0 - WORTH);
    if worth {
        let mut name = file.as_os_str().to_owned();
        name.push(format!(".{ending}"));
        fs::write(&name, packed)
            .with_context(|| format!("cannot write beside {}", file.display()))?;
    }
    Ok(worth)
}

fn brotli(plain: &[u8], quality: i32) -> anyhow::Result<Vec<u8>> {
    // The largest window that browsers accept: a program repeats itself over megabytes.
    let parameters = brotli::enc::BrotliEncoderParams { quality, lgwin: 24, ..Default::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &*plain, &mut packed, &parameters)?;
    Ok(packed)
}

fn gzip(plain: &[u8], level: u32) -> anyhow::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(plain)?;
    Ok(encoder.finish()?)
}

/// A name, and which paths belong.
type Group<'a> = (&'a str, &'a dyn Fn(&str) -> bool);

/// Prints what is paid for by a visitor, and fails where it is too much.
pub fn check(sizes: &[Size], options: &Options) -> anyhow::Result<()> {
    let program = |path: &str| path.starts_with(NAME) || path.ends_with(".js");
    let groups: [Group<'_>; 5] = [
        ("program (wasm)", &|path| path.ends_with(".wasm")),
        ("JavaScript", &|path| path.ends_with(".js")),
        ("fonts, style, texts", &|path| !program(path) && !is_fetched(path) && !is_image(path)),
        ("pictures, icons", &is_image),
        ("weights and data", &is_fetched),
    ];
    println!("{:<24}{:>14}{:>14}", "", "bytes", "brotli");
    for (name, belongs) in groups {
        let [plain, brotli] = total(sizes, belongs);
        println!("{name:<24}{plain:>14}{brotli:>14}");
    }
    let [_, paid] = total(sizes, &program);
    println!("{:<24}{:>14}{paid:>14}  limit {LIMIT}", "program + JavaScript", "");
    if paid > LIMIT && !options.quick {
        bail!("program and JavaScript take {paid} bytes by brotli, and {LIMIT} is the limit");
    }
    Ok(())
}

/// Files that are loaded when they are looked at.
fn is_fetched(path: &str) -> bool {
    path.starts_with("weights/") || path.starts_with("data/")
}

fn is_image(path: &str) -> bool {
    [".png", ".svg", ".ico"].iter().any(|ending| path.ends_with(ending))
}

fn total(sizes: &[Size], belongs: &dyn Fn(&str) -> bool) -> [u64; 2] {
    sizes
        .iter()
        .filter(|size| belongs(&size.path))
        .fold([0; 2], |[plain, brotli], size| [plain + size.plain, brotli + size.brotli])
}
