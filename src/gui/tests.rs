//! What only the inside can test.

use egui_kittest::{Harness, kittest::Queryable as _};

use super::*;
use crate::engine::worker::{Parity, Reply};

fn window(settings: Settings, change: impl FnOnce(&mut App)) -> Harness<'static, App> {
    Harness::builder().build_eframe(move |creation| {
        let mut app = App::new(&creation.egui_ctx, Opened::cpu(), settings);
        change(&mut app);
        app
    })
}

fn settle(harness: &mut Harness<'_, App>) {
    let begun = web_time::Instant::now();
    while !harness.state().is_settled() {
        harness.step();
        assert!(begun.elapsed().as_secs() < 60, "the worker never answers");
    }
}

#[test]
fn a_lost_worker_is_replaced_by_one_on_the_cpu_and_settings_stay() {
    let settings = Settings { preset: "ring".into(), seed: 5, ..Settings::default() };
    let lost = |app: &mut App| app.shared.link = Link::new(Worker::lost());
    let mut harness = window(settings.clone(), lost);
    harness.step();
    harness.step();
    assert!(harness.query_by_label_contains("was lost or ran out of memory").is_some());
    assert_eq!(harness.state().shared.settings, settings);
    settle(&mut harness);
}

#[test]
fn a_gpu_that_misses_golden_outputs_is_left_for_the_cpu() {
    let settings = Settings { preset: "ring".into(), ..Settings::default() };
    let mut harness = window(settings, |app| {
        app.is_gpu = true;
        let parity = Parity { difference: Some(0.1), tolerance: 1e-3 };
        app.receive(Reply::Checked(0, parity));
    });
    harness.step();
    harness.step();
    assert!(harness.query_by_label_contains("golden outputs wrongly").is_some());
    settle(&mut harness);
    assert!(!harness.state().is_gpu);
}

#[test]
fn an_address_with_other_weights_or_unknown_settings_is_followed_with_a_warning() {
    let settings = Settings { preset: "ring".into(), ..Settings::default() };
    let mut harness = window(settings, |_| ());
    settle(&mut harness);
    let own = harness.state().address();
    assert!(own.contains("model="), "{own}");
    harness.state_mut().follow(permalink::decode(&own));
    assert!(harness.state().shared.log.is_empty());
    let other = "preset=ring&seed=9&model=0000000000000000&colour=red";
    harness.state_mut().follow(permalink::decode(other));
    let told: Vec<&str> = harness.state().shared.log.iter().map(|n| n.text.as_str()).collect();
    assert!(told[0].contains("colour") && told[1].contains("other weights"), "{told:?}");
    assert_eq!(harness.state().settings().seed, 9);
}
