//! Axes of the view's plots: where their marks are, and how they read.

use egui_plot::{GridInput, GridMark};

use crate::gui::axes::{self, round_step};

/// Least distance of times on an axis, in points.
const TICKS: f32 = 56.0;

/// Least distance of numbers on an axis, in points.
const NUMBERS: f32 = 32.0;

/// Steps from one time on the axis to the next: few enough to be read, and the end is one of them.
pub(super) fn stride(intervals: usize, width: f32) -> usize {
    let most = (width / TICKS).max(2.0) as usize;
    let divides = |stride: &usize| intervals.is_multiple_of(*stride) && intervals / stride <= most;
    (1..=intervals).find(divides).unwrap_or(intervals.max(1))
}

/// Powers of ten, with 2 and 5 in between where there is room.
pub(super) fn decades(input: GridInput) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    axes::decades(input.bounds, high.ceil() - low.floor() <= 3.0)
}

/// A power of ten as a number.
pub(super) fn power(exponent: f64) -> String {
    let value = 10f64.powf(exponent);
    if value < 0.0009 { format!("{value:.0e}") } else { format!("{}", (value * 1e4).round() / 1e4) }
}

/// Four to ten marks at round numbers on an axis of so many points, fewer where there is less room; none in a corner.
pub(super) fn few(input: GridInput, length: f32) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    let step = round_step((high - low) / f64::from((length / NUMBERS).clamp(3.0, 10.0)));
    // Numbers at the very ends would run into those of the other axis.
    let edge = 0.03 * (high - low);
    let marks = ((low + edge) / step).ceil() as i64..=((high - edge) / step).floor() as i64;
    marks.map(|i| GridMark { value: i as f64 * step, step_size: step }).collect()
}

/// The number at a mark of [`few`], with as many decimals as its step has.
pub(super) fn round(mark: GridMark) -> String {
    let decimals = (-mark.step_size.log10()).ceil().max(0.0) as usize;
    // Not "-0".
    let value = if mark.value.abs() < mark.step_size / 2.0 { 0.0 } else { mark.value };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_a_few_round_marks_at_every_scale() {
        for reach in [0.013, 0.2, 1.5, 40.0, 700.0] {
            let input = GridInput { bounds: (-reach, reach), base_step_size: reach / 300.0 };
            let marks = few(input, 400.0);
            assert!((4..=11).contains(&marks.len()), "{reach}: {}", marks.len());
            assert!(marks.iter().any(|mark| mark.value == 0.0), "{marks:?}");
        }
        let marks = few(GridInput { bounds: (-0.11, 0.11), base_step_size: 0.001 }, 400.0);
        let written: Vec<String> = marks.into_iter().map(round).collect();
        assert_eq!(written, ["-0.10", "-0.05", "0.00", "0.05", "0.10"]);
        let input = GridInput { bounds: (-1.5, 1.5), base_step_size: 0.01 };
        let corners = few(input, 400.0);
        assert_eq!((corners.len(), corners[0].value), (5, -1.0));
        let narrow = few(GridInput { bounds: (0.38, 0.62), base_step_size: 0.001 }, 150.0);
        let written: Vec<String> = narrow.into_iter().map(round).collect();
        assert_eq!(written, ["0.4", "0.5", "0.6"]);
        assert_eq!(round(GridMark { value: -1e-17, step_size: 0.5 }), "0.0");
    }

    #[test]
    fn times_on_the_axis_fit_and_end_at_zero() {
        for (intervals, width) in [(5, 800.0), (20, 420.0), (100, 420.0), (125, 200.0), (200, 60.0)]
        {
            let stride = stride(intervals, width);
            assert!(intervals.is_multiple_of(stride), "{stride}");
            assert!((intervals / stride) as f32 * TICKS <= width.max(2.0 * TICKS), "{stride}");
        }
        assert_eq!(stride(20, 2000.0), 1);
    }

    #[test]
    fn powers_of_ten_are_written_as_numbers_and_those_between_where_there_is_room() {
        assert_eq!([0.0, -2.0, -3.0, -7.0].map(power), ["1", "0.01", "0.001", "1e-7"]);
        let marks = |low: f64, high: f64| {
            let marks = decades(GridInput { bounds: (low, high), base_step_size: 0.01 });
            marks.into_iter().map(|mark| power(mark.value)).collect::<Vec<_>>()
        };
        assert_eq!(marks(-2.1, -0.5), ["0.01", "0.02", "0.05", "0.1", "0.2"]);
        assert_eq!(marks(-6.5, -2.5), ["1e-6", "1e-5", "1e-4", "0.001"]);
    }
}
