//! Students of a pair of components.

use super::*;
use crate::{
    data::Mixture,
    diffusion::Method,
    distill::{Draw, Weighting},
};

fn pair(steps: u64) -> (Teacher, Training) {
    let mixture = Mixture::equal(vec![[-0.6, 0.0], [0.6, 0.0]], 0.12);
    let teacher = Teacher { mixture, method: Method::Ddim, intervals: 20 };
    (teacher, Training { seed: Seed(7), steps })
}

/// All looks of a distillation.
fn distil(steps: u64) -> Vec<Progress> {
    let ((teacher, training), device) = (pair(steps), Device::flex());
    let (mut looks, map) = (Vec::new(), flow::map(&teacher, &device));
    let map = pollster::block_on(map).expect("a map");
    let setting = Setting::new(&teacher, training, &device).expect("a setting");
    let done = setting.run(&map.samples, async |look| looks.push(look));
    pollster::block_on(done).expect("finite losses");
    looks
}

#[test]
fn both_students_start_as_one_and_come_nearer_to_the_teacher() {
    let looks = distil(110);
    let steps: Vec<u64> = looks.iter().map(|look| look.step).collect();
    assert_eq!(steps, [0, 20, 40, 60, 80, 100, 110]);
    let (first, last) = (&looks[0], &looks[looks.len() - 1]);
    assert_eq!(first.maps[0], first.maps[1]);
    assert!(first.losses.is_none() && last.losses.is_some());
    for i in 0..2 {
        let [before, after] = [first, last].map(|look| look.errors[i].squared.mean);
        assert!(after < 0.5 * before, "student {i}: {before} to {after}");
    }
    // The teacher's end point is a better target than an untrained student's word.
    assert!(last.errors[1].squared.mean < last.errors[0].squared.mean);
}

#[test]
fn the_same_seed_distils_the_same_students() {
    let (once, again) = (distil(3), distil(3));
    assert_eq!(once[1].maps, again[1].maps);
    assert_ne!(once[1].maps[0], once[0].maps[0]);
}

#[test]
fn both_students_get_the_same_draws_and_differ_in_how_far_the_teacher_goes() {
    let ((teacher, training), device) = (pair(1), Device::flex());
    let setting = Setting::new(&teacher, training, &device).expect("a setting");
    let (denoiser, ode, loss) = (&setting.denoiser, &setting.ode, setting.recipe.student.loss);
    let distillation = Distillation { teacher: denoiser, ode, loss, weighting: Weighting::Uniform };
    let drawn = HORIZONS.map(|horizon| {
        let memory = Memory::default();
        let mut bank = setting.bank(&distillation, horizon, &memory);
        let (drawn, _) = pollster::block_on(bank.batch(512, 64, &device)).expect("a batch");
        let times = drawn.landing_times();
        let states: Vec<f32> = drawn.states.into_data().iter::<f32>().collect();
        let row = |(draw, state): (&Draw, &[f32])| {
            (draw.index, (draw.datum, draw.time().to_bits(), state.to_vec()))
        };
        let rows = drawn.draws.iter().zip(states.chunks(2));
        (rows.map(row).collect::<BTreeMap<_, _>>(), times)
    });
    assert_eq!(drawn[0].0.len(), 64);
    assert_eq!(drawn[0].0, drawn[1].0);
    assert!(drawn[1].1.iter().all(|&t| t == 0.0));
    assert!(drawn[0].1.iter().any(|&t| t > 0.0));
}
