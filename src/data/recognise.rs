//! What a file is, by its first bytes: names lie, magic numbers seldom do.

/// Bytes that suffice to tell (the tar magic ends at 262).
pub(super) const HEAD: usize = 512;

/// A kind of content.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// An encoded picture, with the name of its format.
    Picture(&'static str),
    Zip,
    Tar,
    Gzip,
    Xz,
    /// IDX with its element type and number of dimensions.
    Idx {
        element: u8,
        dimensions: u8,
    },
    /// None of these.
    Other,
}

impl Kind {
    /// IDX of unsigned bytes with three dimensions: images.
    pub(super) const IDX_IMAGES: Self = Self::Idx { element: 0x08, dimensions: 3 };
    /// IDX of unsigned bytes with one dimension: labels.
    pub(super) const IDX_LABELS: Self = Self::Idx { element: 0x08, dimensions: 1 };

    /// The kind of the content that begins with `head` (at least [`HEAD`] bytes of it, or all).
    pub(super) fn of(head: &[u8]) -> Self {
        match head {
            [0x89, b'P', b'N', b'G', ..] => Self::Picture("PNG"),
            [0xFF, 0xD8, 0xFF, ..] => Self::Picture("JPEG"),
            [b'G', b'I', b'F', b'8', ..] => Self::Picture("GIF"),
            [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Self::Picture("BMP"),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
                Self::Picture("WebP")
            }
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Self::Zip,
            [0x1F, 0x8B, ..] => Self::Gzip,
            [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [0, 0, element @ 0x08..=0x0E, dimensions @ 1..=9, ..] => {
                Self::Idx { element: *element, dimensions: *dimensions }
            }
            _ if head.get(257..262) == Some(b"ustar".as_slice()) => Self::Tar,
            _ => Self::Other,
        }
    }

    /// What was found, as part of a sentence.
    pub(super) fn describe(head: &[u8]) -> String {
        match Self::of(head) {
            Self::Picture(format) => format!("a {format} picture"),
            Self::Zip => "a zip archive".to_owned(),
            Self::Tar => "a tar archive".to_owned(),
            Self::Gzip => "a gzip file".to_owned(),
            Self::Xz => "an xz file".to_owned(),
            Self::IDX_IMAGES => "IDX images (magic 0x00000803)".to_owned(),
            Self::IDX_LABELS => "IDX labels (magic 0x00000801)".to_owned(),
            Self::Idx { element, dimensions } => format!(
                "IDX with elements of type 0x{element:02x} in {dimensions} dimensions (only \
                 type 0x08, unsigned bytes, is read)"
            ),
            Self::Other => describe_unknown(head),
        }
    }
}

/// What can be said of content without a magic number.
fn describe_unknown(head: &[u8]) -> String {
    if head.is_empty() {
        return "an empty file".to_owned();
    }
    let is_text = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    if head.iter().take(HEAD).all(is_text) {
        return "a text file".to_owned();
    }
    let first: Vec<_> = head.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("unknown content that begins with the bytes {}", first.join(" "))
}
