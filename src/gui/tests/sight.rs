//! What is seen without being said: rings, lines, headings.

use eframe::egui::{Rect, Shape, accesskit::Role, epaint::ClippedShape};

use super::{hands::window_of, *};

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
