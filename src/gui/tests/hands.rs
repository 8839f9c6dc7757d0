//! What hands do: drag, type, press keys, in windows of all sizes.

use eframe::egui::{
    Event, Key, Pos2, Rect,
    accesskit::{Role, Toggled},
};
use egui_kittest::kittest::NodeT as _;

use super::*;

/// [`window`] of another size.
pub(super) fn window_of(size: [f32; 2], settings: Settings) -> Harness<'static, App> {
    let harness = Harness::builder().with_size(size);
    let mut harness =
        harness.build_eframe(move |creation| App::new(&creation.egui_ctx, Opened::cpu(), settings));
    settle(&mut harness);
    harness
}

/// Where the ring's plot of the Direct CM at so many steps is, and where it is enlarged.
fn enlarged(size: [f32; 2], steps: usize) -> [Rect; 2] {
    let mut harness = window_of(size, ring());
    harness.state_mut().shared.place.cell = Some([2, steps, 0]);
    harness.run_steps(4);
    let title = format!("Direct CM, {}", crate::engine::report::steps(steps));
    let plot = harness.get_by_label_contains(&format!("{title}, ODE error")).rect();
    [plot, harness.get_by_role_and_label(Role::Window, &title).rect()]
}

#[test]
fn an_enlarged_plot_fits_a_low_screen_with_its_title() {
    for size in [[844.0, 390.0], [1280.0, 480.0], [390.0, 844.0]] {
        let [_, window] = enlarged(size, 1);
        let screen = Rect::from_min_size(Pos2::ZERO, size.into());
        // Below the tabs, above the status bar.
        let free = screen.with_min_y(40.0).with_max_y(size[1] - 30.0);
        assert!(free.contains_rect(window), "{window:?} on {size:?}");
    }
}

#[test]
fn what_is_enlarged_stands_away_from_the_cell() {
    let size = [1280.0, 800.0];
    let [plot, window] = enlarged(size, 1);
    assert!(plot.right() < window.left(), "{window:?} covers {plot:?}");
    let [plot, window] = enlarged(size, 100);
    assert!(window.right() < plot.left(), "{window:?} covers {plot:?}");
}

#[test]
fn a_drag_ends_what_is_typed_and_each_is_undone_by_itself() {
    let mut harness = window_of([1280.0, 800.0], ring());
    let set = |harness: &Harness<'_, App>| {
        let settings = harness.state().settings();
        (settings.seed, settings.samples)
    };
    harness.get_by_role_and_label(Role::SpinButton, "Seed").focus();
    harness.run_steps(2);
    harness.event(Event::Text("5".into()));
    harness.run_steps(2);
    let (typed, few) = set(&harness);
    assert_ne!(typed, 1);
    let slider = harness.get_by_role_and_label(Role::Slider, "Samples").rect();
    let [from, to] =
        [0.2, 0.5].map(|share| slider.left_center() + egui::vec2(share * slider.width(), 0.0));
    harness.hover_at(from);
    harness.drag_at(from);
    harness.step();
    assert!(!harness.ctx.text_edit_focused(), "keys would still go to the field");
    harness.hover_at(to);
    harness.drop_at(to);
    harness.run_steps(2);
    assert!(set(&harness).1 > few, "it was dragged");
    for before in [(typed, few), (1, few)] {
        harness.state_mut().shared.undo();
        assert_eq!(set(&harness), before);
    }
}

/// A window whose 2-D view distils, for long.
fn distilling() -> Harness<'static, App> {
    let mut harness = window_of([1280.0, 800.0], ring());
    harness.state_mut().shared.settings.plane.steps = 20_000;
    harness.key_press(Key::Num3);
    harness.run_steps(2);
    settle(&mut harness);
    harness.state_mut().begin();
    harness
}

#[test]
fn work_of_another_view_is_named_before_it_is_stopped_and_told_when_it_is() {
    for is_by_key in [true, false] {
        let mut harness = distilling();
        harness.key_press(Key::Num1);
        harness.run_steps(2);
        assert!(
            harness.state().shared.link.is_busy(),
            "what is shown is done, and asked for nothing"
        );
        assert!(
            harness.query_by_label("Sample").is_some() && harness.query_by_label("Stop").is_none()
        );
        let stop = harness.get_by_label("Stop the distillation");
        if is_by_key {
            harness.key_press(Key::Escape);
        } else {
            stop.click();
        }
        harness.run_steps(2);
        assert!(!harness.state().shared.link.is_busy());
        let log = &harness.state().shared.log;
        assert!(log.iter().any(|notice| notice.text.contains("the distillation was stopped")));
    }
}

#[test]
fn work_that_another_view_ends_is_told_at_that_moment_with_the_way_back() {
    let mut harness = distilling();
    for (key, told) in [
        (Key::Num5, "Solvers ended the distillation: 2-D keeps its students, and can distil again"),
        (Key::Num2, "Trajectory ended the solving: go back to Solvers"),
    ] {
        harness.key_press(key);
        harness.run_steps(2);
        let log = &harness.state().shared.log;
        assert!(log.iter().any(|notice| notice.text.starts_with(told)), "{told}");
    }
}

#[test]
fn work_that_other_models_end_is_told_where_its_view_is_not_on_show() {
    let mut harness = distilling();
    harness.key_press(Key::Num1);
    harness.run_steps(2);
    let shared = &mut harness.state_mut().shared;
    shared.choose("grid");
    let told = &shared.log.last().expect("a sentence").text;
    assert!(told.starts_with("Comparison ended the distillation"), "{told}");
}

#[test]
fn the_dice_roll_by_their_key_only_where_there_is_a_seed_and_nothing_long_is_lost() {
    for view in View::ALL {
        let mut harness = window(Settings { view, ..ring() }, |app| app.shared.files.confine());
        // No dice roll this one.
        harness.state_mut().shared.settings.seed = 77_123;
        harness.key_press(Key::D);
        harness.run_steps(2);
        let is_rolled = harness.state().settings().seed != 77_123;
        let is_left = matches!(view, View::Paradox | View::Training | View::Models);
        assert_eq!(is_rolled, !is_left, "{view:?}");
    }
}

#[test]
fn the_tab_of_the_view_on_show_is_told_to_readers() {
    let mut harness = window(Settings { view: View::Models, ..ring() }, |_| ());
    harness.run_steps(2);
    for (title, is_chosen) in [("Models", true), ("Trajectory", false)] {
        let tab = harness.get_by_role_and_label(Role::Button, title);
        assert_eq!(tab.accesskit_node().toggled(), Some(Toggled::from(is_chosen)), "{title}");
    }
}

#[test]
fn the_list_of_keys_shows_all_of_them() {
    let mut harness = window(ring(), |_| ());
    harness.set_size([1280.0, 800.0].into());
    harness.state_mut().frame.toggle_keys();
    harness.run_steps(4);
    let list = harness.get_by_role_and_label(Role::Window, "Keys").rect();
    let last = harness.get_by_label_contains("show or hide this list").rect();
    assert!(list.contains_rect(last), "{last:?} is not within {list:?}");
}

#[test]
fn the_dice_stay_where_they_are_whatever_the_seed() {
    // The largest that the field can change, and the largest that there is.
    for seed in [10_000, 1 << 53, u64::MAX] {
        let mut harness = window_of([1280.0, 800.0], ring());
        let places = |harness: &Harness<'_, App>| {
            ["Dice", "Lock", "Sample"].map(|label| harness.get_by_label(label).rect().min)
        };
        let before = places(&harness);
        harness.state_mut().shared.settings.seed = seed;
        harness.run_steps(2);
        settle(&mut harness);
        harness.step();
        for (now, before) in places(&harness).iter().zip(before) {
            assert!(now.distance(before) < 0.1, "{now} for {before} with {seed}");
        }
        let dice = harness.get_by_label("Dice").rect();
        assert!(dice.right() <= 240.0, "into the panel's margin, to {}", dice.right());
    }
}

#[test]
fn steps_that_an_address_asks_for_are_offered_until_they_are_switched_off() {
    let mut harness = window_of([1280.0, 800.0], Settings { steps: vec![1, 5], ..ring() });
    assert!(harness.query_by_label("2 steps").is_some(), "offered always");
    harness.get_by_label("5 steps").click();
    harness.run_steps(2);
    assert_eq!(harness.state().settings().steps, [1]);
    harness.step();
    assert!(harness.query_by_label("5 steps").is_none());
}

#[test]
fn all_controls_of_the_paradox_are_in_sight_in_a_window_of_the_usual_size() {
    let harness = Harness::builder().with_size([1280.0, 800.0]);
    let settings = Settings { view: View::Paradox, ..Settings::default() };
    let mut harness =
        harness.build_eframe(move |creation| App::new(&creation.egui_ctx, Opened::cpu(), settings));
    until(&mut harness, |app| app.shared.set.is_some());
    harness.run_steps(3);
    let [last, bar] = ["CSV", "Log"].map(|label| harness.get_by_label(label).rect());
    // Between them are the margins of the status bar and of the panel.
    assert!(last.bottom() <= bar.top() - 13.0, "{last:?} above {bar:?}");
}

#[test]
fn what_a_held_key_does_is_undone_in_one_step_and_leaves_the_view() {
    let mut harness = window_of([1280.0, 800.0], Settings { view: View::Plane, ..ring() });
    let place = |harness: &Harness<'_, App>| harness.state().settings().plane.mixture.means[0];
    let before = place(&harness);
    harness.get_by_label_contains("Component 1 at").focus();
    harness.run_steps(2);
    for _ in 0..3 {
        harness.key_down(Key::ArrowLeft);
        harness.run_steps(2);
    }
    harness.key_up(Key::ArrowLeft);
    harness.run_steps(2);
    assert_ne!(place(&harness), before);
    harness.key_press(Key::Num7);
    harness.run_steps(2);
    harness.state_mut().shared.undo();
    assert_eq!((place(&harness), harness.state().settings().view), (before, View::Models));
    let told = harness.state().shared.log.last().expect("nothing here shows it");
    assert_eq!(told.text, "undone in 2-D");
}

#[test]
fn controls_of_a_panel_begin_below_each_other() {
    let harness = window_of([1280.0, 800.0], ring());
    let left = |role, label| harness.get_by_role_and_label(role, label).rect().left();
    let seed = left(Role::SpinButton, "Seed");
    for label in ["Solver", "Intervals N"] {
        let choice = left(Role::ComboBox, label);
        assert!((choice - seed).abs() < 0.5, "{label} at {choice}, the seed at {seed}");
    }
}

#[test]
fn in_a_small_window_the_plots_of_a_trajectory_are_whole_and_its_rows_of_pictures_apart() {
    // Few network calls: what counts here is where things stand.
    let mut images = Settings { view: View::Trajectory, intervals: Some(2), ..Settings::default() };
    images.trajectory.noises = 1;
    for settings in [Settings { view: View::Trajectory, ..ring() }, images] {
        let harness = Harness::builder().with_size([700.0, 500.0]);
        let mut harness = harness
            .build_eframe(move |creation| App::new(&creation.egui_ctx, Opened::cpu(), settings));
        until(&mut harness, |app| app.shared.set.is_some());
        harness.run_steps(3);
        let place = |label: &str| harness.get_by_label_contains(label).rect();
        let [above, below] = [place("point at t = "), place("neighbours at t = ")];
        assert!(below.right() <= 688.0 && above.bottom() < below.top(), "{above:?}, {below:?}");
        if harness.state().settings().preset != "ring" {
            let [above, below] = [place("State x_t"), place("Direct CM f(x_t, t)")];
            assert!(below.top() - above.bottom() >= 12.0, "{above:?} touches {below:?}");
        }
    }
}
