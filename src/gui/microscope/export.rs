//! All errors as a file.

use super::Microscope;
use crate::{
    engine::worker::{SetCard, converge::Errors},
    gui::{Shared, csv},
};

/// The columns before the errors.
const COLUMNS: [&str; 11] = [
    "preset",
    "seed",
    "class",
    "guidance",
    "samples",
    "adaptive_reference",
    "common_time",
    "solver",
    "intervals",
    "network_calls",
    "sample_ms",
];

impl Microscope {
    pub(super) fn save_csv(&self, shared: &Shared, set: &SetCard) {
        let Some(text) = self.csv(set) else { return };
        shared.files.save(&format!("{}-solvers.csv", set.preset), text.into_bytes());
    }

    /// Every solver at every number of intervals, a line each, whatever is on show; none before the first.
    fn csv(&self, set: &SetCard) -> Option<String> {
        let ((request, _), reference) = (self.asked.as_ref()?, self.reference.as_ref()?);
        let about = [
            set.subject(),
            request.seed.0.to_string(),
            set.asked(request.class),
            request.guidance.to_string(),
            request.samples.to_string(),
            reference.is_adaptive.to_string(),
            csv::optional(reference.common),
        ];
        let errors = ["common_own", "common_exact", "end_own", "end_exact"];
        let errors = errors.into_iter().flat_map(|place| csv::names(&format!("error_{place}")));
        let mut text = csv::line(COLUMNS.into_iter().map(str::to_owned).chain(errors));
        for point in self.points.values() {
            let solver = [
                point.method.title().to_owned(),
                point.intervals.to_string(),
                point.evaluations.to_string(),
                point.sample_ms.to_string(),
            ];
            let errors = [point.common, Some(point.end)].into_iter().flat_map(numbers);
            text += &csv::line(about.iter().cloned().chain(solver).chain(errors));
        }
        Some(text)
    }
}

/// Of one place, beside a solver's own limit and beside the exact solution.
fn numbers(errors: Option<Errors>) -> impl Iterator<Item = String> {
    let [own, exact] = [errors.map(|errors| errors.own), errors.map(|errors| errors.exact)];
    csv::numbers(own).into_iter().chain(csv::numbers(exact))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diffusion::Method,
        engine::worker::{
            Ticket,
            converge::{Point, Reference, Request},
        },
        gui::settings::tests::ring,
        math::{seed::Seed, statistics::Estimate},
    };

    #[test]
    fn the_table_gives_back_every_error_to_the_last_digit() {
        let estimate = |mean: f64| Estimate { mean, low: mean / 3.0, high: mean * 3.0 };
        let errors = |own: f64| Errors { own: estimate(own), exact: estimate(own / 7.0) };
        let request = Request { seed: Seed(7), class: Some(2), guidance: 1.5, samples: 4 };
        let mut view = Microscope::default();
        let set = SetCard { preset: "a, b".into(), ..ring() };
        assert_eq!(view.csv(&set), None);
        view.asked = Some((request, Ticket(1)));
        let (common, is_adaptive) = (Some(200.0), true);
        view.reference = Some(Reference { common, is_adaptive, apart: None, shown: Vec::new() });
        for (intervals, common) in [(5, Some(errors(0.1))), (10, None)] {
            let (evaluations, sample_ms, end) = (intervals, 0.25, errors(1.0 / 3.0));
            let (method, shown) = (Method::Ddim, Vec::new());
            let point = Point { method, intervals, evaluations, sample_ms, common, end, shown };
            view.points.insert((method, intervals), point);
        }
        let text = view.csv(&set).expect("a table");
        let rows = csv::fields(&text);
        assert!(rows.iter().all(|row| row.len() == COLUMNS.len() + 4 * 3));
        let at = |row: usize, name: &str| {
            let column = rows[0].iter().position(|n| n == name).expect("a column");
            rows[row][column].as_str()
        };
        let about = ["preset", "class", "common_time", "solver", "intervals"];
        assert_eq!(about.map(|name| at(2, name)), ["a, b", "class 2", "200", "DDIM", "10"]);
        assert_eq!(at(2, "error_common_own"), "", "grids of that many share no time");
        for (name, value) in [
            ("error_common_own", 0.1),
            ("error_common_exact_low", 0.1 / 7.0 / 3.0),
            ("error_end_own", 1.0 / 3.0),
            ("error_end_exact_high", 1.0 / 3.0 / 7.0 * 3.0),
        ] {
            assert_eq!(at(1, name).parse(), Ok(value), "{name}");
        }
    }
}
