//! Axes: what all plots have in common, and a plot whose ranges and ticks are those of the pictures that the
//! program writes.
//!
//! Inside the latter everything is a share of an axis, 0 to 1, so that logarithmic axes need no more.

use eframe::egui::{AsIdSalt, Rangef, RichText, Sense, Ui, Vec2};
use egui_plot::{AxisHints, GridMark, Line, Plot, PlotPoint, PlotResponse, PlotUi};

use super::theme::{self, palette, size};
use crate::picture::axis::{Range, Tick};

/// Distance at which the pointer is over something, in points.
const NEAR: f32 = 12.0;

/// A plot without chrome, on the colour of cards: nothing moves it, and all its grid lines are of one strength.
pub(super) fn bare<'a>(ui: &mut Ui, salt: impl AsIdSalt) -> Plot<'a> {
    let colours = palette(ui);
    ui.visuals_mut().extreme_bg_color = colours.panel;
    Plot::new(salt)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .allow_double_click_reset(false)
        .show_crosshair(false)
        .grid_color(colours.hairline)
        .grid_fade(0.0)
}

/// An axis with its name, in small type.
pub(super) fn axis<'a>(ui: &Ui, hints: AxisHints<'a>, name: &str) -> AxisHints<'a> {
    let muted = palette(ui).muted;
    hints
        .label(RichText::new(name).font(theme::plain(size::SMALL)).color(muted))
        .tick_label_font(theme::plain(size::SMALL))
        .tick_label_color(muted)
        .label_spacing(Rangef::new(16.0, 22.0))
}

/// Marks at the powers of ten between these exponents, and at 2 and 5 times them where `has_between`.
pub(super) fn decades((low, high): (f64, f64), has_between: bool) -> Vec<GridMark> {
    let mut marks = Vec::new();
    for exponent in low.floor() as i32..=high.ceil() as i32 {
        for (factor, step_size) in [(1.0f64, 1.0), (2.0, 0.3), (5.0, 0.3)] {
            let value = f64::from(exponent) + factor.log10();
            if factor == 1.0 || has_between {
                marks.push(GridMark { value, step_size });
            }
        }
    }
    // A mark outside would be written outside.
    marks.retain(|mark| (low..=high).contains(&mark.value));
    marks
}

/// The next of 1, 2, 5, 10, 20 and so on from `wanted` up.
pub(super) fn round_step(wanted: f64) -> f64 {
    let unit = 10f64.powf(wanted.log10().floor());
    let mut steps = [1.0, 2.0, 5.0].map(|factor| factor * unit).into_iter();
    // A hair of room: 0.1 as a power of ten is not quite 0.1.
    steps.find(|step| *step >= wanted * (1.0 - 1e-9)).unwrap_or(10.0 * unit)
}

/// Two ranges with their names.
#[derive(Clone, Debug)]
pub(super) struct Axes {
    /// To the right and upwards.
    pub(super) ranges: [Range; 2],
    /// With their units.
    pub(super) names: [String; 2],
    /// Whether there is anything to measure by them: an axis without has no ticks.
    pub(super) are_known: [bool; 2],
}

impl Axes {
    /// Where two values lie, none where an axis cannot show one; values beyond an end lie at it.
    pub(super) fn place(&self, x: f64, y: f64) -> Option<[f64; 2]> {
        let [x, y] = [self.ranges[0].share(x)?, self.ranges[1].share(y)?];
        Some([x.clamp(0.0, 1.0), y.clamp(0.0, 1.0)])
    }

    /// An empty plot of this size with `content` in it.
    pub(super) fn show<'a, R>(
        &self,
        ui: &mut Ui,
        id: &str,
        area: Vec2,
        content: impl FnOnce(&mut PlotUi<'a>) -> R + 'a,
    ) -> PlotResponse<R> {
        let [x, y] = [0, 1].map(|number| self.ticks(number));
        let x_axis = self.hints(ui, AxisHints::new_x(), 0, x.clone());
        let y_axis = self.hints(ui, AxisHints::new_y(), 1, y.clone());
        bare(ui, id)
            .width(area.x)
            .height(area.y)
            .x_grid_spacer(move |_| marks(&x))
            .y_grid_spacer(move |_| marks(&y))
            .custom_x_axes(vec![x_axis])
            .custom_y_axes(vec![y_axis.min_thickness(40.0)])
            .default_x_bounds(0.0, 1.0)
            .default_y_bounds(0.0, 1.0)
            .set_margin_fraction(Vec2::ZERO)
            .show_x(false)
            .show_y(false)
            // Nothing is done by a press: the keyboard need not stop here.
            .sense(Sense::hover())
            .show(ui, content)
    }

    /// Where the ticks of an axis are, and how they read.
    fn ticks(&self, number: usize) -> Vec<(f64, String)> {
        if !self.are_known[number] {
            return Vec::new();
        }
        let range = &self.ranges[number];
        let place = |tick: Tick| {
            let label = if tick.value == 0.0 { "0".into() } else { tick.label };
            Some((range.share(tick.value)?, label))
        };
        range.ticks().into_iter().filter_map(place).collect()
    }

    fn hints<'a>(
        &self,
        ui: &Ui,
        hints: AxisHints<'a>,
        number: usize,
        labels: Vec<(f64, String)>,
    ) -> AxisHints<'a> {
        axis(ui, hints, &self.names[number])
            .formatter(move |mark, _| {
                let own = labels.iter().find(|(place, _)| (place - mark.value).abs() < 1e-9);
                own.map_or_else(String::new, |(_, label)| label.clone())
            })
            .label_spacing(Rangef::new(0.0, 1.0))
    }
}

/// Grid lines at ticks, all of one strength.
fn marks(ticks: &[(f64, String)]) -> Vec<GridMark> {
    ticks.iter().map(|(value, _)| GridMark { value: *value, step_size: 1.0 }).collect()
}

/// Which of `all` the pointer is over: the nearest one, if it is near.
pub(super) fn under_pointer<T, R>(
    plot: &PlotResponse<R>,
    all: impl Iterator<Item = ([f64; 2], T)>,
) -> Option<T> {
    let pointer = plot.response.hover_pos()?;
    let distances = all.map(|([x, y], value)| {
        let place = plot.transform.position_from_point(&PlotPoint::new(x, y));
        (place.distance(pointer), value)
    });
    let near = distances.filter(|(distance, _)| *distance < NEAR);
    near.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, value)| value)
}

/// A line through places.
pub(super) fn line<'a>(places: Vec<[f64; 2]>) -> Line<'a> {
    Line::new("", places).allow_hover(false)
}
