//! How far two lists of numbers are apart.

/// The largest difference between numbers of the same place; infinite where one is not a number.
pub fn largest(found: &[f32], expected: &[f32]) -> f64 {
    let apart = found.iter().zip(expected).map(|(a, b)| f64::from((a - b).abs()));
    // `max` would pass over what is not a number.
    apart.map(|d| if d.is_nan() { f64::INFINITY } else { d }).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_number_is_infinitely_far_wherever_it_stands() {
        assert_eq!(largest(&[1.0, 2.0, 3.0], &[1.0, 2.5, 2.75]), 0.5);
        for place in 0..3 {
            let mut found = [1.0; 3];
            found[place] = f32::NAN;
            assert_eq!(largest(&found, &[1.0; 3]), f64::INFINITY);
        }
    }
}
