//! The generator against its authors' vectors, the draws against an independent computation of
//! the documented layout (Python integers, mpmath at 200 bits), and their statistics.

use super::*;

const COUNT: usize = 200_000;

fn draws(seed: u64, purpose: Purpose, sample: u64, step: u64, count: usize) -> Vec<f32> {
    let mut out = vec![f32::NAN; count];
    gaussian(Seed(seed), purpose, sample, step, &mut out);
    out
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// Mean of the product, for two sets of mean 0.
fn covariance(a: &[f32], b: &[f32]) -> f64 {
    let products = a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b));
    products.sum::<f64>() / a.len() as f64
}

#[test]
fn philox_gives_the_reference_vectors() {
    // philox4x32 10 of kat_vectors in Random123.
    assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
    assert_eq!(
        philox([u32::MAX; 4], [u32::MAX; 2]),
        [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
    );
    assert_eq!(
        philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
    );
}

#[test]
fn mix_gives_the_first_output_of_splitmix64() {
    // With seed 0, from the reference implementation.
    assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
}

#[test]
fn gaussians_have_exactly_the_known_bits() {
    assert_eq!(
        bits(&draws(0, Purpose::Initial, 0, 0, 6)),
        [0x3f0f_8a29, 0x3f36_0b50, 0xbce1_ef19, 0x3f98_e86d, 0xbf3c_fa4c, 0xbfbe_4b04]
    );
    assert_eq!(
        bits(&draws(42, Purpose::Noise, 7, 123_456, 6)),
        [0x3fae_abda, 0xbf98_7ca6, 0x3fd5_7015, 0x3d9a_d58c, 0x3f99_98c8, 0xbf82_d208]
    );
    let high = 1 << 63;
    assert_eq!(
        bits(&draws(u64::MAX, Purpose::Bootstrap, high + 5, high + 9, 6)),
        [0xbec7_740c, 0xbb87_4d0c, 0x3f3b_c018, 0xbeff_2c3c, 0x3f69_f792, 0x3fa4_7303]
    );
}

#[test]
fn single_draws_have_exactly_the_known_values() {
    let known = |word: u64| word as f64 / (1_u64 << 53) as f64;
    assert_eq!(uniform(Seed(0), Purpose::Time, 0, 0), known(0x0007_6614_f472_7f56));
    assert_eq!(uniform(Seed(42), Purpose::Time, 7, 123_456), known(0x0016_b56b_1977_53cf));
    assert_eq!(below(Seed(0), Purpose::Time, 0, 0, 1000), 28);
    assert_eq!(below(Seed(42), Purpose::Time, 7, 123_456, 1000), 736);
}

#[test]
fn a_longer_request_begins_with_the_values_of_a_shorter_one() {
    let long = draws(1, Purpose::Initial, 2, 3, 1000);
    for count in [0, 1, 2, 3, 4, 5, 127, 999] {
        assert_eq!(bits(&draws(1, Purpose::Initial, 2, 3, count)), bits(&long[..count]));
    }
}

#[test]
fn rows_are_the_draws_of_samples_one_after_another() {
    let found = rows(Seed(1), Purpose::Renoise, 5, 3, [2, 7]);
    let each = [5, 6].map(|sample| draws(1, Purpose::Renoise, sample, 3, 7));
    assert_eq!(bits(&found), bits(&each.concat()));
}

#[test]
fn dropout_has_exactly_the_known_units() {
    let drawn = |seed, sample, step, rate| {
        let units = Dropout::new(Seed(seed), Purpose::Dropout, step, rate);
        let mut out = [f32::NAN; 40];
        units.fill(sample, &mut out);
        assert!(out.iter().all(|&unit| unit == 0.0 || unit == units.kept));
        (units.kept, out.map(|unit| if unit == 0.0 { '.' } else { '1' }).iter().collect::<String>())
    };
    assert_eq!(drawn(7, 0, 0, 0.5), (2.0, ".1..1..111111111..11......1.1...1..111..".into()));
    let kept = (65536.0 / (65536.0 - 19661.0)) as f32;
    let expected = (kept, "1111.111.11.111.111....1.1111.1111111111".into());
    assert_eq!(drawn(7, (1 << 33) + 5, (1 << 57) | 3, 0.3), expected);
}

#[test]
fn dropout_drops_the_share_it_is_told() {
    let units = Dropout::new(Seed(3), Purpose::Dropout, 2, 0.05);
    let mut out = vec![f32::NAN; COUNT];
    units.fill(1, &mut out);
    let dropped = out.iter().filter(|&&unit| unit == 0.0).count() as f64 / COUNT as f64;
    // Four standard errors.
    assert!((dropped - 0.05).abs() < 4.0 * (0.05 * 0.95 / COUNT as f64).sqrt(), "{dropped}");
}

#[test]
fn gaussians_have_the_moments_of_a_normal() {
    let values = draws(5, Purpose::Initial, 0, 0, COUNT);
    let moment = |power: i32| {
        values.iter().map(|&value| f64::from(value).powi(power)).sum::<f64>() / COUNT as f64
    };
    // Four standard errors of each, sqrt(var / 200000) with var = 1, 2, 15, 96.
    let within = |variance: f64| 4.0 * (variance / COUNT as f64).sqrt();
    assert!(moment(1).abs() < within(1.0), "mean {}", moment(1));
    assert!((moment(2) - 1.0).abs() < within(2.0), "variance {}", moment(2));
    assert!(moment(3).abs() < within(15.0), "third moment {}", moment(3));
    assert!((moment(4) - 3.0).abs() < within(96.0), "fourth moment {}", moment(4));
}

#[test]
fn the_extreme_words_give_finite_normals_below_seven() {
    for (first, second) in [(0, 0), (0, u32::MAX), (u32::MAX, 0), (u32::MAX, u32::MAX)] {
        let (one, other) = box_muller(first, second);
        assert!(one.abs() < 6.8 && other.abs() < 6.8, "{one}, {other}");
    }
}

#[test]
fn neighbouring_streams_are_independent() {
    let count = 20_000;
    let reference = draws(1, Purpose::Initial, 1, 1, count);
    for (name, other) in [
        ("seed", draws(2, Purpose::Initial, 1, 1, count)),
        ("purpose", draws(1, Purpose::Renoise, 1, 1, count)),
        ("sample", draws(1, Purpose::Initial, 2, 1, count)),
        ("step", draws(1, Purpose::Initial, 1, 2, count)),
        ("high step", draws(1, Purpose::Initial, 1, 1 + (1 << 56), count)),
        ("high sample", draws(1, Purpose::Initial, 1 + (1 << 32), 1, count)),
    ] {
        // Four standard errors of a product of independent normals.
        let found = covariance(&reference, &other);
        assert!(found.abs() < 4.0 / (count as f64).sqrt(), "{name}: {found}");
    }
    // And from one value to the next within a stream, across pairs and blocks.
    for lag in 1..=8 {
        let found = covariance(&reference[lag..], &reference[..count - lag]);
        assert!(found.abs() < 4.0 / ((count - lag) as f64).sqrt(), "lag {lag}: {found}");
    }
}

#[test]
fn every_field_of_a_draw_reaches_the_generator() {
    let inputs = |seed, purpose, sample, step, block| {
        let stream = Stream::new(Seed(seed), purpose, sample, step);
        stream.block(block)
    };
    let mut seen = std::collections::HashSet::new();
    assert!(seen.insert(inputs(0, Purpose::Initial, 0, 0, 0)));
    for bit in 0..64 {
        assert!(seen.insert(inputs(1 << bit, Purpose::Initial, 0, 0, 0)), "seed bit {bit}");
        assert!(seen.insert(inputs(0, Purpose::Initial, 1 << bit, 0, 0)), "sample bit {bit}");
        assert!(seen.insert(inputs(0, Purpose::Initial, 0, 1 << bit, 0)), "step bit {bit}");
    }
    for bit in 0..LOW_BITS {
        assert!(seen.insert(inputs(0, Purpose::Initial, 0, 0, 1 << bit)), "block bit {bit}");
    }
    assert!(seen.insert(inputs(0, Purpose::Renoise, 0, 0, 0)));
}

#[test]
fn uniforms_fill_the_unit_interval_evenly() {
    let count = 10_000;
    let mut bins = [0; 10];
    for sample in 0..count {
        let value = uniform(Seed(3), Purpose::Time, sample, 0);
        assert!((0.0..1.0).contains(&value));
        bins[(value * 10.0) as usize] += 1;
    }
    for count in bins {
        // Binomial with mean 1000 and standard deviation 30: four of them.
        assert!((880..=1120).contains(&count), "{bins:?}");
    }
}

#[test]
fn below_reaches_every_value_and_none_beyond() {
    let mut seen = [0; 7];
    for step in 0..7000 {
        seen[below(Seed(3), Purpose::DataIndex, 0, step, 7)] += 1;
    }
    // Binomial with mean 1000 and standard deviation 29.
    assert!(seen.iter().all(|count| (880..=1120).contains(count)), "{seen:?}");
    assert_eq!(below(Seed(3), Purpose::DataIndex, 0, 0, 1), 0);
    assert_eq!(below(Seed(3), Purpose::DataIndex, 0, 0, 0), 0);
    assert!(below(Seed(3), Purpose::DataIndex, 0, 0, usize::MAX) < usize::MAX);
}

#[test]
fn a_seed_is_stored_as_a_bare_number() {
    let stored = serde_json::to_string(&Seed(7)).unwrap();
    assert_eq!(stored, "7");
    assert_eq!(serde_json::from_str::<Seed>(&stored).unwrap(), Seed(7));
}
