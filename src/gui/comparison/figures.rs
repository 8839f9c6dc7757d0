//! The comparison's figures as a file.

use super::{Comparison, column::Column};
use crate::{
    engine::worker::{ColumnKey, Live, SetCard},
    gui::{Shared, csv},
};

/// The columns before the errors.
const COLUMNS: [&str; 13] = [
    "preset",
    "seed",
    "class",
    "solver",
    "intervals",
    "guidance",
    "model",
    "steps",
    "second_step_t",
    "network_calls",
    "sample_ms",
    "sharpness",
    "samples",
];

impl Comparison {
    /// Whether any sampler is measured.
    pub(super) fn has_figures(&self) -> bool {
        self.columns.values().any(|column| column.told().is_some())
    }

    pub(super) fn save_csv(&self, shared: &Shared) {
        let (Some(set), Some((live, _))) = (&shared.set, &self.asked) else { return };
        let about = about(set, live);
        let sampler = |key: ColumnKey| {
            let second = csv::optional(live.second_of(key, set));
            (key, [set.title(key.model).to_owned(), key.steps.to_string(), second])
        };
        let samplers: Vec<_> = self.keys(set, live).into_iter().map(sampler).collect();
        let text = self.csv(&about, &samplers, live.rows);
        shared.files.save(&format!("{}-{}.csv", set.preset, live.seed.0), text.into_bytes());
    }

    /// A line a sampler, with its error and that of each of the `rows` on show, in full precision; `about` goes into the
    /// first columns. What is not measured is empty.
    fn csv(
        &self,
        about: &[String; 6],
        samplers: &[(ColumnKey, [String; 3])],
        rows: usize,
    ) -> String {
        let each = (1..=rows).map(|row| format!("ode_error_row_{row}"));
        let names = COLUMNS.map(str::to_owned).into_iter().chain(csv::names("ode_error"));
        let mut text = csv::line(names.chain(each));
        for (key, sampler) in samplers {
            let column = self.columns.get(key).filter(|column| column.is_drawn());
            let figures = figures(column, rows);
            text += &csv::line(about.iter().chain(sampler).cloned().chain(figures));
        }
        text
    }
}

/// What all lines begin with. Where classes are asked for in turn, row i asks for class (i - 1) mod their number.
fn about(set: &SetCard, live: &Live) -> [String; 6] {
    [
        set.subject(),
        live.seed.0.to_string(),
        set.asked(live.class),
        live.method.title().to_owned(),
        live.intervals.to_string(),
        live.guidance.to_string(),
    ]
}

/// What comes after a sampler's name.
fn figures(column: Option<&Column>, rows: usize) -> impl Iterator<Item = String> {
    let measured = column.and_then(Column::told);
    let own = [
        csv::optional(column.map(|column| column.evaluations)),
        csv::optional(column.map(|column| column.sample_ms)),
        csv::optional(measured.and_then(|measured| measured.sharpness)),
        csv::optional(measured.map(|measured| measured.ode.samples)),
    ];
    let error = csv::numbers(measured.map(|measured| measured.ode.squared));
    let each = (0..rows).map(move |row| csv::optional(column.and_then(|column| column.error(row))));
    own.into_iter().chain(error).chain(each)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::worker::{Drawn, Measured},
        eval::OdeError,
        gui::{Settings, settings::tests::ring},
        math::statistics::Estimate,
    };

    #[test]
    fn the_table_gives_back_every_error_to_the_last_digit() {
        let key = |model, steps| ColumnKey { model, steps };
        let squared = Estimate { mean: 1.0 / 3.0, low: 0.1, high: 1e-7 / 3.0 };
        let ode = OdeError { squared, normalised: None, psnr: 0.0, samples: 64 };
        let drawn = |column, evaluations| Drawn {
            column,
            first: 0,
            values: vec![0.0; 4],
            lent: None,
            evaluations,
            sample_ms: 0.25,
        };
        let mut view = Comparison::default();
        view.receive_samples(drawn(key(0, 20), 40));
        view.receive_samples(drawn(key(1, 2), 2));
        let (each, sharpness) = (vec![0.7 / 3.0, 2.0], None);
        view.receive_figures(vec![Measured { column: key(1, 2), each, ode, sharpness }]);
        let set = SetCard { preset: "a, b".into(), intervals: 20, ..ring() };
        let settings = Settings { seed: 7, guidance: Some(2.5), ..Settings::default() };
        let about = about(&set, &settings.live(&set));
        let sampler =
            |title: &str, steps: &str, second: &str| [title, steps, second].map(Into::into);
        let samplers =
            [(key(0, 20), sampler("Teacher", "20", "")), (key(1, 2), sampler("CM", "2", "640"))];
        let rows = csv::fields(&view.csv(&about, &samplers, 2));
        assert!(rows.iter().all(|row| row.len() == COLUMNS.len() + 3 + 2));
        let at = |row: usize, name: &str| {
            let column = rows[0].iter().position(|n| n == name).expect("a column");
            rows[row][column].as_str()
        };
        let names = ["seed", "class", "solver", "intervals", "guidance"];
        assert_eq!(names.map(|name| at(1, name)), ["7", "in turn", "DDIM", "20", "2.5"]);
        let names = ["preset", "model", "network_calls", "sample_ms", "samples", "sharpness"];
        assert_eq!(names.map(|name| at(1, name)), ["a, b", "Teacher", "40", "0.25", "", ""]);
        assert_eq!(names.map(|name| at(2, name)), ["a, b", "CM", "2", "0.25", "64", ""]);
        assert_eq!([1, 2].map(|row| at(row, "second_step_t")), ["", "640"]);
        assert_eq!(at(1, "ode_error_row_1"), "", "a teacher is not beside itself");
        for (name, value) in [
            ("ode_error", 1.0 / 3.0),
            ("ode_error_high", 1e-7 / 3.0),
            ("ode_error_row_1", 0.7 / 3.0),
            ("ode_error_row_2", 2.0),
        ] {
            assert_eq!(at(2, name).parse(), Ok(value), "{name}");
        }
        // What answers an older request is not told.
        view.columns.values_mut().for_each(Column::stale);
        assert!(!view.has_figures());
        let rows = csv::fields(&view.csv(&about, &samplers, 2));
        assert!(rows[2][9..].iter().all(String::is_empty));
    }
}
