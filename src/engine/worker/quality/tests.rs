use super::*;
use crate::{
    engine::{
        Cancel, Opened, sampling,
        shipped::ModelSet,
        worker::{Command, FAST, Finding as Found, Job, Source, clerk::Clerk},
    },
    math::statistics::Estimate,
};

/// The findings of each request, one after another at the same desk.
fn answers(preset: &str, requests: &[Request]) -> Vec<Vec<Finding>> {
    let (outbox, inbox) = async_channel::unbounded();
    let mut clerk = Clerk::new(Desk::new(Opened::cpu(), outbox, Box::new(|| ())));
    pollster::block_on(clerk.obey(Command::Open(Source::Shipped(preset.into()))));
    let answer = |request: &Request| {
        let job = Job::Quality(request.clone());
        pollster::block_on(clerk.obey(Command::Start(Ticket(1), job)));
        let replies = std::iter::from_fn(|| inbox.try_recv().ok());
        let findings = replies.filter_map(|reply| match reply {
            Reply::Found(_, Found::Quality(finding)) => Some(finding),
            Reply::Failed(_, error) => panic!("{error}"),
            _ => None,
        });
        findings.collect()
    };
    requests.iter().map(answer).collect()
}

fn dots(findings: &[Finding]) -> Vec<Dot> {
    let dot = |finding: &Finding| match finding {
        Finding::Dot(dot) => Some(Dot::clone(dot)),
        _ => None,
    };
    findings.iter().filter_map(dot).collect()
}

fn last(findings: &[Finding]) -> Vec<Dot> {
    let all = dots(findings);
    let most = all.iter().map(|dot| dot.samples).max().unwrap_or(0);
    all.into_iter().filter(|dot| dot.samples == most).collect()
}

fn request(samples: usize) -> Request {
    Request { seed: Seed(1), samples }
}

/// The teacher's samples that others are measured against.
fn from_other_noise(set: &ModelSet, samples: usize) -> Vec<f32> {
    let (teacher, device) = (&set.teacher, burn::prelude::Device::flex());
    let request = sampling::Request::new(Seed(!1), samples, teacher.classes(), None);
    let grid = teacher.recipe.grid().unwrap();
    let sampler = sampling::Sampler::Teacher(teacher.recipe.student.method, &grid);
    let (cancel, mut quiet) = (Cancel::default(), |_| ());
    let drawn = sampling::draw(teacher, sampler, &request, &device, &cancel, &mut quiet);
    pollster::block_on(drawn).unwrap().values
}

#[test]
fn dots_are_those_that_the_comparison_measures() {
    use crate::engine::compare::{Baseline, Comparison, References, run};
    let set =
        pollster::block_on(ModelSet::shipped("ring", &burn::prelude::Device::flex())).unwrap();
    let baselines = vec![Baseline { method: FAST, steps: 4 }];
    let comparison = Comparison { baselines, ..Comparison::new(Seed(1), 96) };
    // Any held-out data: only distances to the teacher's samples are compared. By these the view whitens, and so does this.
    let (held_out, train) = (vec![0.5, 1.0, -1.0, 0.0], from_other_noise(&set, 96));
    let references = References { held_out, train, ..References::default() };
    let (device, cancel) = (burn::prelude::Device::flex(), Cancel::default());
    let references = Some(&references);
    let mut quiet = |_| ();
    let report = run(&set, &comparison, references, &device, "", &cancel, &mut quiet);
    let (report, _) = pollster::block_on(report).unwrap();
    let found = last(&answers("ring", &[request(96)])[0]);
    let titles = ["Teacher", "CM", "Direct CM", FAST.title()];
    let mut compared = 0;
    for line in report.lines.iter().filter(|line| line.model == "Teacher" || line.steps <= 4) {
        let model = titles.iter().position(|title| *title == line.model).unwrap();
        let column = ColumnKey { model, steps: line.steps };
        let dot = found.iter().find(|dot| dot.column == column).expect("the same samplers");
        let ode = |ode: Option<f64>| ode.unwrap_or(0.0);
        let own = dot.ode.as_ref().map(|score| score.figure.mean);
        let [own, other] = [own, line.ode.map(|o| o.squared.mean)].map(ode);
        // The batches differ, and with them the rounding of f32.
        assert!((own - other).abs() < 1e-5 + 1e-3 * other, "{column:?}: {own}, {other}");
        let manifold = line.beside_teacher.expect("enough samples");
        let expected = [
            (Measure::Frechet, line.frechet_teacher.unwrap()),
            (Measure::White, line.white_infinity_teacher.unwrap()),
            (Measure::Kernel, line.kernel_teacher.unwrap()),
            (Measure::Precision, manifold.precision),
            (Measure::Coverage, manifold.coverage),
        ];
        for (measure, other) in expected {
            let own = dot.to_teacher.by(measure).expect("enough samples").figure;
            for (own, other) in [(own.mean, other.mean), (own.low, other.low)] {
                let near = 1e-5 + 1e-3 * other.abs();
                assert!((own - other).abs() < near, "{column:?} {measure:?}: {own}, {other}");
            }
        }
        compared += 1;
    }
    assert_eq!(compared, 8);
}

#[test]
fn dots_come_soon_and_again_with_twice_the_samples_and_intervals_hold_them() {
    let found = answers("ring", &[request(256)]).remove(0);
    assert!(matches!(found[0], Finding::Begun { features: "coordinates", held_out: Some(4096) }));
    let direct = ColumnKey { model: 2, steps: 1 };
    let own: Vec<Dot> = dots(&found).into_iter().filter(|dot| dot.column == direct).collect();
    assert_eq!(own.iter().map(|dot| dot.samples).collect::<Vec<_>>(), [32, 64, 128, 256]);
    for dot in &own {
        let data = dot.to_data.as_ref().expect("points are drawn anew");
        for (measured, measure) in
            [&dot.to_teacher, data].into_iter().flat_map(|m| Measure::ALL.map(|by| (m, by)))
        {
            let Estimate { mean, low, high } = measured.by(measure).expect("enough").figure;
            assert!(low <= mean && mean <= high, "{measure:?}: {low} {mean} {high}");
        }
    }
    let width = |dot: &Dot, by| {
        let found = dot.to_data.as_ref().and_then(|measured| measured.by(by)).expect("enough");
        found.figure.high - found.figure.low
    };
    // A share of the reference is counted over its points, of which there are no more.
    for by in Measure::ALL.into_iter().filter(|by| by.is_distance()) {
        assert!(width(&own[3], by) < width(&own[0], by) / 2.0, "{by:?}: eight times the samples");
    }
    assert!(dots(&found).iter().all(|dot| (dot.column.model == 0) == dot.ode.is_none()));
}

#[test]
fn more_samples_go_on_from_those_that_are_there_and_give_the_same_dots() {
    let found = answers("ring", &[request(100), request(64), request(150)]);
    let drawn = |findings: &[Finding]| -> Vec<usize> {
        let count = |finding: &Finding| match finding {
            Finding::Drawn(count) => Some(*count),
            _ => None,
        };
        findings.iter().filter_map(count).collect()
    };
    assert_eq!(drawn(&found[0]), [0, 32, 64, 100]);
    assert_eq!(drawn(&found[1]), [64], "fewer are there already");
    assert_eq!(drawn(&found[2]), [100, 128, 150], "none is drawn twice");
    let at_once = answers("ring", &[request(150)]).remove(0);
    // The teacher, two students at 1, 2, 3, 4 and 8 steps, and the teacher by a fast solver at 4 and 8.
    assert_eq!([last(&found[2]).len(), last(&at_once).len()], [13, 13]);
    for (a, b) in last(&found[2]).into_iter().zip(last(&at_once)) {
        let [x, y] = [&a, &b].map(|dot| dot.to_teacher.frechet.figure.mean);
        // Rows do not depend on their batch but for the rounding of f32.
        assert!(a.column == b.column && (x - y).abs() < 1e-6 + 1e-4 * y, "{a:?}, {b:?}");
    }
}

#[test]
fn digits_are_measured_on_their_classifier_and_have_no_data_inside() {
    let found = answers("digits", &[request(32)]).remove(0);
    assert!(matches!(found[0], Finding::Begun { held_out: None, .. }));
    let dots = last(&found);
    assert!(
        dots.iter().all(|dot| dot.to_data.is_none() && dot.to_teacher.frechet.figure.mean > 0.0)
    );
    // The teacher, CM and Direct CM at 1, 2, 3, 4 and 8 of its 20 steps, the strong student, which is for one, and the
    // teacher by a fast solver at 4 and 8.
    assert_eq!(dots.len(), 14);
}

#[test]
fn samples_seen_by_another_feature_network_are_drawn_anew() {
    let device = burn::prelude::Device::flex();
    let mut set = pollster::block_on(ModelSet::shipped("digits", &device)).unwrap();
    let found = pollster::block_on(Gathered::new(&set, Seed(1), &device)).unwrap();
    assert!(found.is_of(&set, Seed(1)) && !found.is_of(&set, Seed(2)));
    set.features_file.sha256 = "another file's".into();
    assert!(!found.is_of(&set, Seed(1)));
}
