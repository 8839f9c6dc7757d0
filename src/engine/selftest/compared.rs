//! How far a device's values are from those of the CPU.

use super::Check;
use crate::{engine::LabError, math::difference};

/// Values of one kind, such as gradients, by tensor.
pub(super) type Kind = Vec<Vec<f32>>;

/// The worst of all tensors, each relative to its own largest value.
pub(super) fn check_all(name: String, found: &[Kind], expected: &[Kind], tolerance: f64) -> Check {
    let difference = worst(found, expected, |found, expected| {
        // Sums that cancel to nearly nothing are as exact as what they are made of.
        let floor = SMALL * expected.iter().map(|values| largest(values)).fold(0.0, f32::max);
        worst(found, expected, |a, b| relative(a, b, floor))
    });
    Check { name, difference, tolerance }
}

/// That all checks pass, or which does not.
pub(super) fn require(checks: &[Check]) -> Result<(), LabError> {
    let Some(failed) = checks.iter().find(|check| !check.passes()) else { return Ok(()) };
    let Check { name, difference, tolerance } = failed;
    let text =
        format!("{name}: a difference of {difference:.1e}, where {tolerance:.1e} is allowed");
    Err(LabError::Wrong(text))
}

/// The largest difference of any pair; infinite where one of them has no other.
fn worst<T>(found: &[T], expected: &[T], difference: impl Fn(&T, &T) -> f64) -> f64 {
    if found.len() != expected.len() {
        return f64::INFINITY;
    }
    found.iter().zip(expected).map(|(a, b)| difference(a, b)).fold(0.0, f64::max)
}

/// The share of a kind's largest value below which a tensor counts as small.
const SMALL: f32 = 1e-2;

fn largest(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |most, v| most.max(v.abs()))
}

/// Largest difference over largest expected value, or over `floor` where that is larger; infinite where a value is not
/// a number or missing.
pub(super) fn relative(found: &[f32], expected: &[f32], floor: f32) -> f64 {
    if found.len() != expected.len() {
        return f64::INFINITY;
    }
    let scale = largest(expected).max(floor).max(f32::MIN_POSITIVE);
    difference::largest(found, expected) / f64::from(scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_with_one_wrong_value_in_any_part_fails() {
        // Weights, and second moments, which are small beside them.
        let expected = [vec![vec![3.0, -2.0], vec![0.5, 0.0]], vec![vec![1e-5, 2e-5]]];
        let check = |found: &[Kind]| check_all("a".into(), found, &expected, 1e-4);
        assert!(check(&expected).passes());
        for (kind, tensor, place, wrong) in
            [(0, 0, 0, 1e-3), (0, 1, 1, 1e-3), (1, 0, 0, 1e-8), (1, 0, 1, -2e-5)]
        {
            for wrong in [wrong, f32::NAN, f32::INFINITY] {
                let mut found = expected.clone();
                found[kind][tensor][place] += wrong;
                assert!(!check(&found).passes(), "{kind}, {tensor}, {place}, {wrong}");
            }
        }
        for missing in
            [vec![], vec![expected[0].clone(), vec![]], vec![expected[0].clone(), vec![vec![]]]]
        {
            assert!(!check(&missing).passes(), "{missing:?}");
        }
    }

    #[test]
    fn a_check_that_fails_or_is_no_number_is_an_error_of_the_device() {
        let check = |difference| Check { name: "a".into(), difference, tolerance: 0.1 };
        assert!(require(&[check(0.1), check(0.0)]).is_ok());
        for wrong in [0.2, f64::NAN] {
            let error = require(&[check(0.0), check(wrong)]).expect_err("a refusal");
            assert!(error.is_of_device() && error.to_string().contains("a: a difference of"));
        }
    }
}
