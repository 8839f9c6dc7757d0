//! The curves as a file.

use super::{
    Film, Trajectory,
    film::{Curve, Row, fresh},
};
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
/// Mean squares over dimensions: of the followed noise, then over noises too.
const CURVES: [&str; 6] = [
    "squared_error",
    "squared_residual",
    "mean_noises",
    "mean_classes",
    "mean_squared_error",
    "mean_squared_residual",
];

impl Trajectory {
    /// Whether each model's curve of what is asked for is there.
    pub(super) fn has_curves(&self, shared: &Shared) -> bool {
        let models = shared.set.as_ref().map_or(0, |set| set.cards.len());
        models > 0 && (0..models).all(|model| fresh(&self.film.own, model).is_some())
    }

    pub(super) fn save_csv(&self, shared: &mut Shared) {
        let (Some(set), Some((request, _))) = (shared.set.clone(), &self.asked) else { return };
        let name = format!("{}-{}-row-{}.csv", set.preset, request.seed.0, request.row + 1);
        let rows = Row::all(&set).into_iter();
        let titles = rows.filter_map(|row| row.model().map(|model| (model, row.title(&set))));
        let text = csv(&self.film, &about(&set, request), &set.asked(request.class), titles);
        shared.files.save(&name, text.into_bytes());
    }
}

/// What all lines begin with.
fn about(set: &SetCard, request: &Request) -> [String; 7] {
    [
        set.subject(),
        request.seed.0.to_string(),
        (request.row + 1).to_string(),
        set.asked(Some(request.label(request.row, set.classes)).filter(|_| set.classes > 0)),
        request.method.title().to_owned(),
        request.intervals.to_string(),
        request.guidance.to_string(),
    ]
}

/// Every model at every time of the path, a line each, in full precision. A residual is that of the interval which begins
/// there, so the end has none; `classes` are those of the means.
fn csv<'a>(
    film: &Film,
    about: &[String; 7],
    classes: &str,
    titles: impl Iterator<Item = (usize, &'a str)>,
) -> String {
    let mut text = csv::line(COLUMNS.into_iter().chain(CURVES).map(str::to_owned));
    for (model, title) in titles {
        let Some(own) = fresh(&film.own, model) else { continue };
        let mean = fresh(&film.mean, model);
        for (step, station) in film.stations.iter().enumerate() {
            let at = [station.t, station.level.alpha, station.level.sigma].map(|n| n.to_string());
            let value = |values: &[f64]| csv::optional(values.get(step));
            let of = |curve: Option<&Curve>| {
                let drift = curve.map(|curve| &curve.drift);
                [drift.map(|drift| &*drift.error), drift.map(|drift| &*drift.residual)]
                    .map(|values| values.map_or_else(String::new, value))
            };
            let means = mean.map(|mean| [mean.drift.noises.to_string(), classes.to_owned()]);
            let place = [title.to_owned(), step.to_string()];
            let line = about.iter().cloned().chain(place).chain(at).chain(of(Some(own)));
            text += &csv::line(line.chain(means.unwrap_or_default()).chain(of(mean)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::worker::trace::{Drift, Finding, State},
        gui::{
            Settings,
            settings::tests::ring,
            trajectory::{Choice, request},
        },
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
        let set = SetCard { preset: "a, b".into(), intervals: 20, ..ring() };
        let trajectory = Choice { row: 3, noises: 8 };
        let settings = Settings { seed: 7, guidance: Some(2.5), trajectory, ..Settings::default() };
        let about = about(&set, &request(&settings, &set));
        let table = |film: &Film| {
            csv::fields(&csv(film, &about, "in turn", [(0, "x0_hat"), (1, "CM")].into_iter()))
        };
        let rows = table(&film);
        assert_eq!(rows.len(), 3, "the teacher has no curve yet: {rows:?}");
        let at = |row: usize, name: &str| {
            let column = rows[0].iter().position(|n| n == name).expect("a column");
            rows[row][column].as_str()
        };
        let names = ["seed", "row", "class", "solver", "intervals", "guidance", "mean_classes"];
        let about = ["7", "4", "class 1", "DDIM", "20", "2.5", "in turn"];
        assert_eq!(names.map(|name| at(1, name)), about);
        let names = ["preset", "model", "step", "t", "mean_noises", "mean_squared_residual"];
        assert_eq!(names.map(|name| at(2, name)), ["a, b", "CM", "1", "0", "8", ""]);
        for (name, value) in [
            ("t", 1000.0),
            ("alpha", 1.0 / 3.0),
            ("squared_error", 0.1),
            ("squared_residual", 0.1 / 7.0),
            ("mean_squared_error", 2.0 / 3.0),
            ("mean_squared_residual", 2.0 / 3.0 / 7.0),
        ] {
            assert_eq!(at(1, name).parse(), Ok(value), "{name}");
        }
        film.own.values_mut().for_each(|curve| curve.is_stale = true);
        assert_eq!(table(&film).len(), 1, "what answers an older request is not told");
    }
}
