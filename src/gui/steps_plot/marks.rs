//! Marks of the axes of plots over steps, and how they read.

use egui_plot::{GridInput, GridMark};

use crate::{
    gui::axes::{decades, round_step},
    picture::axis::told_apart,
};

/// Where a logarithmic axis has marks within each power of ten.
struct Between {
    /// While less than so many powers of ten are on show.
    below: f64,
    /// Powers of ten from one to the next where they are nearest.
    apart: f64,
    factors: &'static [f64],
}

const BETWEEN: [Between; 4] = [
    Between {
        below: 0.3,
        apart: 0.045,
        factors: &[1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0],
    },
    Between {
        below: 0.5,
        apart: 0.079,
        factors: &[1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0],
    },
    Between { below: 0.7, apart: 0.096, factors: &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0] },
    Between { below: 1.0, apart: 0.146, factors: &[1.0, 2.0, 3.0, 5.0, 7.0] },
];
/// Powers of ten below which even steps of the value are nearly even on a logarithmic axis, too.
const EVEN: f64 = 0.2;

/// Height of a mark's line with room around it, and of the marks of the steps, which a plot's height has too.
const LINE: f32 = 20.0;
const STEPS: f32 = 24.0;

pub(super) fn power(exponent: f64) -> f64 {
    10f64.powf(exponent)
}

/// A mark of the axis of values, as short as it can be.
pub(super) fn written(mark: &GridMark, is_log: bool) -> String {
    let GridMark { value, step_size } = *mark;
    let [value, step] = match is_log {
        true => [power(value), power(value + step_size) - power(value)],
        false => [value, step_size],
    };
    if value.abs() < step / 20.0 {
        return "0".into(); // or nearly, by what sums of steps leave
    }
    told_apart(value, step, !(1e-3..1e5).contains(&value.abs()))
}

/// Marks of a logarithmic axis of this height: powers of ten, each that has room, with 2 and 5 where there is room for
/// them, and with more where less than a power of ten is on show.
pub(super) fn marks(input: &GridInput, height: f32) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    if !(low.is_finite() && high.is_finite() && high > low) {
        return Vec::new();
    }
    let span = high - low;
    if span < EVEN {
        return plain_marks(low, high);
    }
    match BETWEEN.iter().find(|between| span < between.below) {
        Some(between) => between.marks(low, high),
        None if span < 2.5 => decades((low, high), true),
        None => {
            let every = (span * f64::from(LINE / (height - STEPS).max(1.0))).ceil() as i32;
            let mut marks = decades((low, high), false);
            marks.retain(|mark| (mark.value.round() as i32).rem_euclid(every) == 0);
            marks
        }
    }
}

/// Marks of the steps: round numbers, about as many as their labels have room for.
pub(super) fn step_marks(input: &GridInput, width: f32) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    if !(low.is_finite() && high.is_finite() && high > low) {
        return Vec::new();
    }
    let step = round_step((high - low) / f64::from(width / 72.0).clamp(2.0, 8.0));
    let first = (low / step).ceil() as i64;
    let values = (first..first + 12).map(|i| i as f64 * step).take_while(|value| *value <= high);
    values.map(|value| GridMark { value, step_size: step }).collect()
}

impl Between {
    fn marks(&self, low: f64, high: f64) -> Vec<GridMark> {
        let mut marks = Vec::new();
        for exponent in low.floor() as i32..=high.floor() as i32 {
            let values = self.factors.iter().map(|factor| f64::from(exponent) + factor.log10());
            marks.extend(values.map(|value| GridMark { value, step_size: self.apart }));
        }
        marks.retain(|mark| (low..=high).contains(&mark.value));
        marks
    }
}

/// Marks at even steps of the value, two at least.
fn plain_marks(low: f64, high: f64) -> Vec<GridMark> {
    let (bottom, top) = (power(low), power(high));
    let marks = |parts: f64| -> Vec<GridMark> {
        let step = round_step((top - bottom) / parts);
        // A mark at an end is none the less one for rounding, which differs from system to system.
        let [bottom, top] = [bottom * (1.0 - 1e-9), top * (1.0 + 1e-9)];
        let first = (bottom / step).ceil().max(1.0) as i64;
        let values = (first..first + 12).map(|i| i as f64 * step).take_while(|value| *value <= top);
        let mark = |value: f64| {
            let step_size = (1.0 + step / value).log10();
            GridMark { value: value.log10(), step_size }
        };
        values.map(mark).collect()
    };
    let few = marks(4.0);
    if few.len() < 2 { marks(8.0) } else { few }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(bottom: f64, top: f64) -> Vec<String> {
        let bounds = (bottom.log10(), top.log10());
        let marks = marks(&GridInput { bounds, base_step_size: 0.01 }, 300.0);
        marks.iter().map(|mark| written(mark, true)).collect()
    }

    #[test]
    fn marks_of_a_logarithmic_axis_are_round_at_every_range() {
        assert_eq!(values(0.9e-5, 1.1), ["1e-5", "1e-4", "0.001", "0.01", "0.1", "1"]);
        assert_eq!(values(0.015, 0.6), ["0.02", "0.05", "0.1", "0.2", "0.5"]);
        assert_eq!(values(0.28, 2.2), ["0.3", "0.5", "0.7", "1", "2"]);
        assert_eq!(values(0.55, 1.9), ["0.7", "1", "1.5"]);
        assert_eq!(values(0.11, 0.43), ["0.15", "0.2", "0.3", "0.4"]);
        assert_eq!(values(1.02, 1.05), ["1.02", "1.03", "1.04", "1.05"]);
        assert_eq!(values(1.4e-4, 3.1e-4), ["1.5e-4", "2e-4", "2.5e-4", "3e-4"]);
        assert_eq!(values(0.12315, 0.12385), ["0.1232", "0.1234", "0.1236", "0.1238"]);
        let plain = |value, step_size| written(&GridMark { value, step_size }, false);
        assert_eq!([plain(-1e-17, 0.1), plain(0.1, 0.1), plain(25e4, 5e4)], ["0", "0.1", "2.5e5"]);
        let nowhere = GridInput { bounds: (f64::NEG_INFINITY, 0.0), base_step_size: 1.0 };
        assert!(marks(&nowhere, 300.0).is_empty());
        let low = marks(&GridInput { bounds: (-6.2, -0.8), base_step_size: 0.01 }, 90.0);
        let low: Vec<String> = low.iter().map(|mark| written(mark, true)).collect();
        assert_eq!(low, ["1e-6", "1e-4", "0.01"]);
    }

    #[test]
    fn steps_are_marked_at_round_numbers_that_fit() {
        let marked = |end, width| -> Vec<f64> {
            let input = GridInput { bounds: (-0.5, end), base_step_size: 1.0 };
            step_marks(&input, width).iter().map(|mark| mark.value).collect()
        };
        assert_eq!(marked(605.0, 480.0), [0.0, 100.0, 200.0, 300.0, 400.0, 500.0, 600.0]);
        assert_eq!(marked(605.0, 200.0), [0.0, 500.0]);
        assert_eq!(marked(4000.0, 300.0), [0.0, 1000.0, 2000.0, 3000.0, 4000.0]);
    }

    #[test]
    fn wherever_a_logarithmic_axis_lies_no_large_part_of_it_is_without_a_mark() {
        for span in 1..80 {
            for start in 0..200 {
                let low = 0.005 * f64::from(start);
                let high = low + 0.05 * f64::from(span);
                let marks = marks(&GridInput { bounds: (low, high), base_step_size: 0.01 }, 300.0);
                assert!(marks.len() >= 2, "{low} to {high}");
                let values = marks.iter().map(|mark| mark.value);
                let ends: Vec<f64> = [low].into_iter().chain(values).chain([high]).collect();
                let widest = ends.windows(2).map(|ends| ends[1] - ends[0]).fold(0.0, f64::max);
                assert!(widest < 0.65 * (high - low), "{low} to {high}: {ends:?}");
            }
        }
    }
}
