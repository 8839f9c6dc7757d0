//! The curves over t: how far everybody is from the end point, and how much the views change.

use std::{collections::BTreeMap, ops::RangeInclusive};

use eframe::egui::{self, Response, RichText, Sense, Ui, Vec2, vec2};
use egui_plot::{AxisHints, GridMark, Line, PlotBounds, PlotPoints, VLine};

use super::{
    GAP, Trajectory,
    axes::{decades, power, stride},
    film::{Curve, Film, Row, fresh},
    player::time,
};
use crate::{
    engine::{
        report::significant,
        worker::{
            SetCard,
            trace::{Drift, Request},
        },
    },
    gui::{
        axes::{axis, bare},
        theme::{self, UNIT, palette, size},
        widget,
    },
};

/// Height of the lines above a plot.
const WORDS: f32 = 44.0;
/// Width of two plots beside each other that holds what is written above them.
const BESIDE: f32 = 628.0;
/// Decades that are shown below the largest value.
const DECADES: f64 = 6.0;

/// Which curve of a drift.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Error,
    Residual,
}

impl Kind {
    fn title(self) -> &'static str {
        match self {
            Self::Error => "Error e² to the end point",
            Self::Residual => "Residual r² between neighbours",
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::Error => "mean (f(x_n, t_n) - x_0)²: what Direct CM is trained to make small.",
            Self::Residual => {
                "mean (f(x_n, t_n) - f(x_{n-1}, t_{n-1}))²: what CM is trained to make small."
            }
        }
    }

    fn values(self, drift: &Drift) -> &[f64] {
        match self {
            Self::Error => &drift.error,
            Self::Residual => &drift.residual,
        }
    }
}

impl Trajectory {
    /// Both plots side by side in `room`, or below each other where its width does not hold both.
    pub(super) fn curves(&mut self, ui: &mut Ui, set: &SetCard, request: &Request, room: Vec2) {
        if room.x < BESIDE {
            for kind in [Kind::Error, Kind::Residual] {
                self.headline(ui, set, kind);
                self.plot(ui, set, request, kind, room.y - WORDS);
                ui.add_space(GAP);
            }
            return;
        }
        let width = (room.x - 2.0 * GAP) / 2.0;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0 * GAP;
            for kind in [Kind::Error, Kind::Residual] {
                ui.allocate_ui(vec2(width, room.y), |ui| {
                    ui.vertical(|ui| {
                        ui.set_width(width);
                        self.headline(ui, set, kind);
                        self.plot(ui, set, request, kind, room.y - WORDS);
                    });
                });
            }
        });
    }

    /// The plot's name, and what is what in it.
    fn headline(&self, ui: &mut Ui, set: &SetCard, kind: Kind) {
        ui.allocate_ui(vec2(ui.available_width(), WORDS), |ui| {
            ui.spacing_mut().item_spacing = vec2(3.0 * UNIT, 2.0);
            let title = RichText::new(kind.title()).font(theme::strong(size::BODY));
            ui.label(title).on_hover_text(kind.hint());
            ui.horizontal(|ui| {
                let models = Row::all(set).into_iter().filter_map(|row| Some((row, row.model()?)));
                for (row, model) in models {
                    let colour = theme::method(ui, &set.cards[model].title, model);
                    let name = RichText::new(row.title(set)).font(theme::strong(size::SMALL));
                    ui.label(name.color(colour)).on_hover_text(of(model));
                }
                match (kind, self.film.averaged()) {
                    (Kind::Error, Some(noises)) => {
                        let text = format!("thin: this noise, bold: mean of {noises}");
                        fitting(ui, &text)
                            .on_hover_text("Noises of this seed; choose how many at the left.");
                    }
                    (Kind::Error, None) => _ = widget::small(ui, "of this noise"),
                    (Kind::Residual, _) => coherence(ui, set, &self.film),
                }
            });
        });
    }

    fn plot(&mut self, ui: &mut Ui, set: &SetCard, request: &Request, kind: Kind, height: f32) {
        let colours = palette(ui);
        let (intervals, step) = (request.intervals, self.player.step(request.intervals));
        let lines = lines(ui, &self.film, set, kind);
        let bounds = bounds(&self.film, kind, intervals);
        let stations = &self.film.stations;
        let stride = stride(intervals, ui.available_width());
        let ticks = move |mark: GridMark, _: &RangeInclusive<f64>| {
            stations.get(mark.value.round() as usize).map_or_else(String::new, |s| time(s.t))
        };
        let now = VLine::new("now", step as f64).stroke((1.5, colours.accent)).allow_hover(false);
        let plot = bare(ui, ("drift", kind as u8))
            .height(height)
            .sense(Sense::CLICK | Sense::DRAG) // not to be focused: no key does anything here
            .x_grid_spacer(move |_| {
                let mark = |i: usize| GridMark { value: i as f64, step_size: stride as f64 };
                (0..=intervals).step_by(stride).map(mark).collect()
            })
            .y_grid_spacer(decades)
            .custom_x_axes(vec![axis(ui, AxisHints::new_x(), "time t").formatter(ticks)])
            .custom_y_axes(vec![
                axis(ui, AxisHints::new_y(), "mean square")
                    .min_thickness(44.0)
                    .formatter(|mark, _| power(mark.value)),
            ])
            .show(ui, |plot| {
                plot.set_plot_bounds(bounds);
                plot.vline(now);
                lines.into_iter().for_each(|line| plot.line(line));
                plot.pointer_coordinate().map(|at| at.x.round().max(0.0) as usize)
            });
        let response = plot.response;
        widget::picture(&response, &self.spoken(set, kind, step));
        widget::describe(&response, "A click goes to the time under the pointer.");
        let Some(pointed) = plot.inner.map(|step| step.min(intervals)) else { return };
        if response.is_pointer_button_down_on() {
            self.player.go(pointed, intervals);
        }
        if response.hovered() {
            self.values(response, set, kind, pointed);
        }
    }

    /// The plot in a sentence: where the curves are at the present step.
    fn spoken(&self, set: &SetCard, kind: Kind, step: usize) -> String {
        let values = Row::all(set).into_iter().filter_map(|row| {
            let curve = fresh(&self.film.own, row.model()?)?;
            let value = kind.values(&curve.drift).get(step)?;
            Some(format!("{} {}", row.title(set), significant(*value)))
        });
        let values: Vec<String> = values.collect();
        let told = if values.is_empty() { "nothing yet".to_owned() } else { values.join(", ") };
        let time = self.film.stations.get(step).map_or_else(String::new, |s| time(s.t));
        format!("{} at t = {time}: {told}", kind.title())
    }

    /// The numbers under the pointer.
    fn values(&self, response: Response, set: &SetCard, kind: Kind, step: usize) {
        let Some(station) = self.film.stations.get(step) else { return };
        response.on_hover_ui_at_pointer(|ui| {
            let title = RichText::new(format!("t = {}", time(station.t)));
            ui.label(title.font(theme::strong(size::BODY)));
            let at = |curves: &BTreeMap<usize, Curve>, model| {
                let value =
                    fresh(curves, model).and_then(|curve| kind.values(&curve.drift).get(step));
                value.map_or("–".to_owned(), |&value| significant(value))
            };
            ui.spacing_mut().interact_size.y = 0.0;
            egui::Grid::new("values").spacing([4.0 * UNIT, UNIT]).show(ui, |ui| {
                let noises = self.film.averaged();
                let mean = noises.map_or_else(String::new, |noises| format!("mean of {noises}"));
                for title in ["", "this noise", &mean] {
                    widget::small(ui, title);
                }
                ui.end_row();
                for row in Row::all(set) {
                    let Some(model) = row.model() else { continue };
                    let colour = theme::method(ui, &set.cards[model].title, model);
                    ui.label(RichText::new(row.title(set)).color(colour));
                    ui.label(at(&self.film.own, model));
                    if noises.is_some() {
                        ui.label(at(&self.film.mean, model));
                    }
                    ui.end_row();
                }
            });
        });
    }
}

/// Whose colour it is.
fn of(model: usize) -> &'static str {
    match model {
        0 => "The teacher's guess x0_hat, which an untrained student starts from.",
        _ => "This student's f(x_t, t).",
    }
}

/// How far the residuals pull in one direction.
fn coherence(ui: &mut Ui, set: &SetCard, film: &Film) {
    let curves = if film.averaged().is_some() { &film.mean } else { &film.own };
    let students = curves.keys().filter(|model| **model > 0);
    let each: Vec<String> = students
        .filter_map(|&model| {
            let title = &set.cards.get(model)?.title;
            let coherence = fresh(curves, model)?.drift.coherence()?;
            Some(format!("{title} {}", significant(coherence)))
        })
        .collect();
    if each.is_empty() {
        return;
    }
    let text = format!("e² / Σ r²: {}", each.join(", "));
    fitting(ui, &text).on_hover_text(
        "The error at pure noise beside the sum of all squared residuals: 1 where they have nothing to do with \
         each other, N where all pull the same way, near 0 where they cancel.",
    );
}

/// A line that explains, cut where there is no room.
fn fitting(ui: &mut Ui, text: &str) -> Response {
    let text = RichText::new(text).font(theme::plain(size::SMALL)).color(palette(ui).muted);
    ui.add(egui::Label::new(text).truncate())
}

/// The curves of a plot, those of one noise first, so that the means lie over them.
fn lines(ui: &Ui, film: &Film, set: &SetCard, kind: Kind) -> Vec<Line<'static>> {
    // This noise alone stands out until there is an average.
    let (bold, strength) = if film.averaged().is_some() { (1.0, 0.7) } else { (2.0, 1.0) };
    let each = |curves: &BTreeMap<usize, Curve>, width: f32, strength: f32| -> Vec<Line<'static>> {
        let line = |(&model, curve): (&usize, &Curve)| {
            let title = set.cards.get(model).map_or("", |card| &card.title);
            let strength = if curve.is_stale { 0.3 } else { strength };
            let colour = theme::method(ui, title, model).gamma_multiply(strength);
            let values = kind.values(&curve.drift).iter().enumerate();
            let points: Vec<[f64; 2]> = values
                .filter(|(_, value)| **value > 0.0)
                .map(|(step, value)| [step as f64, value.log10()])
                .collect();
            let name = format!("{model} {width}");
            Line::new(name, PlotPoints::from(points)).color(colour).width(width).allow_hover(false)
        };
        curves.iter().map(line).collect()
    };
    let mut lines = each(&film.own, bold, strength);
    lines.extend(each(&film.mean, 2.5, 1.0));
    lines
}

/// The largest value and at most [`DECADES`] below it, in powers of ten, with a little room.
fn bounds(film: &Film, kind: Kind, intervals: usize) -> PlotBounds {
    let curves = film.own.values().chain(film.mean.values());
    let values = curves.flat_map(|curve| kind.values(&curve.drift)).copied();
    let logarithms = values.filter(|value| *value > 0.0).map(f64::log10);
    let [low, high] = logarithms
        .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], v| [low.min(v), high.max(v)]);
    let [low, high] = if low.is_finite() && high.is_finite() { [low, high] } else { [-4.0, 0.0] };
    let low = low.max(high - DECADES);
    let margin = 0.05 * (high - low).max(0.2);
    let side = 0.015 * intervals as f64;
    PlotBounds::from_min_max([-side, low - margin], [intervals as f64 + side, high + margin])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::settings::tests::ring;

    #[test]
    fn figures_of_an_older_request_are_not_told_as_those_of_the_present_one() {
        let mut trajectory = Trajectory::default();
        let (error, residual) = (vec![4.0, 1.0, 0.0], vec![1.0, 1.0]);
        let drift = Drift { model: 0, noises: 1, error, residual };
        trajectory.film.own.insert(0, Curve { drift, is_stale: false });
        for is_stale in [false, true] {
            trajectory.film.own.values_mut().for_each(|curve| curve.is_stale = is_stale);
            let told = trajectory.spoken(&ring(), Kind::Error, 1);
            assert_eq!(told.contains("x0_hat"), !is_stale, "{told}");
        }
    }
}
