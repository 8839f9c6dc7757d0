//! What can be wrong with data, in sentences for the person who brought it.
//!
//! `place` is a path, or a path inside an archive written `archive/entry`.

/// A source that cannot be loaded: what was expected, what was found and where.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// Whoever watched said so.
    #[error("stopped")]
    Stopped,
    /// The operating system refused.
    #[error("cannot read {place}: {cause}")]
    Read {
        /// The file or folder.
        place: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Data that travels with the program and is not here yet.
    #[error("the data `{name}` was not fetched yet")]
    Away {
        /// Its name.
        name: String,
    },
    /// A file in a compression that is not read.
    #[error("{place} is compressed with xz, which is not read: unpack it with `xz -dk {place}`")]
    Packed {
        /// The file.
        place: String,
    },
    /// Something else than the name or the neighbours promise.
    #[error("{place}: expected {expected}, found {found}")]
    Content {
        /// The file.
        place: String,
        /// What should be there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A truncated file, or one with bytes too many.
    #[error(
        "{place} is {}: expected {expected} bytes ({reason}), found {found}",
        if found < expected { "cut short" } else { "too long" }
    )]
    Length {
        /// The file.
        place: String,
        /// Where the expectation comes from.
        reason: String,
        /// Bytes that should be there.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// Image and label files that do not belong together.
    #[error(
        "{image_place} holds {images} images, but {label_place} holds {labels} labels: expected as \
         many of each; are they from the same set?"
    )]
    Counts {
        /// The image file.
        image_place: String,
        /// Images in it.
        images: usize,
        /// The label file.
        label_place: String,
        /// Labels in it.
        labels: usize,
    },
    /// A label outside its range.
    #[error("{place}: image {index} has the label {label}, expected 0 to {last}")]
    Label {
        /// The file.
        place: String,
        /// Number of the image, from 0.
        index: usize,
        /// The label found.
        label: u32,
        /// The largest label allowed.
        last: u32,
    },
    /// A part that a set needs is not there.
    #[error("{place}: expected {expected}, found none")]
    Missing {
        /// The folder.
        place: String,
        /// The part, and the names it may have.
        expected: String,
    },
    /// Nothing to learn from.
    #[error("{place} holds no pictures: expected .png, .jpg, .gif, .webp or .bmp, found {found}")]
    Empty {
        /// The folder or archive.
        place: String,
        /// What it holds instead.
        found: String,
    },
    /// A picture that cannot be decoded.
    #[error("{place}: expected a readable picture, found {found}; replace or remove it")]
    Picture {
        /// The file or archive entry.
        place: String,
        /// What the decoder said.
        found: String,
    },
    /// Several that cannot be decoded.
    #[error("{place}: {} pictures cannot be read; replace or remove them:{}", broken.len(), listed(broken))]
    Pictures {
        /// The folder or archive.
        place: String,
        /// The path of each inside it, and what the decoder said.
        broken: Vec<(String, String)>,
    },
    /// An archive or compressed file that cannot be unpacked.
    #[error("{place} cannot be unpacked: {reason}; is it a complete copy?")]
    Archive {
        /// The archive.
        place: String,
        /// What the unpacker said.
        reason: String,
    },
    /// More than this program is willing to hold in memory.
    #[error("{place}: {what} exceed the limit of {limit}")]
    TooLarge {
        /// The file, folder or archive entry.
        place: String,
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: u64,
    },
    /// Load options that no sample can have.
    #[error("images cannot be loaded with {0}")]
    Options(String),
    /// A mixture that is not there.
    #[error("there is no mixture called `{name}`: expected one of {known}")]
    UnknownMixture {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
}

/// Pictures that are named; more are counted.
const NAMED: usize = 20;

/// Broken pictures, a line each.
fn listed(broken: &[(String, String)]) -> String {
    let lines = broken.iter().take(NAMED).map(|(path, found)| format!("\n  {path}: {found}"));
    let more = broken.len().saturating_sub(NAMED);
    lines.chain((more > 0).then(|| format!("\n  and {more} more"))).collect()
}
