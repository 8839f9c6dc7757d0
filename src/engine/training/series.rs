//! One quantity over the steps of a training, thinned so that a long run stays cheap to draw.

/// Points kept at most.
const MOST: usize = 4096;

/// Points `[step, value]` with rising steps, evenly thinned; the newest is always there.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    points: Vec<[f64; 2]>,
    /// Every how many-th point stays.
    stride: usize,
    /// Points added so far.
    added: usize,
}

impl Default for Series {
    /// No points; all that come stay until there are too many.
    fn default() -> Self {
        Self { points: Vec::new(), stride: 1, added: 0 }
    }
}

impl Series {
    /// Adds the newest point.
    pub fn push(&mut self, step: u64, value: f64) {
        let stays = self.added == 0 || (self.added - 1).is_multiple_of(self.stride);
        if !stays {
            self.points.pop();
        }
        self.points.push([step as f64, value]);
        self.added += 1;
        if self.points.len() > MOST {
            self.thin();
        }
    }

    /// Forgets what comes after `step`: a training goes on from there.
    pub fn cut(&mut self, step: u64) {
        self.points.retain(|point| point[0] <= step as f64);
        self.added = self.points.len().checked_sub(1).map_or(0, |last| last * self.stride + 1);
    }

    /// All points.
    pub fn points(&self) -> &[[f64; 2]] {
        &self.points
    }

    fn thin(&mut self) {
        let last = self.points.len() - 1;
        let mut index = 0;
        self.points.retain(|_| {
            let stays = index % 2 == 0 || index == last;
            index += 1;
            stays
        });
        self.stride *= 2;
    }
}

/// The mean of `points` over a window around each, fewer at the ends; the window is `share` of all.
pub fn smoothed(points: &[[f64; 2]], share: f64) -> Vec<[f64; 2]> {
    let half = (points.len() as f64 * share / 2.0).ceil() as usize;
    let mut sums = vec![0.0];
    for point in points {
        sums.push(sums[sums.len() - 1] + point[1]);
    }
    let mean = |(i, point): (usize, &[f64; 2])| {
        // As far to both sides: a window cut off at one side only would bend the ends.
        let reach = half.min(i).min(points.len() - 1 - i);
        let [first, end] = [i - reach, i + reach + 1];
        [point[0], (sums[end] - sums[first]) / (end - first) as f64]
    };
    points.iter().enumerate().map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thinned_series_keeps_its_first_and_last_points_and_its_order() {
        let mut series = Series::default();
        for step in 0..=10 * MOST as u64 {
            series.push(step, step as f64);
            let points = series.points();
            assert!(points.len() <= MOST);
            assert_eq!((points[0][0], points[points.len() - 1]), (0.0, [step as f64; 2]));
        }
        assert!(series.points().is_sorted_by(|a, b| a[0] < b[0]));
        let gaps = series.points().windows(2).map(|w| w[1][0] - w[0][0]);
        // 10 times as many points as there is room for: every 16th stays.
        let widest = gaps.fold(0.0, f64::max);
        assert!(widest <= 16.0, "there are gaps of {widest} steps");
    }

    #[test]
    fn a_series_that_goes_on_from_a_checkpoint_has_no_point_twice() {
        let mut series = Series::default();
        series.cut(3);
        (1..=9).for_each(|step| series.push(step, 1.0));
        series.cut(4);
        (5..=6).for_each(|step| series.push(step, 2.0));
        let steps: Vec<f64> = series.points().iter().map(|point| point[0]).collect();
        assert_eq!(steps, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    }

    #[test]
    fn smoothing_keeps_a_straight_line_and_evens_out_what_alternates() {
        let line: Vec<[f64; 2]> = (0..50).map(|i| [f64::from(i), 2.0 * f64::from(i)]).collect();
        for (smooth, point) in smoothed(&line, 0.2).iter().zip(&line) {
            assert!((smooth[1] - point[1]).abs() < 1e-9, "{smooth:?}");
        }
        let wild: Vec<[f64; 2]> = (0..50).map(|i| [f64::from(i), f64::from(i % 2)]).collect();
        assert!(smoothed(&wild, 0.4)[20..30].iter().all(|p| (p[1] - 0.5).abs() < 0.05));
        assert!(smoothed(&[], 0.1).is_empty());
    }
}
