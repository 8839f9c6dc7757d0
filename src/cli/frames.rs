//! `bench window`: what a frame costs the window's thread while the worker computes and a run trains.
//!
//! Frames are made as fast as a screen shows them, on a window that nobody sees: events, layout and triangles,
//! all but the GPU's own part.

use std::{path::PathBuf, thread, time::Duration};

use eframe::{
    App as _,
    egui::{Context, Event, Key, Modifiers, RawInput, Rect, vec2},
};
use serde::Serialize;
use web_time::Instant;

use super::progress::tell;
use crate::{
    engine::{
        DeviceChoice, Opened, StageName, device,
        training::{Plan, Training},
    },
    gui::{App, Settings, View},
    platform,
};

/// Time between two frames of a screen.
const SCREEN: Duration = Duration::from_micros(16_667);
/// How long each situation is watched.
const SPAN: Duration = Duration::from_secs(20);
/// Frames before anything counts: fonts and shapes are made in the first ones.
const WARM_UP: usize = 5;

/// A window, and what goes on beside it.
struct Situation {
    name: &'static str,
    settings: Settings,
    /// Whether the view is asked to start (Ctrl+Enter).
    starts: bool,
    /// A run that trains meanwhile.
    run: Option<PathBuf>,
}

/// What was measured in a situation.
#[derive(Debug, Serialize)]
struct Pace {
    situation: &'static str,
    frames: usize,
    /// Milliseconds of a frame.
    median_ms: f64,
    /// 99 of 100 frames take less.
    p99_ms: f64,
    longest_ms: f64,
    /// The most of the thread's own processor time that a frame took: what a longest frame has beyond it, it waited
    /// for a core. None where the system does not tell.
    longest_own_ms: Option<f64>,
    /// Seconds from the start to the first samples on screen, in the comparison.
    first_samples_s: Option<f64>,
    /// Megabytes that the program holds, in the middle and at the end.
    memory_mb: [Option<usize>; 2],
}

/// Measures and prints.
pub(super) async fn run(choice: DeviceChoice, as_json: bool) -> anyhow::Result<()> {
    platform::favour_the_window();
    let opened = device::open(choice).await?;
    let folder = std::env::temp_dir().join(format!("skipstone-frames-{}", std::process::id()));
    let mut paces = Vec::new();
    for situation in situations(&folder) {
        tell(format!("{}: {} s", situation.name, SPAN.as_secs()));
        paces.push(watch(&opened, situation));
    }
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    if as_json {
        println!("{}", serde_json::to_string_pretty(&paces)?);
        return Ok(());
    }
    println!("{}: milliseconds of a frame on the window's thread", opened.name);
    let titles = ["frames", "median", "99%", "longest", "longest, its own"];
    let [frames, median, p99, longest, own] = titles;
    println!("{:<38}{frames:>8}{median:>9}{p99:>9}{longest:>9}{own:>18}", "");
    for pace in &paces {
        let Pace { situation, frames, median_ms, p99_ms, longest_ms, longest_own_ms, .. } = pace;
        let own = longest_own_ms.map_or("-".into(), |own| format!("{own:.2}"));
        print!("{situation:<38}{frames:>8}{median_ms:>9.2}{p99_ms:>9.2}");
        println!("{longest_ms:>9.2}{own:>18}");
    }
    for pace in &paces {
        if let Some(seconds) = pace.first_samples_s {
            println!("{}: first samples after {seconds:.2} s", pace.situation);
        }
        if let [Some(middle), Some(end)] = pace.memory_mb {
            println!("{}: {middle} MB in the middle, {end} MB at the end", pace.situation);
        }
    }
    Ok(())
}

fn situations(folder: &std::path::Path) -> [Situation; 4] {
    let settings = |view| Settings { view, ..Settings::default() };
    let run = folder.join("ring");
    let mut training = settings(View::Training);
    training.training.folder = Some(run.display().to_string());
    let situation = |name, settings| Situation { name, settings, starts: false, run: None };
    [
        situation("comparison at rest", Settings { samples: 8, ..settings(View::Comparison) }),
        situation("comparison, sampling", Settings { samples: 1024, ..settings(View::Comparison) }),
        Situation { starts: true, ..situation("2-D, distilling", settings(View::Plane)) },
        Situation { run: Some(run), ..situation("training, a run trains", training) },
    ]
}

fn watch(opened: &Opened, situation: Situation) -> Pace {
    let Situation { name, settings, starts, run } = situation;
    let begun = Instant::now();
    let (context, mut frame) = (Context::default(), eframe::Frame::_new_kittest());
    let mut app = App::new(&context, opened.clone(), settings).confined();
    let training = run.map(|out| Training::start(plan(out), Opened::cpu(), || ()));
    let (mut times, mut own_times) = (Vec::new(), Vec::new());
    let (mut first_samples_s, mut middle) = (None, None);
    while begun.elapsed() < SPAN {
        let mut input = RawInput {
            screen_rect: Some(Rect::from_min_size(Default::default(), vec2(1280.0, 800.0))),
            time: Some(begun.elapsed().as_secs_f64()),
            ..RawInput::default()
        };
        if starts && times.len() == WARM_UP {
            input.events.push(enter());
        }
        let (now, own) = (Instant::now(), platform::thread_time());
        draw(&mut app, &context, &mut frame, input);
        times.push(now.elapsed().as_secs_f64() * 1e3);
        let own = platform::thread_time().zip(own).map(|(after, before)| after - before);
        own_times.extend(own.map(|own| own.as_secs_f64() * 1e3));
        if first_samples_s.is_none() && app.has_pictures() {
            first_samples_s = Some(begun.elapsed().as_secs_f64());
        }
        if middle.is_none() && begun.elapsed() > SPAN / 2 {
            middle = platform::memory_bytes();
        }
        thread::sleep(SCREEN.saturating_sub(now.elapsed()));
    }
    // Stops it, and waits for its end.
    drop(training);
    let mut times = times.split_off(WARM_UP);
    times.sort_by(f64::total_cmp);
    let rank = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    let memory_mb = [middle, platform::memory_bytes()].map(|bytes| Some(bytes? / 1_000_000));
    Pace {
        situation: name,
        frames: times.len(),
        median_ms: rank(0.5),
        p99_ms: rank(0.99),
        longest_ms: rank(1.0),
        longest_own_ms: own_times.into_iter().skip(WARM_UP).reduce(f64::max),
        first_samples_s,
        memory_mb,
    }
}

/// A frame as far as the window's thread makes it; textures are the GPU's part.
fn draw(app: &mut App, context: &Context, frame: &mut eframe::Frame, input: RawInput) {
    let mut output = context.run_ui(input, |ui| {
        app.logic(ui.ctx(), frame);
        app.ui(ui, frame);
    });
    output.textures_delta.clear();
    context.tessellate(std::mem::take(&mut output.shapes), output.pixels_per_point);
}

fn enter() -> Event {
    let modifiers = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };
    Event::Key { key: Key::Enter, physical_key: None, pressed: true, repeat: false, modifiers }
}

/// The ring's students: long enough to be watched.
fn plan(out: PathBuf) -> Plan {
    let (preset, stages) = ("ring".into(), StageName::ALL.to_vec());
    Plan { preset, data: None, out, stages, set: vec!["output.sample_every=100".into()] }
}
