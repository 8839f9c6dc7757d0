//! Controls that several views share: models, noise, teacher, students.

mod students;

use eframe::egui::{Button, Color32, DragValue, Response, Slider, TextStyle, Ui};

use super::{
    Shared,
    frame::model_choice,
    theme::{self, UNIT, size},
    widget,
};
use crate::{
    diffusion::Method,
    engine::worker::{SetCard, converge::INTERVALS},
};
pub(super) use students::{fast_hint, steps, students};

/// Whole numbers up to this one are exact as what fields compute with.
const EXACT: u64 = 1 << 53;
/// Width of the seed's field: what the panel has for it beside the dice.
const SEED: f32 = 78.0;
/// What is left free of it at each side of many digits.
const TIGHT: f32 = 4.0;

/// Which models, from which noise.
pub(super) fn noise(ui: &mut Ui, shared: &mut Shared) {
    widget::group(ui, "Models");
    model_choice(ui, shared);
    let Some(set) = shared.set.clone() else { return };

    // Beside the dice there is no room for it.
    widget::group_with(ui, "Noise", |ui| {
        let hint = "Sampling again keeps the seed; without the lock it takes another.";
        ui.toggle_value(&mut shared.settings.keeps_seed, "Lock").on_hover_text(hint);
    });
    let hint = "Numbers the noise: the same seed gives the same pictures everywhere.";
    ui.horizontal(|ui| seed(ui, shared, hint));
    recent_seeds(ui, shared);
    if set.classes > 0 {
        class(ui, shared, &set);
    }
}

/// The seed, and the dice beside it.
pub(super) fn seed(ui: &mut Ui, shared: &mut Shared, hint: &str) {
    let seed = &mut shared.settings.seed;
    if *seed <= EXACT {
        widget::row(ui, "Seed", hint, |ui| {
            fit(ui, *seed);
            ui.add(DragValue::new(seed).range(0..=EXACT).speed(0.1).clip_text(true))
        });
    } else {
        let hint = format!("{seed} is too large to be changed here: a click puts 1 in its place.");
        widget::row(ui, "Seed", &hint, |ui| large_seed(ui, seed));
    }
    let hint = match shared.settings.view.rolls_by_key() {
        true => "Another seed (D).",
        false => "Another seed; everything is measured anew.",
    };
    if ui.button("Dice").on_hover_text(hint).clicked() {
        shared.roll();
    }
}

/// Gives the field of `seed` one width whatever its digits, or many of them would push the dice and the panel away: so
/// many are written smaller.
fn fit(ui: &mut Ui, seed: u64) {
    let font = theme::plain(size::BODY);
    let text = ui.painter().layout_no_wrap(seed.to_string(), font, Color32::PLACEHOLDER);
    let (digits, room) = (text.size().x, SEED - 2.0 * TIGHT - 1.0);
    let style = ui.style_mut();
    style.spacing.interact_size.x = SEED;
    if digits + 2.0 * style.spacing.button_padding.x > SEED {
        style.spacing.button_padding.x = TIGHT;
        let font = theme::plain(size::BODY * (room / digits).min(1.0));
        style.text_styles.insert(TextStyle::Button, font);
    }
}

/// A seed that a field would round, as an address may have: it stays until it is clicked away.
fn large_seed(ui: &mut Ui, seed: &mut u64) -> Response {
    let text = seed.to_string();
    let size = [SEED, ui.spacing().interact_size.y];
    let response = ui.add_sized(size, Button::new(text.as_str()).truncate());
    response.ctx.accesskit_node_builder(response.id, |node| node.set_value(text));
    if response.clicked() {
        *seed = 1;
    }
    response
}

fn recent_seeds(ui: &mut Ui, shared: &mut Shared) {
    let recent = shared.history.recent_seeds(shared.settings.seed);
    ui.horizontal_wrapped(|ui| {
        widget::small(ui, "Before");
        if recent.is_empty() {
            widget::small(ui, "–"); // or what is below would move with the first seed
        }
        for seed in recent {
            let response = widget::quiet(ui, &seed.to_string());
            if response.on_hover_text("Back to this seed.").clicked() {
                shared.settings.seed = seed;
            }
        }
    });
}

fn class(ui: &mut Ui, shared: &mut Shared, set: &SetCard) {
    let chosen = shared.settings.class.filter(|&class| class < set.classes);
    let text = chosen.map_or_else(|| "all in turn".to_owned(), |class| set.class_name(class));
    let all = (None, "all in turn".to_owned(), "Each row asks for the next class.");
    let one = |class| (Some(class), set.class_name(class), "All rows ask for this class.");
    let items = std::iter::once(all).chain((0..set.classes).map(one));
    widget::row(ui, "Class", "What is asked for; all classes in turn, or one.", |ui| {
        widget::choice(ui, "class", text, &mut shared.settings.class, items)
    });
}

/// The teacher's solver.
pub(super) fn teacher(ui: &mut Ui, shared: &mut Shared) {
    let Some(set) = shared.set.clone() else { return };
    widget::group(ui, "Teacher");
    // Written back where a hand changed it only: settings may wait for models that are still being opened.
    let mut method = shared.settings.method_of(&set);
    let before = method;
    let solvers = set.solvers().into_iter().map(solver);
    widget::row(ui, "Solver", "How the teacher's ODE is solved.", |ui| {
        widget::choice(ui, "solver", method.title().to_owned(), &mut method, solvers)
    });
    if method != before {
        shared.settings.method = (method != set.method).then_some(method);
    }

    let mut intervals = shared.settings.intervals_of(&set);
    let before = intervals;
    widget::row(ui, "Intervals N", "Steps of the teacher, and of the students' time grid.", |ui| {
        let shown = intervals.to_string();
        widget::choice(ui, "intervals", shown, &mut intervals, INTERVALS.map(number))
    });
    if intervals != before {
        shared.settings.intervals = (intervals != set.intervals).then_some(intervals);
    }

    if set.classes > 0 {
        let mut guidance = shared.settings.guidance_of(&set);
        let hint = "How strongly the teacher leans to the class asked for, not at all at w = 1; its students \
                    have theirs built in.";
        let slider = widget::row(ui, "Guidance w", hint, |ui| {
            widget::slider(
                ui,
                Slider::new(&mut guidance, 0.0..=8.0).step_by(0.25).fixed_decimals(2),
            )
        });
        if slider.changed() {
            let is_own = has_guidance(&set, guidance);
            shared.settings.guidance = (!is_own).then_some(guidance);
        }
    }
    other_teacher(ui, shared, &set);
}

/// Whether the students learnt this w; sliders round.
fn has_guidance(set: &SetCard, guidance: f64) -> bool {
    (guidance - set.guidance).abs() < 1e-9
}

/// A solver to choose.
pub(super) fn solver(method: Method) -> (Method, String, &'static str) {
    (method, method.title().to_owned(), about(method))
}

/// A number of intervals to choose.
pub(super) fn number(intervals: usize) -> (usize, String, &'static str) {
    (intervals, intervals.to_string(), "That many steps from noise to data.")
}

/// What is particular about a solver.
fn about(method: Method) -> &'static str {
    match method {
        Method::Ddim => {
            "Euler's method in sigma/alpha, ddim in files and commands: one network call a step, of first \
             order."
        }
        Method::EdmHeun => {
            "Heun's method in sigma/alpha, edm-heun in files and commands: two network calls a step, of \
             second order."
        }
        Method::Dpm2m => {
            "DPM-Solver++(2M), dpm2m in files and commands: one network call a step, of second order from \
             the second step on; the first is DDIM's."
        }
        Method::VpEuler => {
            "Euler's method in time, vp-euler in files and commands: one network call a step, of first \
             order."
        }
        Method::VpHeun => {
            "Heun's method in time, vp-heun in files and commands: two network calls a step, of second \
             order."
        }
    }
}

/// Says that students were distilled from another solution than the one on show.
fn other_teacher(ui: &mut Ui, shared: &mut Shared, set: &SetCard) {
    let settings = &mut shared.settings;
    let is_own = settings.method_of(set) == set.method
        && settings.intervals.is_none_or(|intervals| intervals == set.intervals)
        && has_guidance(set, settings.guidance_of(set));
    if is_own {
        return;
    }
    let own = format!("{}, N = {}, w = {}", set.method.title(), set.intervals, set.guidance);
    ui.add_space(UNIT);
    widget::small(
        ui,
        &format!("The students were distilled from {own}. Errors are now to another solution."),
    );
    if widget::quiet(ui, "Back to theirs")
        .on_hover_text("The solver the students learnt from.")
        .clicked()
    {
        (settings.method, settings.intervals, settings.guidance) = (None, None, None);
    }
}
