//! What was told of the followed path: frames by row and time, and the curves.

use std::collections::BTreeMap;

use eframe::egui::{Context, Rect, TextureHandle, Ui};

use crate::{
    data::Shape,
    engine::worker::{
        SetCard,
        trace::{Drift, Finding, Request, Seen, State},
    },
    gui::{picture::Picture, texture, theme::palette},
    math::schedule::Level,
    picture::gpu::{Drawing, Lent, Tile},
};

/// What a row of frames shows, in the order of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Row {
    /// The teacher's states x_t.
    State,
    /// The teacher's x0_hat.
    Denoised,
    /// A student's f(x_t, t), by its number among the cards.
    Student(usize),
}

impl Row {
    /// All rows of a set.
    pub(super) fn all(set: &SetCard) -> Vec<Self> {
        let students = (1..set.cards.len()).map(Self::Student);
        [Self::State, Self::Denoised].into_iter().chain(students).collect()
    }

    /// Whose curves are of this row.
    pub(super) fn model(self) -> Option<usize> {
        match self {
            Self::State => None,
            Self::Denoised => Some(0),
            Self::Student(model) => Some(model),
        }
    }

    /// Its name.
    pub(super) fn title(self, set: &SetCard) -> &str {
        match self {
            Self::State => "x_t",
            Self::Denoised => "x0_hat",
            Self::Student(model) => &set.cards[model].title,
        }
    }
}

/// A time that the path came to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Station {
    pub(super) t: f64,
    pub(super) level: Level,
}

impl Station {
    /// How many deviations of data and noise a state's values are divided by where they are shown.
    pub(super) fn reach(&self) -> f64 {
        self.level.alpha + 2.5 * self.level.sigma
    }
}

struct Frame {
    /// A row of values in model space.
    values: Vec<f32>,
    /// The same in the device's memory: a row of what is lent.
    lent: Option<(Lent, usize)>,
    texture: Option<TextureHandle>,
}

/// A curve, and whether it answers an older request.
pub(super) struct Curve {
    pub(super) drift: Drift,
    pub(super) is_stale: bool,
}

/// A model's curve, where it answers the newest request: only such figures stand under its captions.
pub(super) fn fresh(curves: &BTreeMap<usize, Curve>, model: usize) -> Option<&Curve> {
    curves.get(&model).filter(|curve| !curve.is_stale)
}

/// See the module.
#[derive(Default)]
pub(super) struct Film {
    /// Data in the plane.
    pub(super) data: Vec<[f64; 2]>,
    /// Times so far, from pure noise on.
    pub(super) stations: Vec<Station>,
    rows: BTreeMap<Row, Vec<Frame>>,
    /// Of the followed noise, by model.
    pub(super) own: BTreeMap<usize, Curve>,
    /// Averaged over noises, by model.
    pub(super) mean: BTreeMap<usize, Curve>,
    /// Whether a newer request is on its way and nothing of its answer is there yet.
    pub(super) is_stale: bool,
}

impl Film {
    /// A newer request is on its way: what is there and like it stays until its answer begins.
    pub(super) fn expect(&mut self, request: &Request) {
        self.is_stale = true;
        for curves in [&mut self.own, &mut self.mean] {
            curves.retain(|_, curve| {
                let drift = &curve.drift;
                drift.residual.len() == request.intervals && drift.noises <= request.noises
            });
            curves.values_mut().for_each(|curve| curve.is_stale = true);
        }
    }

    /// Takes a part of the answer.
    pub(super) fn receive(&mut self, finding: Finding) {
        if std::mem::take(&mut self.is_stale) {
            self.stations.clear();
            self.rows.clear();
        }
        match finding {
            Finding::Data(values) => {
                self.data = values.chunks_exact(2).map(point).collect();
            }
            Finding::State(State {
                t,
                level,
                state,
                denoised,
                lent: [of_state, of_denoised],
                ..
            }) => {
                self.stations.push(Station { t, level });
                self.extend(Row::State, [state], of_state);
                self.extend(Row::Denoised, [denoised], of_denoised);
            }
            Finding::Seen(Seen { model, endpoints, lent, .. }) => {
                self.extend(Row::Student(model), endpoints, lent);
            }
            Finding::Drift(drift) => {
                let curves = if self.own.get(&drift.model).is_some_and(|own| !own.is_stale) {
                    &mut self.mean
                } else {
                    &mut self.own
                };
                curves.insert(drift.model, Curve { drift, is_stale: false });
            }
        }
    }

    fn extend(&mut self, row: Row, values: impl IntoIterator<Item = Vec<f32>>, lent: Option<Lent>) {
        let frames = values.into_iter().enumerate().map(|(i, values)| {
            let lent = lent.clone().map(|lent| (lent, i));
            Frame { values, lent, texture: None }
        });
        self.rows.entry(row).or_default().extend(frames);
    }

    /// The points of a row in the plane, as far as they are there.
    pub(super) fn points(&self, row: Row) -> Vec<[f64; 2]> {
        let frames = self.rows.get(&row).into_iter().flatten();
        frames.filter(|frame| frame.values.len() == 2).map(|frame| point(&frame.values)).collect()
    }

    /// How many noises the curves are averaged over, where there is such an average of the newest request.
    pub(super) fn averaged(&self) -> Option<usize> {
        let mut means = self.mean.values().filter(|curve| !curve.is_stale);
        means.next().map(|curve| curve.drift.noises)
    }

    /// The squared error of what a model sees at a step of the followed path.
    pub(super) fn error(&self, model: usize, step: usize) -> Option<f64> {
        fresh(&self.own, model)?.drift.error.get(step).copied()
    }

    /// Draws a frame, or where it will be.
    pub(super) fn paint(&mut self, ui: &Ui, row: Row, step: usize, shape: Shape, place: Rect) {
        match self.picture(ui.ctx(), row, step, shape) {
            Some(picture) => {
                picture.paint(ui.painter(), place, if self.is_stale { 0.45 } else { 1.0 });
            }
            None => _ = ui.painter().rect_filled(place, 2.0, palette(ui).sunken),
        }
    }

    /// A frame as a picture, if it is there. States are divided by [`Station::reach`].
    fn picture(
        &mut self,
        context: &Context,
        row: Row,
        step: usize,
        shape: Shape,
    ) -> Option<Picture> {
        let reach = self.stations.get(step).map_or(1.0, Station::reach) as f32;
        let frame = self.rows.get_mut(&row)?.get_mut(step)?;
        let divisor = if row == Row::State { reach } else { 1.0 };
        let tile = frame.lent.as_ref().and_then(|(lent, i)| Tile::new(lent, *i, shape, divisor));
        if let Some(tile) = tile {
            return Some(Picture::Drawing(Drawing::Sample(tile)));
        }
        let texture = frame.texture.get_or_insert_with(|| {
            let values: Vec<f32> = frame.values.iter().map(|value| value / divisor).collect();
            texture::column(context, "frame", &values, shape)
        });
        Some(Picture::whole(texture))
    }
}

/// A pair of values as a point of a plot.
fn point(values: &[f32]) -> [f64; 2] {
    [values[0].into(), values[1].into()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{diffusion::Method, math::seed::Seed};

    fn drift(model: usize, noises: usize) -> Finding {
        let (error, residual) = (vec![4.0, 1.0, 0.0], vec![1.0, 1.0]);
        Finding::Drift(Drift { model, noises, error, residual })
    }

    fn state(step: usize, value: f32) -> Finding {
        let level = Level { alpha: 1.0, sigma: 0.0 };
        let (state, denoised) = (vec![value; 2], vec![0.0; 2]);
        let (t, lent) = (2.0 - step as f64, [None, None]);
        Finding::State(State { t, level, state, denoised, lent })
    }

    fn request(intervals: usize, noises: usize) -> Request {
        let (seed, method) = (Seed(1), Method::Ddim);
        Request { seed, row: 0, noises, class: None, method, intervals, guidance: 1.0 }
    }

    #[test]
    fn an_old_answer_stays_until_the_new_one_begins() {
        let mut film = Film::default();
        film.expect(&request(2, 8));
        film.receive(state(0, 1.0));
        film.receive(state(1, 1.0));
        film.receive(drift(1, 1));
        film.expect(&request(2, 8));
        assert_eq!(film.points(Row::State).len(), 2);
        assert!(film.own[&1].is_stale && film.error(1, 0).is_none());
        film.receive(state(0, 7.0));
        assert_eq!(film.points(Row::State), [[7.0; 2]]);
        assert!(!film.is_stale && film.own[&1].is_stale);
        film.expect(&request(3, 8));
        assert!(film.own.is_empty(), "a curve of other times cannot stay");
    }

    #[test]
    fn a_models_second_curve_is_the_average() {
        let mut film = Film::default();
        for _ in 0..2 {
            film.expect(&request(2, 8));
            film.receive(drift(1, 1));
            assert_eq!(film.averaged(), None, "one noise is no average");
            film.receive(drift(1, 8));
            assert_eq!(film.averaged(), Some(8));
            assert_eq!((film.own[&1].drift.noises, film.mean[&1].drift.noises), (1, 8));
        }
        assert_eq!(film.error(1, 1), Some(1.0));
        film.expect(&request(2, 1));
        assert!(film.mean.is_empty(), "nothing would come in place of it");
    }
}
