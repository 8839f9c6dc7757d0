//! The plot and its figures as files.

use super::Paradox;
use crate::{
    engine::{files, worker::SetCard},
    gui::Shared,
    math::statistics::Estimate,
};

/// The columns of the table of figures.
const COLUMNS: [&str; 16] = [
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
    "fd_teacher",
    "fd_teacher_low",
    "fd_teacher_high",
    "held_out",
];
/// The last columns: empty where there is no held-out data.
const DATA_COLUMNS: [&str; 3] = ["fd_data", "fd_data_low", "fd_data_high"];

impl Paradox {
    pub(in crate::gui) fn save_png(&self, shared: &mut Shared, set: &SetCard) {
        match files::png(&self.dots(shared, set).draw()) {
            Ok(bytes) => shared.save(&name(set, "png"), bytes),
            Err(error) => shared.fail(error.to_string()),
        }
    }

    pub(super) fn save_svg(&self, shared: &mut Shared, set: &SetCard) {
        let text = self.dots(shared, set).svg();
        shared.save(&name(set, "svg"), text.into_bytes());
    }

    pub(super) fn save_csv(&self, shared: &mut Shared, set: &SetCard) {
        let about = [
            set.preset.clone(),
            shared.settings.seed.to_string(),
            set.method.title().to_owned(),
            set.intervals.to_string(),
            set.guidance.to_string(),
        ];
        let titles: Vec<&str> = set.cards.iter().map(|card| card.title.as_str()).collect();
        shared.save(&name(set, "csv"), self.csv(&about, &titles).into_bytes());
    }

    /// All figures, a line a sampler, numbers in full precision; `about` goes into the first columns.
    fn csv(&self, about: &[String; 5], titles: &[&str]) -> String {
        let (features, held_out) = self.ruler.unwrap_or(("", None));
        let held_out = held_out.map_or_else(String::new, |count| count.to_string());
        let mut text = line(COLUMNS.iter().chain(&DATA_COLUMNS).map(|name| (*name).to_owned()));
        for dot in self.dots.values() {
            let title = titles.get(dot.column.model).copied().unwrap_or_default();
            let sampler = [
                features.to_owned(),
                title.to_owned(),
                dot.column.steps.to_string(),
                dot.samples.to_string(),
            ];
            let own = [three(dot.ode), three(Some(dot.to_teacher))].concat();
            let data = std::iter::once(held_out.clone()).chain(three(dot.to_data));
            text += &line(about.iter().cloned().chain(sampler).chain(own).chain(data));
        }
        text
    }
}

fn name(set: &SetCard, kind: &str) -> String {
    format!("{}-paradox.{kind}", set.preset)
}

/// An estimate's three numbers, or three empty fields.
fn three(estimate: Option<Estimate>) -> Vec<String> {
    estimate.map_or_else(
        || vec![String::new(); 3],
        |Estimate { mean, low, high }| [mean, low, high].map(|v| v.to_string()).into(),
    )
}

/// Fields as a line (RFC 4180): those with commas, quotes or breaks are quoted.
fn line(fields: impl Iterator<Item = String>) -> String {
    let quoted = |field: String| {
        let needs_quotes = field.contains([',', '"', '\n', '\r']);
        if needs_quotes { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
    };
    fields.map(quoted).collect::<Vec<_>>().join(",") + "\r\n"
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::worker::{ColumnKey, quality::Dot};

    /// A slow, obvious reader: quotes open and close, two of them inside are one.
    fn fields(text: &str) -> Vec<Vec<String>> {
        let (mut rows, mut row, mut field, mut is_quoted) = (vec![], vec![], String::new(), false);
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '"' if is_quoted && letters.peek() == Some(&'"') => {
                    letters.next();
                    field.push('"');
                }
                '"' => is_quoted = !is_quoted,
                ',' if !is_quoted => row.push(std::mem::take(&mut field)),
                '\r' if !is_quoted => {}
                '\n' if !is_quoted => {
                    row.push(std::mem::take(&mut field));
                    rows.push(std::mem::take(&mut row));
                }
                other => field.push(other),
            }
        }
        rows
    }

    #[test]
    fn the_table_gives_back_every_figure_to_the_last_digit() {
        let exact = |mean: f64| Estimate { mean, low: mean / 3.0, high: mean * 1e7 / 3.0 };
        let dots = [
            (0, 20, None, exact(0.1), Some(exact(1e-9))),
            (1, 1, Some(exact(0.07)), exact(1.0 / 3.0), None),
        ];
        let mut view = Paradox { ruler: Some(("64 features", Some(117))), ..Paradox::default() };
        for (model, steps, ode, to_teacher, to_data) in dots {
            let column = ColumnKey { model, steps };
            view.dots.insert(column, {
                let chance = Arc::default();
                Dot { column, samples: 256, ode, to_teacher, to_data, chance }
            });
        }
        let about = ["ring", "7", "DDIM", "20", "1"].map(str::to_owned);
        let rows = fields(&view.csv(&about, &["Teacher", "a \"new\", odd one"]));
        assert_eq!(rows.len(), 3);
        assert!(rows.iter().all(|row| row.len() == COLUMNS.len() + DATA_COLUMNS.len()));
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
        for (name, value) in
            [("ode_error", 0.07), ("ode_error_low", 0.07 / 3.0), ("fd_teacher", 1.0 / 3.0)]
        {
            assert_eq!(at(2, name).parse(), Ok(value), "{name}");
        }
        assert_eq!(at(1, "fd_data_high").parse(), Ok(1e-9 * 1e7 / 3.0));
    }
}
