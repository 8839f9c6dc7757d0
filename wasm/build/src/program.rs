//! The program itself: cargo, wasm-bindgen.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::{dist::clear, options::Options, toolchain::TARGET};

/// The name of the binary, and of what comes of it.
pub const NAME: &str = "skipstone";

/// Compiles the program for the browser: a folder of what a browser runs.
pub fn build(root: &Path, options: &Options) -> anyhow::Result<PathBuf> {
    let compiled = compile(root, options)?;
    println!("wasm-bindgen");
    let folder = target_folder(root).join("page-program");
    clear(&folder)?;
    Bindgen::new()
        .input_path(&compiled)
        .web(true)?
        .typescript(false)
        .out_name(NAME)
        .remove_name_section(!options.quick)
        .remove_producers_section(true)
        .generate(&folder)
        .context("wasm-bindgen could not make the page's program")?;
    Ok(folder)
}

fn compile(root: &Path, options: &Options) -> anyhow::Result<PathBuf> {
    let profile = if options.quick { "dev" } else { "web" };
    println!("cargo build --target {TARGET} --profile {profile}");
    // Said here, for cargo has other ways to be told: what it leaves elsewhere would not be what is published.
    let status = Command::new(cargo())
        .args(["build", "--locked", "--bin", NAME, "--target", TARGET, "--profile", profile])
        .arg("--target-dir")
        .arg(target())
        .current_dir(root)
        .status()
        .context("cannot run cargo")?;
    if !status.success() {
        bail!("the program does not compile for the browser");
    }
    let folder = if options.quick { "debug" } else { "web" };
    Ok(target_folder(root).join(TARGET).join(folder).join(format!("{NAME}.wasm")))
}

/// The cargo that runs this tool.
pub fn cargo() -> PathBuf {
    env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

/// Where cargo builds.
pub fn target_folder(root: &Path) -> PathBuf {
    root.join(target())
}

/// The same as seen from the repository's root.
fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from)
}
