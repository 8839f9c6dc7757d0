//! Threads, files and memory of a desktop.

mod turns;

use std::{
    env, fs,
    future::{Future, Ready, ready},
    path::{Path, PathBuf},
    pin::Pin,
    task::Poll,
    time::Duration,
};

use eframe::egui::{ColorImage, Context, DroppedFileHandle};
use image::RgbImage;
use rfd::{AsyncFileDialog, FileHandle};

use super::Read;

pub use turns::keep_up_with;

/// A file of `assets` that travels inside the program.
macro_rules! asset {
    ($path:expr) => {
        $crate::platform::Asset::inside(include_bytes!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/assets/",
            $path
        )))
    };
}
pub(crate) use asset;

/// A file of `assets` that travels with the program.
#[derive(Debug)]
pub struct Asset(&'static [u8]);

impl Asset {
    /// Made by `asset!`.
    pub const fn inside(bytes: &'static [u8]) -> Self {
        Self(bytes)
    }

    /// Its bytes, once they are here.
    pub fn bytes(&self) -> Option<&[u8]> {
        Some(self.0)
    }

    /// Its bytes, fetched where they are not here yet; an error is a sentence.
    pub async fn fetch(&self) -> Result<&[u8], String> {
        Ok(self.0)
    }
}

/// Whether there are folders to read and write.
pub const HAS_FOLDERS: bool = true;

/// Whether work goes on beside what is drawn, on threads of its own.
pub const HAS_THREADS: bool = true;

/// Megabytes of files on their way: those that are here, and all. None here: files travel inside.
pub fn arriving() -> Option<[f64; 2]> {
    None
}

/// What may go to another thread.
pub trait Sendable: Send {}

impl<T: Send> Sendable for T {}

/// Runs the future that `work` makes to its end on a thread of its own, which gives way to the one that draws.
pub fn spawn<Work, Done>(name: &str, work: Work)
where
    Work: FnOnce() -> Done + Sendable + 'static,
    Done: Future<Output = ()> + 'static,
{
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            step_back();
            pollster::block_on(work());
        })
        .expect("the system gives the program a thread");
}

/// Lets the threads that compute give way to the one that draws: a window's frames come in time although all
/// cores are busy. To be called before anything computes; other systems than Linux favour windows by themselves.
pub fn favour_the_window() {
    let pool = rayon::ThreadPoolBuilder::new().start_handler(|_| step_back());
    // A pool that is there already computes as well.
    pool.build_global().ok();
}

/// Lowers the calling thread's priority.
fn step_back() {
    #[cfg(target_os = "linux")]
    // Where that is refused, frames are less smooth.
    rustix::process::setpriority_process(None, 5).ok();
}

/// Why a GPU that is in this machine may not be found, to end a sentence with.
pub fn hidden_gpu() -> &'static str {
    match Path::new("/dev/nvidiactl").exists() {
        true => {
            "; there is an NVIDIA GPU, whose driver for Vulkan is not: a container needs \
             NVIDIA_DRIVER_CAPABILITIES=all for it, a system the driver's graphics libraries"
        }
        false => "",
    }
}

/// Processor time of the calling thread so far, where the system tells.
pub fn thread_time() -> Option<Duration> {
    #[cfg(target_os = "linux")]
    {
        use rustix::time::{ClockId, clock_gettime};
        clock_gettime(ClockId::ThreadCPUTime).try_into().ok()
    }
    #[cfg(not(target_os = "linux"))]
    None
}

/// Waits for `work`, where a program may wait before it ends.
pub fn finish(work: impl Future<Output = ()> + 'static) {
    pollster::block_on(work);
}

/// How long work has paused: it never does.
pub(super) fn paused() -> Duration {
    Duration::ZERO
}

/// Lets others have their turn, on a GPU that is kept up with too: whoever polls this future's task is asked once more.
pub async fn yield_now() {
    turns::end_turn();
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Lets a person choose files; none where they would rather not. To be called on the window's thread, as
/// some systems demand; what it returns may be awaited anywhere.
pub fn pick_files(
    what: &str,
    extensions: &[&str],
) -> impl Future<Output = Option<Vec<Read>>> + Send + use<> {
    let dialog = AsyncFileDialog::new().set_title(format!("Open {what}"));
    let dialog = dialog.add_filter(what, extensions).pick_files();
    async {
        let read = dialog.await?.into_iter().map(|file| {
            (file.file_name(), fs::read(file.path()).map_err(|error| error.to_string()))
        });
        Some(read.collect()).filter(|read: &Vec<Read>| !read.is_empty())
    }
}

/// Why a dialog that brought nothing may never have been seen: Linux draws none of its own.
pub fn missing_dialogs() -> Option<&'static str> {
    let is_in = |variable, usual: &str, file| {
        let folders = env::var_os(variable).unwrap_or_else(|| usual.into());
        env::split_paths(&folders).any(|folder: PathBuf| folder.join(file).is_file())
    };
    let portal = "dbus-1/services/org.freedesktop.portal.Desktop.service";
    let has_dialogs = !cfg!(target_os = "linux")
        || is_in("PATH", "/usr/bin", "zenity")
        || is_in("XDG_DATA_DIRS", "/usr/local/share:/usr/share", portal);
    (!has_dialogs).then_some(
        "this system has no file dialog: install zenity or xdg-desktop-portal, or drop files on the \
         window; pictures can be copied",
    )
}

/// Lets a person choose a folder, or else a file, that is not read yet; none where they would rather not.
/// To be called on the window's thread.
pub fn pick_path(
    title: &str,
    is_folder: bool,
) -> impl Future<Output = Option<PathBuf>> + Send + use<> {
    let dialog = AsyncFileDialog::new().set_title(title);
    let chosen: Pin<Box<dyn Future<Output = Option<FileHandle>> + Send>> = match is_folder {
        true => Box::pin(dialog.pick_folder()),
        false => Box::pin(dialog.pick_file()),
    };
    async { Some(chosen.await?.path().to_owned()) }
}

/// Lets a person choose where `bytes` go, `name` being a proposal, and has `write` put them there: the name they
/// go by, or why they could not be written. To be called on the window's thread.
pub fn save_file(
    name: &str,
    bytes: Vec<u8>,
    write: fn(&Path, &[u8]) -> Result<(), String>,
) -> impl Future<Output = Option<Result<String, String>>> + Send + use<> {
    let dialog = AsyncFileDialog::new().set_title("Save as").set_file_name(name).save_file();
    async move {
        let file = dialog.await?;
        let name = file.file_name();
        Some(match write(file.path(), &bytes) {
            Ok(()) => Ok(name),
            Err(error) => Err(format!("{name} could not be written: {error}")),
        })
    }
}

/// The bytes at an address, for a page: programs on a desktop open files.
pub async fn fetch(address: &str) -> Result<Vec<u8>, String> {
    Err(format!("{address} is not here: download it, and open the file"))
}

/// Copies text for pasting elsewhere; why not, in words.
pub fn copy_text(context: &Context, text: String) -> Ready<Result<(), String>> {
    context.copy_text(text);
    ready(Ok(()))
}

/// The same with a picture.
pub fn copy_picture(context: &Context, picture: &RgbImage) -> Ready<Result<(), String>> {
    let size = [picture.width() as usize, picture.height() as usize];
    context.copy_image(ColorImage::from_rgb(size, picture.as_raw()));
    ready(Ok(()))
}

/// The address of the page without what it says of settings; none on a desktop.
pub fn page_address() -> Option<String> {
    None
}

/// Reads a file that a person dropped on the window.
pub async fn read_dropped(file: &DroppedFileHandle) -> Result<Vec<u8>, String> {
    file.bytes()
}

/// Memory that the program holds, where the system tells.
pub fn memory_bytes() -> Option<usize> {
    memory_stats::memory_stats().map(|stats| stats.physical_mem)
}
