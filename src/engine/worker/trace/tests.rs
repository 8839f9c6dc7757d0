use std::collections::BTreeMap;

use burn::{prelude::*, tensor::TensorData};
use pollster::block_on;

use super::{
    super::{Command, Job, Source, clerk::Clerk},
    *,
};
use crate::{
    consistency::ConsistencyFunction,
    data::Mixture,
    diffusion::{Denoiser, MixtureDenoiser},
    engine::{
        Opened,
        sampling::{self, Sampler},
    },
    math::schedule::Process,
};

/// All that is told in answer to a request to a shipped set.
fn answer(preset: &str, request: &Request) -> Vec<Finding> {
    let (outbox, replies) = async_channel::unbounded();
    let mut clerk = Clerk::new(Desk::new(Opened::cpu(), outbox, Box::new(|| ())));
    block_on(clerk.obey(Command::Open(Source::Shipped(preset.into()))));
    block_on(clerk.obey(Command::Start(Ticket(1), Job::Trace(request.clone()))));
    let found = |reply| match reply {
        Reply::Found(Ticket(1), Found::Trace(finding)) => Some(finding),
        Reply::Failed(_, error) => panic!("{error}"),
        _ => None,
    };
    std::iter::from_fn(|| replies.try_recv().ok()).filter_map(found).collect()
}

fn request(method: Method, intervals: usize) -> Request {
    Request { seed: Seed(3), row: 2, noises: 3, class: None, method, intervals, guidance: 1.0 }
}

fn states(findings: &[Finding]) -> Vec<&State> {
    let mut states = Vec::new();
    for finding in findings {
        if let Finding::State(state) = finding {
            states.push(state);
        }
    }
    states
}

/// What each student sees, in order.
fn views(findings: &[Finding]) -> BTreeMap<usize, Vec<Vec<f32>>> {
    let mut views: BTreeMap<usize, Vec<Vec<f32>>> = BTreeMap::new();
    for finding in findings {
        if let Finding::Seen(seen) = finding {
            views.entry(seen.model).or_default().extend(seen.endpoints.clone());
        }
    }
    views
}

fn drifts(findings: &[Finding], noises: usize) -> Vec<&Drift> {
    let mut drifts = Vec::new();
    for finding in findings {
        match finding {
            Finding::Drift(drift) if drift.noises == noises => drifts.push(drift),
            _ => {}
        }
    }
    drifts
}

fn is_close(a: f64, b: f64) -> bool {
    // The told numbers are sums of f32 differences, the checked ones of f64.
    (a - b).abs() <= 1e-5 * b.abs() + 1e-12
}

#[test]
fn the_path_starts_at_the_noise_and_ends_in_the_teachers_solution() {
    let device = Device::flex();
    let set = pollster::block_on(ModelSet::shipped("digits", &device)).unwrap();
    let guidance = set.teacher.recipe.student.guidance;
    let request = Request { guidance, ..request(Method::EdmHeun, 20) };
    let found = answer("digits", &request);
    let states = states(&found);
    let grid = set.teacher.recipe.grid_of(20).unwrap();
    assert_eq!(states.iter().map(|s| s.t).collect::<Vec<_>>(), grid.times());
    assert_eq!((states[0].t, states[10].t, states[20].t), (1000.0, 500.0, 0.0));
    assert_eq!((states[20].level.alpha, states[20].level.sigma), (1.0, 0.0));
    assert_eq!(states[20].state, states[20].denoised);

    // Noises 0, 1, 2 in one batch: the followed one is the last, and of class 2.
    let batch = sampling::Request::new(request.seed, 3, 10, None);
    let sampler = Sampler::Teacher(request.method, &grid);
    let (cancel, mut ignore) = (Default::default(), |_| ());
    let drawn = sampling::draw(&set.teacher, sampler, &batch, &device, &cancel, &mut ignore);
    let drawn = block_on(drawn).unwrap().values;
    let end = &states[20].state;
    // Kernels may sum in another order for another batch size.
    assert!(mean_square(&drawn[2 * end.len()..], end) < 1e-9);

    let mut noise = vec![0.0; end.len()];
    crate::math::seed::gaussian(
        request.seed,
        crate::math::seed::Purpose::Initial,
        2,
        0,
        &mut noise,
    );
    assert!(mean_square(&noise, &states[0].state) < 1e-12);
}

#[test]
fn every_error_is_the_sum_of_the_residuals_from_there_to_the_end() {
    let found = answer("ring", &request(Method::Ddim, 50));
    let (states, views, own) = (states(&found), views(&found), drifts(&found, 1));
    assert_eq!((states.len(), views.len(), own.len()), (51, 2, 3));
    for (&model, views) in &views {
        let drift = own[model];
        assert_eq!((drift.model, drift.error.len(), drift.residual.len()), (model, 51, 50));
        // f(x, 0) = x, so that there is nothing left to be wrong about.
        assert_eq!(views[50], states[50].state);
        let mut sum = [0.0; 2];
        for step in (0..50).rev() {
            let residual =
                [0, 1].map(|i| f64::from(views[step][i]) - f64::from(views[step + 1][i]));
            sum = [sum[0] + residual[0], sum[1] + residual[1]];
            let square = |v: [f64; 2]| (v[0] * v[0] + v[1] * v[1]) / 2.0;
            assert!(is_close(drift.residual[step], square(residual)), "{step}");
            assert!(is_close(drift.error[step], square(sum)), "{step}");
        }
    }
}

#[test]
fn the_curves_are_means_over_the_noises_asked_for() {
    let asked = request(Method::Ddim, 20);
    let alone: Vec<Vec<Finding>> =
        (0..3).map(|row| answer("ring", &Request { row, noises: 0, ..asked.clone() })).collect();
    let all = answer("ring", &asked);
    assert_eq!(drifts(&all, 3).len(), 3, "a teacher and two students");
    for (model, mean) in drifts(&all, 3).into_iter().enumerate() {
        let each: Vec<&Drift> = alone.iter().map(|found| drifts(found, 1)[model]).collect();
        for step in 0..20 {
            let expected =
                |of: &dyn Fn(&Drift) -> f64| each.iter().map(|d| of(d)).sum::<f64>() / 3.0;
            assert!(is_close(mean.error[step], expected(&|d| d.error[step])));
            assert!(is_close(mean.residual[step], expected(&|d| d.residual[step])));
        }
    }
}

#[test]
fn noises_that_are_followed_in_parts_have_the_curves_of_all_at_once() {
    let (outbox, replies) = async_channel::unbounded();
    let mut desk = Desk::new(Opened::cpu(), outbox, Box::new(|| ()));
    block_on(desk.open(Source::Shipped("digits".into()))).unwrap();
    let set = desk.set().unwrap();
    let (request, ticket) = (Request { noises: 6, ..request(Method::Ddim, 4) }, Ticket(1));
    let curves = |at_once: usize| {
        while replies.try_recv().is_ok() {}
        let grid = set.teacher.recipe.grid_of(4).unwrap();
        let trace = Trace { desk: &desk, ticket, request: &request, set, grid, at_once };
        block_on(trace.curves()).unwrap();
        let told = std::iter::from_fn(|| replies.try_recv().ok());
        let drift = |reply| match reply {
            Reply::Found(_, Found::Trace(Finding::Drift(drift))) => Some(drift),
            _ => None,
        };
        told.filter_map(drift).collect::<Vec<Drift>>()
    };
    let (whole, parts) = (curves(16), curves(2));
    let counts = |drifts: &[Drift]| {
        let of_teacher = drifts.iter().filter(|drift| drift.model == 0);
        of_teacher.map(|drift| drift.noises).collect::<Vec<usize>>()
    };
    assert_eq!((counts(&whole), counts(&parts)), (vec![1, 6], vec![1, 3, 5, 6]));
    // Kernels may sum in another order for another batch size.
    let is_close = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-3 * b + 1e-7;
    for drift in whole.iter().filter(|drift| drift.noises == 6) {
        let mut all = parts.iter().filter(|part| part.noises == 6);
        let same = all.find(|part| part.model == drift.model).expect("every model");
        assert!(same.error.iter().zip(&drift.error).all(is_close), "{same:?}, {drift:?}");
        assert!(same.residual.iter().zip(&drift.residual).all(is_close), "{same:?}, {drift:?}");
    }
}

/// A consistency function without an error: the ODE solved to the end in small steps.
struct Exact(MixtureDenoiser);

impl ConsistencyFunction for Exact {
    fn endpoint(&self, x: Tensor<2>, t: &[f64], labels: &[u32]) -> Tensor<2> {
        let (ode, device) = (Method::EdmHeun.parts(), x.device());
        let rows = x.chunk(t.len(), 0).into_iter().zip(t);
        let end = |(row, &t): (Tensor<2>, &f64)| {
            // Times in geometric steps, from t to 1, then 0.
            let steps = 400;
            let mut path: Vec<f64> =
                (0..=steps).map(|i| t.powf(1.0 - i as f64 / steps as f64)).collect();
            path.push(0.0);
            if t == 0.0 { row } else { ode.solve(&self.0, &[path], row, labels) }
        };
        let rows: Vec<Tensor<2>> = rows.map(end).collect();
        Tensor::cat(rows, 0).to_device(&device)
    }

    fn process(&self) -> Process {
        self.0.process()
    }
}

#[test]
fn the_residuals_of_a_perfect_map_are_the_teachers_own_and_vanish_with_its_steps() {
    let device = Device::flex();
    let mixture = Mixture::named("ring").unwrap();
    let denoiser = MixtureDenoiser::of(&mixture, Process::ScaledLinear);
    let exact = Exact(denoiser.clone());
    let largest = |intervals: usize| {
        let grid = TimeGrid::uniform(intervals).unwrap();
        let x = Tensor::from_data(TensorData::new(vec![0.4f32, -0.9], [1, 2]), &device);
        let path = block_on(follow(
            &denoiser,
            &Method::Ddim.parts(),
            &grid,
            x,
            &[0],
            async |_: &Path, _| (),
        ));
        let path = path.unwrap();
        let views = endpoints(&exact, &path, &[0], CHUNK, &device, async |_, _| ());
        let views = block_on(views).unwrap();
        let drift = Drift::of(1, 1, &views, path.states.last().unwrap());
        // Only where steps are small against the time left.
        drift.residual[..intervals / 2].iter().copied().fold(0.0, f64::max)
    };
    // A step of first order is off by the square of its length: four times the steps leave 1/16 of it,
    // and 1/256 of its square.
    let (coarse, fine) = (largest(50), largest(200));
    let ratio = coarse / fine;
    assert!((128.0..512.0).contains(&ratio), "{coarse:e} / {fine:e} = {ratio}");
}

#[test]
fn coherence_is_one_for_unrelated_residuals_and_their_number_for_equal_ones() {
    let of = |views: &[[f32; 2]]| {
        let views: Vec<Vec<f32>> = views.iter().map(|view| view.to_vec()).collect();
        Drift::of(1, 1, &views, &[0.0, 0.0]).coherence()
    };
    assert_eq!(of(&[[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]]), Some(1.0));
    assert_eq!(of(&[[2.0, 0.0], [1.0, 0.0], [0.0, 0.0]]), Some(2.0));
    assert_eq!(of(&[[0.0, 0.0], [1.0, 0.0], [0.0, 0.0]]), Some(0.0));
    assert_eq!(of(&[[0.0, 0.0], [0.0, 0.0]]), None);
}
