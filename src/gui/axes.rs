//! Axes: a plot whose ranges and ticks are those of the pictures that the program writes.
//!
//! Inside the plot everything is a share of an axis, 0 to 1, so that logarithmic axes need no more.

use eframe::egui::{Rangef, RichText, Sense, Ui, Vec2};
use egui_plot::{AxisHints, GridMark, Line, Plot, PlotPoint, PlotResponse, PlotUi};

use super::theme::{self, Palette, palette, size};
use crate::picture::plot::{Range, Tick};

/// Distance at which the pointer is over something, in points.
const NEAR: f32 = 12.0;

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
        let colours = palette(ui);
        ui.visuals_mut().extreme_bg_color = colours.panel;
        let [x, y] = [0, 1].map(|number| self.ticks(number));
        let x_axis = self.hints(AxisHints::new_x(), 0, x.clone(), &colours);
        let y_axis = self.hints(AxisHints::new_y(), 1, y.clone(), &colours);
        Plot::new(id)
            .width(area.x)
            .height(area.y)
            .x_grid_spacer(move |_| marks(&x))
            .y_grid_spacer(move |_| marks(&y))
            .custom_x_axes(vec![x_axis])
            .custom_y_axes(vec![y_axis.min_thickness(40.0)])
            .grid_color(colours.hairline)
            .grid_fade(0.0)
            .default_x_bounds(0.0, 1.0)
            .default_y_bounds(0.0, 1.0)
            .set_margin_fraction(Vec2::ZERO)
            .show_x(false)
            .show_y(false)
            .allow_zoom(false)
            .allow_drag(false)
            .allow_scroll(false)
            .allow_boxed_zoom(false)
            .allow_double_click_reset(false)
            .allow_axis_zoom_drag(false)
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
        axis: AxisHints<'a>,
        number: usize,
        labels: Vec<(f64, String)>,
        colours: &Palette,
    ) -> AxisHints<'a> {
        let name = RichText::new(&self.names[number]).font(theme::plain(size::SMALL));
        axis.label(name.color(colours.muted))
            .formatter(move |mark, _| {
                let own = labels.iter().find(|(place, _)| (place - mark.value).abs() < 1e-9);
                own.map_or_else(String::new, |(_, label)| label.clone())
            })
            .tick_label_color(colours.muted)
            .tick_label_font(theme::plain(size::SMALL))
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
