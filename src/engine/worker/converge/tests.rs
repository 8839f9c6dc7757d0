use pollster::block_on;

use super::*;
use crate::{
    diffusion::Chart,
    engine::{
        Opened,
        worker::{Command, Finding as Found, Job, Source, clerk::Clerk},
    },
    math::{convergence::order, seed::Seed},
};

fn answers(preset: &str, request: Request) -> (Reference, Vec<Point>) {
    let (outbox, inbox) = async_channel::unbounded();
    let mut clerk = Clerk::new(Desk::new(Opened::cpu(), outbox, Box::new(|| ())));
    let job = Job::Converge(request);
    block_on(clerk.obey(Command::Open(Source::Shipped(preset.into()))));
    block_on(clerk.obey(Command::Start(Ticket(1), job)));
    let (mut reference, mut points) = (None, Vec::new());
    for reply in std::iter::from_fn(|| inbox.try_recv().ok()) {
        match reply {
            Reply::Found(_, Found::Converge(Finding::Begun(found))) => reference = Some(found),
            Reply::Found(_, Found::Converge(Finding::Point(point))) => points.push(point),
            Reply::Failed(_, error) => panic!("{error}"),
            _ => {}
        }
    }
    (reference.expect("begun"), points)
}

fn curve(points: &[Point], method: Method, pick: fn(&Point) -> f64) -> Vec<(usize, f64)> {
    let of = points.iter().filter(|point| point.method == method);
    of.map(|point| (point.intervals, pick(point))).collect()
}

fn ring(samples: usize) -> (Reference, Vec<Point>) {
    answers("ring", Request { seed: Seed(1), class: None, guidance: 1.0, samples })
}

#[test]
fn solvers_of_the_exact_ring_converge_with_their_orders() {
    let (reference, points) = ring(64);
    assert_eq!((reference.common, reference.is_adaptive), (Some(200.0), true));
    for method in Method::ALL {
        let errors = curve(&points, method, |point| point.common.expect("a common time").own.mean);
        assert_eq!(errors.len(), INTERVALS.len());
        let found = order(&errors, 0.0).expect("a straight part").order;
        let theory = if matches!(method, Method::Ddim | Method::VpEuler) { 1.0 } else { 2.0 };
        // In float64 the slopes from N = 40 to 200 are 1.00 to 1.02 and 1.99 to 2.06.
        assert!((found - theory).abs() < 0.1, "{method:?}: {found}, should be {theory}");
    }
}

#[test]
fn charts_have_their_own_limits_and_solvers_in_time_converge_beside_the_exact_solution() {
    let (reference, points) = ring(64);
    let [apart, _] = reference.apart.expect("both charts");
    // In float64, for 64 other noises: 9.3e-4; the distance varies by a quarter between noises.
    assert!((5e-4..2e-3).contains(&apart), "{apart}");
    let heun = points.iter().find(|p| p.method == Method::VpHeun && p.intervals == 200);
    let errors = heun.and_then(|point| point.common).expect("a common time");
    assert!(errors.own.mean < 3e-5, "{errors:?}");
    assert!((errors.exact.mean / apart - 1.0).abs() < 0.05, "{errors:?}");
    let sigma = points.iter().find(|p| p.method == Method::Dpm2m && p.intervals == 200);
    let errors = sigma.and_then(|point| point.common).expect("a common time");
    assert_eq!(errors.own.mean, errors.exact.mean);
}

#[test]
fn points_come_cheap_ones_first_with_their_calls_and_samples() {
    let (reference, points) = ring(4);
    assert_eq!(points.len(), INTERVALS.len() * Method::ALL.len());
    assert!(points.is_sorted_by_key(|point| point.evaluations.div_ceil(2)), "cheap ones first");
    for point in &points {
        let n = point.intervals;
        // Heun in sigma has no slope at the end of its last step.
        let expected = match point.method {
            Method::VpHeun => 2 * n,
            Method::EdmHeun => 2 * n - 1,
            _ => n,
        };
        assert_eq!(point.evaluations, expected, "{:?} at {n}", point.method);
        assert_eq!(point.shown.len(), reference.shown.len());
    }
}

#[test]
fn noises_that_are_solved_in_parts_have_the_states_of_all_at_once() {
    let device = Device::flex();
    let set = block_on(ModelSet::shipped("ring", &device)).unwrap();
    let (labels, grid) = (vec![0u32; 10], set.teacher.recipe.grid_of(20).unwrap());
    let solved = |at_once: usize| {
        let problems = problems(&set.teacher.body, &set, &labels, Seed(1), at_once, &device);
        assert_eq!(problems.len(), labels.len().div_ceil(at_once));
        let references = block_on(References::of(&problems)).unwrap();
        let heun = block_on(solve_all(&problems, Method::EdmHeun, &grid)).unwrap();
        let all = [&references.exact, references.limit(Chart::VpTime), &heun];
        all.map(|found| [found.common.clone(), Some(found.end.clone())])
    };
    // References are as near as their tolerance, whichever noises share their steps; the rest is rounding.
    for (whole, parts) in solved(10).iter().flatten().zip(solved(4).iter().flatten()) {
        let (whole, parts) = (whole.as_ref().expect("a state"), parts.as_ref().expect("a state"));
        assert_eq!((whole.len(), parts.len()), (20, 20));
        let apart = root_mean_square(whole, parts, 1, Seed(0)).mean;
        assert!(apart < 3e-4, "{apart}");
    }
}
