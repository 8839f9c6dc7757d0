//! The browser's event loop, files and addresses.

pub mod bridge;
mod clipboard;

use std::{
    cell::{Cell, OnceCell},
    future::Future,
    path::{Path, PathBuf},
    sync::OnceLock,
    time::Duration,
};

use eframe::egui::DroppedFileHandle;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, js_sys};
use web_time::Instant;

use super::Read;

pub use clipboard::{copy_picture, copy_text};

/// A file of `assets` that lies beside the page.
macro_rules! asset {
    ($path:expr) => {
        $crate::platform::Asset::beside($path)
    };
}
pub(crate) use asset;

/// A file of `assets` that travels with the program.
#[derive(Debug)]
pub struct Asset {
    path: &'static str,
    bytes: OnceLock<Vec<u8>>,
}

impl Asset {
    /// Made by `asset!`.
    pub const fn beside(path: &'static str) -> Self {
        Self { path, bytes: OnceLock::new() }
    }

    /// Its bytes, once they are here.
    pub fn bytes(&self) -> Option<&[u8]> {
        self.bytes.get().map(Vec::as_slice)
    }

    /// Its bytes, fetched where they are not here yet; an error is a sentence.
    pub async fn fetch(&self) -> Result<&[u8], String> {
        if self.bytes.get().is_none() {
            let bytes = bridge::asset(self.path).await.map_err(sentence)?;
            // Whoever fetched it meanwhile has the same bytes.
            self.bytes.set(js_sys::Uint8Array::new(&bytes).to_vec()).ok();
        }
        Ok(self.bytes.get().expect("set above"))
    }
}

/// Whether there are folders to read and write.
pub const HAS_FOLDERS: bool = false;

/// Whether work goes on beside what is drawn: a page has one thread for both.
pub const HAS_THREADS: bool = false;

/// Megabytes of files on their way: those that are here, and all.
pub fn arriving() -> Option<[f64; 2]> {
    let [got, all]: [f64; 2] = bridge::arriving().try_into().ok()?;
    (got < all).then_some([got / 1e6, all / 1e6])
}

/// What a script threw, in a sentence.
fn sentence(thrown: JsValue) -> String {
    match thrown.dyn_into::<js_sys::Error>() {
        Ok(error) => error.message().into(),
        Err(other) => format!("{other:?}"),
    }
}

/// What may go to another thread; a page has one: anything may go anywhere.
pub trait Sendable {}

impl<T> Sendable for T {}

/// Runs the future that `work` makes to its end, between the page's own events.
pub fn spawn<Work, Done>(_name: &str, work: Work)
where
    Work: FnOnce() -> Done + Sendable + 'static,
    Done: Future<Output = ()> + 'static,
{
    wasm_bindgen_futures::spawn_local(work());
}

/// Goes on with `work` for as long as the page is there: a page cannot wait.
pub fn finish(work: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(work);
}

/// What is computed at a stretch, at least: browsers let nothing return sooner than after 4 ms.
const SLICE: Duration = Duration::from_millis(12);
/// And at most, or the page would answer a hand late.
const LONGEST: Duration = Duration::from_millis(100);

/// The browser's last turn: when it ended, and how long what follows may take.
type Turn = Option<(Instant, Duration)>;

/// Tells when a GPU has done what it was given.
type Done = async_channel::Receiver<()>;

thread_local! {
    static TURN: Cell<Turn> = const { Cell::new(None) };
    static QUEUE: OnceCell<wgpu::Queue> = const { OnceCell::new() };
    /// What the GPU was given up to the turn before.
    static GIVEN: Cell<Option<Done>> = const { Cell::new(None) };
    static PAUSED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// How long work has paused because nobody looked.
pub(super) fn paused() -> Duration {
    PAUSED.get()
}

/// From now on work keeps up with this GPU: it would give it a whole solve at once, behind which the page's own
/// pictures and the next request would wait.
/// A page cannot wait as threads do.
pub fn keep_up_with<Done: Future>(queue: &wgpu::Queue, _done: impl Fn() -> Done + 'static) {
    QUEUE.with(|kept| _ = kept.set(queue.clone()));
}

/// Why a GPU may not be found: a page cannot know.
pub fn hidden_gpu() -> &'static str {
    ""
}

/// Waits until the GPU has done what it was given before the last turn, so that it has one turn's work waiting.
async fn keep_up() {
    let given = QUEUE.with(|queue| {
        let (tell, done) = async_channel::bounded(1);
        queue.get()?.on_submitted_work_done(move || _ = tell.try_send(()));
        Some(done)
    });
    if let Some(before) = GIVEN.replace(given) {
        before.recv().await.ok();
    }
}

/// Lets the browser paint, if it is its turn: a macrotask, for microtasks never let it. Where painting takes
/// long (without a GPU) computing takes as long; where a GPU takes long, it gets one thing at a time. Work pauses while
/// nobody looks.
pub async fn yield_now() {
    if document().hidden() {
        let begun = Instant::now();
        bridge::hidden().await;
        PAUSED.set(PAUSED.get() + begun.elapsed());
    }
    let is_ours = |(ended, slice): (Instant, Duration)| ended.elapsed() < slice;
    if TURN.get().is_some_and(is_ours) {
        return;
    }
    let begun = Instant::now();
    keep_up().await;
    let is_gpu_slow = begun.elapsed() > SLICE;
    let begun = Instant::now();
    gloo_timers::future::TimeoutFuture::new(0).await;
    let painted = begun.elapsed().clamp(SLICE, LONGEST);
    TURN.set(Some((Instant::now(), if is_gpu_slow { Duration::ZERO } else { painted })));
}

/// Lets a person choose files; none where they would rather not.
pub fn pick_files(
    _what: &str,
    extensions: &[&str],
) -> impl Future<Output = Option<Vec<Read>>> + use<> {
    let kinds: Vec<String> = extensions.iter().map(|extension| format!(".{extension}")).collect();
    let chosen = choose(&kinds.join(","));
    async {
        let mut read = Vec::new();
        for file in chosen.await.ok()? {
            read.push((file.name(), content(&file).await));
        }
        (!read.is_empty()).then_some(read)
    }
}

/// Asks the browser for files. Where the person closes the dialog an old browser never says so, and the
/// future never ends.
fn choose(kinds: &str) -> impl Future<Output = Result<Vec<web_sys::File>, JsValue>> + use<> {
    let input = document().create_element("input").expect("a document makes elements");
    let input: web_sys::HtmlInputElement = input.unchecked_into();
    input.set_type("file");
    input.set_accept(kinds);
    input.set_multiple(true);
    let answered = js_sys::Promise::new(&mut |resolve, _| {
        for event in ["change", "cancel"] {
            // A listener that cannot be added is a dialog without an answer.
            input.add_event_listener_with_callback(event, &resolve).ok();
        }
    });
    bridge::open_dialog(&input);
    async move {
        JsFuture::from(answered).await?;
        let files = input.files().ok_or(JsValue::NULL)?;
        Ok((0..files.length()).filter_map(|i| files.get(i)).collect())
    }
}

async fn content(file: &web_sys::File) -> Result<Vec<u8>, String> {
    let buffer = JsFuture::from(file.array_buffer()).await.map_err(sentence)?;
    Ok(js_sys::Uint8Array::new(&buffer).to_vec())
}

/// A browser always has its own dialogs.
pub fn missing_dialogs() -> Option<&'static str> {
    None
}

/// A page has no folders to choose from ([`HAS_FOLDERS`]).
pub fn pick_path(_title: &str, _is_folder: bool) -> impl Future<Output = Option<PathBuf>> + use<> {
    std::future::ready(None)
}

/// Hands `bytes` to the browser's downloads, which write them: the name they go by, or why that failed.
pub fn save_file(
    name: &str,
    bytes: Vec<u8>,
    _write: fn(&Path, &[u8]) -> Result<(), String>,
) -> impl Future<Output = Option<Result<String, String>>> + use<> {
    let saved = download(name, &bytes).map(|()| name.to_owned()).map_err(sentence);
    async { Some(saved) }
}

fn download(name: &str, bytes: &[u8]) -> Result<(), JsValue> {
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    let blob = web_sys::Blob::new_with_u8_array_sequence(&parts)?;
    let address = web_sys::Url::create_object_url_with_blob(&blob)?;
    let link: web_sys::HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    // The download reads the blob later; a minute is plenty.
    gloo_timers::callback::Timeout::new(60_000, move || {
        web_sys::Url::revoke_object_url(&address).ok();
    })
    .forget();
    Ok(())
}

/// Reads a file that a person dropped on the page.
pub async fn read_dropped(file: &DroppedFileHandle) -> Result<Vec<u8>, String> {
    file.bytes_async().await
}

/// The bytes at an address.
pub async fn fetch(address: &str) -> Result<Vec<u8>, String> {
    let bytes = bridge::fetch_weights(address).await.map_err(sentence)?;
    Ok(js_sys::Uint8Array::new(&bytes).to_vec())
}

/// The address of the page without what it says of settings.
pub fn page_address() -> Option<String> {
    let location = window().location();
    Some(format!("{}{}", location.origin().ok()?, location.pathname().ok()?))
}

/// Memory that the program holds: pages only grow.
pub fn memory_bytes() -> Option<usize> {
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let buffer: js_sys::ArrayBuffer = memory.buffer().unchecked_into();
    Some(buffer.byte_length() as usize)
}

/// The browser's window.
pub fn window() -> web_sys::Window {
    web_sys::window().expect("a page has a window")
}

fn document() -> web_sys::Document {
    window().document().expect("a page has a document")
}
