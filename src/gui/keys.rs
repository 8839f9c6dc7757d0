//! Keys that work in every view.

use eframe::egui::{
    Align2, Context, Event, Id, InputState, Key, KeyboardShortcut, Label, Modifiers, Popup,
    RichText, ScrollArea, Ui, Window, text_selection::LabelSelectionState, vec2,
};

use super::{
    App, Target, View,
    theme::{self, UNIT, size},
};
use crate::platform::HAS_FOLDERS;

/// Width of a key's name in the list, and of the list.
const NAME: f32 = 132.0;
const WIDTH: f32 = 440.0;
/// Height of the list's title, with the room around the list.
const TITLE: f32 = 96.0;

/// How keys are called in the list.
enum Name {
    Words(&'static str),
    /// As the system calls them.
    Shortcut(KeyboardShortcut),
}

/// Keys and what they do.
const LIST: &[(Name, &str)] = &[
    (Name::Words("D"), "roll the dice: another seed (not in Paradox)"),
    (
        Name::Shortcut(AGAIN),
        if HAS_FOLDERS {
            "what the view is for: sample, follow, distil, measure, solve, train"
        } else {
            "what the view is for: sample, follow, distil, measure, solve"
        },
    ),
    (Name::Words("Esc"), "close what is open, or stop"),
    (Name::Shortcut(OPEN), "open weights, or a picture with settings inside"),
    (Name::Shortcut(SAVE), "save the comparison with its settings inside, or the paradox plot"),
    (Name::Shortcut(COPY), "copy it"),
    (Name::Shortcut(UNDO), "undo a setting"),
    (Name::Shortcut(REDO[0]), "redo it"),
    (Name::Shortcut(REDO[1]), "the same"),
    (Name::Words("1, 2, …"), "go to a view"),
    (Name::Shortcut(LOG), "show or hide the log"),
    (Name::Words("Space"), "play or pause (Trajectory, 2-D)"),
    (
        Name::Words("← → Home End"),
        if HAS_FOLDERS {
            "go along the trajectory; ← → also through the samples of a training"
        } else {
            "go along the trajectory"
        },
    ),
    (Name::Words("Tab, arrows"), "push a component (2-D)"),
    (Name::Words("Delete"), "remove the selected component (2-D); Backspace does, too"),
    (Name::Words("?"), "show or hide this list"),
];

pub(super) const UNDO: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Z);
const REDO: [KeyboardShortcut; 2] = [
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z),
    KeyboardShortcut::new(Modifiers::COMMAND, Key::Y),
];
pub(super) const AGAIN: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Enter);
pub(super) const OPEN: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::O);
pub(super) const SAVE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::S);
/// To be called by its name: what it does is an event of its own.
pub(super) const COPY: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::C);
pub(super) const LOG: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::L);
const VIEWS: [Key; 7] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7];

/// What something does, and the keys that do it as the system calls them: "Sample (Ctrl+Enter)."
pub(super) fn hint(ui: &Ui, what: &str, keys: KeyboardShortcut) -> String {
    format!("{what} ({}).", ui.ctx().format_shortcut(&keys))
}

/// The list of keys, while `is_open`.
pub(super) fn list(ui: &mut Ui, is_open: &mut bool) {
    let room = ui.ctx().content_rect().shrink(4.0 * UNIT).size();
    let window = Window::new("Keys").id(Id::unique("list of keys")).open(is_open);
    let window = window.resizable(false).collapsible(false).max_size(room);
    // As high as there is room: it shrinks to what is in it.
    let window = window.default_size([WIDTH.min(room.x), room.y]);
    window.anchor(Align2::CENTER_CENTER, [0.0, 0.0]).show(ui, |ui| {
        ScrollArea::vertical().max_height(room.y - TITLE).show(ui, |ui| {
            for (name, what) in LIST {
                let name = match name {
                    Name::Words(words) => (*words).to_owned(),
                    Name::Shortcut(keys) => ui.ctx().format_shortcut(keys).replace('+', " + "),
                };
                ui.horizontal_top(|ui| {
                    let height = ui.spacing().interact_size.y;
                    ui.allocate_ui(vec2(NAME, height), |ui| {
                        ui.set_min_width(NAME);
                        ui.label(RichText::new(name).font(theme::strong(size::BODY)));
                    });
                    ui.add(Label::new(*what).wrap());
                });
            }
        });
    });
}

/// Whether a key is down that goes on changing a value while it is.
///
/// Of others it cannot be told: who lets go of Shift before `?` lets go of `/`.
pub(super) fn are_repeating(input: &InputState) -> bool {
    [Key::ArrowUp, Key::ArrowDown, Key::ArrowLeft, Key::ArrowRight]
        .into_iter()
        .any(|key| input.key_down(key))
}

/// Does what the keys pressed since the last frame ask for.
pub(super) fn handle(context: &Context, app: &mut App) {
    let pressed =
        |shortcut: KeyboardShortcut| context.input_mut(|input| input.consume_shortcut(&shortcut));
    // Redo first: undo's keys are part of it.
    if REDO.into_iter().any(pressed) {
        app.shared.redo();
    } else if pressed(UNDO) {
        app.shared.undo();
    }
    if pressed(LOG) {
        app.frame.toggle_log();
    }
    if pressed(OPEN) {
        app.shared.files.pick();
    }
    if pressed(SAVE) {
        app.export(context, Target::File);
    }
    if pressed(AGAIN) {
        again(app);
    }
    if !context.text_edit_focused() {
        plain(context, app);
    }
}

/// What the view is for, once more.
pub(super) fn again(app: &mut App) {
    let shared = &mut app.shared;
    match shared.settings.view {
        View::Comparison => app.comparison.again(shared),
        View::Trajectory => app.trajectory.again(shared),
        View::Plane => app.plane.again(shared),
        View::Paradox => app.paradox.again(shared),
        View::Solvers => app.microscope.again(shared),
        View::Training => app.training.again(shared),
        View::Models => {
            shared.note("models are checked whenever they are opened: open a file to check it");
        }
    }
}

/// Closes what lies over the view, topmost first; else ends what is computed.
fn escape(context: &Context, app: &mut App) {
    let view = app.shared.settings.view;
    let is_comparing = view == View::Comparison;
    // What pops up closes itself.
    let is_closed = Popup::is_any_open(context)
        || (is_comparing && app.tour.end())
        || app.frame.close_keys()
        || (view == View::Training && app.training.close_recipe())
        || (is_comparing && app.comparison.close_cell(&mut app.shared.place));
    if !is_closed {
        app.shared.stop();
    }
}

/// Keys without modifiers, and copying: these belong to a text field that has the focus.
fn plain(context: &Context, app: &mut App) {
    let pressed = |key| context.input(|input| input.key_pressed(key) && input.modifiers.is_none());
    if pressed(Key::D) && app.shared.settings.view.rolls_by_key() {
        app.shared.roll();
    }
    // Without Ctrl: browsers go to their own tabs with it. Within another page no tab leads back.
    for (key, view) in VIEWS.into_iter().zip(View::shown()) {
        if pressed(key) && !app.shared.is_embedded {
            app.shared.settings.view = view;
        }
    }
    // A text field that was left by it has lost the focus by now: the key was for the field.
    if pressed(Key::Escape) && !app.is_typing {
        escape(context, app);
    }
    if context.input(|input| input.key_pressed(Key::Questionmark)) {
        app.frame.toggle_keys();
    }
    // Text that is selected goes before pictures.
    let has_text = context.plugin::<LabelSelectionState>().lock().has_selection();
    let copies = |event: &Event| matches!(event, Event::Copy);
    if !has_text && context.input(|input| input.events.iter().any(copies)) {
        app.export(context, Target::Clipboard);
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::{accesskit::Role, os::OperatingSystem};
    use egui_kittest::{Harness, kittest::Queryable as _};

    use super::*;
    use crate::{engine::Opened, gui::Settings};

    fn window(view: View) -> Harness<'static, App> {
        let settings = Settings { view, preset: "ring".into(), ..Settings::default() };
        let mut harness = Harness::builder().build_eframe(move |creation| {
            App::new(&creation.egui_ctx, Opened::cpu(), settings).confined()
        });
        harness.run_steps(2);
        harness
    }

    #[test]
    fn escape_in_a_text_field_only_leaves_the_field() {
        let mut harness = window(View::Training);
        harness.state_mut().frame.toggle_keys();
        harness.get_by_role_and_label(Role::TextInput, "Folder").focus();
        harness.run_steps(2);
        for shows_keys in [true, false] {
            harness.key_press(Key::Escape);
            harness.run_steps(2);
            let list = harness.query_by_label_contains("show or hide this list");
            assert_eq!(list.is_some(), shows_keys);
        }
    }

    #[test]
    fn within_another_page_no_key_leads_to_another_view() {
        let mut harness = window(View::Models);
        for (is_embedded, view) in [(true, View::Models), (false, View::Trajectory)] {
            harness.state_mut().shared.is_embedded = is_embedded;
            harness.key_press(Key::Num2);
            harness.run_steps(2);
            assert_eq!(harness.state().settings().view, view);
        }
    }

    #[test]
    fn a_change_is_undone_and_redone_by_either_shortcut() {
        let mut harness = window(View::Models);
        harness.state_mut().shared.settings.seed = 5;
        harness.run_steps(2);
        for redo in REDO {
            for (shortcut, seed) in [(UNDO, 1), (redo, 5)] {
                harness.key_press_modifiers(shortcut.modifiers, shortcut.logical_key);
                harness.run_steps(2);
                assert_eq!(harness.state().settings().seed, seed, "{shortcut:?}");
            }
        }
    }

    #[test]
    fn keys_are_called_as_the_system_calls_them() {
        let mut harness = window(View::Models);
        harness.state_mut().frame.toggle_keys();
        for (system, has_control) in [(OperatingSystem::Nix, true), (OperatingSystem::Mac, false)] {
            harness.ctx.set_os(system);
            harness.run_steps(2);
            let control = harness.query_all_by_label_contains("Ctrl").next();
            assert_eq!(control.is_some(), has_control, "{system:?}");
        }
    }
}
