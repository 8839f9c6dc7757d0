//! What a comparison found, as data and as a table.

use serde::Serialize;

use crate::{diffusion::Method, eval::OdeError};

/// One sampler's line in the table.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// `Teacher`, `CM`, `Direct CM` or a method's own name.
    pub model: String,
    /// Steps.
    pub steps: usize,
    /// Network evaluations a sample.
    pub evaluations: usize,
    /// Seconds for all samples.
    pub seconds: f64,
    /// Distance to the teacher's solution; none for the teacher itself.
    pub ode: Option<OdeError>,
    /// Frechet distance to the teacher's samples.
    pub frechet_teacher: Option<f64>,
    /// Frechet distance to held-out data.
    pub frechet_data: Option<f64>,
}

/// What a comparison found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The preset.
    pub preset: String,
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
    /// Where it was computed.
    pub device: String,
    /// What Frechet distances are measured on.
    pub features: Option<&'static str>,
    /// Frechet distance of as many training images to the held-out ones: what a perfect model scores.
    pub frechet_floor: Option<f64>,
    /// A line a sampler.
    pub lines: Vec<Line>,
}

/// Three significant digits.
pub(super) fn significant(value: f64) -> String {
    let digits = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
    format!("{value:.*}", (2 - digits).clamp(0, 5) as usize)
}

impl Report {
    /// The table as text.
    pub fn table(&self) -> String {
        let mut text = format!(
            "{:<12} {:>5} {:>6} {:>9} {:>22} {:>10} {:>7} {:>9} {:>9}\n",
            "sampler",
            "steps",
            "calls",
            "time",
            "ODE error (95%)",
            "normalised",
            "PSNR",
            "FD teach.",
            "FD data"
        );
        let number = |value: Option<f64>| value.map_or("-".into(), significant);
        for line in &self.lines {
            let error = line.ode.map_or("-".into(), |ode| {
                let [mean, low, high] =
                    [ode.squared.mean, ode.squared.low, ode.squared.high].map(significant);
                format!("{mean} [{low}, {high}]")
            });
            let normalised = number(line.ode.and_then(|ode| ode.normalised));
            let psnr = line.ode.map_or("-".into(), |ode| format!("{:.1}", ode.psnr));
            text += &format!(
                "{:<12} {:>5} {:>6} {:>7} s {error:>22} {normalised:>10} {psnr:>7} {:>9} {:>9}\n",
                line.model,
                line.steps,
                line.evaluations,
                significant(line.seconds),
                number(line.frechet_teacher),
                number(line.frechet_data),
            );
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_with_three_significant_digits() {
        let written = [0.012345, 1.2345, 12.345, 123.45, 0.0].map(significant);
        assert_eq!(written, ["0.0123", "1.23", "12.3", "123", "0.00"]);
    }
}
