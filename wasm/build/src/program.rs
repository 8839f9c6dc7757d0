//! The program itself: cargo, wasm-bindgen, and wasm-opt where it is there.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::{options::Options, repair, toolchain::TARGET};

/// The name of the binary, and of what comes of it.
pub const NAME: &str = "skipstone";

/// What rustc may assume of a browser, and so wasm-opt too.
const FEATURES: [&str; 6] = [
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-reference-types",
];

/// Compiles the program for the browser: a folder of what a browser runs.
pub fn build(root: &Path, options: &Options) -> anyhow::Result<PathBuf> {
    let compiled = compile(root, options)?;
    println!("wasm-bindgen");
    let folder = target_folder(root).join("page-program");
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    Bindgen::new()
        .input_path(&compiled)
        .web(true)?
        .typescript(false)
        .out_name(NAME)
        .remove_name_section(!options.quick)
        .remove_producers_section(true)
        .generate(&folder)
        .context("wasm-bindgen could not make the page's program")?;
    if !options.quick {
        optimise(&folder.join(format!("{NAME}_bg.wasm")))?;
    }
    Ok(folder)
}

fn compile(root: &Path, options: &Options) -> anyhow::Result<PathBuf> {
    let profile = if options.quick { "dev" } else { "web" };
    println!("cargo build --target {TARGET} --profile {profile}");
    let status = Command::new(cargo())
        .args(["build", "--locked", "--bin", NAME, "--target", TARGET, "--profile", profile])
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
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}

/// Makes a file smaller by what wasm-opt knows; as it is where there is no wasm-opt.
fn optimise(wasm: &Path) -> anyhow::Result<()> {
    println!("wasm-opt -Oz");
    let smaller = wasm.with_extension("smaller");
    let run = Command::new("wasm-opt")
        .args(["-Oz", "--strip-debug", "--strip-producers"])
        .args(FEATURES)
        .arg(wasm)
        .arg("-o")
        .arg(&smaller)
        .status();
    match run {
        Ok(status) if status.success() => {
            let mut bytes = fs::read(&smaller)?;
            repair::table_exports(&mut bytes).context("wasm-opt wrote no module")?;
            fs::write(wasm, bytes).with_context(|| format!("cannot write {}", wasm.display()))?;
            fs::remove_file(&smaller).context("cannot remove what wasm-opt wrote")
        }
        Ok(_) => bail!("wasm-opt failed on {}", wasm.display()),
        Err(_) => {
            println!(
                "note: no wasm-opt here (package binaryen): the page gets larger than it need be"
            );
            Ok(())
        }
    }
}
