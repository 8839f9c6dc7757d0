//! Requests of the view, beside a worker that never answers.

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::{
    data::Mixture,
    engine::{
        model::{BodyConfig, ModelSpec},
        worker::{Card, Worker},
    },
    gui::{Settings, View, files::Files, link::Link, settings::tests::ring},
    math::schedule::Process,
    store::FORMAT,
};

/// Of models whose grids share no time before clean data.
fn reference(is_adaptive: bool) -> Reference {
    Reference { common: None, is_adaptive, apart: None, shown: Vec::new() }
}

#[test]
fn a_reference_that_stands_in_somewhere_is_told_as_no_more_than_that() {
    let (mut microscope, settings) = (Microscope::default(), MicroscopeSettings::default());
    for is_adaptive in [true, false] {
        microscope.receive(converge::Finding::Begun(reference(is_adaptive)));
        let text = microscope.explanation(&ring(), &settings, false);
        assert_eq!(text.contains("could not be solved to its accuracy, Heun's"), !is_adaptive);
        assert!(text.contains("where all grids meet first") && !text.contains("1000/N"), "{text}");
    }
}

/// A set whose teacher is the formula of a mixture.
fn formula(process: Process) -> SetCard {
    let mixture = Mixture::named("ring").expect("this name is known");
    let model = ModelSpec { body: BodyConfig::Mixture(mixture, process), boundary: None };
    let manifest = json!({
        "format": FORMAT, "role": "teacher", "name": "", "model": model, "recipe": null,
        "metrics": null, "seed": 1, "images_seen": 1, "steps": 1, "software": "a test",
    });
    let manifest = serde_json::from_value(manifest).expect("all that a manifest needs");
    let teacher = Card { title: "Teacher".into(), manifest, sha256: String::new() };
    SetCard { cards: vec![teacher], ..ring() }
}

#[test]
fn noise_that_one_step_takes_away_is_told_at_clean_data_of_a_formula_alone() {
    let mut microscope = Microscope::default();
    let common = Some(Process::Edm.smallest_time());
    microscope.receive(converge::Finding::Begun(Reference { common, ..reference(true) }));
    let told = |set: &SetCard, place: Place| {
        let settings = MicroscopeSettings { place, ..MicroscopeSettings::default() };
        microscope.explanation(set, &settings, false)
    };
    let (mixture, network) = (formula(Process::Edm), ring());
    let text = told(&mixture, Place::End);
    assert!(text.contains("No grid goes below t = 0.002") && !text.contains("1000/N"), "{text}");
    assert!(text.contains("Reference: the limit of all solvers."), "{text}");
    for (set, place) in [(&mixture, Place::Common), (&network, Place::End)] {
        let text = told(set, place);
        assert!(text.contains("Reference: the exact solution.") && !text.contains("No grid"));
    }
}

fn point(intervals: usize) -> converge::Finding {
    let error = 1.0 / intervals as f64;
    let error = Estimate { mean: error, low: error, high: error };
    let errors = Errors { own: error, exact: error };
    converge::Finding::Point(Point {
        method: Method::Ddim,
        intervals,
        evaluations: intervals,
        sample_ms: 1.0,
        common: Some(errors),
        end: errors,
        shown: Vec::new(),
    })
}

#[test]
fn what_was_measured_stays_where_other_work_ended_it_and_is_asked_for_once_more() {
    let (worker, _ends) = Worker::silent();
    let files = Files::new(Default::default());
    let settings = Settings { view: View::Solvers, ..Settings::default() };
    let mut shared = Shared::new(Link::new(worker), files, String::new(), settings);
    let set = Arc::new(ring());
    shared.set = Some(set.clone());
    let mut microscope = Microscope::default();
    let says_so = |microscope: &Microscope| {
        let text = microscope.explanation(&set, &MicroscopeSettings::default(), true);
        text.contains("solved once more")
    };

    microscope.ask(&mut shared);
    microscope.receive(converge::Finding::Begun(reference(true)));
    [5, 10].map(point).into_iter().for_each(|point| microscope.receive(point));
    assert!(!says_so(&microscope));

    shared.settings.view = View::Comparison;
    let live = shared.settings.live(&set);
    shared.start(Job::Compare(live));
    let told = &shared.log.last().expect("a sentence").text;
    assert!(told.starts_with("Comparison ended the solving: go back to Solvers"), "{told}");

    shared.settings.view = View::Solvers;
    microscope.ask(&mut shared);
    let (_, ticket) = microscope.asked.clone().expect("it is asked for");
    assert!(shared.link.runs(ticket) && microscope.reference.is_some());
    assert!(microscope.points.len() == 2 && says_so(&microscope));
    [5, 10].map(point).into_iter().for_each(|point| microscope.receive(point));
    assert!(microscope.points.len() == 2 && !says_so(&microscope));

    shared.settings.seed += 1;
    microscope.ask(&mut shared);
    assert!(microscope.points.is_empty(), "errors of other noise");
}
