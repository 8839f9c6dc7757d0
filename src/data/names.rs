//! What the name of a file says of it.

const EXTENSIONS: [&str; 9] =
    [".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".webp", ".bmp"];

/// Whether a path inside a folder or archive names a picture; hidden files and the resource forks
/// of macOS archives do not count.
pub(super) fn is_picture_path(path: &str) -> bool {
    let lower = path.to_lowercase();
    !is_hidden(path) && EXTENSIONS.iter().any(|extension| lower.ends_with(extension))
}

/// Whether a path names a hidden file, or one that macOS puts beside another into an archive.
pub(super) fn is_hidden(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.') || part == "__MACOSX")
}

/// A name as text. Bytes that are none are written `%NN`, so that names that differ in them stay apart.
pub(super) fn text_of(name: &[u8]) -> String {
    let mut text = String::new();
    for chunk in name.utf8_chunks() {
        text += chunk.valid();
        chunk.invalid().iter().for_each(|byte| text += &format!("%{byte:02X}"));
    }
    text
}
