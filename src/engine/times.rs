//! At which times a student's further steps are best taken: each is found after those before it by the Frechet distance
//! to the teacher's samples, and all are held against even ones on noise that none was chosen on.
//!
//! Song et al. (2023, after algorithm 1) find theirs one at a time, too, by ternary search. Here times all along the grid
//! are tried, since the distance over time need not have a single valley, and is worth seeing.

mod judge;
mod plot;
mod words;

use burn::prelude::Device;
use serde::Serialize;

use super::{
    Cancel, Event, LabError, Model, provenance::Provenance, sampling::Request, shipped::ModelSet,
};
use crate::math::{chance::Score, grid::TimeGrid, seed::Seed, statistics::Estimate};
use judge::Judge;

/// What to search.
#[derive(Clone, Copy, Debug)]
pub struct Search {
    /// Seed of the noise that times are chosen on; they are checked on that of the next.
    pub seed: Seed,
    /// Samples behind each distance.
    pub samples: usize,
    /// The most steps; times of 2 are found first.
    pub steps: usize,
    /// Times tried for each step.
    pub tries: usize,
}

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// The preset.
    pub preset: String,
    /// What it was measured on.
    #[serde(flatten)]
    pub provenance: Provenance,
    /// Seeds of the noise that times were chosen on, and checked on.
    pub seeds: [u64; 2],
    /// Samples behind each distance.
    pub samples: usize,
    /// Of each student for more than one step.
    pub students: Vec<Times>,
}

/// The times of a student.
#[derive(Clone, Debug, Serialize)]
pub struct Times {
    /// The student.
    pub model: String,
    /// Its single step.
    pub single: Try,
    /// What was tried for each step after the first.
    pub tried: Vec<Vec<Try>>,
    /// The times found, descending from the terminal one.
    pub times: Vec<f64>,
    /// Of 2 of them and more, on other noise.
    pub verdicts: Vec<Verdict>,
}

/// Samples whose last step is taken at a time, any before it at those found.
#[derive(Clone, Debug, Serialize)]
pub struct Try {
    /// That time.
    pub time: f64,
    /// Their Frechet distance to the teacher's samples from other noise.
    pub frechet: Estimate,
    /// The same on whitened features, without what finite sets add; none of too few samples.
    pub white: Option<Estimate>,
}

/// Samples at the times found, beside those at even ones.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// The times found, descending from the terminal one.
    pub times: Vec<f64>,
    /// As many that are evenly spread over the grid.
    pub even: Vec<f64>,
    /// By the distance that they were chosen by.
    pub frechet: Beside,
    /// On whitened features.
    pub white: Option<Beside>,
}

/// One distance of both; below 0 the times found are the better ones.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Beside {
    /// At the times found.
    pub found: Estimate,
    /// At even ones.
    pub even: Estimate,
    /// The first less the second, with the interval of a difference over the same noises.
    pub difference: Estimate,
    /// The first less what one step fewer at the times found has: below 0 the last step makes samples better.
    pub gain: Estimate,
}

impl Beside {
    fn of([found, even, fewer]: [&Score; 3]) -> Self {
        let [difference, gain] = [even, fewer].map(|other| found.less(other));
        Self { found: found.figure, even: even.figure, difference, gain }
    }
}

/// Finds the times of all students of `set` that are made for more than one step.
pub async fn run(
    set: &ModelSet,
    search: Search,
    device: &Device,
    cancel: &Cancel,
    report: &mut dyn FnMut(Event),
) -> Result<Found, LabError> {
    let grid = set.teacher.recipe.grid()?;
    // Refuses steps that the grid does not have.
    grid.student_times(search.steps)?;
    let is_for_more = |student: &&Model| !student.manifest.role.is_for_one_step();
    let students: Vec<&Model> = set.students.iter().filter(is_for_more).collect();
    if students.is_empty() {
        return Err(LabError::Request(
            "none of these students is made for more than one step".into(),
        ));
    }
    let Search { seed: Seed(seed), samples, .. } = search;
    let seeds = [seed, seed.wrapping_add(1)];
    let request = |seed| Request::new(Seed(seed), samples, set.teacher.classes(), None);
    let [choosing, checking] = Judge::both(set, seeds.map(request), device, cancel, report).await?;
    let mut found = Vec::new();
    for student in &students {
        found.push(choose(student, &grid, search, &choosing, report).await?);
    }
    for (student, own) in students.into_iter().zip(&mut found) {
        own.verdicts = check(student, &own.times, &grid, &checking, report).await?;
    }
    Ok(Found {
        preset: set.teacher.recipe.name.clone(),
        provenance: Provenance::of(set),
        seeds,
        samples,
        students: found,
    })
}

/// The times of `student`, without verdicts.
async fn choose(
    student: &Model,
    grid: &TimeGrid,
    search: Search,
    judge: &Judge<'_>,
    report: &mut dyn FnMut(Event),
) -> Result<Times, LabError> {
    let (mut times, mut tried) = (grid.student_times(1)?, Vec::new());
    let single = judge.attempt(student, &times).await?;
    let mut last = 0;
    for step in 2..=search.steps {
        let entries = between(last, grid.intervals(), search.tries);
        let all = entries.len() * search.samples;
        let (mut tries, mut best) = (Vec::new(), None);
        for (i, &entry) in entries.iter().enumerate() {
            let at = [&times[..], &[grid.times()[entry]]].concat();
            let attempt = judge.attempt(student, &at).await?;
            let mean = attempt.frechet.mean;
            if !mean.is_nan() && best.is_none_or(|(least, _)| mean < least) {
                best = Some((mean, entry));
            }
            tries.push(attempt);
            let what = format!("{}, the time of step {step}", student.title());
            report(Event::Part { what, done: (i + 1) * search.samples, all });
        }
        // No time of the grid is left below the last.
        let Some((_, entry)) = best else { break };
        (last, times) = (entry, [&times[..], &[grid.times()[entry]]].concat());
        tried.push(tries);
    }
    Ok(Times { model: student.title(), single, tried, times, verdicts: Vec::new() })
}

/// `times`, and the first of them, beside even ones.
async fn check(
    student: &Model,
    times: &[f64],
    grid: &TimeGrid,
    judge: &Judge<'_>,
    report: &mut dyn FnMut(Event),
) -> Result<Vec<Verdict>, LabError> {
    let mut verdicts = Vec::new();
    let mut fewer = judge.distances(student, &times[..1]).await?;
    for steps in 2..=times.len() {
        let (found, even) = (times[..steps].to_vec(), grid.student_times(steps)?);
        let own = judge.distances(student, &found).await?;
        let evenly = judge.distances(student, &even).await?;
        let frechet = Beside::of([&own.0, &evenly.0, &fewer.0]);
        let white = match [&own.1, &evenly.1, &fewer.1] {
            [Some(own), Some(evenly), Some(fewer)] => Some(Beside::of([own, evenly, fewer])),
            _ => None,
        };
        verdicts.push(Verdict { times: found, even, frechet, white });
        fewer = own;
        let (what, samples) = (format!("{}, beside even times", student.title()), judge.samples());
        let [done, all] = [steps - 1, times.len() - 1].map(|verdicts| verdicts * samples);
        report(Event::Part { what, done, all });
    }
    Ok(verdicts)
}

/// So many entries of a grid of `intervals` after the entry `last`, evenly spread, without its end; fewer where there
/// are fewer.
fn between(last: usize, intervals: usize, tries: usize) -> Vec<usize> {
    let (room, parts) = (intervals - last, tries + 1);
    let entry = |part: usize| last + (part * room + parts / 2) / parts;
    let mut entries: Vec<usize> = (1..parts).map(entry).collect();
    entries.retain(|&entry| last < entry && entry < intervals);
    entries.dedup();
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_are_tried_are_spread_over_what_is_left_of_the_grid() {
        assert_eq!(between(0, 100, 4), [20, 40, 60, 80]);
        assert_eq!(between(80, 100, 3), [85, 90, 95]);
        assert_eq!(between(96, 100, 20), [97, 98, 99]);
        assert_eq!(between(99, 100, 20), [0; 0], "no time is left");
    }

    #[test]
    fn the_time_of_a_second_step_is_the_best_of_those_tried_and_is_checked_on_other_noise() {
        let (device, cancel) = (Device::flex(), Cancel::default());
        let set = pollster::block_on(ModelSet::shipped("ring", &device)).expect("ring");
        let search = Search { seed: Seed(3), samples: 256, steps: 3, tries: 4 };
        let mut heard = Vec::new();
        let mut report = |event| heard.extend(matches!(event, Event::Part { .. }).then_some(()));
        let found = run(&set, search, &device, &cancel, &mut report);
        let found = pollster::block_on(found).expect("found");
        assert_eq!(found.seeds, [3, 4]);
        let names: Vec<_> = found.students.iter().map(|times| times.model.as_str()).collect();
        assert_eq!(names, ["CM", "Direct CM"]);
        for times in &found.students {
            let seconds: Vec<_> = times.tried[0].iter().map(|tried| tried.time).collect();
            assert_eq!(seconds, [800.0, 600.0, 400.0, 200.0]);
            let least = |tries: &[Try]| {
                tries.iter().min_by(|a, b| a.frechet.mean.total_cmp(&b.frechet.mean)).unwrap().time
            };
            let best = [1000.0, least(&times.tried[0]), least(&times.tried[1])];
            assert_eq!(times.verdicts.len(), 2);
            assert_eq!(times.verdicts[0].times, best[..2]);
            assert_eq!(times.verdicts[1].times, best);
            assert_eq!(times.verdicts[0].even, [1000.0, 500.0]);
            let [two, three] = [0, 1].map(|i| times.verdicts[i].frechet);
            let difference = three.found.mean - three.even.mean;
            assert!((three.difference.mean - difference).abs() < 1e-12);
            assert!((three.gain.mean - (three.found.mean - two.found.mean)).abs() < 1e-12);
        }
        assert!(!heard.is_empty());
        let plot = found.plot(set.teacher.recipe.model.process);
        let second: Vec<_> = plot.series[0].dots.iter().map(|dot| dot.x.mean).collect();
        assert_eq!(second, [0.0, 200.0, 400.0, 600.0, 800.0], "a single step first");
    }

    #[test]
    fn steps_that_no_grid_has_are_refused_and_a_stop_is_heeded() {
        let (device, cancel) = (Device::flex(), Cancel::default());
        let set = pollster::block_on(ModelSet::shipped("ring", &device)).expect("ring");
        let search = Search { seed: Seed(3), samples: 8, steps: 101, tries: 4 };
        let outcome = |search| pollster::block_on(run(&set, search, &device, &cancel, &mut |_| ()));
        let refused = outcome(search).unwrap_err().to_string();
        assert!(refused.contains("101 sampling steps do not fit a grid of 100"), "{refused}");
        cancel.set();
        let stopped = outcome(Search { steps: 2, ..search });
        assert!(matches!(stopped, Err(LabError::Stopped)));
    }
}
