//! Pictures for where the program cannot run, drawn by the native program.

use anyhow::bail;
use std::path::Path;

use crate::dist::Page;

/// Draws them, and returns the part of the page that shows them.
pub fn add(_root: &Path, _page: &Page) -> anyhow::Result<String> {
    bail!("not yet: --skip-pictures")
}
