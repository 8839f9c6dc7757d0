//! What only the inside can test.

use egui_kittest::{Harness, kittest::Queryable as _};

use super::*;

#[test]
fn a_lost_worker_is_replaced_by_one_on_the_cpu_and_settings_stay() {
    let settings = Settings { preset: "ring".into(), seed: 5, ..Settings::default() };
    let wanted = settings.clone();
    let mut harness = Harness::builder().build_eframe(move |creation| {
        let mut app = App::new(&creation.egui_ctx, Opened::cpu(), settings);
        app.shared.link = Link::new(Worker::lost());
        app
    });
    harness.step();
    harness.step();
    assert!(harness.query_by_label_contains("was lost or ran out of memory").is_some());
    assert_eq!(harness.state().shared.settings, wanted);
    let begun = web_time::Instant::now();
    while !harness.state().is_settled() {
        harness.step();
        assert!(begun.elapsed().as_secs() < 60, "the new worker never answers");
    }
}
