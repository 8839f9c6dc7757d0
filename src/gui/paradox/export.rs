//! The plot and its figures as files.

use super::Paradox;
use crate::{
    engine::{
        files,
        worker::{
            SetCard,
            quality::{Measure, Measured},
        },
    },
    gui::{Shared, csv},
    math::chance::Score,
};

/// The first columns of the table of figures.
const COLUMNS: [&str; 12] = [
    "preset",
    "seed",
    "solver",
    "intervals",
    "guidance",
    "features",
    "model",
    "steps",
    "samples",
    "ode_error",
    "ode_error_low",
    "ode_error_high",
];
/// Those of each measure beside a reference, with its low and high end: empty where it was not taken.
const MEASURES: [(&str, Measure); 5] = [
    ("fd", Measure::Frechet),
    ("white_fd_inf", Measure::White),
    ("kid", Measure::Kernel),
    ("precision", Measure::Precision),
    ("coverage", Measure::Coverage),
];

impl Paradox {
    pub(in crate::gui) fn save_png(&self, shared: &mut Shared, set: &SetCard) {
        match files::png(&self.dots(shared, set).draw()) {
            Ok(bytes) => shared.files.save(&name(set, "png"), bytes),
            Err(error) => shared.fail(error.to_string()),
        }
    }

    pub(super) fn save_svg(&self, shared: &mut Shared, set: &SetCard) {
        let text = self.dots(shared, set).svg();
        shared.files.save(&name(set, "svg"), text.into_bytes());
    }

    pub(super) fn save_csv(&self, shared: &mut Shared, set: &SetCard) {
        let about = [
            set.subject(),
            self.seed(shared).to_string(),
            set.method.title().to_owned(),
            set.intervals.to_string(),
            set.guidance.to_string(),
        ];
        let titles: Vec<&str> = (0..=set.fast()).map(|model| set.title(model)).collect();
        shared.files.save(&name(set, "csv"), self.csv(&about, &titles).into_bytes());
    }

    /// All figures, a line a sampler, numbers in full precision; `about` goes into the first columns.
    fn csv(&self, about: &[String; 5], titles: &[&str]) -> String {
        let (features, held_out) = self.features.unwrap_or(("", None));
        let held_out = csv::optional(held_out);
        let names = COLUMNS.map(str::to_owned).into_iter().chain(measured_names("teacher"));
        let mut text =
            csv::line(names.chain(["held_out".to_owned()]).chain(measured_names("data")));
        for dot in self.dots.values() {
            let title = titles.get(dot.column.model).copied().unwrap_or_default();
            let sampler = [
                features.to_owned(),
                title.to_owned(),
                dot.column.steps.to_string(),
                dot.samples.to_string(),
            ];
            let own = three(dot.ode.as_ref()).into_iter().chain(measured(Some(&dot.to_teacher)));
            let data = std::iter::once(held_out.clone()).chain(measured(dot.to_data.as_ref()));
            text += &csv::line(about.iter().cloned().chain(sampler).chain(own).chain(data));
        }
        text
    }
}

fn measured_names(beside: &'static str) -> impl Iterator<Item = String> {
    MEASURES.into_iter().flat_map(move |(name, _)| csv::names(&format!("{name}_{beside}")))
}

fn measured(beside: Option<&Measured>) -> Vec<String> {
    let of = |(_, measure)| beside.and_then(|measured| measured.by(measure));
    MEASURES.into_iter().flat_map(|measure| three(of(measure))).collect()
}

fn three(score: Option<&Score>) -> [String; 3] {
    csv::numbers(score.map(|score| score.figure))
}

fn name(set: &SetCard, kind: &str) -> String {
    format!("{}-paradox.{kind}", set.preset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::worker::{ColumnKey, quality::Dot},
        math::{chance::Chance, statistics::Estimate},
    };

    #[test]
    fn the_table_gives_back_every_figure_to_the_last_digit() {
        let exact = |mean: f64| Score {
            figure: Estimate { mean, low: mean / 3.0, high: mean * 1e7 / 3.0 },
            chance: Chance::default(),
        };
        let measured = |mean: f64| Measured {
            frechet: exact(mean),
            white: Some(exact(-mean / 5.0)),
            kernel: Some(exact(-mean / 7.0)),
            precision: None,
            coverage: Some(exact(mean / 9.0)),
        };
        let dots = [
            (0, 20, None, measured(0.1), Some(measured(1e-9))),
            (1, 1, Some(exact(0.07)), measured(1.0 / 3.0), None),
        ];
        let mut view = Paradox { features: Some(("64 features", Some(117))), ..Paradox::default() };
        for (model, steps, ode, to_teacher, to_data) in dots {
            let column = ColumnKey { model, steps };
            view.dots.insert(column, Dot { column, samples: 256, ode, to_teacher, to_data });
        }
        let about = ["ring", "7", "DDIM", "20", "1"].map(str::to_owned);
        let rows = csv::fields(&view.csv(&about, &["Teacher", "a \"new\", odd one"]));
        assert_eq!(rows.len(), 3);
        // Five measures with two ends each, beside two references, and the number of held-out samples.
        assert!(rows.iter().all(|row| row.len() == COLUMNS.len() + 2 * 5 * 3 + 1));
        let at = |row: usize, name: &str| {
            let column = rows[0].iter().position(|n| n == name).expect("a column");
            rows[row][column].clone()
        };
        assert_eq!(at(2, "model"), "a \"new\", odd one");
        assert_eq!((at(1, "ode_error"), at(2, "fd_data_low")), (String::new(), String::new()));
        assert_eq!(
            (at(1, "seed"), at(2, "samples"), at(2, "held_out")),
            ("7".into(), "256".into(), "117".into())
        );
        let third: f64 = 1.0 / 3.0;
        for (name, value) in [
            ("ode_error", 0.07),
            ("ode_error_low", 0.07 / 3.0),
            ("fd_teacher", third),
            ("kid_teacher", -third / 7.0),
            ("coverage_teacher_low", third / 9.0 / 3.0),
        ] {
            assert_eq!(at(2, name).parse(), Ok(value), "{name}");
        }
        assert_eq!(at(1, "precision_data"), "", "it was not taken");
        assert_eq!(at(1, "fd_data_high").parse(), Ok(1e-9 * 1e7 / 3.0));
    }
}
