//! How the window looks: small pictures, kept in tests/snapshots.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --test suite looks` draws them anew; look at what changed before it is
//! kept. What was timed on this machine is masked.

use std::time::Instant;

use eframe::egui::{Rect, Theme, vec2};
use egui_kittest::{Harness, SnapshotOptions, image_snapshot_options, kittest::Queryable as _};
use image::{Rgba, RgbaImage, imageops::crop_imm};
use skipstone::{
    engine::Opened,
    gui::{App, Settings, View},
};

use crate::{
    gpu::{gpu, renderer},
    open_window::{PATIENCE, frame, ring, settle},
};

/// Drivers smooth edges differently, and a figure's last digit may be another on another processor: this
/// many pixels may be off by more than the eye forgives (0.6, egui's own limit of the distance of colours).
const PIXELS: usize = 150;

/// A window that computes on the processor and is drawn by a GPU.
fn window(
    drawn_by: &Opened,
    settings: Settings,
    theme: Theme,
    size: [f32; 2],
) -> Harness<'static, App> {
    let renderer = renderer(drawn_by);
    let harness = Harness::builder().with_size(size).with_theme(theme).renderer(renderer);
    let mut harness = harness.build_eframe(move |creation| {
        App::new(&creation.egui_ctx, Opened::cpu(), settings).confined()
    });
    settle(&mut harness);
    harness
}

/// Compares what is on screen `there` with its snapshot; what is `timed` does not count.
fn assert_looks(harness: &mut Harness<'_, App>, name: &str, there: Rect, timed: &[Rect]) {
    let whole = harness.render().expect("a picture");
    let [left, top] = [there.left(), there.top()].map(|at| at.floor() as u32);
    let [width, height] = [there.width(), there.height()].map(|side| side.ceil() as u32);
    let mut picture: RgbaImage = crop_imm(&whole, left, top, width, height).to_image();
    for rect in timed {
        for (x, y, pixel) in picture.enumerate_pixels_mut() {
            let at = vec2((left + x) as f32 + 0.5, (top + y) as f32 + 0.5).to_pos2();
            if rect.contains(at) {
                *pixel = Rgba([128, 128, 128, 255]);
            }
        }
    }
    let options = SnapshotOptions::new().max_failed_pixels(PIXELS);
    image_snapshot_options(&picture, name, &options);
}

#[test]
fn the_comparison_of_points_looks_as_designed_on_light_and_dark_paper() {
    let Some(opened) = gpu() else { return };
    let settings = Settings { steps: vec![1], ..ring() };
    for (theme, name) in [(Theme::Light, "ring_light"), (Theme::Dark, "ring_dark")] {
        let mut harness = window(&opened, settings.clone(), theme, [880.0, 620.0]);
        let plot = |label: &str| harness.get_by_label_contains(label).rect();
        let plots = [
            plot("Teacher, 10 steps"),
            harness.get_all_by_label_contains("CM, 1 step, ODE").next().expect("CM").rect(),
        ];
        // The fourth line below a plot holds milliseconds.
        let timed = plots.map(|plot| {
            let from = plot.left_bottom() + vec2(0.0, 50.0);
            Rect::from_min_size(from, vec2(plot.width(), 17.0))
        });
        let there =
            Rect { min: plots[0].min - vec2(8.0, 34.0), max: plots[1].max + vec2(8.0, 68.0) };
        assert_looks(&mut harness, name, there, &timed);
    }
}

#[test]
fn the_models_look_as_designed() {
    let Some(opened) = gpu() else { return };
    let settings = Settings { view: View::Models, ..ring() };
    let mut harness = window(&opened, settings, Theme::Light, [740.0, 560.0]);
    let begun = Instant::now();
    while harness.query_all_by_label_contains("● parity").count() < 3 {
        frame(&mut harness);
        assert!(begun.elapsed() < PATIENCE, "the models are not checked");
    }
    let badges: Vec<Rect> =
        harness.query_all_by_label_contains("● parity").map(|badge| badge.rect()).collect();
    let there = Rect::from_min_max([12.0, 120.0].into(), [728.0, 500.0].into());
    // Differences are those of this processor.
    assert_looks(&mut harness, "models", there, &badges);
}

#[test]
fn the_plane_looks_as_designed_before_anything_is_distilled() {
    let Some(opened) = gpu() else { return };
    let settings = Settings { view: View::Plane, ..ring() };
    let mut harness = window(&opened, settings, Theme::Light, [1040.0, 680.0]);
    let field = harness.get_by_label_contains("The noised density").rect();
    let middle = Rect::from_center_size(field.center(), vec2(200.0, 200.0));
    assert_looks(&mut harness, "plane_field", middle, &[]);
    let maps = ["Noise: ", "Teacher: "].map(|title| harness.get_by_label_contains(title).rect());
    let maps = maps[0].union(maps[1]);
    let there = Rect { min: maps.min - vec2(4.0, 30.0), max: maps.max + vec2(4.0, 42.0) };
    assert_looks(&mut harness, "plane_maps", there, &[]);
}
