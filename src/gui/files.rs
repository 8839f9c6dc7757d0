//! Files that come and go: dialogs and drops, each on a thread of its own, so that nothing waits.

use std::sync::Arc;

use async_channel::{Receiver, Sender};
use eframe::egui::{Context, DroppedFileHandle};
use rfd::AsyncFileDialog;

use super::Notice;
use crate::platform::{self, Sendable};

/// Files larger than this are refused before they are read into memory twice: no model comes near.
const LARGEST: usize = 1 << 30;

/// What a dialog or a drop brought.
pub(super) enum Arrival {
    /// Files by name.
    Files(Vec<(String, Arc<[u8]>)>),
    /// Something to tell.
    Notice(Notice),
}

/// See the module.
pub(super) struct Files {
    context: Context,
    sender: Sender<Arrival>,
    arrivals: Receiver<Arrival>,
    /// Whether dialogs count as cancelled.
    is_confined: bool,
}

impl Files {
    pub(super) fn new(context: Context) -> Self {
        let (sender, arrivals) = async_channel::unbounded();
        Self { context, sender, arrivals, is_confined: false }
    }

    /// From now on dialogs count as cancelled.
    pub(super) fn confine(&mut self) {
        self.is_confined = true;
    }

    /// Whether the system may be asked for files and folders.
    pub(super) fn is_confined(&self) -> bool {
        self.is_confined
    }

    /// What came since the last look.
    pub(super) fn poll(&self) -> Vec<Arrival> {
        std::iter::from_fn(|| self.arrivals.try_recv().ok()).collect()
    }

    /// Lets the person choose where `bytes` go; `name` is a proposal.
    pub(super) fn save(&self, name: &str, bytes: Vec<u8>) {
        if self.is_confined {
            return;
        }
        // Dialogs are made here, on the thread of the window, as some systems demand.
        let dialog = AsyncFileDialog::new().set_file_name(name).save_file();
        self.spawn(async move || {
            let file = dialog.await?;
            let name = file.file_name();
            Some(Arrival::Notice(match platform::write_picked(&file, &bytes).await {
                Ok(()) => Notice::plain(format!("saved {name}")),
                Err(error) => Notice::error(format!("{name} could not be written: {error}")),
            }))
        });
    }

    /// Lets the person choose weights or pictures to open.
    pub(super) fn pick(&self) {
        if self.is_confined {
            return;
        }
        let dialog = AsyncFileDialog::new()
            .add_filter("weights and pictures", &["safetensors", "png"])
            .pick_files();
        self.spawn(async move || {
            let mut read = Vec::new();
            for file in dialog.await? {
                read.push((file.file_name(), platform::read_picked(&file).await));
            }
            Some(arrival(read))
        });
    }

    /// Takes what was dropped on the window.
    pub(super) fn take(&self, dropped: Vec<DroppedFileHandle>) {
        self.spawn(async move || {
            let mut read = Vec::new();
            for file in &dropped {
                let name = file.path().file_name().unwrap_or_default().to_string_lossy();
                read.push((name.into_owned(), platform::read_dropped(file).await));
            }
            Some(arrival(read))
        });
    }

    fn spawn<Work>(&self, work: impl FnOnce() -> Work + Sendable + 'static)
    where
        Work: Future<Output = Option<Arrival>> + 'static,
    {
        let (sender, context) = (self.sender.clone(), self.context.clone());
        platform::spawn("files", move || async move {
            if let Some(arrival) = work().await {
                sender.send(arrival).await.ok(); // nobody listens once the window is closed
                context.request_repaint();
            }
        });
    }
}

/// All files, or why not.
fn arrival(read: Vec<(String, Result<Vec<u8>, String>)>) -> Arrival {
    let mut files = Vec::new();
    for (name, bytes) in read {
        match bytes {
            Ok(bytes) if bytes.len() > LARGEST => {
                let text = format!("{name} is larger than 1 GiB, and no model is");
                return Arrival::Notice(Notice::error(text));
            }
            Ok(bytes) => files.push((name, bytes.into())),
            Err(error) => {
                let text = format!("{name} could not be read: {error}");
                return Arrival::Notice(Notice::error(text));
            }
        }
    }
    Arrival::Files(files)
}
