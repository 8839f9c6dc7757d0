//! What can go wrong with a file, one variant for each reaction of the user.

use std::io;
use std::path::{Path, PathBuf};

/// Why something could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system refused.
    #[error("cannot {action} {}: {error}", path.display())]
    Io {
        /// What was attempted, as a verb.
        action: &'static str,
        /// The file or folder it was attempted on.
        path: PathBuf,
        /// The system's own words.
        error: io::Error,
    },
    /// A later version of the program wrote the file.
    #[error("it was written by format {found}, we read up to {known}; use a newer skipstone")]
    TooNew {
        /// Format of the file.
        found: u32,
        /// Newest format of this program.
        known: u32,
    },
    /// The file is not what it should be: cut short, altered, or something else altogether.
    #[error("it is not a whole skipstone file: {0}; copy or make it again")]
    Damaged(String),
    /// A size is over the limit that keeps loading bounded.
    #[error("{what} is {found}, over the limit of {limit}")]
    TooLarge {
        /// Which size, with its unit.
        what: &'static str,
        /// The size found.
        found: u64,
        /// The largest size accepted.
        limit: u64,
    },
    /// A number is NaN or infinite, or became so at the precision of the file.
    #[error("{name} holds a value that is not finite at the precision of the file")]
    NotFinite {
        /// Tensor, block or metric.
        name: String,
    },
    /// Two parts that belong together do not fit.
    #[error("the parts do not fit together: {0}")]
    Mismatch(String),
    /// A run folder belongs to another configuration.
    #[error(
        "{} holds a run with other settings ({}); choose another --out folder or the same settings",
        path.display(), keys.join(", ")
    )]
    DifferentConfig {
        /// The run folder.
        path: PathBuf,
        /// Dotted names of the settings that differ.
        keys: Vec<String>,
    },
    /// A folder with other people's files in it.
    #[error(
        "{} is not empty and holds no run (no config.toml of one is in it); choose another --out folder",
        path.display()
    )]
    NotARun {
        /// The folder.
        path: PathBuf,
    },
    /// Another process trains in the run folder.
    #[error(
        "another process is training in {}; wait until it ends, or choose another --out folder",
        path.display()
    )]
    Busy {
        /// The run folder.
        path: PathBuf,
    },
    /// Any of the above, with the file it happened in.
    #[error("{}: {error}", path.display())]
    In {
        /// The file.
        path: PathBuf,
        /// What was wrong with it.
        error: Box<StoreError>,
    },
}

impl StoreError {
    /// For `map_err`: names what was attempted, and on which path.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |error| Self::Io { action, path, error }
    }

    /// The same error with the file it happened in, unless it names one already.
    pub(crate) fn within(self, path: &Path) -> Self {
        match self {
            Self::Io { .. } | Self::In { .. } => self,
            other => Self::In { path: path.to_path_buf(), error: Box::new(other) },
        }
    }

    /// The error itself, without the files around it: what to match on.
    pub fn cause(&self) -> &Self {
        match self {
            Self::In { error, .. } => error.cause(),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_file_and_its_cause_can_be_matched() {
        let error = StoreError::TooNew { found: 9, known: 1 }.within(Path::new("a.safetensors"));
        assert!(error.to_string().starts_with("a.safetensors: it was written by format 9"));
        assert!(matches!(error.cause(), StoreError::TooNew { found: 9, .. }));
    }
}
