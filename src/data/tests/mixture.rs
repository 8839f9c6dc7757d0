//! Two-dimensional mixtures.

use super::*;
use crate::math::seed::Seed;

/// Mean and variance in each dimension, from the formula `E var + var E`.
fn moments(mixture: &Mixture) -> ([f64; 2], [f64; 2]) {
    let mut mean = [0.0; 2];
    let mut square = [mixture.std * mixture.std; 2];
    for (centre, weight) in mixture.means.iter().zip(&mixture.weights) {
        for i in 0..2 {
            mean[i] += weight * centre[i];
            square[i] += weight * centre[i] * centre[i];
        }
    }
    (mean, [square[0] - mean[0] * mean[0], square[1] - mean[1] * mean[1]])
}

#[test]
fn named_mixtures_are_centred_with_standard_deviation_one_half() {
    for (name, count) in [("ring", 8), ("grid", 25)] {
        let mixture = Mixture::named(name).expect("a known name");
        assert_eq!((mixture.means.len(), mixture.weights.len()), (count, count));
        let (mean, variance) = moments(&mixture);
        for i in 0..2 {
            // Only rounding.
            assert!(mean[i].abs() < 1e-12, "{name}: mean {mean:?}");
            assert!((variance[i] - 0.25).abs() < 1e-12, "{name}: variance {variance:?}");
        }
    }
}

#[test]
fn components_lie_far_apart() {
    for name in Mixture::names() {
        let mixture = Mixture::named(name).expect("a known name");
        for (i, a) in mixture.means.iter().enumerate() {
            for b in &mixture.means[..i] {
                let apart = (a[0] - b[0]).hypot(a[1] - b[1]) / mixture.std;
                assert!(apart > 10.0, "{name}: {apart} standard deviations");
            }
        }
    }
}

#[test]
fn samples_lie_near_the_component_that_labels_them_and_use_all() {
    let mixture = Mixture::named("grid").expect("a known name");
    let mut counts = [0; 25];
    for index in 0..5000 {
        let mut x = [0.0; 2];
        let label = mixture.sample(Seed(7), index, &mut x) as usize;
        counts[label] += 1;
        let mean = mixture.means[label];
        let apart = (f64::from(x[0]) - mean[0]).hypot(f64::from(x[1]) - mean[1]) / mixture.std;
        // exp(-6^2 / 2) = 1.5e-8 a sample.
        assert!(apart < 6.0, "sample {index} is {apart} standard deviations away");
    }
    // 200 expected in each; the standard deviation is 14, so 6 of them either way.
    assert!(counts.iter().all(|count| (117..284).contains(count)), "{counts:?}");
}

#[test]
fn a_sample_depends_on_seed_and_index_alone() {
    let mixture = Mixture::named("ring").expect("a known name");
    let draw = |seed, index| {
        let mut x = [0.0; 2];
        let label = mixture.sample(Seed(seed), index, &mut x);
        (label, x)
    };
    assert_eq!(draw(1, 5), draw(1, 5));
    assert_ne!(draw(1, 5).1, draw(2, 5).1);
    assert_ne!(draw(1, 5).1, draw(1, 6).1);
}

#[test]
fn weights_with_few_digits_are_shares_of_their_sum() {
    let of = |weights: Vec<f64>| Mixture {
        weights,
        ..Mixture::equal(vec![[-1.0, 0.0], [1.0, 0.0]], 0.1)
    };
    let (short, exact) = (of(vec![0.333, 0.66]), of(vec![0.333 / 0.993, 0.66 / 0.993]));
    assert_eq!(short.problem(), None);
    assert!((short.spread() - exact.spread()).abs() < 1e-12);
    let label = |mixture: &Mixture, i| mixture.sample(Seed(3), i, &mut [0.0; 2]);
    let alike = (0..20_000).filter(|&i| label(&short, i) == label(&exact, i)).count();
    assert!(alike >= 19_999, "{alike}: draws differ by rounding at most");
}

#[test]
fn an_unknown_name_lists_the_known_ones() {
    let text = Mixture::named("moons").expect_err("a refusal").to_string();
    assert_says(&text, &["`moons`", "ring, grid"]);
}

#[test]
fn what_is_no_mixture_is_refused() {
    let good = Mixture::named("ring").expect("a known name");
    assert_eq!(good.problem(), None);
    let changes: [fn(&mut Mixture); 10] = [
        |m| m.means.clear(),
        |m| *m = Mixture::equal(vec![[0.0; 2]; 65], 0.1),
        |m| m.means[3][1] = f64::NAN,
        |m| m.std = 0.0,
        |m| m.std = f64::INFINITY,
        // Whose square is 0, and a place that is infinite in single precision.
        |m| m.std = 1e-200,
        |m| m.means[3][1] = 1e300,
        |m| m.weights.truncate(7),
        |m| m.weights[0] = 0.0,
        |m| m.weights[0] = 0.9,
    ];
    for (i, change) in changes.iter().enumerate() {
        let mut bad = good.clone();
        change(&mut bad);
        assert!(bad.problem().is_some(), "change {i}: {bad:?}");
    }
}

#[test]
fn the_spread_of_a_centred_mixture_is_its_standard_deviation() {
    for name in Mixture::names() {
        let spread = Mixture::named(name).expect("a known name").spread();
        assert!((spread - 0.5).abs() < 1e-12, "{name}: {spread}");
    }
    let one = Mixture::equal(vec![[0.3, -0.4]], 0.1);
    assert!((one.spread() - (0.125f64 + 0.01).sqrt()).abs() < 1e-12);
}
