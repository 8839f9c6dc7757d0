//! What can be said about the page.

use std::path::PathBuf;

use clap::Args;

#[derive(Args, Debug)]
pub(in crate::cli) struct Serve {
    /// The port on this machine; 0 takes any free one.
    #[arg(long, default_value_t = 8080)]
    pub(in crate::cli) port: u16,
    /// The folder of the page.
    #[arg(long, value_name = "DIR", default_value = "wasm/dist")]
    pub(in crate::cli) dir: PathBuf,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct PageArt {
    /// A folder.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) out: PathBuf,
}
