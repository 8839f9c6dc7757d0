//! Time grids against the golden lists of the method, and what is refused.

use super::*;
use crate::math::tests::assert_close;

#[test]
fn a_uniform_grid_runs_from_the_terminal_time_to_zero() {
    let grid = TimeGrid::uniform(4).unwrap();
    assert_eq!(grid.times(), [1000.0, 750.0, 500.0, 250.0, 0.0]);
    assert_eq!(grid.starts(), [1000.0, 750.0, 500.0, 250.0]);
    assert_eq!(grid.intervals(), 4);
    assert_eq!(TimeGrid::uniform(1000).unwrap().times()[999], 1.0);
}

#[test]
fn intervals_that_do_not_divide_the_terminal_time_are_refused() {
    for intervals in [0, 3, 999, 1001, 2000, usize::MAX] {
        assert_eq!(TimeGrid::uniform(intervals), Err(GridError::NotADivisor(intervals)));
    }
    let sentence = TimeGrid::uniform(30).unwrap_err().to_string();
    assert!(sentence.contains("30 intervals") && sentence.contains("divisor"), "{sentence}");
}

#[test]
fn student_times_match_the_golden_lists() {
    let hundred = TimeGrid::uniform(100).unwrap();
    let golden: [(usize, &[f64]); 5] = [
        (1, &[1000.0]),
        (2, &[1000.0, 500.0]),
        (3, &[1000.0, 670.0, 330.0]),
        (4, &[1000.0, 750.0, 500.0, 250.0]),
        (8, &[1000.0, 880.0, 750.0, 620.0, 500.0, 380.0, 250.0, 120.0]),
    ];
    for (steps, times) in golden {
        assert_eq!(hundred.student_times(steps).unwrap(), times);
    }
    let fifty = TimeGrid::uniform(50).unwrap();
    assert_eq!(fifty.student_times(4).unwrap(), [1000.0, 760.0, 500.0, 240.0]);
    assert_eq!(
        fifty.student_times(8).unwrap(),
        [1000.0, 880.0, 760.0, 620.0, 500.0, 380.0, 240.0, 120.0]
    );
}

#[test]
fn a_student_with_all_steps_visits_every_start() {
    let grid = TimeGrid::uniform(100).unwrap();
    assert_eq!(grid.student_times(100).unwrap(), grid.starts());
}

#[test]
fn student_times_never_repeat() {
    let grid = TimeGrid::uniform(100).unwrap();
    for steps in 1..=100 {
        let times = grid.student_times(steps).unwrap();
        assert!(times.windows(2).all(|pair| pair[0] > pair[1]), "{steps} steps: {times:?}");
    }
}

#[test]
fn impossible_numbers_of_student_steps_are_refused() {
    let grid = TimeGrid::uniform(50).unwrap();
    for steps in [0, 51] {
        assert_eq!(grid.student_times(steps), Err(GridError::Steps { steps, intervals: 50 }));
    }
}

#[test]
fn the_karras_grid_matches_the_golden_numbers() {
    let golden = [
        80.0, 57.585985, 40.785574, 28.374585, 19.352453, 12.910082, 8.400935, 5.315195, 3.256822,
        1.923340, 1.088171, 0.585348, 0.296442, 0.139516, 0.059947, 0.022935, 0.007528, 0.002, 0.0,
    ];
    let grid = TimeGrid::karras(18).unwrap();
    assert_eq!(grid.times().len(), golden.len());
    for (&found, expected) in grid.times().iter().zip(golden) {
        // Half a unit of the last printed digit.
        assert_close(found, expected, 5.01e-7);
    }
    assert_eq!((grid.times()[0], grid.times()[17]), (80.0, 0.002));
}

#[test]
fn a_karras_grid_of_one_level_steps_straight_to_zero() {
    assert_eq!(TimeGrid::karras(1).unwrap().times(), [80.0, 0.0]);
}

#[test]
fn the_finest_karras_grid_still_descends_to_zero() {
    let grid = TimeGrid::karras(MOST_LEVELS).unwrap();
    assert_eq!(grid.intervals(), MOST_LEVELS);
    assert!(grid.times().windows(2).all(|pair| pair[0] > pair[1]));
    assert_eq!(grid.times()[MOST_LEVELS], 0.0);
}

#[test]
fn karras_grids_without_a_level_or_with_too_many_are_refused_without_a_panic() {
    for levels in [0, MOST_LEVELS + 1, usize::MAX] {
        assert_eq!(TimeGrid::karras(levels), Err(GridError::Levels(levels)));
    }
}

#[test]
fn a_student_takes_any_times_that_descend_from_the_terminal_one_to_above_0() {
    let grid = TimeGrid::uniform(20).expect("a grid");
    assert_eq!(grid.student_times_at(&[640.5, 20.0]), Ok(vec![1000.0, 640.5, 20.0]));
    assert_eq!(grid.student_times_at(&[]), Ok(vec![1000.0]));
    for times in [&[1000.0][..], &[500.0, 500.0], &[200.0, 300.0], &[0.0], &[-1.0], &[f64::NAN]] {
        let error = grid.student_times_at(times).expect_err("refused");
        let written = format!("{error}");
        assert!(written.contains("below 1000 and above 0"), "{written}");
    }
    let grid = TimeGrid::karras(20).expect("a grid");
    assert_eq!(grid.student_times_at(&[2.5]), Ok(vec![80.0, 2.5]));
}
