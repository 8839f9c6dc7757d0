//! Curves over the steps of a training.

use eframe::egui::{Align2, Color32, Id, Sense, Ui, Vec2};
use egui_plot::{
    AxisHints, GridInput, GridMark, HoverPosition, Line, LineStyle, MarkerShape, Plot, PlotPoint,
    PlotUi, Points, VLine,
};

use crate::{
    engine::report::significant,
    gui::{
        axes::{axis, bare, decades, round_step},
        theme::{self, palette, size},
        widget::{self, write},
    },
    picture::plot::told_apart,
};

/// How a curve is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// What was measured, faint behind its mean.
    Raw,
    /// A mean, or a measure without one.
    Line,
    /// Single measurements.
    Dots,
}

/// One curve.
pub(super) struct Curve {
    /// Who it is of, for the label at the pointer.
    pub(super) name: String,
    pub(super) colour: Color32,
    pub(super) look: Look,
    /// `[step, value]`.
    pub(super) points: Vec<[f64; 2]>,
}

/// A plot of curves.
pub(super) struct Chart {
    pub(super) name: &'static str,
    pub(super) size: Vec2,
    /// Right end of the axis.
    pub(super) steps: u64,
    pub(super) is_log: bool,
    /// The step on show elsewhere.
    pub(super) marked: Option<u64>,
}

impl Chart {
    /// Draws the curves; returns the step that was pressed.
    pub(super) fn show(self, ui: &mut Ui, curves: Vec<Curve>) -> Option<f64> {
        let colours = palette(ui);
        let is_log = self.is_log;
        let sentence = spoken(self.name, &curves);
        let curves: Vec<Curve> = curves.into_iter().map(|curve| curve.scaled(is_log)).collect();
        if curves.iter().all(|curve| curve.points.is_empty()) {
            let (rect, response) = ui.allocate_exact_size(self.size, Sense::hover());
            widget::picture(&response, &format!("{}: nothing yet", self.name));
            let font = theme::plain(size::SMALL);
            write(ui, rect.center(), Align2::CENTER_CENTER, "nothing yet", font, colours.muted);
            return None;
        }
        let marked = self.marked;
        let shown = self.axes(ui).show(ui, |plot| {
            if let Some(step) = marked {
                let line = VLine::new("", step as f64).color(colours.muted).width(1.0);
                plot.vline(line.style(LineStyle::dashed_loose()).allow_hover(false));
            }
            for (i, curve) in curves.into_iter().enumerate() {
                curve.draw(plot, i);
            }
        });
        let response = shown.response;
        widget::picture(&response, &sentence);
        widget::describe(&response, "A click shows the samples of the step under the pointer.");
        let place = response.interact_pointer_pos().filter(|_| response.clicked())?;
        Some(shown.transform.value_from_position(place).x)
    }

    /// An empty plot without chrome: steps across, values upwards.
    fn axes(&self, ui: &mut Ui) -> Plot<'static> {
        let (is_log, width) = (self.is_log, self.size.x);
        let x = axis(ui, AxisHints::new_x(), "")
            .label_spacing(8.0..=9.0)
            .formatter(|mark, _| format!("{}", mark.value.round()));
        let y = axis(ui, AxisHints::new_y(), "")
            .label_spacing(8.0..=9.0)
            .min_thickness(44.0)
            .formatter(move |mark, _| written(&mark, is_log));
        let plot = bare(ui, self.name)
            .width(self.size.x)
            .height(self.size.y)
            .show_background(false)
            .include_x(0.0)
            .include_x(self.steps.max(1) as f64)
            .set_margin_fraction([0.02, 0.06].into())
            .x_grid_spacer(move |input| step_marks(&input, width))
            .custom_x_axes(vec![x])
            .custom_y_axes(vec![y])
            .label_formatter(move |place| label(place, is_log));
        if is_log { plot.y_grid_spacer(|input| marks(&input)) } else { plot }
    }
}
/// The newest value of each curve that stands for itself, in a sentence.
fn spoken(name: &str, curves: &[Curve]) -> String {
    let mut said: Vec<String> = Vec::new();
    for curve in curves.iter().filter(|curve| curve.look != Look::Raw) {
        let Some([step, value]) = curve.points.last() else { continue };
        let text = format!("{} {} at step {step:.0}", curve.name, significant(*value));
        if !said.contains(&text) {
            said.push(text);
        }
    }
    format!("{name}: {}", said.join("; "))
}

impl Curve {
    /// The `i`-th of a plot.
    fn draw(self, plot: &mut PlotUi<'_>, i: usize) {
        let id = Id::unique((i, &self.name));
        if self.look == Look::Dots {
            let dots = Points::new(self.name, self.points).id(id).color(self.colour);
            return plot.points(dots.shape(MarkerShape::Circle).radius(3.0));
        }
        let is_raw = self.look == Look::Raw;
        let line = Line::new(self.name, self.points).id(id).color(self.colour);
        plot.line(line.width(if is_raw { 1.0 } else { 1.75 }).allow_hover(is_raw));
    }

    /// On a logarithmic axis only positive values have a place.
    fn scaled(mut self, is_log: bool) -> Self {
        if is_log {
            self.points.retain(|point| point[1] > 0.0);
            self.points.iter_mut().for_each(|point| point[1] = point[1].log10());
        }
        self
    }
}

fn power(exponent: f64) -> f64 {
    10f64.powf(exponent)
}

fn label(place: &HoverPosition<'_>, is_log: bool) -> Option<String> {
    let HoverPosition::NearDataPoint { plot_name, position: PlotPoint { x, y }, .. } = place else {
        return None;
    };
    let value = if is_log { power(*y) } else { *y };
    (!plot_name.is_empty()).then(|| format!("{plot_name}\nstep {x}: {}", significant(value)))
}

/// A mark of the axis of values, as short as it can be.
fn written(mark: &GridMark, is_log: bool) -> String {
    let GridMark { value, step_size } = *mark;
    let [value, step] = match is_log {
        true => [power(value), power(value + step_size) - power(value)],
        false => [value, step_size],
    };
    if value.abs() < step / 20.0 {
        return "0".into(); // or nearly, by what sums of steps leave
    }
    told_apart(value, step, !(1e-3..1e5).contains(&value.abs()))
}

/// Marks of a logarithmic axis: powers of ten, with 2 and 5 where there is room for them; plain steps
/// where less than a power of ten is on show.
fn marks(input: &GridInput) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    if !(low.is_finite() && high.is_finite() && high > low) {
        return Vec::new();
    }
    if high - low < 1.0 {
        return plain_marks(low, high);
    }
    decades((low, high), high - low < 2.5)
}

/// Marks of the steps: round numbers, about as many as their labels have room for.
fn step_marks(input: &GridInput, width: f32) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    if !(low.is_finite() && high.is_finite() && high > low) {
        return Vec::new();
    }
    let step = round_step((high - low) / f64::from(width / 72.0).clamp(2.0, 8.0));
    let first = (low / step).ceil() as i64;
    let values = (first..first + 12).map(|i| i as f64 * step).take_while(|value| *value <= high);
    values.map(|value| GridMark { value, step_size: step }).collect()
}

fn plain_marks(low: f64, high: f64) -> Vec<GridMark> {
    let (bottom, top) = (power(low), power(high));
    let step = round_step((top - bottom) / 4.0);
    let first = (bottom / step).ceil().max(1.0) as i64;
    let values = (first..first + 12).map(|i| i as f64 * step).take_while(|value| *value <= top);
    let step_size = (high - low) / 4.0;
    values.map(|value| GridMark { value: value.log10(), step_size }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(bottom: f64, top: f64) -> Vec<String> {
        let bounds = (bottom.log10(), top.log10());
        let marks = marks(&GridInput { bounds, base_step_size: 0.01 });
        marks.iter().map(|mark| written(mark, true)).collect()
    }

    #[test]
    fn marks_of_a_logarithmic_axis_are_round_at_every_range() {
        assert_eq!(values(0.9e-5, 1.1), ["1e-5", "1e-4", "0.001", "0.01", "0.1", "1"]);
        assert_eq!(values(0.015, 0.6), ["0.02", "0.05", "0.1", "0.2", "0.5"]);
        assert_eq!(values(0.11, 0.43), ["0.2", "0.3", "0.4"]);
        assert_eq!(values(1.02, 1.05), ["1.02", "1.03", "1.04", "1.05"]);
        assert_eq!(values(1.4e-4, 3.1e-4), ["1.5e-4", "2e-4", "2.5e-4", "3e-4"]);
        assert_eq!(values(0.12315, 0.12385), ["0.1232", "0.1234", "0.1236", "0.1238"]);
        let plain = |value, step_size| written(&GridMark { value, step_size }, false);
        assert_eq!([plain(-1e-17, 0.1), plain(0.1, 0.1), plain(25e4, 5e4)], ["0", "0.1", "2.5e5"]);
        assert!(
            marks(&GridInput { bounds: (f64::NEG_INFINITY, 0.0), base_step_size: 1.0 }).is_empty()
        );
    }

    #[test]
    fn steps_are_marked_at_round_numbers_that_fit() {
        let marked = |end, width| -> Vec<f64> {
            let input = GridInput { bounds: (-0.5, end), base_step_size: 1.0 };
            step_marks(&input, width).iter().map(|mark| mark.value).collect()
        };
        assert_eq!(marked(605.0, 480.0), [0.0, 100.0, 200.0, 300.0, 400.0, 500.0, 600.0]);
        assert_eq!(marked(605.0, 200.0), [0.0, 500.0]);
        assert_eq!(marked(4000.0, 300.0), [0.0, 1000.0, 2000.0, 3000.0, 4000.0]);
    }

    #[test]
    fn a_plot_is_said_by_the_newest_values_of_its_curves() {
        let curve = |look, points: &[[f64; 2]]| {
            let name = "CM, loss".to_owned();
            Curve { name, colour: Color32::RED, look, points: points.to_vec() }
        };
        let line = [[20.0, 0.5], [40.0, 0.25]];
        let curves = [curve(Look::Raw, &[[40.0, 9.0]]), curve(Look::Line, &line)];
        assert_eq!(spoken("Loss", &curves), "Loss: CM, loss 0.250 at step 40");
    }

    #[test]
    fn a_logarithmic_axis_leaves_out_what_has_no_logarithm() {
        let points = vec![[0.0, 0.0], [1.0, 100.0], [2.0, -1.0]];
        let curve = Curve { name: String::new(), colour: Color32::RED, look: Look::Line, points };
        assert_eq!(curve.scaled(true).points, [[1.0, 2.0]]);
    }
}
