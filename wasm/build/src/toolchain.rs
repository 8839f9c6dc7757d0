//! What must fit before a long build begins: the compiler's target, and wasm-bindgen's version.

use std::{fs, path::Path, process::Command};

use anyhow::{Context as _, bail};

/// The target of the page.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Checks both, and adds the target where rustup can.
pub fn check(root: &Path) -> anyhow::Result<()> {
    check_bindgen(root)?;
    check_target(root)
}

/// Both sides of wasm-bindgen speak a private format that changes with every version.
fn check_bindgen(root: &Path) -> anyhow::Result<()> {
    let path = root.join("Cargo.lock");
    let lock =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let program = version_in(&lock, "wasm-bindgen").context("Cargo.lock names no wasm-bindgen")?;
    let lock = include_str!("../Cargo.lock");
    let tool =
        version_in(lock, "wasm-bindgen-cli-support").context("this tool has no wasm-bindgen")?;
    if program != tool {
        bail!(
            "the program uses wasm-bindgen {program}, this tool {tool}: write ={program} into \
             wasm/build/Cargo.toml and run `cargo update --manifest-path wasm/build/Cargo.toml`"
        );
    }
    Ok(())
}

/// The version of `package` in the text of a lock file.
fn version_in<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    // Line by line, which a checkout on Windows may end in its own way.
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
}

fn check_target(root: &Path) -> anyhow::Result<()> {
    if has_target(root)? {
        return Ok(());
    }
    println!("adding the compiler's target {TARGET}");
    let added = Command::new("rustup").args(["target", "add", TARGET]).current_dir(root).status();
    if added.is_ok_and(|status| status.success()) && has_target(root)? {
        return Ok(());
    }
    bail!(
        "this Rust cannot compile for the browser: its target {TARGET} is missing and rustup could \
         not add it. `rustup target add {TARGET}` with a network does, or .ci/install-wasm-target"
    )
}

/// Whether the active compiler has the target's standard library.
fn has_target(root: &Path) -> anyhow::Result<bool> {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(root)
        .output()
        .context("cannot run rustc")?;
    let folder = String::from_utf8_lossy(&output.stdout);
    let Ok(entries) = fs::read_dir(folder.trim()) else { return Ok(false) };
    Ok(entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_whatever_ends_the_lines() {
        let lock = "[[package]]\nname = \"a-b\"\nversion = \"1.0\"\n\n[[package]]\nname = \"a\"\nversion = \"2.0\"\n";
        for lock in [lock.to_owned(), lock.replace('\n', "\r\n")] {
            assert_eq!(version_in(&lock, "a"), Some("2.0"));
            assert_eq!(version_in(&lock, "a-b"), Some("1.0"));
            assert_eq!(version_in(&lock, "b"), None);
        }
    }
}
