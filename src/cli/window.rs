//! `window`: the window itself, or, without a display, the picture of the comparison.

mod photograph;
mod watched;
mod without_display;

use std::{
    env,
    panic::{self, AssertUnwindSafe},
    path::Path,
    process,
    sync::Arc,
};

use anyhow::{anyhow, bail};
use eframe::{
    egui::{ThemePreference, ViewportBuilder},
    egui_wgpu::{SurfaceErrorAction, WgpuConfiguration, WgpuSetup},
    wgpu::CurrentSurfaceTexture,
};

use super::{args, output, progress::Progress, trusted::trusted};
use crate::{
    engine::{Cancel, Opened, shipped::presets, training::Record},
    gui::{self, Address, App, Handover, SEEN, Settings, View},
    platform,
    store::RunFolder,
};

use photograph::{Photographed, Taken};
use watched::{Relay, Watched};

/// The name under which the system keeps settings.
const NAME: &str = "skipstone";
/// Of a first window, in points.
const SIZE: [f32; 2] = [1280.0, 800.0];

pub(super) async fn run(mut args: args::Window) -> anyhow::Result<()> {
    if let Some(path) = &args.screenshot {
        output::check_picture("--screenshot", path)?;
    }
    if let Some(preset) = args.preset.as_ref().filter(|name| !presets().contains(&name.as_str())) {
        bail!(
            "--preset {preset}: there are no weights of it here; there are {}",
            presets().join(", ")
        );
    }
    if let Some(run) = &mut args.run {
        *run = run_folder(run)?;
    }
    platform::favour_the_window();
    let mut progress = Progress::new();
    let opened = trusted(
        args::OnDevice { place: args.place, half: false },
        &mut progress,
        &Cancel::default(),
    )
    .await?;
    progress.close();
    let (relay, taken) = (Relay::default(), Taken::default());
    let shared = gui::shared_gpu(&opened);
    let mut closed = shown(shared, |shared| open(&args, opened.clone(), shared, &relay, &taken));
    while closed.is_ok() && relay.borrow().is_some() {
        // Its GPU failed: another window goes on, and draws on a device of its own.
        closed = open(&args, Opened::cpu(), None, &relay, &taken);
    }
    match closed {
        Ok(()) if args.screenshot.is_some() => taken.outcome(),
        Ok(()) => Ok(()),
        Err(
            error @ (eframe::Error::WinitEventLoop(_)
            | eframe::Error::Winit(_)
            | eframe::Error::Wgpu(_)),
        ) => without_display::compare(args, &opened, &error).await,
        Err(error) => Err(anyhow!("the window could not be opened: {error}")),
    }
}

/// The whole path of a run, which the window keeps for a start from elsewhere.
fn run_folder(run: &str) -> anyhow::Result<String> {
    if !RunFolder::at(run).config().exists() {
        bail!("--run {run}: there is no run in this folder; `train --out {run}` starts one");
    }
    let path = std::path::absolute(run).ok();
    Ok(path.and_then(|path| path.into_os_string().into_string().ok()).unwrap_or_else(|| run.into()))
}

/// As the window was left; a picture shows what was asked for, and leaves no trace.
fn options(args: &args::Window) -> eframe::NativeOptions {
    let viewport = ViewportBuilder::default()
        .with_title("Skipstone")
        .with_app_id(NAME)
        .with_icon(gui::icon())
        .with_inner_size(args.size.unwrap_or(SIZE))
        .with_min_inner_size([360.0, 480.0]);
    let is_picture = args.screenshot.is_some();
    let nowhere = || env::temp_dir().join(format!("{NAME}-picture-{}.ron", process::id()));
    let mut options = eframe::NativeOptions {
        viewport,
        persist_window: !is_picture,
        // Not even read: its size and theme would be the window's.
        persistence_path: is_picture.then(nowhere),
        ..Default::default()
    };
    if let Some(size) = args.size {
        // After what was kept, which would win.
        options.window_builder = Some(Box::new(move |window| window.with_inner_size(size)));
    }
    options
}

/// Opens a window on the GPU that is shared with it; or without, where that one cannot draw on this screen, as the GPU
/// that computes best may have none.
fn shown(
    shared: Option<WgpuSetup>,
    mut open: impl FnMut(Option<WgpuSetup>) -> eframe::Result,
) -> eframe::Result {
    let was_shared = shared.is_some();
    match open(shared) {
        Err(eframe::Error::Wgpu(_)) if was_shared => open(None),
        closed => closed,
    }
}

fn open(
    args: &args::Window,
    opened: Opened,
    shared: Option<WgpuSetup>,
    relay: &Relay,
    taken: &Taken,
) -> eframe::Result {
    let mut options = options(args);
    if let Some(wgpu_setup) = shared {
        options.wgpu_options = WgpuConfiguration {
            wgpu_setup,
            on_surface_status: Arc::new(on_surface_status),
            ..options.wgpu_options
        };
    }
    // Taken before the window is made: one that never is would be opened again and again.
    let (left, next) = (relay.take(), relay.clone());
    let (args, taken) = (args.clone(), taken.clone());
    let create = move |creation: &eframe::CreationContext<'_>| {
        let app = create(&args, opened, creation, left);
        Ok(match args.screenshot {
            Some(path) => Box::new(Photographed::new(app, path, taken)) as Box<dyn eframe::App>,
            None => Box::new(Watched { app, relay: next }),
        })
    };
    let run = AssertUnwindSafe(|| eframe::run_native(NAME, options, Box::new(create)));
    panic::catch_unwind(run).unwrap_or_else(|fall| match &*relay.borrow() {
        Some(_) => Ok(()),
        None => panic::resume_unwind(fall),
    })
}

/// The window as it was left or, for a picture, as it was asked for.
fn create(
    args: &args::Window,
    opened: Opened,
    creation: &eframe::CreationContext<'_>,
    handover: Option<Handover>,
) -> App {
    let context = &creation.egui_ctx;
    let lent = args.link.as_ref().and_then(|link| link.theme).map(ThemePreference::from);
    if let Some(theme) = args.theme.map(ThemePreference::from).or(lent) {
        context.set_theme(theme);
    }
    let (kept, left) = match &args.screenshot {
        Some(_) => Default::default(),
        None => Settings::kept(creation.storage),
    };
    let app = App::new(context, opened, asked_for(args, kept));
    let mut app = app.on_screen(context, creation.wgpu_render_state.as_ref());
    app.recall(left);
    let is_first = creation.storage.is_none_or(|storage| storage.get_string(SEEN).is_none());
    if let Some(handover) = handover {
        app.take_over(handover);
        return app;
    }
    if let Some(link) = &args.link {
        app.heed(Address::clone(link));
    }
    if let Some(run) = args.run.as_ref().filter(|_| app.settings().view != View::Training) {
        open_run(&mut app, run);
    }
    if args.tour || (is_first && args.screenshot.is_none() && args.link.is_none()) {
        app.start_tour();
    }
    app
}

/// The `settings` that were kept, with all that was asked for over them.
fn asked_for(args: &args::Window, mut settings: Settings) -> Settings {
    if let Some(link) = &args.link {
        return link.settings.clone();
    }
    settings.view = args.view.unwrap_or(settings.view);
    if let Some(preset) = args.preset.as_ref().filter(|preset| **preset != settings.preset) {
        settings.preset = preset.clone();
        settings.follow_models();
    }
    if let Some(run) = &args.run {
        settings.view = args.view.unwrap_or(View::Training);
        settings.training.folder = Some(run.clone());
    }
    settings
}

/// Shows the models of a run, as all views but that of runs do; or says why others are shown.
fn open_run(app: &mut App, run: &str) {
    match Record::read(Path::new(run)) {
        Ok(Some(record)) if record.is_comparable() => app.open_run(run),
        Ok(_) => app.note(format!("{run}: no teacher with a student is trained; others are shown")),
        Err(error) => app.note(format!("{run}: {error}; other models are shown")),
    }
}

/// What to do where there is nothing to draw on. A surface that could not take its new size while the worker
/// was busy takes it now.
fn on_surface_status(status: &CurrentSurfaceTexture) -> SurfaceErrorAction {
    match status {
        CurrentSurfaceTexture::Outdated | CurrentSurfaceTexture::Validation => {
            SurfaceErrorAction::Reconfigure
        }
        CurrentSurfaceTexture::Lost => SurfaceErrorAction::RecreateSurface,
        _ => SurfaceErrorAction::SkipFrame,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gpu_that_cannot_draw_here_still_computes() {
        use eframe::egui_wgpu::WgpuError::NoSurfaceFormatsAvailable;
        let own = Some(WgpuSetup::without_display_handle());
        let mut tries = Vec::new();
        let mut open = |shared: Option<WgpuSetup>| {
            tries.push(shared.is_some());
            if shared.is_some() { Err(NoSurfaceFormatsAvailable.into()) } else { Ok(()) }
        };
        assert!(shown(own, &mut open).is_ok());
        assert_eq!(tries, [true, false]);
        let mut count = 0;
        let fails = |_| {
            count += 1;
            Err(eframe::Error::from(NoSurfaceFormatsAvailable))
        };
        assert!(shown(None, fails).is_err());
        assert_eq!(count, 1, "there is nothing else to draw on");
    }

    fn options_of<const N: usize>(words: [&str; N]) -> eframe::NativeOptions {
        let args::Command::Window(args) = args::Cli::of(&words) else { panic!("not its word") };
        options(&args)
    }

    fn size_over_what_was_kept(options: eframe::NativeOptions) -> Option<[f32; 2]> {
        let kept = ViewportBuilder::default().with_inner_size([700.0, 500.0]);
        let window = options.window_builder.map(|build| build(kept.clone())).unwrap_or(kept);
        window.inner_size.map(Into::into)
    }

    #[test]
    fn a_size_that_is_asked_for_wins_over_the_one_that_was_kept() {
        assert_eq!(
            size_over_what_was_kept(options_of(["window", "--size", "900x600"])),
            Some([900.0, 600.0])
        );
        assert_eq!(size_over_what_was_kept(options_of(["window"])), Some([700.0, 500.0]));
    }

    #[test]
    fn a_picture_neither_reads_nor_writes_what_the_window_keeps() {
        let options = options_of(["window", "--screenshot", "window.png"]);
        assert!(!options.persist_window);
        assert!(options.persistence_path.is_some_and(|path| !path.exists()));
        assert_eq!(options_of(["window"]).persistence_path, None);
    }
}
