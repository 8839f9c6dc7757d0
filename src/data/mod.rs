//! Training data: labelled images and two-dimensional mixtures, decoded from what people have.
//!
//! Every format ends as the same small thing, [`Images`]: bytes in NCHW order with a label each and
//! a card that says where they come from. The decoders take bytes; only [`load`] touches the file
//! system.

mod archive;
mod cifar;
mod dataset;
mod directory;
mod division;
mod embedded;
mod error;
mod file;
mod idx;
mod images;
mod known;
mod loaded;
mod losses;
pub mod mixture;
mod names;
mod options;
mod picture;
mod pictures;
mod recognise;
mod unpack;

pub use dataset::{Dataset, Mirrored, Points};
pub use division::part_called;
pub use embedded::fetch;
pub use error::DataError;
pub use images::{DataCard, Images, Shape};
pub use loaded::{Loaded, Watch};
pub use losses::{Losses, Unread};
pub use mixture::Mixture;
pub use options::{LoadOptions, Source, Split};
pub use pictures::UNSORTED;

/// Loads the images of `source` and recognises their format by content and name.
///
/// A path may be a folder or an archive (.zip, .tar, .tar.gz) of pictures (which `train` and `test` folders divide), an IDX (MNIST) image
/// file or a folder of them, or CIFAR-10 binary batches; IDX and CIFAR-10 files may be gzipped. Pictures are decoded on all
/// cores, and `watch` hears how far that is.
///
/// # Errors
/// A file that is wrong, truncated or mixed up with another is refused with a sentence that says what
/// was expected, what was found and where; so is going on once `watch` says no.
pub fn load(
    source: &Source,
    options: &LoadOptions,
    watch: &mut Watch<'_>,
) -> Result<Loaded, DataError> {
    options.check()?;
    match source {
        Source::Emoji => embedded::emoji(options, watch),
        Source::Tiles => embedded::tiles(options, watch),
        Source::Path(path) if path.is_dir() => directory::load(path, options, watch),
        Source::Path(path) => file::load(path, options, watch),
    }
}

#[cfg(test)]
mod tests;
