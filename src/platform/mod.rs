//! What an operating system and a browser do differently, behind the same names.

#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(target_family = "wasm")]
mod web;

#[cfg(not(target_family = "wasm"))]
pub use native::*;
#[cfg(target_family = "wasm")]
pub use web::*;

/// A file that was read, by name; an error is a sentence.
pub type Read = (String, Result<Vec<u8>, String>);

/// A page has no folders to choose from ([`HAS_FOLDERS`]).
#[cfg(target_family = "wasm")]
pub fn pick_path(_is_folder: bool) -> impl Future<Output = Option<std::path::PathBuf>> {
    std::future::ready(None)
}
