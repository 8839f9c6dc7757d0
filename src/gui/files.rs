//! Files that come and go: dialogs and drops, each on a thread of its own, so that nothing waits.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use async_channel::{Receiver, Sender};
use eframe::egui::{Context, DroppedFileHandle};

use super::Notice;
use crate::{
    platform::{self, Read, Sendable},
    store::{StoreError, atomic},
};

/// Files larger than this are refused before they are read into memory twice: no model comes near.
const LARGEST: usize = 1 << 30;

/// What a path is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// What shall be learnt: a folder.
    DataFolder,
    /// The same: a file.
    DataFile,
    /// Where a run goes.
    Run,
}

/// Files by name.
pub(super) type Weights = Vec<(String, Arc<[u8]>)>;

/// What a dialog or a drop brought.
pub(super) enum Arrival {
    /// Weights, and pictures that hold settings.
    Files(Weights),
    /// A path on this machine.
    Path(Wanted, PathBuf),
    /// What came from an address.
    Fetched(String, Box<Arrival>),
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
        // Senders wait, so that nothing is lost: what a person chose has to come.
        let (sender, arrivals) = async_channel::bounded(64);
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
        let saving = platform::save_file(&proposal(name), bytes, write);
        self.spawn(async move || {
            let saved = saving.await.map(|saved| match saved {
                Ok(name) => Arrival::Notice(Notice::plain(format!("saved {name}"))),
                Err(error) => Arrival::Notice(Notice::error(error)),
            });
            saved.or_else(unseen)
        });
    }

    /// Lets the person choose weights or pictures to open.
    pub(super) fn pick(&self) {
        if self.is_confined {
            return;
        }
        let picking = platform::pick_files("weights and pictures", &["safetensors", "png"]);
        self.spawn(async move || match picking.await {
            Some(read) => arrivals(read),
            None => Vec::from_iter(unseen()),
        });
    }

    /// Lets the person choose a file or folder of this machine, which is not read yet.
    pub(super) fn pick_path(&self, wanted: Wanted) {
        if self.is_confined {
            return;
        }
        let title = match wanted {
            Wanted::DataFolder => "Choose a folder of images",
            Wanted::DataFile => "Choose a file of images",
            Wanted::Run => "Choose the folder of a run",
        };
        let picking = platform::pick_path(title, wanted != Wanted::DataFile);
        self.spawn(async move || {
            picking.await.map(|path| Arrival::Path(wanted, path)).or_else(unseen)
        });
    }

    /// Says once it is known whether something was copied, which `done` says, or why not and what there is `instead`.
    pub(super) fn copy(
        &self,
        copying: impl Future<Output = Result<(), String>> + Sendable + 'static,
        done: &'static str,
        instead: String,
    ) {
        self.spawn(async move || {
            Some(Arrival::Notice(match copying.await {
                Ok(()) => Notice::plain(done),
                Err(why) => Notice::error(format!("{why}: {instead}")),
            }))
        });
    }

    /// Takes weights from an address.
    pub(super) fn fetch(&self, address: String) {
        self.spawn(async move || {
            let name = address.rsplit('/').next().unwrap_or_default().to_owned();
            let read = vec![(name, platform::fetch(&address).await)];
            // Of one file there is one.
            arrivals(read).pop().map(|arrival| Arrival::Fetched(address, Box::new(arrival)))
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
            arrivals(read)
        });
    }

    fn spawn<Work>(&self, work: impl FnOnce() -> Work + Sendable + 'static)
    where
        Work: Future<Output: IntoIterator<Item = Arrival>> + 'static,
    {
        let (sender, context) = (self.sender.clone(), self.context.clone());
        platform::spawn("files", move || async move {
            for arrival in work().await {
                sender.send(arrival).await.ok(); // nobody listens once the window is closed
                context.request_repaint();
            }
        });
    }
}

/// A name that a file can have: what models call themselves may hold anything.
fn proposal(name: &str) -> String {
    let is_refused = |c: char| c.is_control() || r#"/\:*?"<>|"#.contains(c);
    name.chars().map(|c| if is_refused(c) { '-' } else { c }).collect()
}

/// Writes a whole file or nothing; why not, in the system's own words.
fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    atomic::write(path, bytes).map_err(|error| match error {
        StoreError::Io { error, .. } => error.to_string(),
        other => other.to_string(),
    })
}

/// What to say of a dialog that brought nothing, where nobody can have seen it.
fn unseen() -> Option<Arrival> {
    platform::missing_dialogs().map(|text| Arrival::Notice(Notice::error(text)))
}

/// Why some of the files cannot be opened, and then all that can.
fn arrivals(read: Vec<Read>) -> Vec<Arrival> {
    let (mut arrivals, mut files) = (Vec::new(), Weights::new());
    for (name, bytes) in read {
        let why: String = match bytes {
            Ok(bytes) if bytes.len() > LARGEST => "is larger than 1 GiB, and no model is".into(),
            Ok(bytes) => {
                files.push((name, bytes.into()));
                continue;
            }
            Err(error) => format!("could not be read: {error}"),
        };
        arrivals.push(Arrival::Notice(Notice::error(format!("{name} {why}"))));
    }
    if !files.is_empty() {
        arrivals.push(Arrival::Files(files));
    }
    arrivals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_files_those_that_can_be_read_are_opened_and_the_others_named() {
        let read = [("a", Ok(vec![1])), ("b", Err("it is gone")), ("c", Ok(vec![2]))];
        let read = read.map(|(name, bytes)| (name.to_owned(), bytes.map_err(str::to_owned)));
        let arrived = arrivals(Vec::from(read));
        let [Arrival::Notice(notice), Arrival::Files(files)] = &arrived[..] else {
            panic!("{} arrivals", arrived.len());
        };
        assert!(notice.is_error && notice.text == "b could not be read: it is gone");
        let names: Vec<&str> = files.iter().map(|(name, _)| &**name).collect();
        assert_eq!(names, ["a", "c"]);
    }

    #[test]
    fn a_proposal_is_a_name_of_one_file_whatever_models_call_themselves() {
        assert_eq!(proposal("ring-1.png"), "ring-1.png");
        assert_eq!(proposal("../a\\b: \"c\"\n-7.csv"), "..-a-b- -c---7.csv");
    }
}
