//! What a comparison found, as data and as a table.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{provenance::Provenance, table::Table};
use crate::{
    diffusion::Method,
    eval::{Manifold, OdeError},
    math::statistics::Estimate,
};

/// One sampler's line in the table.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Line {
    /// `Teacher`, `CM`, `Direct CM` or a method's own name; of a baseline its solver's.
    pub model: String,
    /// Steps.
    pub steps: usize,
    /// Network evaluations a sample.
    pub evaluations: usize,
    /// Seconds for all samples.
    pub seconds: f64,
    /// Distance to the teacher's solution; none for the teacher itself.
    pub ode: Option<OdeError>,
    /// Frechet distance to the teacher's samples from other noise; the teacher's own is the floor.
    pub frechet_teacher: Option<Estimate>,
    /// Frechet distance to held-out data.
    pub frechet_data: Option<Estimate>,
    /// The same distances without what finite sets add (FD-infinity): below 0 it may come out, too.
    pub frechet_infinity_teacher: Option<Estimate>,
    /// To held-out data.
    pub frechet_infinity_data: Option<Estimate>,
    /// Frechet distances on whitened features: every direction that training images vary in counts alike.
    pub white_teacher: Option<Estimate>,
    /// To held-out data.
    pub white_data: Option<Estimate>,
    /// The same without what finite sets add, which is most of them.
    pub white_infinity_teacher: Option<Estimate>,
    /// To held-out data.
    pub white_infinity_data: Option<Estimate>,
    /// Share of samples that the feature network takes for the class asked for.
    pub agreement: Option<Estimate>,
    /// Share of samples that are nearer to a training image than 95% of held-out images.
    pub near_copies: Option<Estimate>,
    /// Power in fine detail over that of the teacher's solutions; none for the teacher itself and for points.
    pub sharpness: Option<Estimate>,
    /// Power at each spatial frequency, in periods a side from 0; none for points.
    pub spectrum: Option<Vec<f64>>,
    /// Kernel distance to the teacher's samples from other noise.
    pub kernel_teacher: Option<Estimate>,
    /// Kernel distance to held-out data.
    pub kernel_data: Option<Estimate>,
    /// Beside the teacher's samples from other noise.
    pub beside_teacher: Option<Manifold>,
    /// Beside held-out data.
    pub beside_data: Option<Manifold>,
}

/// A student's figures less those of another at the same number of steps, or of the teacher or a baseline at its own.
/// Both met the same noises and the same references, and much of what chance does to either is therefore no part of the
/// difference.
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    /// The student.
    pub model: String,
    /// The other, which is taken away; of a baseline with its steps.
    pub less: String,
    /// Steps of the student.
    pub steps: usize,
    /// The differences with their 95% intervals, by the names of a line's figures ("ode" is its squared error; "precision"
    /// and "coverage" are those beside the teacher's samples).
    pub figures: BTreeMap<&'static str, Estimate>,
}

/// What a comparison found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The preset.
    pub preset: String,
    /// What it was measured on.
    #[serde(flatten)]
    pub provenance: Provenance,
    /// The number of the only class that was drawn; none: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<u32>,
    /// Seed of the noise.
    pub seed: u64,
    /// Noises measured: the N of every figure.
    pub samples: usize,
    /// The teacher's solver.
    pub method: Method,
    /// Its intervals N.
    pub intervals: usize,
    /// Guidance w.
    pub guidance: f64,
    /// Times of students' steps after the first, where these are not even.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub times: Vec<Vec<f64>>,
    /// Where it was computed.
    pub device: String,
    /// What Frechet distances are measured on.
    pub features: Option<&'static str>,
    /// Directions of equal variance that the features of training images vary like; none where they are not whitened.
    pub directions: Option<f64>,
    /// Held-out samples behind each distance to data.
    pub held_out: Option<usize>,
    /// Training samples behind `frechet_floor`.
    pub train: Option<usize>,
    /// Frechet distance of as many training images to the held-out ones: what a perfect model scores.
    pub frechet_floor: Option<Estimate>,
    /// That distance without what finite sets add.
    pub frechet_infinity_floor: Option<Estimate>,
    /// Power of held-out images at each spatial frequency.
    pub held_out_spectrum: Option<Vec<f64>>,
    /// The distance to the nearest training image up to which a sample is a near copy.
    pub copy_distance: Option<f64>,
    /// A line a sampler.
    pub lines: Vec<Line>,
    /// Each student less the one before it; single steps less the teacher's and its baselines'.
    pub differences: Vec<Difference>,
}

/// A measure of samples, shown where it was taken: its heading, where it is found, and how it is written.
type Measure = (&'static str, fn(&Line) -> Option<Estimate>, fn(Estimate) -> String);
/// What tells how good samples are.
const DISTANCES: [Measure; 4] = [
    ("FD teacher (95%)", |line| line.frechet_teacher, interval),
    ("FD data (95%)", |line| line.frechet_data, interval),
    ("right class (95%)", |line| line.agreement, percent),
    ("near copies (95%)", |line| line.near_copies, percent),
];
/// What tells what kind of samples lie behind a distance.
const KINDS: [Measure; 11] = [
    ("FD-inf teacher (95%)", |line| line.frechet_infinity_teacher, interval),
    ("FD-inf data (95%)", |line| line.frechet_infinity_data, interval),
    ("white FD-inf teacher (95%)", |line| line.white_infinity_teacher, interval),
    ("white FD-inf data (95%)", |line| line.white_infinity_data, interval),
    ("sharpness (95%)", |line| line.sharpness, interval),
    ("KID teacher (95%)", |line| line.kernel_teacher, interval),
    ("KID data (95%)", |line| line.kernel_data, interval),
    ("precision (95%)", |line| Some(line.beside_teacher?.precision), percent),
    ("recall (95%)", |line| Some(line.beside_teacher?.recall), percent),
    ("density (95%)", |line| Some(line.beside_teacher?.density), interval),
    ("coverage (95%)", |line| Some(line.beside_teacher?.coverage), percent),
];

/// A figure that tells students apart: its heading, its name, and how a difference is written.
pub(super) type Apart = (&'static str, &'static str, fn(Estimate) -> String);
pub(super) const DIFFERENCES: [Apart; 10] = [
    ("ODE error", "ode", interval),
    ("FD teacher", "frechet_teacher", interval),
    ("FD data", "frechet_data", interval),
    ("white FD teacher", "white_teacher", interval),
    ("white FD data", "white_data", interval),
    ("KID teacher", "kernel_teacher", interval),
    ("KID data", "kernel_data", interval),
    ("right class", "agreement", percent),
    ("precision", "precision", percent),
    ("coverage", "coverage", percent),
];

/// A share as a percentage with its interval.
pub(super) fn percent(share: Estimate) -> String {
    // Nothing is written as -0.0.
    let tenths = |share: f64| (1000.0 * share).round() / 10.0 + 0.0;
    let [mean, low, high] = [share.mean, share.low, share.high].map(tenths);
    format!("{mean:.1}% [{low:.1}, {high:.1}]")
}

/// A number with its interval.
pub fn interval(value: Estimate) -> String {
    let [mean, low, high] = [value.mean, value.low, value.high].map(significant);
    format!("{mean} [{low}, {high}]")
}

/// Three significant digits; small numbers with a power of ten.
pub fn significant(value: f64) -> String {
    // Of what is written: 9.996 is 10.0. What is no number has no exponent.
    let written = format!("{value:.2e}");
    let digits: i32 = written.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    if digits < -3 {
        return format!("{value:.1e}");
    }
    format!("{value:.*}", (2 - digits).max(0) as usize)
}

/// A time of the process: whole ones without digits behind the point.
pub fn time(t: f64) -> String {
    if t.fract() == 0.0 { t.to_string() } else { significant(t) }
}

/// "1 step", "4 steps".
pub fn steps(count: usize) -> String {
    format!("{count} {}", if count == 1 { "step" } else { "steps" })
}

/// "2 h 05 min", "3 min 20 s", "12 s".
pub fn duration(seconds: f64) -> String {
    let s = seconds.max(0.0).round() as u64;
    match (s / 3600, s / 60 % 60, s % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s:02} s"),
        (h, m, _) => format!("{h} h {m:02} min"),
    }
}

impl Report {
    /// Three tables as text: samplers, what kind of samples they are, how far students are apart; what was not measured is
    /// left out.
    pub fn table(&self) -> String {
        let [mut samplers, mut kinds] = [0; 2].map(|_| self.of_lines());
        self.cost_and_error(&mut samplers);
        self.measures(&mut samplers, &DISTANCES);
        self.measures(&mut kinds, &KINDS);
        let tables = [samplers.text(), kinds.text(), self.apart()];
        tables.into_iter().filter(|table| !table.is_empty()).collect::<Vec<_>>().join("\n")
    }

    /// A line a sampler.
    fn of_lines(&self) -> Table {
        let names: Vec<_> = self.lines.iter().map(|line| line.model.clone()).collect();
        let steps: Vec<_> = self.lines.iter().map(|line| line.steps.to_string()).collect();
        Table::new("sampler", &names, &steps)
    }

    fn cost_and_error(&self, table: &mut Table) {
        let cells =
            |write: &dyn Fn(&Line) -> String| self.lines.iter().map(write).collect::<Vec<_>>();
        let of_ode =
            |write: &dyn Fn(OdeError) -> String| cells(&|line| line.ode.map_or("-".into(), write));
        let per_sample = 1e3 / self.samples as f64;
        table.column("calls", cells(&|line| line.evaluations.to_string()));
        table.column("ms a sample", cells(&|line| significant(per_sample * line.seconds)));
        table.column("ODE error (95%)", of_ode(&|ode| interval(ode.squared)));
        let normalised = |ode: OdeError| ode.normalised.map_or("-".into(), significant);
        table.column("normalised", of_ode(&normalised));
        table.column("PSNR", of_ode(&|ode| format!("{:.1}", ode.psnr)));
    }

    /// A column for each of `measures` that was taken.
    fn measures(&self, table: &mut Table, measures: &[Measure]) {
        for (heading, measure, write) in measures {
            if self.lines.iter().any(|line| measure(line).is_some()) {
                let cell = |line| measure(line).map_or("-".into(), write);
                table.column(heading, self.lines.iter().map(cell));
            }
        }
    }

    /// How far students are apart.
    fn apart(&self) -> String {
        let all = &self.differences;
        let names: Vec<_> = all.iter().map(|d| format!("{} - {}", d.model, d.less)).collect();
        let steps: Vec<_> = all.iter().map(|d| d.steps.to_string()).collect();
        let mut table = Table::new("difference (95%)", &names, &steps);
        for (heading, name, write) in &DIFFERENCES {
            if all.iter().any(|difference| difference.figures.contains_key(name)) {
                let cell = |d: &Difference| marked(d.figures.get(name).copied(), *write);
                table.column(heading, all.iter().map(cell));
            }
        }
        let text = table.text();
        if text.is_empty() { text } else { text + "* an interval without 0\n" }
    }
}

/// A difference with its interval, and whether that leaves 0 out.
pub(super) fn marked(figure: Option<Estimate>, write: fn(Estimate) -> String) -> String {
    let Some(figure) = figure else { return "-  ".into() };
    let mark = if figure.low > 0.0 || figure.high < 0.0 { '*' } else { ' ' };
    format!("{} {mark}", write(figure))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_for_people() {
        let written = [12.3, 200.0, 7500.0].map(duration);
        assert_eq!(written, ["12 s", "3 min 20 s", "2 h 05 min"]);
        let edges = [0.0, 0.6, 59.5, 61.0, 3600.0, f64::NAN].map(duration);
        assert_eq!(edges, ["0 s", "1 s", "1 min 00 s", "1 min 01 s", "1 h 00 min", "0 s"]);
    }

    #[test]
    fn numbers_are_written_with_three_significant_digits() {
        let written = [0.012345, 1.2345, 12.345, 1234.5, 0.0, 0.0000123].map(significant);
        assert_eq!(written, ["0.0123", "1.23", "12.3", "1234", "0.00", "1.2e-5"]);
        let written = [9.996, -0.9996, 0.00099996, f64::NAN].map(significant);
        assert_eq!(written, ["10.0", "-1.00", "0.00100", "NaN"]);
    }
}
