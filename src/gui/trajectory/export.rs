//! The curves as a file.

use super::{Film, Trajectory, film::fresh};
use crate::{
    engine::worker::{SetCard, trace::Request},
    gui::{Shared, csv},
};

/// Those before the noise's own curves and the averaged ones.
const COLUMNS: [&str; 12] = [
    "preset",
    "seed",
    "row",
    "class",
    "solver",
    "intervals",
    "guidance",
    "model",
    "step",
    "t",
    "alpha",
    "sigma",
];
const CURVES: [&str; 5] = ["error", "residual", "noises", "error_mean", "residual_mean"];

impl Trajectory {
    /// Whether a curve of what is asked for is there.
    pub(super) fn has_curves(&self) -> bool {
        self.film.own.values().any(|curve| !curve.is_stale)
    }

    pub(super) fn save_csv(&self, shared: &mut Shared) {
        let (Some(set), Some((request, _))) = (shared.set.clone(), &self.asked) else { return };
        let about = about(&set, request);
        let titles: Vec<&str> = set.cards.iter().map(|card| card.title.as_str()).collect();
        let text = csv(&self.film, &about, &titles);
        shared.save(&format!("{}-trajectory.csv", set.preset), text.into_bytes());
    }
}

/// What all lines begin with.
fn about(set: &SetCard, request: &Request) -> [String; 7] {
    [
        set.subject(),
        request.seed.0.to_string(),
        (request.row + 1).to_string(),
        request.class.map_or_else(String::new, |class| set.class_name(class)),
        request.method.title().to_owned(),
        request.intervals.to_string(),
        request.guidance.to_string(),
    ]
}

/// Every model at every time of the path, a line each, in full precision. A residual is that of the interval which begins
/// there, so the end has none.
fn csv(film: &Film, about: &[String; 7], titles: &[&str]) -> String {
    let mut text = csv::line(COLUMNS.into_iter().chain(CURVES).map(str::to_owned));
    for (model, title) in titles.iter().enumerate() {
        let Some(own) = fresh(&film.own, model) else { continue };
        let mean = fresh(&film.mean, model);
        for (step, station) in film.stations.iter().enumerate() {
            let at = [station.t, station.level.alpha, station.level.sigma].map(|n| n.to_string());
            let value = |values: Option<&Vec<f64>>| {
                let value = values.and_then(|values| values.get(step));
                value.map_or_else(String::new, f64::to_string)
            };
            let curves = [
                value(Some(&own.drift.error)),
                value(Some(&own.drift.residual)),
                mean.map_or_else(String::new, |mean| mean.drift.noises.to_string()),
                value(mean.map(|mean| &mean.drift.error)),
                value(mean.map(|mean| &mean.drift.residual)),
            ];
            let place = [(*title).to_owned(), step.to_string()];
            let line = about.iter().cloned().chain(place).chain(at).chain(curves);
            text += &csv::line(line);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::worker::trace::{Drift, Finding, State},
        math::schedule::Level,
    };

    #[test]
    fn the_table_gives_back_every_value_to_the_last_digit() {
        let mut film = Film::default();
        for (t, alpha) in [(1000.0, 1.0 / 3.0), (0.0, 1.0)] {
            let (level, state) = (Level { alpha, sigma: 1.0 - alpha }, vec![0.0; 2]);
            let denoised = state.clone();
            let lent = [None, None];
            film.receive(Finding::State(State { t, level, state, denoised, lent }));
        }
        let drift = |noises, error: [f64; 2]| {
            Finding::Drift(Drift {
                model: 1,
                noises,
                error: error.to_vec(),
                residual: vec![error[0] / 7.0],
            })
        };
        film.receive(drift(1, [0.1, 0.0]));
        film.receive(drift(8, [2.0 / 3.0, 0.0]));
        let about = ["a, b", "7", "1", "", "DDIM", "1", "2"].map(str::to_owned);
        let rows = csv::fields(&csv(&film, &about, &["Teacher", "CM"]));
        assert_eq!(rows.len(), 3, "the teacher has no curve yet: {rows:?}");
        let at = |row: usize, name: &str| {
            let column = rows[0].iter().position(|n| n == name).expect("a column");
            rows[row][column].as_str()
        };
        let names = ["preset", "model", "step", "t", "noises", "residual_mean"];
        assert_eq!(names.map(|name| at(2, name)), ["a, b", "CM", "1", "0", "8", ""]);
        for (name, value) in [
            ("t", 1000.0),
            ("alpha", 1.0 / 3.0),
            ("error", 0.1),
            ("residual", 0.1 / 7.0),
            ("error_mean", 2.0 / 3.0),
            ("residual_mean", 2.0 / 3.0 / 7.0),
        ] {
            assert_eq!(at(1, name).parse(), Ok(value), "{name}");
        }
    }
}
