//! Axes: from numbers to a share of the axis, and ticks at round numbers.

/// How one axis is labelled and scaled.
#[derive(Clone, Debug)]
pub struct Axis {
    /// The quantity, with its unit.
    pub name: String,
    /// Equal factors, not equal differences, are equally far apart; values up to 0 are left out.
    pub is_logarithmic: bool,
}

/// The range that an axis shows, in its own measure (ln for a logarithmic axis).
#[derive(Clone, Copy, Debug)]
pub struct Range {
    low: f64,
    high: f64,
    is_logarithmic: bool,
}

/// Where an axis ends, if not a little beyond its values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ends {
    /// At 0, below which nothing lies.
    FromZero,
    /// Not before 0.
    WithZero,
    /// At a number that nothing lies above.
    UpTo(f64),
}

/// A value on the axis with its label.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where it is.
    pub value: f64,
    /// How it reads.
    pub label: String,
}

impl Range {
    /// The range of the values that the axis can show, widened on both sides by `padding` of it.
    pub fn of(values: impl Iterator<Item = f64>, axis: &Axis, padding: f64) -> Self {
        let is_logarithmic = axis.is_logarithmic;
        let (low, high) = values
            .filter_map(|value| measure(value, is_logarithmic))
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), m| (low.min(m), high.max(m)));
        let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
        let span = high - low;
        // A constant still gets a range to lie in the middle of.
        let pad = if span > 0.0 { padding * span } else { 0.5 * low.abs().max(1.0) };
        Self { low: low - pad, high: high + pad, is_logarithmic }
    }

    /// The range with these ends; a logarithmic one, which has no 0, as it is.
    pub fn ending(self, ends: Ends) -> Self {
        let Self { low, high, is_logarithmic } = self;
        let (low, high) = match ends {
            _ if is_logarithmic => (low, high),
            Ends::FromZero => (0.0, high),
            Ends::WithZero => (low.min(0.0), high.max(0.0)),
            Ends::UpTo(most) => (low, high.min(most)),
        };
        Self { low, high, is_logarithmic }
    }

    /// Where `value` lies, 0 at the low and 1 at the high end; nothing where it cannot be shown.
    pub fn share(&self, value: f64) -> Option<f64> {
        let measure = measure(value, self.is_logarithmic)?;
        Some((measure - self.low) / (self.high - self.low))
    }

    /// Four to ten round values inside the range, ascending.
    pub fn ticks(&self) -> Vec<Tick> {
        let decades = (self.high - self.low) / std::f64::consts::LN_10;
        if self.is_logarithmic && decades >= 1.0 {
            return self.decade_ticks(decades);
        }
        let (low, high) = if self.is_logarithmic {
            (self.low.exp(), self.high.exp())
        } else {
            (self.low, self.high)
        };
        let step = round_step((high - low) / 4.0);
        let first = (low / step).ceil() as i64;
        let last = (high / step).floor() as i64;
        (first..=last.min(first.saturating_add(12)))
            .map(|i| i as f64 * step)
            .map(|value| Tick { value, label: label(value, step) })
            .collect()
    }

    /// Powers of ten, with 2 and 5 times them where there are few.
    fn decade_ticks(&self, decades: f64) -> Vec<Tick> {
        let factors: &[f64] = if decades < 2.5 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let every = (decades / 7.0).ceil().max(1.0) as usize;
        let [first, last] = [self.low, self.high].map(|m| m / std::f64::consts::LN_10);
        (first.floor() as i32..=last.floor() as i32)
            .step_by(every)
            .flat_map(|power| factors.iter().map(move |factor| factor * 10_f64.powi(power)))
            .filter(|value| self.share(*value).is_some_and(|share| (0.0..=1.0).contains(&share)))
            .map(|value| Tick { value, label: label(value, value) })
            .collect()
    }
}

fn measure(value: f64, is_logarithmic: bool) -> Option<f64> {
    let measure = if is_logarithmic { value.ln() } else { value };
    measure.is_finite().then_some(measure)
}

/// The largest 1, 2 or 5 times a power of ten that is at most `step`.
fn round_step(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    let factors = [5.0, 2.0].into_iter();
    // The slack keeps a step that is round already, whatever the division before left of it.
    factors
        .filter(|factor| factor * power <= step * 1.001)
        .fold(power, |largest, factor| largest.max(factor * power))
}

/// A short label of a value whose neighbours are a `step` away: 20k, 1.5M, 0.002, 1.5e-7.
fn label(value: f64, step: f64) -> String {
    let size = value.abs();
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    match size {
        0.0 if decimals > 5 => "0".into(),
        _ if size >= 1e9 || decimals > 5 => told_apart(value, step, true),
        _ if size >= 1e6 => told_apart(value / 1e6, step / 1e6, false) + "M",
        _ if size >= 1e4 => told_apart(value / 1e3, step / 1e3, false) + "k",
        _ => format!("{value:.decimals$}"),
    }
}

/// `value` with as few digits as tell it from others a `step` away.
pub fn told_apart(value: f64, step: f64, is_exponential: bool) -> String {
    let written = |digits: usize| match is_exponential {
        true => format!("{value:.digits$e}"),
        false => format!("{value:.digits$}"),
    };
    let is_near = |text: &String| {
        text.parse::<f64>().is_ok_and(|read| (read - value).abs() <= step.abs() / 20.0)
    };
    (0..16).map(written).find(is_near).unwrap_or_else(|| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(low: f64, high: f64, is_logarithmic: bool) -> Range {
        let axis = Axis { name: String::new(), is_logarithmic };
        Range::of([low, high].into_iter(), &axis, 0.0)
    }

    fn labels(range: Range) -> Vec<String> {
        range.ticks().into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn linear_ticks_are_round_numbers() {
        assert_eq!(labels(range(0.0, 1.0, false)), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(range(0.0, 4e4, false)), ["0", "10k", "20k", "30k", "40k"]);
        assert_eq!(labels(range(-3.0, 3.0, false)), ["-3", "-2", "-1", "0", "1", "2", "3"]);
    }

    #[test]
    fn labels_of_very_small_and_very_large_numbers_tell_ticks_apart() {
        let expected = ["0", "5e-9", "1e-8", "1.5e-8", "2e-8", "2.5e-8"];
        assert_eq!(labels(range(0.0, 2.6e-8, false)), expected);
        let expected = ["1.15e-4", "1.2e-4", "1.25e-4", "1.3e-4", "1.35e-4"];
        assert_eq!(labels(range(1.14e-4, 1.36e-4, false)), expected);
        assert_eq!(labels(range(1.00009e6, 1.00021e6, false))[..2], ["1.0001M", "1.00012M"]);
        assert_eq!(labels(range(0.9e9, 1.3e9, false)), ["900M", "1e9", "1.1e9", "1.2e9", "1.3e9"]);
    }

    #[test]
    fn logarithmic_ticks_are_powers_of_ten() {
        assert_eq!(labels(range(1e-4, 1.0, true)), ["0.0001", "0.001", "0.01", "0.1", "1"]);
        assert_eq!(labels(range(1.0, 50.0, true)), ["1", "2", "5", "10", "20", "50"]);
        assert!(labels(range(1e-30, 1e30, true)).len() <= 8);
    }

    #[test]
    fn a_logarithmic_range_is_halved_by_the_geometric_mean() {
        let share = range(0.01, 100.0, true).share(1.0).unwrap();
        assert!((share - 0.5).abs() < 1e-12);
        assert_eq!(range(0.01, 100.0, true).share(0.0), None);
        assert_eq!(range(0.0, 1.0, false).share(f64::NAN), None);
    }

    #[test]
    fn constants_and_nothing_at_all_have_a_range() {
        assert_eq!(range(7.0, 7.0, false).share(7.0), Some(0.5));
        let none =
            Range::of([].into_iter(), &Axis { name: String::new(), is_logarithmic: true }, 0.1);
        assert!(none.share(1.0).is_some() && !none.ticks().is_empty());
    }
}
