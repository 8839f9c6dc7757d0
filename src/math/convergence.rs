//! Orders of convergence: how fast an error falls as grids get finer.
//!
//! An error proportional to `N^-p` is a straight line of slope `-p` in logarithms, as far as nothing else adds to it.

/// A measured order of convergence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Order {
    /// Minus the slope.
    pub order: f64,
    /// Both ends of the straight part on the line through it: `(N, error)`.
    pub line: [(f64, f64); 2],
}

/// The order of convergence: minus the slope of `ln error` over `ln N`, by least squares over the straight
/// part; none with fewer than three points.
///
/// The straight part ends with the finest grid whose error is above `floor`, below which errors are the reference's
/// own, and before which it still falls. It goes back over five points at most, as coarser grids are not in it, and as
/// far as the slope is between half and twice that at its end.
pub fn order(points: &[(usize, f64)], floor: f64) -> Option<Order> {
    let usable = points.iter().take_while(|(_, error)| *error > floor && error.is_finite());
    let logs: Vec<(f64, f64)> = usable.map(|&(n, e)| ((n as f64).ln(), e.ln())).collect();
    let slopes: Vec<f64> =
        logs.windows(2).map(|pair| -(pair[1].1 - pair[0].1) / (pair[1].0 - pair[0].0)).collect();
    let end = falling(&slopes);
    let last = *slopes[..end].last()?;
    let is_alike = |slope: &&f64| (0.5 * last..=2.0 * last).contains(*slope);
    let alike = slopes[..end].iter().rev().take(4).take_while(is_alike).count();
    let straight = &logs[end - alike..=end];
    if straight.len() < 3 {
        return None;
    }
    let mean =
        |of: fn(&(f64, f64)) -> f64| straight.iter().map(of).sum::<f64>() / straight.len() as f64;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let covariance: f64 = straight.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
    let variance: f64 = straight.iter().map(|p| (p.0 - x).powi(2)).sum();
    let slope = covariance / variance;
    let ends = [straight[0].0, straight[straight.len() - 1].0];
    Some(Order { order: -slope, line: ends.map(|end| (end.exp(), (y + slope * (end - x)).exp())) })
}

/// Slopes up to the last along which the error falls: at least a third as steeply as it once did.
fn falling(slopes: &[f64]) -> usize {
    let steepest = slopes.iter().copied().fold(0.0, f64::max);
    slopes.iter().rposition(|slope| *slope > steepest / 3.0).map_or(0, |last| last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVALS: [usize; 9] = [5, 10, 20, 25, 40, 50, 100, 125, 200];

    #[test]
    fn the_order_is_that_of_the_straight_part_only() {
        let power = |n: usize| (n, 3.0 / (n * n) as f64);
        let clean = order(&INTERVALS.map(power), 0.0).expect("a straight line");
        assert!((clean.order - 2.0).abs() < 1e-12);
        let [(from, at), (to, _)] = clean.line;
        assert!((from - 40.0).abs() < 1e-9 && (to - 200.0).abs() < 1e-9, "the five finest grids");
        assert!((at - 3.0 / 1600.0).abs() < 1e-12);
        // A floor at 1e-3: the line ends where it begins.
        let floored = INTERVALS.map(|n| (n, power(n).1.max(1e-3)));
        let found = order(&floored, 0.0).expect("a straight part");
        assert!((found.order - 2.0).abs() < 0.1 && found.line[1].0 < 60.0, "{found:?}");
        // Where the floor is known, what is near it is left out.
        let near = INTERVALS.map(|n| (n, power(n).1 + 1e-3));
        let found = order(&near, 2.5e-3).expect("a straight part");
        assert!(
            found.line[1].0 < 50.0 && found.order > order(&near, 0.0).expect("more of it").order
        );
        // A bend on coarse grids hides nothing of the fine ones: the errors of DDIM at clean data on `grid`.
        let bent = [0.20, 0.12, 0.089, 0.083, 0.068, 0.060, 0.037, 0.032, 0.027];
        let bent: Vec<(usize, f64)> = INTERVALS.into_iter().zip(bent).collect();
        let found = order(&bent, 0.0).expect("it falls at every N");
        assert!((found.line[1].0 - 200.0).abs() < 1e-9, "{found:?}");
        assert_eq!(order(&[(5, 1.0), (10, 0.5)], 0.0), None);
        assert_eq!(order(&[], 0.0), None);
        assert_eq!(order(&[(5, f64::NAN), (10, 0.5), (20, 0.2)], 0.0), None);
    }
}
