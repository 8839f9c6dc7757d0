//! What the tests of this layer share.

pub(crate) fn assert_close(found: f64, expected: f64, tolerance: f64) {
    let difference = (found - expected).abs();
    assert!(difference <= tolerance, "found {found}, expected {expected} within {tolerance:e}");
}
