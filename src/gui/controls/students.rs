//! Which samples of students are shown, and how many stand behind their figures.

use std::collections::BTreeSet;

use eframe::egui::{Slider, Ui};

use crate::{
    engine::{
        report,
        worker::{FAST, quality::STEPS},
    },
    gui::{
        Shared,
        settings::{POINTS, ROWS, SAMPLES, within},
        widget,
    },
    math::schedule::Process,
};

/// Noises that a hand can ask for at least: an interval over a handful tells little.
const FEWEST: usize = 8;

/// What the teacher in few steps is for.
pub(in crate::gui) fn fast_hint() -> String {
    let solver = FAST.title();
    format!(
        "The teacher by {solver}: what students have to beat. A guided step is two network calls."
    )
}

/// Numbers of students' steps, each of which can be shown.
pub(in crate::gui) fn steps(
    ui: &mut Ui,
    hint: &str,
    shown: &mut Vec<usize>,
    offered: impl Iterator<Item = usize>,
) {
    ui.horizontal_wrapped(|ui| {
        widget::small(ui, "Steps");
        for step in offered {
            let is_shown = shown.contains(&step);
            let response = ui.selectable_label(is_shown, step.to_string());
            widget::name(&response, &report::steps(step));
            if response.on_hover_text(hint).clicked() {
                if is_shown {
                    shown.retain(|&other| other != step);
                } else {
                    shown.push(step);
                }
                shown.sort_unstable();
            }
        }
    });
}

/// When students take the second of two steps, where these are shown.
fn second(ui: &mut Ui, shared: &mut Shared) {
    let (Some(set), settings) = (&shared.set, &mut shared.settings) else { return };
    let Some(even) = set.even_second(settings.intervals_of(set)) else { return };
    if !settings.steps.contains(&2) {
        return;
    }
    let range = set.seconds();
    let mut time = settings.second.filter(|time| range.contains(time)).unwrap_or(even);
    let slider = Slider::new(&mut time, range);
    let slider = match set.process {
        Process::ScaledLinear => slider.step_by(10.0).fixed_decimals(0),
        Process::Edm => slider.logarithmic(true).max_decimals(3),
    };
    let hint = format!(
        "Of two steps: the time t that a student is noised up to after the first. Evenly spread it is {}.",
        report::time(even)
    );
    if widget::row(ui, "Second at t", &hint, |ui| widget::slider(ui, slider)).changed() {
        settings.second = (time != even).then_some(time);
    }
}

/// Students' steps, rows and samples.
pub(in crate::gui) fn students(ui: &mut Ui, shared: &mut Shared) {
    widget::group(ui, "Students");
    let hint = "Show this number of steps; N is always shown.";
    // Others that an address asks for stay until they are switched off.
    let intervals = shared.set.as_ref().map_or(1, |set| shared.settings.intervals_of(set));
    let asked = shared.settings.steps.iter().copied().filter(|step| (1..intervals).contains(step));
    let offered: BTreeSet<usize> = STEPS.into_iter().chain(asked).collect();
    steps(ui, hint, &mut shared.settings.steps, offered.into_iter());
    second(ui, shared);
    let is_points = shared.set.as_ref().is_some_and(|set| set.shape.is_none());
    let settings = &mut shared.settings;
    let fast = ui.checkbox(&mut settings.fast, "Teacher in few steps");
    fast.on_hover_text(fast_hint());
    // Points are all in one plot.
    if !is_points {
        let mut rows = within(settings.rows, ROWS);
        let slider = widget::row(ui, "Rows", "Noises on screen.", |ui| {
            widget::slider(ui, Slider::new(&mut rows, ROWS))
        });
        if slider.changed() {
            settings.rows = rows;
        }
    }
    let each = if is_points { POINTS } else { 1 };
    let mut samples = each * within(settings.samples, SAMPLES);
    // An address may ask for fewer.
    let range = samples.min(each * FEWEST)..=each * SAMPLES.end();
    let hint = "Noises behind the figures below the columns; more make the intervals narrower.";
    let slider = widget::row(ui, "Samples", hint, |ui| {
        let slider = Slider::new(&mut samples, range).step_by(each as f64);
        widget::slider(ui, slider.logarithmic(true))
    });
    if slider.changed() {
        settings.samples = samples / each;
    }
}
