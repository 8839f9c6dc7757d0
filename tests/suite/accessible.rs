//! The window for those who do not see it, or do not point: every control has a name and a sentence.

use std::{collections::BTreeSet, time::Instant};

use eframe::egui::{
    Key,
    accesskit::{Action, Role},
};
use egui_kittest::{
    Harness, Node,
    kittest::{NodeT as _, Queryable as _},
};
use skipstone::{
    engine::Opened,
    gui::{App, Settings, View},
};

use crate::open_window::{PATIENCE, frame, ring, settle, window};

/// Few network calls: what counts here is what stands around the pictures.
fn images(view: View) -> Settings {
    let mut settings =
        Settings { view, rows: 2, samples: 2, steps: vec![1], ..Settings::default() };
    (settings.intervals, settings.trajectory.noises) = (Some(2), 1);
    settings
}

/// A window whose models are open; what it computes may still be on its way.
fn opened(settings: Settings, size: [f32; 2]) -> Harness<'static, App> {
    let harness = Harness::builder().with_size(size);
    let mut harness = harness.build_eframe(move |creation| {
        App::new(&creation.egui_ctx, Opened::cpu(), settings).confined()
    });
    let begun = Instant::now();
    while !harness.state().address().contains("model=") {
        frame(&mut harness);
        assert!(begun.elapsed() < PATIENCE, "the models are never open");
    }
    (0..20).for_each(|_| harness.step());
    harness
}

/// Roles that egui gives to what it draws itself, or to text that can be selected.
fn is_of_egui(role: Role) -> bool {
    let own = [Role::ScrollBar, Role::Splitter, Role::Label, Role::Window, Role::TitleBar];
    own.contains(&role)
}

/// What can be pressed or focused and has no name, or no sentence of what it does.
fn offenders(node: Node<'_>, into: &mut BTreeSet<String>) {
    let own = node.accesskit_node();
    let data = own.data();
    let is_control = data.supports_action(Action::Click) || data.supports_action(Action::Focus);
    if is_control && !is_of_egui(own.role()) {
        let label = own.label().unwrap_or_default();
        // The number beside a slider is a part of it.
        let has_sentence =
            own.has_description() || own.labelled_by().any(|other| other.has_description());
        if label.trim().is_empty() || !has_sentence {
            into.insert(format!("{:?} `{label}` {:?}", own.role(), own.value()));
        }
    }
    node.children().for_each(|child| offenders(child, into));
}

#[track_caller]
fn assert_accessible(harness: &Harness<'_, App>, what: &str) {
    let mut found = BTreeSet::new();
    offenders(harness.root(), &mut found);
    assert!(found.is_empty(), "{what}: without a name or a sentence: {found:#?}");
}

#[test]
fn every_control_of_every_view_has_a_name_and_a_sentence() {
    let mut found = BTreeSet::new();
    for view in View::ALL {
        for settings in [images(view), Settings { view, ..ring() }] {
            let harness = opened(settings.clone(), [1280.0, 800.0]);
            let mut own = BTreeSet::new();
            offenders(harness.root(), &mut own);
            found.extend(own.into_iter().map(|o| format!("{} {view:?}: {o}", settings.preset)));
        }
    }
    assert!(found.is_empty(), "without a name or a sentence: {found:#?}");
}

#[test]
fn folded_controls_the_tour_and_what_pops_up_have_them_too() {
    let mut harness = opened(ring(), [620.0, 800.0]);
    assert_accessible(&harness, "folded");
    harness.get_by_label("Settings").click();
    harness.run_ok();
    assert_accessible(&harness, "unfolded");
    harness.get_by_label("Menu").click();
    harness.run_ok();
    assert_accessible(&harness, "the menu");
    harness.key_press(Key::Escape);
    harness.run_ok();
    harness.state_mut().start_tour();
    harness.run_ok();
    assert_accessible(&harness, "the tour");
}

#[test]
fn what_can_be_chosen_has_them_too() {
    for (view, names) in [
        (View::Comparison, &["Models", "Solver", "Intervals N"][..]),
        (View::Plane, &["Solver", "Intervals N"]),
        (View::Training, &["Preset", "Data"]),
    ] {
        for name in names {
            let mut harness = opened(Settings { view, ..ring() }, [1280.0, 800.0]);
            harness.get_all_by_role_and_label(Role::ComboBox, name).next().expect(name).click();
            (0..4).for_each(|_| harness.step());
            assert_accessible(&harness, name);
        }
    }
}

#[test]
fn controls_keep_their_role_and_value() {
    let harness = window(ring());
    let values = |role, label| {
        let node = harness.get_by_role_and_label(role, label);
        let own = node.accesskit_node();
        (own.value(), own.numeric_value())
    };
    assert_eq!(values(Role::Slider, "Samples").1, Some(64.0));
    assert_eq!(values(Role::SpinButton, "Seed").1, Some(1.0));
    assert_eq!(values(Role::ComboBox, "Intervals N").0.as_deref(), Some("10"));
    assert_eq!(values(Role::ComboBox, "Models").0.as_deref(), Some("Ring"));
    harness.get_by_role_and_label(Role::Button, "2 steps");
}

#[test]
fn the_explanation_of_a_view_opens_by_click_and_by_keyboard_and_is_there_for_readers() {
    let mut harness = window(ring());
    let formula = "ODE error = mean (f(z, T) - Ψ(z))²";
    let button = harness.get_by_label("About this view");
    let said = button.accesskit_node().description().expect("a description");
    assert!(said.contains(formula) && said.contains("From each noise z"), "{said}");
    let shown = |harness: &Harness<'_, App>| harness.query_by_label(formula).is_some();
    assert!(!shown(&harness));
    harness.get_by_role_and_label(Role::Button, "About this view").click();
    settle(&mut harness);
    assert!(shown(&harness), "a click opens it");
    harness.key_press(Key::Escape);
    settle(&mut harness);
    assert!(!shown(&harness), "Esc closes it");
    harness.get_by_role_and_label(Role::Button, "About this view").focus();
    harness.step();
    harness.key_press(Key::Enter);
    settle(&mut harness);
    assert!(shown(&harness), "Enter opens it");
}
