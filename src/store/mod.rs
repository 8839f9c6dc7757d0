//! Persistence: everything that outlives the process, read strictly and written whole.
//!
//! Weights describe themselves (`archive`, `manifest`), a run owns one folder (`run`, `metrics`,
//! `tensorboard`), teacher targets are shared between students (`targets`). Only host numbers here:
//! no tensors of a device, so that a file can be checked before any device is opened.

pub mod archive;
pub mod atomic;
pub mod digest;
mod error;
pub mod manifest;
pub mod metrics;
pub mod npz;
mod precision;
pub mod run;
pub mod targets;
pub mod tensorboard;

pub use archive::{Archive, FORMAT, HostTensor};
pub use error::StoreError;
pub use manifest::{DataRecord, Golden, GoldenCase, Manifest, Role};
pub use metrics::MetricsLog;
pub use precision::Precision;
pub use run::{Keep, RunFolder, files_in};
pub use targets::TargetCache;
