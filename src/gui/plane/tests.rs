//! Requests of the view, against a worker on the CPU.

use super::*;
use crate::{
    engine::{
        Opened,
        worker::{Reply, Worker},
    },
    gui::{Settings, link::Link},
    platform,
};

fn shared() -> Shared {
    let worker = Worker::spawn(Opened::cpu(), || ());
    let files = crate::gui::files::Files::new(Default::default());
    Shared::new(Link::new(worker), files, String::new(), Settings::default())
}

/// A frame without pixels: what came is taken in, what is missing is asked for.
fn frame(plane: &mut Plane, shared: &mut Shared) {
    pollster::block_on(platform::yield_now());
    for reply in shared.link.exchange() {
        match reply {
            Reply::Found(_, worker::Finding::Plane(finding)) => plane.receive(finding),
            Reply::Failed(_, error) => panic!("{error}"),
            _ => {}
        }
    }
    plane.ask(shared);
}

#[test]
fn maps_arrive_while_a_component_is_dragged_and_the_last_place_wins() {
    let (mut plane, mut shared) = (Plane::default(), shared());
    let mut seen = 0;
    // A new place at every frame, far faster than the worker, and never at the edge, where it would stay.
    for i in (0..1000).cycle() {
        arrangement::put(&mut shared.settings.plane.mixture, 0, [0.5, 1e-3 * f64::from(i)]);
        frame(&mut plane, &mut shared);
        seen += usize::from(plane.map.take().is_some());
        if seen == 3 {
            break;
        }
    }
    while plane.error.is_none() || shared.link.is_busy() {
        frame(&mut plane, &mut shared);
    }
    let (asked, _) = plane.asked.as_ref().expect("something was asked");
    assert_eq!(*asked.teacher(), shared.settings.plane.teacher());
    assert!(!plane.is_late);
}

#[test]
fn moving_a_component_ends_a_distillation_with_a_word_and_leaves_its_students() {
    let (mut plane, mut shared) = (Plane::default(), shared());
    plane.distil(&mut shared);
    while plane.students.as_ref().is_none_or(|students| students.step() == 0) {
        frame(&mut plane, &mut shared);
        assert!(plane.is_distilling(&shared));
    }
    let before = shared.settings.plane.clone();
    arrangement::put(&mut shared.settings.plane.mixture, 0, [0.1, 0.2]);
    frame(&mut plane, &mut shared);
    assert!(!plane.is_distilling(&shared));
    let told = &shared.log.last().expect("a sentence").text;
    assert!(told.starts_with("the change of its teacher ended the distillation"), "{told}");
    let students = plane.students.as_ref().expect("what was learnt stays");
    assert!(students.step() > 0 && !students.are_whole());
    assert_eq!(plane.outdated_by(&shared), Some("mixture"));
    shared.settings.plane = before;
    assert_eq!(plane.outdated_by(&shared), None);
    shared.settings.seed += 1;
    assert_eq!(plane.outdated_by(&shared), Some("seed"), "other first weights and draws");
}

#[test]
fn the_map_of_a_teacher_is_right_while_its_students_are_distilled_and_late_for_another_one() {
    let (mut plane, mut shared) = (Plane::default(), shared());
    while plane.error.is_none() {
        frame(&mut plane, &mut shared);
    }
    plane.distil(&mut shared);
    assert!(!plane.is_late && plane.error.is_some());
    arrangement::put(&mut shared.settings.plane.mixture, 0, [0.1, 0.2]);
    plane.distil(&mut shared);
    assert!(plane.is_late && plane.error.is_none());
}
