//! The schedule against the golden table of the method, and its inverse.

use super::*;
use crate::math::tests::assert_close;

const VP: Process = Process::ScaledLinear;

/// t, alpha, sigma, sigma/alpha (9 decimals) and 1000 beta (7 decimals).
const GOLDEN: [(f64, f64, f64, f64, f64); 9] = [
    (1.0, 0.999574910, 0.029154759, 0.029167158, 0.8500000),
    (10.0, 0.995651088, 0.093160676, 0.093567593, 0.8927541),
    (20.0, 0.991082232, 0.133251675, 0.134450675, 0.9414891),
    (100.0, 0.946288948, 0.323322171, 0.341673832, 1.3779918),
    (250.0, 0.821846953, 0.569708334, 0.693204900, 2.4198376),
    (500.0, 0.526943688, 0.849900200, 1.612886194, 4.8037930),
    (750.0, 0.237956911, 0.971275712, 4.081729364, 7.9971804),
    (990.0, 0.072483453, 0.997369615, 13.759962792, 11.8243461),
    (1000.0, 0.068264914, 0.997667230, 14.614641229, 12.0000000),
];

#[test]
fn the_scaled_linear_table_matches_the_golden_numbers() {
    // Half a unit of the last printed digit, and a little for the rounding of 1000 products.
    let tolerance = 5.01e-10;
    for (t, alpha, sigma, ratio, drift) in GOLDEN {
        let level = VP.level(t);
        assert_close(level.alpha, alpha, tolerance);
        assert_close(level.sigma, sigma, tolerance);
        assert_close(level.ratio(), ratio, tolerance);
        assert_close(VP.drift(t), drift, 5.01e-8);
    }
}

#[test]
fn time_zero_is_exactly_clean_data() {
    for process in [VP, Process::Edm] {
        assert_eq!(process.level(0.0), Level { alpha: 1.0, sigma: 0.0 });
        assert_eq!(process.time_of_ratio(0.0), 0.0);
    }
}

#[test]
fn a_network_asked_for_time_zero_sees_its_smallest_level() {
    assert_eq!(VP.network_level(0.0), VP.level(1.0));
    assert_eq!(VP.network_level(990.0), VP.level(990.0));
    assert_eq!(Process::Edm.network_level(0.0).sigma, 0.002);
    assert_eq!(VP.drift(0.0), VP.drift(1.0));
}

#[test]
fn between_integers_the_logarithm_of_the_ratio_is_linear() {
    let middle = VP.level(500.5);
    let expected = (VP.level(500.0).ratio() * VP.level(501.0).ratio()).sqrt();
    // A few roundings of numbers near 1.
    assert_close(middle.ratio(), expected, 1e-14);
    assert_close(middle.alpha.powi(2) + middle.sigma.powi(2), 1.0, 1e-15);
    assert_close(VP.level(0.25).ratio(), 0.25 * VP.level(1.0).ratio(), 1e-16);
    assert_close(VP.drift(500.5), (VP.drift(500.0) + VP.drift(501.0)) / 2.0, 1e-14);
}

#[test]
fn the_time_of_a_grid_ratio_is_exactly_its_integer() {
    for t in 0..=LEVELS {
        assert_eq!(VP.time_of_ratio(VP.level(t as f64).ratio()), t as f64);
    }
}

#[test]
fn time_and_ratio_are_inverse_between_integers() {
    for t in [0.01, 0.5, 0.999, 1.001, 17.3, 512.75, 999.9] {
        // The ratio has 16 digits and changes by more than 1 in 500 per unit of time.
        assert_close(VP.time_of_ratio(VP.level(t).ratio()), t, 1e-10);
        assert_eq!(Process::Edm.time_of_ratio(Process::Edm.level(t).ratio()), t);
    }
}

#[test]
fn times_outside_the_range_are_taken_as_the_nearer_end() {
    assert_eq!(VP.level(-3.0), VP.level(0.0));
    assert_eq!(VP.level(f64::INFINITY), VP.level(1000.0));
    assert_eq!(VP.drift(2000.0), VP.drift(1000.0));
    assert_eq!(VP.time_of_ratio(99.0), 1000.0);
    assert_eq!(VP.time_of_ratio(-1.0), 0.0);
}

#[test]
fn a_time_that_is_not_a_number_stays_visible() {
    for process in [VP, Process::Edm] {
        assert!(process.level(f64::NAN).sigma.is_nan());
        assert!(process.network_level(f64::NAN).sigma.is_nan());
        assert!(process.time_of_ratio(f64::NAN).is_nan());
    }
    assert!(VP.drift(f64::NAN).is_nan());
}

#[test]
fn the_edm_process_adds_noise_and_keeps_the_signal() {
    assert_eq!(Process::Edm.level(80.0), Level { alpha: 1.0, sigma: 80.0 });
    assert_eq!(Process::Edm.drift(40.0), 0.0);
    assert_eq!((VP.terminal_time(), Process::Edm.terminal_time()), (1000.0, 80.0));
}
