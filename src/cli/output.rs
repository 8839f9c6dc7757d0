//! Where results go, checked before anything is computed, and figures as JSON.

use std::path::{Component, Path};

use anyhow::bail;

use crate::{platform, store::atomic};

/// What a path's ending asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One picture of all samples.
    Grid,
    /// Raw values.
    Arrays,
    /// A picture a sample.
    Folder,
}

/// The form of `path` by its ending, upper or lower case; a folder that is there is one.
pub(super) fn form(path: &Path) -> anyhow::Result<Form> {
    if path.is_dir() {
        return Ok(Form::Folder);
    }
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("png") => Ok(Form::Grid),
        Some("npz") => Ok(Form::Arrays),
        None => Ok(Form::Folder),
        Some(_) => bail!("--out {}: name a .png file, an .npz file or a folder", path.display()),
    }
}

/// Refuses a path of `option` that cannot become a .png file.
pub(super) fn check_picture(option: &str, path: &Path) -> anyhow::Result<()> {
    if path.extension().is_none_or(|ending| !ending.eq_ignore_ascii_case("png")) {
        bail!("{option} {}: the picture's name must end in .png", path.display());
    }
    check_file(option, path)
}

/// Refuses a path of `option` that cannot become a file of figures, or is one of another kind, which a slip would
/// overwrite. A name without an ending may be a device.
pub(super) fn check_json(option: &str, path: &Path) -> anyhow::Result<()> {
    if path.extension().is_some_and(|ending| !ending.eq_ignore_ascii_case("json")) {
        bail!("{option} {}: the figures' name must end in .json", path.display());
    }
    check_file(option, path)
}

/// Refuses a path of `option` with a name that this system does not have: asked for it, the system may say nothing, and
/// keep nothing.
pub(super) fn check_names(option: &str, path: &Path) -> anyhow::Result<()> {
    let problem = path.components().find_map(|part| match part {
        Component::Normal(name) => platform::name_problem(&name.to_string_lossy()),
        _ => None,
    });
    match problem {
        Some(why) => bail!("{option} {}: {why}", path.display()),
        None => Ok(()),
    }
}

/// Refuses a path of `option` that cannot become a file.
pub(super) fn check_file(option: &str, path: &Path) -> anyhow::Result<()> {
    check_names(option, path)?;
    if path.is_dir() {
        bail!("{option} {}: this is a folder, and a file is needed", path.display());
    }
    // A bare name has the empty path for a parent.
    let parent = path.parent().filter(|parent| *parent != Path::new(""));
    match parent {
        Some(parent) if !parent.is_dir() => {
            bail!("{option} {}: there is no folder {}", path.display(), parent.display())
        }
        _ => Ok(atomic::check(path)?),
    }
}

/// Writes figures as JSON.
pub(super) fn write_json(path: &Path, value: &impl serde::Serialize) -> anyhow::Result<()> {
    atomic::write(path, (serde_json::to_string_pretty(value)? + "\n").as_bytes())?;
    Ok(())
}

/// Refuses a path that cannot become a folder, or one to write to; folders above it are made with it.
pub(super) fn check_folder(path: &Path) -> anyhow::Result<()> {
    check_names("--out", path)?;
    // A bare name lies in the present folder, whose path is empty.
    let above = path.ancestors().find(|above| above.exists()).unwrap_or(Path::new("."));
    if !above.is_dir() {
        bail!("--out {}: {} is a file", path.display(), above.display())
    }
    Ok(atomic::check(&above.join("sample.png"))?)
}
