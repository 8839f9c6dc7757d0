//! A restless person at the window. A program of its own, for it watches the memory of the whole process.

#[path = "suite/open_window.rs"]
mod open_window;

use eframe::egui::{self, Key, Modifiers};
use egui_kittest::Harness;
use open_window::{ring, settle, window};
use skipstone::gui::{App, Settings};

/// What a restless person does: moves, clicks, drags, scrolls, types and presses keys anywhere.
fn any_event(harness: &Harness<'_, App>, number: u64) {
    use skipstone::math::seed::{Purpose, Seed, below};
    let draw = |step: u64, n: usize| below(Seed(42), Purpose::Shuffle, number, step, n);
    let at = egui::pos2(draw(0, 1280) as f32, draw(1, 800) as f32);
    let press = |pressed| egui::Event::PointerButton {
        pos: at,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    match draw(2, 8) {
        0..=2 => harness.event(egui::Event::PointerMoved(at)),
        3 => harness.event(press(true)),
        4 => harness.event(press(false)),
        5 => {
            harness.event(egui::Event::PointerMoved(at));
            harness.event(press(true));
            harness.event(press(false));
        }
        6 => {
            let keys = [
                Key::D,
                Key::Escape,
                Key::Enter,
                Key::ArrowLeft,
                Key::Space,
                Key::Tab,
                Key::Num1,
                Key::Num2,
                Key::Num3,
                Key::Num4,
            ];
            harness.key_press(keys[draw(3, keys.len())]);
        }
        _ => {
            let keys = [Key::Z, Key::L, Key::Enter];
            harness.key_press_modifiers(Modifiers::COMMAND, keys[draw(3, keys.len())]);
        }
    }
}

#[test]
fn ten_thousand_random_events_break_nothing_and_memory_does_not_grow() {
    let mut harness = window(Settings { intervals: Some(5), ..ring() });
    let memory =
        || skipstone::platform::memory_bytes().expect("this system tells a program its memory");
    let mut settled = 0;
    for number in 0..10_000 {
        any_event(&harness, number);
        harness.step();
        if number == 5_000 {
            settled = memory();
        }
    }
    harness.key_press(Key::Escape);
    settle(&mut harness);
    // A worker that panics is replaced, and the window says so.
    let lost = harness.state().failures().find(|failure| failure.contains("was lost"));
    assert_eq!(lost, None);
    // Caches of fonts and of the allocator come and go by some megabytes; a leak of one texture a
    // frame would be ten times this.
    let growth = memory().saturating_sub(settled);
    assert!(growth < 64 << 20, "grew by {} MB over 5000 events", growth >> 20);
}
