//! A Chromium without a window, with a profile of its own that ends with it.

use std::{
    env,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tempfile::TempDir;

use crate::{socket::Socket, tab::Tab};

/// Graphics in software: WebGPU, and WebGL for where that is not asked for.
pub(crate) const WEBGPU: &[&str] = &[
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
    "--enable-unsafe-swiftshader",
    // The browser itself must paint by Vulkan, or it cannot show a canvas that WebGPU drew.
    "--enable-features=Vulkan",
    "--use-vulkan=swiftshader",
    "--use-gl=angle",
    "--use-angle=swiftshader",
];
/// WebGL only: `navigator.gpu` gives no adapter.
pub(crate) const WEBGL: &[&str] = &["--enable-unsafe-swiftshader"];
/// [`WEBGL`] on a screen with two pixels a point, as phones have.
pub(crate) const FINE: &[&str] = &["--enable-unsafe-swiftshader", "--force-device-scale-factor=2"];
/// Neither WebGPU nor WebGL.
pub(crate) const NO_GRAPHICS: &[&str] = &["--disable-gpu", "--disable-3d-apis"];

/// Nothing that a test did not ask for: no first run, no updates, no background traffic.
const ALWAYS: [&str; 18] = [
    "--headless",
    // It would end a GPU process that compiles shaders in software for longer than it thinks possible.
    "--disable-gpu-watchdog",
    // Containers give little of it.
    "--disable-dev-shm-usage",
    // Nobody sees this window, and it should work all the same.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--no-sandbox",
    "--remote-debugging-port=0",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    // No larger than shows everything beside each other: without a GPU the processor paints every pixel.
    "--window-size=960,560",
];

/// Names of the program on a path.
const NAMES: [&str; 5] =
    ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];
/// Where it lies on macOS, which has it in no path.
const PLACES: [&str; 2] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
/// Where Windows says that programs are, and where it lies in there: Edge is one, too.
const FOLDERS: [&str; 3] = ["ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"];
const INSIDE: [&str; 2] =
    ["Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe"];

/// How to get one.
const INSTALL: &str = "no Chromium or Chrome here: `apt install chromium` (Debian), \
    `brew install --cask chromium` (macOS), or SKIPSTONE_BROWSER=/path/to/chrome";

/// One browser at a time: two of them computing would make each other late.
static TURN: Mutex<()> = Mutex::new(());

/// A running browser; dropping it ends it.
pub(crate) struct Browser {
    process: Child,
    socket: Option<Socket>,
    _profile: TempDir,
    _turn: MutexGuard<'static, ()>,
}

/// The browser of this machine. Where there is none, says so; in CI that is a failure.
pub(crate) fn installed() -> Option<PathBuf> {
    let named = env::var_os("SKIPSTONE_BROWSER").map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).flat_map(|folder| {
        NAMES.map(|name| folder.join(format!("{name}{}", env::consts::EXE_SUFFIX)))
    });
    // Chrome of any folder before Edge of any.
    let on_windows = INSIDE.iter().flat_map(|inside| {
        FOLDERS
            .iter()
            .filter_map(move |folder| Some(PathBuf::from(env::var_os(folder)?).join(inside)))
    });
    let mut all = on_path.chain(PLACES.iter().map(PathBuf::from)).chain(on_windows);
    let found = named.or_else(|| all.find(|program| program.is_file()));
    if found.is_none() {
        assert!(env::var_os("SKIPSTONE_REQUIRE_BROWSER").is_none(), "{INSTALL}");
        eprintln!("skipped: {INSTALL}");
    }
    found
}

impl Browser {
    /// Starts one with further flags.
    pub(crate) fn start(program: PathBuf, flags: &[&str]) -> Self {
        // A test that failed holds no turn.
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let mut process = Command::new(program)
            .args(ALWAYS)
            .args(flags)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the browser starts");
        let errors = BufReader::new(process.stderr.take().expect("piped"));
        let mut said = Vec::new();
        let mut lines = errors.lines().map_while(Result::ok);
        let address = lines.by_ref().find_map(|line| {
            let address = line.strip_prefix("DevTools listening on ").map(str::to_owned);
            said.push(line);
            address
        });
        let address = address.unwrap_or_else(|| panic!("no browser came up:\n{}", said.join("\n")));
        // What it says later must go somewhere, or it would wait for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        let socket = Socket::connect(&address).expect("the browser can be asked");
        Self { process, socket: Some(socket), _profile: profile, _turn: turn }
    }

    /// Its tab.
    pub(crate) fn tab(mut self) -> Tab {
        let socket = self.socket.take().expect("a browser has one tab here");
        Tab::attach(socket, self)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
