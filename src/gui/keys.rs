//! Keys that work in every view.

use eframe::egui::{Context, Event, Key, KeyboardShortcut, Modifiers};

use super::{App, Target, View};

/// A key and what it does, as the list of keys shows it.
pub(super) const LIST: &[(&str, &str)] = &[
    ("D", "roll the dice: another seed"),
    ("Ctrl + Enter", "sample again"),
    ("Esc", "stop"),
    ("Ctrl + O", "open weights, or a picture with settings inside"),
    ("Ctrl + S", "save the comparison as a picture with its settings inside"),
    ("Ctrl + C", "copy it"),
    ("Ctrl + Z", "undo a setting"),
    ("Ctrl + Shift + Z", "redo it"),
    ("Ctrl + 1, 2, …", "go to a view"),
    ("Ctrl + L", "show or hide the log"),
    ("Space", "play or pause (Trajectory, 2-D)"),
    ("← → Home End", "go along the trajectory"),
    ("Delete", "remove the selected component (2-D)"),
    ("?", "show or hide this list"),
];

const UNDO: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Z);
const REDO: KeyboardShortcut =
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z);
const AGAIN: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Enter);
const OPEN: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::O);
const SAVE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::S);
const LOG: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::L);
const VIEWS: [Key; 7] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7];

/// Does what the keys pressed since the last frame ask for.
pub(super) fn handle(context: &Context, app: &mut App) {
    let pressed =
        |shortcut: KeyboardShortcut| context.input_mut(|input| input.consume_shortcut(&shortcut));
    // Redo first: undo's keys are part of it.
    let history = &mut app.shared.history;
    let restored = if pressed(REDO) {
        history.redo()
    } else if pressed(UNDO) {
        history.undo()
    } else {
        None
    };
    if let Some(settings) = restored {
        app.shared.restore(settings);
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
        app.comparison.again(&mut app.shared);
    }
    for (key, view) in VIEWS.into_iter().zip(View::shown()) {
        if pressed(KeyboardShortcut::new(Modifiers::COMMAND, key)) {
            app.shared.settings.view = view;
        }
    }
    if !context.egui_wants_keyboard_input() {
        plain(context, app);
    }
}

/// Keys without modifiers, and copying: these belong to a text field that has the focus.
fn plain(context: &Context, app: &mut App) {
    let pressed = |key| context.input(|input| input.key_pressed(key) && input.modifiers.is_none());
    if pressed(Key::D) {
        app.shared.roll();
    }
    if pressed(Key::Escape) {
        app.shared.link.stop();
    }
    if context.input(|input| input.key_pressed(Key::Questionmark)) {
        app.frame.toggle_keys();
    }
    let copies = |event: &Event| matches!(event, Event::Copy);
    if context.input(|input| input.events.iter().any(copies)) {
        app.export(context, Target::Clipboard);
    }
}
