//! What is said of the numbers, beside a worker that never answers.

use serde_json::json;

use super::*;
use crate::{
    engine::worker::{Card, Worker, quality::Measured},
    gui::{Settings, View, files::Files, link::Link, settings::tests::ring},
    math::{
        chance::{Chance, Score},
        statistics::Estimate,
    },
    store::FORMAT,
};

fn card(title: &str) -> Card {
    let manifest = json!({
        "format": FORMAT, "role": "teacher", "name": title, "model": null, "recipe": null,
        "metrics": null, "seed": 1, "images_seen": 1, "steps": 1, "software": "a test",
    });
    let manifest = serde_json::from_value(manifest).expect("all that a manifest needs");
    Card { title: title.to_owned(), manifest, sha256: String::new() }
}

/// A figure that chance does nothing to.
fn score(mean: f64) -> Score {
    Score { figure: Estimate { mean, low: mean, high: mean }, chance: Chance::default() }
}

/// A student at one step, measured on so many samples.
fn dot(model: usize, samples: usize, ode: f64) -> quality::Finding {
    let (white, kernel, precision, coverage) = Default::default();
    let to_teacher = Measured { frechet: score(1.0), white, kernel, precision, coverage };
    let (column, ode) = (ColumnKey { model, steps: 1 }, Some(score(ode)));
    quality::Finding::Dot(Box::new(Dot { column, samples, ode, to_teacher, to_data: None }))
}

#[test]
fn what_is_said_follows_the_numbers_and_what_is_on_show_of_them() {
    let (worker, _ends) = Worker::silent();
    let settings = Settings { view: View::Paradox, ..Settings::default() };
    let files = Files::new(Default::default());
    let mut shared = Shared::new(Link::new(worker), files, String::new(), settings);
    let set = SetCard { cards: ["Teacher", "CM", "Direct CM"].map(card).to_vec(), ..ring() };
    let mut paradox = Paradox::default();
    let reading = |paradox: &mut Paradox, shared: &Shared| paradox.said(shared, &set).reading;
    assert_eq!(reading(&mut paradox, &shared), None);

    [dot(1, 64, 0.2), dot(2, 64, 0.1)].into_iter().for_each(|dot| paradox.receive(dot));
    for better in ["Direct CM", "CM"] {
        let said = reading(&mut paradox, &shared).expect("two students");
        assert!(said.starts_with(&format!("At 1 step {better} solves the ODE better")), "{said}");
        assert_eq!(reading(&mut paradox, &shared), Some(said));
        paradox.receive(dot(1, 64, 0.05));
    }
    // An address may ask for steps that nobody takes.
    shared.settings.paradox.steps.push(0);
    assert!(reading(&mut paradox, &shared).is_some());
    shared.settings.paradox.hidden.push("CM".to_owned());
    assert_eq!(reading(&mut paradox, &shared), None);
}

#[test]
fn a_round_that_was_stopped_while_it_was_measured_can_be_gone_on_with() {
    let mut paradox = Paradox::default();
    paradox.receive(quality::Finding::Drawn(128));
    assert!(!paradox.is_whole(128), "all are drawn, and none is measured");
    [dot(1, 64, 0.2), dot(2, 64, 0.1)].into_iter().for_each(|dot| paradox.receive(dot));
    paradox.receive(dot(1, 128, 0.2));
    assert!(!paradox.is_whole(128));
    paradox.receive(dot(2, 128, 0.1));
    assert!(paradox.is_whole(128) && !paradox.is_whole(256));
}
