//! The window draws lent memory as it draws values that came back.

use std::time::{Duration, Instant};

use eframe::egui::Rect;
use egui_kittest::{Harness, kittest::Queryable as _};
use image::{RgbaImage, imageops::crop_imm};
use skipstone::{
    engine::Opened,
    gui::{App, Settings, View},
};

use crate::{
    gpu::{gpu, renderer},
    offscreen::assert_alike,
    open_window::{frame, settle},
};

/// A window on the device that computes.
fn window(opened: &Opened, settings: &Settings, draws_lent: bool) -> Harness<'static, App> {
    let renderer = renderer(opened);
    let (opened, settings) = (opened.clone(), settings.clone());
    let harness = Harness::builder().with_size([1280.0, 800.0]).renderer(renderer);
    let mut harness = harness.build_eframe(move |creation| {
        let app = App::new(&creation.egui_ctx, opened, settings).confined();
        let window = creation.wgpu_render_state.as_ref().filter(|_| draws_lent);
        let app = app.on_screen(&creation.egui_ctx, window);
        assert_eq!(app.draws_lent(), draws_lent);
        app
    });
    settle(&mut harness);
    harness
}

/// Few network calls: this device may be a processor that imitates one.
fn brief(view: View) -> Settings {
    let mut settings =
        Settings { view, rows: 2, samples: 2, steps: vec![1], ..Settings::default() };
    (settings.intervals, settings.trajectory.noises) = (Some(2), 1);
    settings
}

/// What is on screen there.
fn shown(harness: &mut Harness<'_, App>, there: Rect) -> RgbaImage {
    let picture = harness.render().expect("a picture");
    let [left, top] = [there.left(), there.top()].map(|at| at.round() as u32);
    let [width, height] = [there.width(), there.height()].map(|side| side.round() as u32);
    crop_imm(&picture, left, top, width, height).to_image()
}

/// The place of what has this label.
fn place(harness: &Harness<'_, App>, label: &str) -> Rect {
    harness.get_by_label_contains(label).rect()
}

#[test]
fn cells_and_their_enlargement_are_the_same_from_memory_and_from_values() {
    let Some(opened) = gpu() else { return };
    let cells = ["Teacher, 2 steps, row 1", "Direct CM, 1 step, row 2"];
    let [lent, read] = [true, false].map(|draws_lent| {
        let mut harness = window(&opened, &brief(View::Comparison), draws_lent);
        let mut all: Vec<RgbaImage> = Vec::new();
        for cell in cells {
            let there = place(&harness, cell);
            all.push(shown(&mut harness, there));
        }
        harness.get_by_label_contains(cells[1]).click();
        // Past the fade of the window that opens.
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(1) {
            frame(&mut harness);
        }
        settle(&mut harness);
        let slider = place(&harness, "Wipe");
        let [left, bottom] = [slider.left(), slider.top() - 8.0];
        let pictures = Rect::from_x_y_ranges(left..=left + 440.0, bottom - 200.0..=bottom);
        all.push(shown(&mut harness, pictures));
        all
    });
    for (lent, read) in lent.iter().zip(&read) {
        assert_alike(lent, read);
        assert_shows_something(lent);
    }
}

/// Two blank pictures are alike, too.
#[track_caller]
fn assert_shows_something(picture: &RgbaImage) {
    let first = picture.get_pixel(picture.width() / 2, picture.height() / 2);
    assert!(picture.pixels().any(|pixel| pixel != first), "nothing is shown");
}

#[test]
fn the_film_strip_is_the_same_from_memory_and_from_values() {
    let Some(opened) = gpu() else { return };
    let [lent, read] = [true, false].map(|draws_lent| {
        let mut harness = window(&opened, &brief(View::Trajectory), draws_lent);
        let strip = place(&harness, "Film strip");
        shown(&mut harness, strip)
    });
    assert_alike(&lent, &read);
    assert_shows_something(&lent);
}
