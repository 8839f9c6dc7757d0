//! The samples of one sampler.

use eframe::egui::{Context, TextureHandle};

use super::cloud::Cloud;
use crate::{
    data::Shape,
    engine::{
        report::significant,
        worker::{Drawn, Measured},
    },
    gui::{picture::Picture, texture},
    math::seed::{self, Purpose, Seed},
    picture::gpu::{Drawing, Lent, Tile},
};

/// See the module.
#[derive(Default)]
pub(super) struct Column {
    /// Rows of `d` values; of images only those on screen.
    pub(super) values: Vec<f32>,
    /// The first of them in the device's memory.
    lent: Option<Lent>,
    pub(super) measured: Option<Measured>,
    /// Network evaluations a sample.
    pub(super) evaluations: usize,
    /// The least that a sample took: the first ones include compiling and cold caches.
    pub(super) sample_ms: f64,
    /// Requests since the one that this answers.
    newer: usize,
    texture: Option<TextureHandle>,
    /// Distances to the teacher.
    map: Option<TextureHandle>,
    /// Points of the plane as they were drawn last: other values come with another one.
    pub(super) cloud: Cloud,
}

impl Column {
    /// What is shown answers an older request.
    pub(super) fn stale(&mut self) {
        self.newer += 1;
    }

    /// Whether a newer request is on its way.
    pub(super) fn is_stale(&self) -> bool {
        self.newer > 0
    }

    /// Whether samples of the newest request are there.
    pub(super) fn is_drawn(&self) -> bool {
        self.evaluations > 0 && !self.is_stale()
    }

    /// Whether both answer the same request.
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        self.newer == other.newer
    }

    /// Takes samples; the first of a request replace what was there.
    pub(super) fn extend(&mut self, drawn: Drawn) {
        if drawn.first == 0 {
            let (values, lent) = (drawn.values, drawn.lent);
            *self = Self { values, lent, sample_ms: f64::INFINITY, ..Self::default() };
        } else {
            self.values.extend(drawn.values);
        }
        self.evaluations = drawn.evaluations;
        self.sample_ms = self.sample_ms.min(drawn.sample_ms);
    }

    /// Sample `row`, if it was drawn.
    pub(super) fn row(&self, row: usize, d: usize) -> Option<&[f32]> {
        self.values.get(row * d..(row + 1) * d)
    }

    /// Error of sample `row`, which may answer an older request.
    pub(super) fn error(&self, row: usize) -> Option<f64> {
        self.measured.as_ref().and_then(|measured| measured.each.get(row).copied())
    }

    /// What was measured, where it answers the newest request: only such figures are told.
    pub(super) fn told(&self) -> Option<&Measured> {
        self.measured.as_ref().filter(|_| !self.is_stale())
    }

    /// The mean error and its 95% interval, once measured: how far that goes to its longer side, as both ends do not fit
    /// below a cell, or its upper end where that would be below 0, as no error is.
    pub(super) fn error_with_interval(&self) -> Option<[String; 2]> {
        let ode = self.told()?.ode.squared;
        let half = (ode.high - ode.mean).max(ode.mean - ode.low);
        let interval = match half > ode.mean {
            true => format!("up to {}", significant(ode.high)),
            false => format!("± {}", significant(half)),
        };
        Some([significant(ode.mean), interval])
    }

    /// How sharp its images are beside the teacher's, once measured.
    pub(super) fn sharpness(&self) -> Option<String> {
        self.told()?.sharpness.map(significant)
    }

    /// What a sample costs, once one was drawn.
    pub(super) fn cost(&self) -> String {
        match self.evaluations {
            _ if !self.is_drawn() => String::new(),
            1 => format!("1 call, {} ms", significant(self.sample_ms)),
            calls => format!("{calls} calls, {} ms", significant(self.sample_ms)),
        }
    }

    /// Standard Gaussian noise: two and a half deviations fill the range.
    pub(super) fn noise(seed: Seed, rows: usize, shape: Shape) -> Self {
        let mut values = vec![0.0; rows * shape.len()];
        for (row, values) in values.chunks_mut(shape.len()).enumerate() {
            seed::gaussian(seed, Purpose::Initial, row as u64, 0, values);
        }
        values.iter_mut().for_each(|value| *value /= 2.5);
        Self { values, ..Self::default() }
    }

    /// Sample `row` in the device's memory.
    fn tile(&self, row: usize, shape: Shape) -> Option<Tile> {
        Tile::new(self.lent.as_ref()?, row, shape, 1.0)
    }

    /// Sample `row` of the first `rows`.
    pub(super) fn picture(
        &mut self,
        context: &Context,
        row: usize,
        rows: usize,
        shape: Shape,
    ) -> Option<Picture> {
        if let Some(tile) = self.tile(row, shape) {
            return Some(Picture::Drawing(Drawing::Sample(tile)));
        }
        let shown = rows.min(self.values.len() / shape.len());
        let values = &self.values[..shown * shape.len()];
        let draw = || texture::column(context, "column", values, shape);
        Picture::row(fresh(&mut self.texture, shown * shape.height, draw)?, row, shape)
    }

    /// The distance of sample `row`, of the first `rows`, to the teacher's.
    pub(super) fn map(
        &mut self,
        context: &Context,
        row: usize,
        rows: usize,
        teacher: &Column,
        shape: Shape,
    ) -> Option<Picture> {
        self.measured.as_ref()?;
        if let (Some(own), Some(other)) = (self.tile(row, shape), teacher.tile(row, shape)) {
            return Some(Picture::Drawing(Drawing::Difference([own, other])));
        }
        let shown = rows.min(self.values.len().min(teacher.values.len()) / shape.len());
        let [own, other] = [&self.values, &teacher.values].map(|all| &all[..shown * shape.len()]);
        let draw = || texture::difference(context, own, other, shape);
        Picture::row(fresh(&mut self.map, shown * shape.height, draw)?, row, shape)
    }
}

/// A texture `height` pixels high, drawn anew where the one that is kept has another height.
///
/// It holds the rows on show alone: all that is measured on would be higher than devices take.
fn fresh(
    kept: &mut Option<TextureHandle>,
    height: usize,
    draw: impl FnOnce() -> TextureHandle,
) -> Option<&TextureHandle> {
    if height > 0 && kept.as_ref().is_none_or(|texture| texture.size()[1] != height) {
        *kept = Some(draw());
    }
    kept.as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::worker::ColumnKey, eval::OdeError, gui::comparison::table::values,
        math::statistics::Estimate,
    };

    fn measured(column: ColumnKey) -> Measured {
        let ode = OdeError::of(&[0.0; 4], &[0.0; 4], &[0, 0], Seed(1));
        Measured { column, each: vec![0.0; 2], ode, sharpness: Some(1.0) }
    }

    #[test]
    fn figures_of_an_older_request_are_not_told_as_those_of_the_present_one() {
        let key = ColumnKey { model: 1, steps: 1 };
        let mut column = Column { measured: Some(measured(key)), ..Column::default() };
        column.evaluations = 1;
        assert!(column.words(key, None).iter().all(|word| !word.is_empty()));
        column.stale();
        assert!(column.words(key, None).iter().all(String::is_empty));
        assert!(values(&column).iter().all(|value| value == "–"));
        assert!(column.error(0).is_some(), "the cell's caption stays, as pale as its picture");
    }

    #[test]
    fn what_is_told_of_an_interval_holds_all_of_it() {
        let mut measured = measured(ColumnKey { model: 1, steps: 1 });
        let mut told = |mean, low, high| {
            measured.ode.squared = Estimate { mean, low, high };
            let column = Column { measured: Some(measured.clone()), ..Column::default() };
            column.error_with_interval().expect("it was measured").join(" ")
        };
        assert_eq!(told(0.05, 0.04, 0.08), "0.0500 ± 0.0300");
        assert_eq!(told(0.05, 0.01, 0.11), "0.0500 up to 0.110", "no error is below 0");
    }

    #[test]
    fn a_texture_holds_the_rows_on_show_however_many_samples_are_measured() {
        let shape = Shape { channels: 1, height: 32, width: 32 };
        let values = vec![0.0; 1000 * shape.len()];
        let column = ColumnKey { model: 1, steps: 1 };
        let measured = Some(measured(column));
        let teacher = Column { values: values.clone(), ..Column::default() };
        let mut student = Column { values, measured, ..Column::default() };
        let context = Context::default();
        for rows in [6, 4] {
            assert!(student.map(&context, 3, rows, &teacher, shape).is_some());
            assert!(student.picture(&context, 3, rows, shape).is_some());
            let heights =
                [&student.map, &student.texture].map(|kept| kept.as_ref().unwrap().size()[1]);
            assert_eq!(heights, [rows * 32; 2]);
        }
    }
}
