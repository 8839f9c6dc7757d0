//! What is seen without being said: rings, lines, headings.

use eframe::egui::{Rect, Shape, accesskit::Role, epaint::ClippedShape, vec2};
use web_time::Instant;

use super::{hands::window_of, *};
use crate::engine::worker::converge::INTERVALS;

/// Whether a line is drawn all around `rect`, and nothing cuts it off.
fn has_ring(harness: &Harness<'_, App>, rect: Rect) -> bool {
    let is_ring = |ClippedShape { clip_rect, shape, .. }: &ClippedShape| match shape {
        Shape::Rect(ring) => {
            ring.stroke.width > 1.0
                && ring.rect.contains_rect(rect)
                && rect.expand(4.0).contains_rect(ring.rect)
                && clip_rect.contains_rect(ring.rect.expand(ring.stroke.width))
        }
        _ => false,
    };
    harness.output().shapes.iter().any(is_ring)
}

/// Whether a frame is drawn around `rect` and more, with room between.
fn is_framed(harness: &Harness<'_, App>, rect: Rect) -> bool {
    let holds = |clipped: &ClippedShape| match &clipped.shape {
        Shape::Rect(frame) => {
            frame.stroke.width > 1.0
                && frame.rect.shrink(frame.stroke.width + 2.0).contains_rect(rect)
        }
        _ => false,
    };
    harness.output().shapes.iter().any(holds)
}

/// Where a text is that nothing cuts off.
fn seen(harness: &Harness<'_, App>, text: &str) -> Option<Rect> {
    let place = |ClippedShape { clip_rect, shape, .. }: &ClippedShape| match shape {
        Shape::Text(shown) if shown.galley.text() == text => {
            Some(shape.visual_bounding_rect()).filter(|place| clip_rect.contains_rect(*place))
        }
        _ => None,
    };
    harness.output().shapes.iter().find_map(place)
}

/// Few network calls, for what stands around the pictures.
fn digits() -> Settings {
    let settings = Settings { samples: 8, steps: vec![1], ..Settings::default() };
    Settings { rows: 1, intervals: Some(2), ..settings }
}

#[test]
fn what_has_no_frame_shows_by_a_ring_that_it_has_the_focus() {
    let mut harness = window_of([1280.0, 800.0], ring());
    for label in ["Trajectory", "About this view", "Tour", "Keys"] {
        let button = harness.get_by_role_and_label(Role::Button, label).rect();
        assert!(!has_ring(&harness, button), "{label}");
        harness.get_by_role_and_label(Role::Button, label).focus();
        harness.run_steps(2);
        assert!(has_ring(&harness, button), "{label}");
    }
}

#[test]
fn the_line_of_an_enlarged_cell_follows_the_hand_and_the_slider() {
    let mut harness = window_of([1280.0, 800.0], digits());
    let cell = harness.get_by_label_contains("Direct CM, 1 step, row 1").rect();
    harness.get_by_label_contains("Direct CM, 1 step, row 1").click();
    harness.run_steps(4);
    let picture = harness.get_by_label_contains("left of the line").rect();
    let at = |share: f32| picture.left_center() + vec2(share * picture.width(), 0.0);
    let has_line = |harness: &Harness<'_, App>, share: f32| {
        let is_there = |clipped: &ClippedShape| match clipped.shape {
            Shape::LineSegment { points: [from, to], .. } => {
                from.x == to.x
                    && (from.x - at(share).x).abs() < 1.0
                    && picture.expand(1.0).contains(from)
            }
            _ => false,
        };
        harness.output().shapes.iter().any(is_there)
    };
    assert!(has_line(&harness, 0.5) && !has_line(&harness, 0.75));

    harness.hover_at(at(0.5));
    harness.drag_at(at(0.5));
    harness.step();
    harness.hover_at(at(0.75));
    harness.drop_at(at(0.75));
    harness.run_steps(2);
    assert!(has_line(&harness, 0.75) && !has_line(&harness, 0.5));
    assert!(has_ring(&harness, cell), "what is enlarged is marked, wherever the pointer is");

    harness.state_mut().shared.place.wipe = 0.25;
    harness.run_steps(2);
    assert!(has_line(&harness, 0.25), "more of the teacher, further to the right");
}

#[test]
fn within_another_page_an_enlarged_cell_leads_to_no_other_view() {
    let mut harness = window_of([1280.0, 800.0], digits());
    harness.state_mut().shared.place.cell = Some([2, 1, 0]);
    for is_embedded in [false, true] {
        harness.state_mut().shared.is_embedded = is_embedded;
        harness.run_steps(4);
        harness.get_by_label("Save cell");
        assert_eq!(harness.query_by_label("Follow this noise").is_none(), is_embedded);
    }
}

#[test]
fn figures_of_a_part_of_the_samples_say_so_also_where_it_was_stopped() {
    let long = Settings { samples: 1024, intervals: Some(200), ..ring() };
    let mut harness = window(long, |_| ());
    let begun = Instant::now();
    while harness.query_by_label_contains(" of 8192 points").is_none() {
        harness.step();
        assert!(begun.elapsed().as_secs() < 300, "nothing is measured");
    }
    harness.key_press(egui::Key::Escape);
    settle(&mut harness);
    harness.step();
    harness.get_by_label_contains(" of 8192 points");
}

#[test]
fn methods_and_steps_stay_in_sight_however_far_down_one_looks() {
    let settings = Settings { rows: 16, samples: 16, ..digits() };
    let mut harness = window_of([1280.0, 500.0], settings);
    let top_of = |harness: &Harness<'_, App>, heading| seen(harness, heading).map(|at| at.top());
    let before = top_of(&harness, "Direct CM").expect("at the top");
    let last = harness.get_by_label_contains("Teacher, 2 steps, row 16");
    assert!(last.rect().top() > 500.0, "out of sight");
    last.scroll_to_me();
    harness.run_steps(4);
    assert!(harness.get_by_label_contains("Teacher, 2 steps, row 16").rect().top() < 500.0);
    let after = top_of(&harness, "Direct CM").expect("in sight");
    assert!((after - before).abs() < 10.0, "{after} for {before}");
}

#[test]
fn an_open_list_shows_all_there_is_to_choose_and_a_key_that_chooses_closes_it() {
    let mut harness = window_of([1280.0, 800.0], ring());
    harness.get_by_role_and_label(Role::ComboBox, "Intervals N").focus();
    harness.run_steps(2);
    harness.key_press(egui::Key::Enter);
    harness.run_steps(4);
    for number in INTERVALS {
        assert!(seen(&harness, &number.to_string()).is_some(), "{number} is out of sight");
    }
    harness.get_by_label("200").focus();
    harness.run_steps(2);
    harness.key_press(egui::Key::Enter);
    harness.run_steps(4);
    assert_eq!(harness.state().settings().intervals, Some(200));
    assert!(harness.query_by_label("200").is_none(), "the list is still open");
    assert!(harness.get_by_role_and_label(Role::ComboBox, "Intervals N").is_focused());
}

#[test]
fn the_tour_frames_all_of_what_its_cards_speak_of_and_cuts_none_of_it() {
    let mut harness = window_of([1280.0, 800.0], ring());
    harness.state_mut().start_tour();
    for (card, about) in ["Teacher, 100 steps", "Direct CM, 100 steps"].into_iter().enumerate() {
        harness.run_steps(3);
        harness.get_by_label(&format!("{} of 5", card + 1));
        let plot = harness.get_by_label_contains(about).rect();
        assert!(is_framed(&harness, plot), "{about}");
        harness.get_by_label("Next").click();
    }
    harness.run_steps(3);
    assert!(is_framed(&harness, harness.state().shared.landmarks.figures));
    for _ in 0..2 {
        harness.get_by_label("Next").click();
        harness.run_steps(3);
    }
    for tab in ["Comparison", "Models"] {
        let name = harness.get_by_role_and_label(Role::Button, tab).rect();
        assert!(is_framed(&harness, name), "{tab}");
    }
}
