//! What to load and how: the source, the size and colour of the samples, the parts.
//!
//! Plain data: who asks for images makes it from a recipe.

use std::path::PathBuf;

use super::DataError;

/// The sides a sample may have, in pixels.
const SIZES: std::ops::RangeInclusive<usize> = 1..=1024;
const WHITE: [u8; 3] = [255, 255, 255];
/// What travels inside the program, by name.
const INSIDE: [(&str, Source); 2] = [("emoji", Source::Emoji), ("tiles", Source::Tiles)];

/// Where images come from. As text: `emoji`, `tiles`, or a path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Source {
    /// The Noto emoji in this program, in eight categories.
    Emoji,
    /// The CC0 game tiles in this program: dungeon, item, monster.
    Tiles,
    /// A file or folder of the user's own; one that is called `emoji` is written `./emoji`.
    Path(PathBuf),
}

impl From<&str> for Source {
    fn from(text: &str) -> Self {
        let inside = INSIDE.into_iter().find(|(name, _)| *name == text);
        inside.map_or_else(|| Self::Path(text.into()), |(_, source)| source)
    }
}

impl Source {
    /// The names of the images inside the program.
    pub fn names() -> Vec<&'static str> {
        INSIDE.map(|(name, _)| name).to_vec()
    }

    /// Whether the images travel inside the program.
    pub fn is_inside(&self) -> bool {
        !matches!(self, Self::Path(_))
    }
}

/// Which part of a set that comes divided is meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Split {
    /// The images to train on.
    Train,
    /// The images that training never sees.
    Test,
}

/// How images become samples.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LoadOptions {
    /// Height and width of a sample in pixels, 1 to 1024.
    pub size: usize,
    /// Colour planes that pictures are converted to: 1 (grey) or 3 (red, green, blue). Formats with
    /// a fixed number keep theirs, whatever stands here: IDX 1, CIFAR-10 3.
    pub channels: usize,
    /// What shows through transparent pixels: red, green, blue. The emoji are opaque, over white.
    pub background: [u8; 3],
}

impl Default for LoadOptions {
    /// 32x32 colour over white.
    fn default() -> Self {
        Self { size: 32, channels: 3, background: WHITE }
    }
}

impl LoadOptions {
    /// Refuses values that no sample can have.
    pub(super) fn check(&self) -> Result<(), DataError> {
        if !SIZES.contains(&self.size) {
            return Err(DataError::Options(format!(
                "size {} (expected {} to {} pixels)",
                self.size,
                SIZES.start(),
                SIZES.end()
            )));
        }
        if ![1, 3].contains(&self.channels) {
            return Err(DataError::Options(format!(
                "{} channels (expected 1 for grey or 3 for colour)",
                self.channels
            )));
        }
        Ok(())
    }
}
