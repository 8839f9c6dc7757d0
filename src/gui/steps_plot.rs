//! Curves over the steps of a training, or of a distillation in the plane.

mod marks;

use eframe::egui::{Align2, Color32, Id, Sense, Ui, Vec2};
use egui_plot::{
    AxisHints, HoverPosition, Line, LineStyle, MarkerShape, Plot, PlotPoint, PlotUi, Points, VLine,
};

use crate::{
    engine::report::significant,
    gui::{
        axes::{axis, bare},
        theme::{self, palette, size},
        widget::{self, write},
    },
};
use marks::{marks, power, step_marks, written};

/// What is shown to either side of a value that stands alone, in powers of ten.
const AROUND: f64 = 0.15;

/// Room at the right for half of the last number of steps.
const NUMBER: f32 = 14.0;

/// How a curve is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// What was measured, faint behind its mean.
    Raw,
    /// Their mean; labels at the pointer are of what was measured.
    Mean,
    /// A measure without one.
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

/// A plot of curves. What takes time with their points is done once: it is kept where they stay what they are.
pub(super) struct Chart {
    pub(super) name: &'static str,
    /// Right end of the axis.
    steps: u64,
    is_log: bool,
    drawn: Vec<Drawn>,
    /// The curves for those who do not see them.
    sentence: String,
    only_value: Option<f64>,
}

/// A curve as its axis shows it.
struct Drawn {
    name: String,
    colour: Color32,
    look: Look,
    points: Vec<PlotPoint>,
}

impl Chart {
    pub(super) fn new(name: &'static str, steps: u64, is_log: bool, curves: Vec<Curve>) -> Self {
        let sentence = spoken(name, &curves);
        let curves: Vec<Curve> = curves.into_iter().map(|curve| curve.scaled(is_log)).collect();
        let only_value = only_value(&curves);
        let drawn = curves.into_iter().map(Drawn::of).collect();
        Self { name, steps, is_log, drawn, sentence, only_value }
    }

    /// Draws the curves, with a line at the step that is `marked` elsewhere; returns the step that was pressed. What
    /// that does is said by `press`; none where it does nothing.
    pub(super) fn show(
        &self,
        ui: &mut Ui,
        size: Vec2,
        marked: Option<u64>,
        press: Option<&'static str>,
    ) -> Option<f64> {
        let colours = palette(ui);
        if self.drawn.iter().all(|curve| curve.points.is_empty()) {
            let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
            widget::picture(&response, &format!("{}: nothing yet", self.name));
            let font = theme::plain(size::SMALL);
            write(ui, rect.center(), Align2::CENTER_CENTER, "nothing yet", font, colours.muted);
            return None;
        }
        // No key does anything here, so the keyboard need not stop.
        let sense = if press.is_none() { Sense::hover() } else { Sense::CLICK };
        let mut axes = self.axes(ui, size).sense(sense);
        if let Some(value) = self.only_value {
            let around = if self.is_log { AROUND } else { (0.2 * value.abs()).max(0.01) };
            axes = axes.include_y(value - around).include_y(value + around);
        }
        let shown = axes.show(ui, |plot| {
            if let Some(step) = marked {
                let line = VLine::new("", step as f64).color(colours.muted).width(1.0);
                plot.vline(line.style(LineStyle::dashed_loose()).allow_hover(false));
            }
            for (i, curve) in self.drawn.iter().enumerate() {
                curve.draw(plot, i);
            }
        });
        let response = shown.response;
        widget::picture(&response, &self.sentence);
        widget::describe(&response, press?);
        let place = response.interact_pointer_pos().filter(|_| response.clicked())?;
        Some(shown.transform.value_from_position(place).x)
    }

    /// An empty plot without chrome: steps across, values upwards.
    fn axes<'a>(&self, ui: &mut Ui, size: Vec2) -> Plot<'a> {
        let is_log = self.is_log;
        let [width, height] = [size.x - NUMBER, size.y];
        let x = axis(ui, AxisHints::new_x(), "")
            .label_spacing(8.0..=9.0)
            .formatter(|mark, _| format!("{}", mark.value.round()));
        let y = axis(ui, AxisHints::new_y(), "")
            .label_spacing(8.0..=9.0)
            .min_thickness(44.0)
            .formatter(move |mark, _| written(&mark, is_log));
        let plot = bare(ui, self.name)
            .width(width)
            .height(height)
            .show_background(false)
            .include_x(0.0)
            .include_x(self.steps.max(1) as f64)
            .set_margin_fraction([0.02, 0.06].into())
            .x_grid_spacer(move |input| step_marks(&input, width))
            .custom_x_axes(vec![x])
            .custom_y_axes(vec![y])
            .label_formatter(move |place| label(place, is_log));
        match is_log {
            true => plot.y_grid_spacer(move |input| marks(&input, height)),
            false => plot,
        }
    }
}

/// The newest value of each curve that stands for itself, in a sentence; their step once, where all have the same.
fn spoken(name: &str, curves: &[Curve]) -> String {
    let own = curves.iter().filter(|curve| curve.look != Look::Raw);
    let newest = own.filter_map(|curve| Some((curve.name.as_str(), *curve.points.last()?)));
    let mut newest: Vec<(&str, [f64; 2])> = newest.collect();
    newest.dedup(); // a measure's line and its dots are one
    let at = |step: f64| format!(" at step {step:.0}");
    let common = newest.first().map(|(_, [step, _])| *step);
    let common = common.filter(|step| newest.iter().all(|(_, [own, _])| own == step));
    let each = newest.iter().map(|(curve, [step, value])| {
        let at = if common.is_some() { String::new() } else { at(*step) };
        format!("{curve} {}{at}", significant(*value))
    });
    let each: Vec<String> = each.collect();
    format!("{name}{}: {}", common.map(at).unwrap_or_default(), each.join("; "))
}

impl Drawn {
    fn of(Curve { name, colour, look, points }: Curve) -> Self {
        Self { name, colour, look, points: points.into_iter().map(PlotPoint::from).collect() }
    }

    /// The `i`-th of a plot.
    fn draw<'a>(&'a self, plot: &mut PlotUi<'a>, i: usize) {
        let (id, points) = (Id::unique((i, &self.name)), &self.points[..]);
        if self.look == Look::Dots {
            let dots = Points::new(self.name.as_str(), points).id(id).color(self.colour);
            return plot.points(dots.shape(MarkerShape::Circle).radius(3.0));
        }
        let line = Line::new(self.name.as_str(), points).id(id).color(self.colour);
        let line = line.width(if self.look == Look::Raw { 1.0 } else { 1.75 });
        plot.line(line.allow_hover(self.look != Look::Mean));
    }
}

impl Curve {
    /// On a logarithmic axis only positive values have a place.
    fn scaled(mut self, is_log: bool) -> Self {
        if is_log {
            self.points.retain(|point| point[1] > 0.0);
            self.points.iter_mut().for_each(|point| point[1] = point[1].log10());
        }
        self
    }
}

/// The value of all points where they have but one: an axis of that alone would have no height.
fn only_value(curves: &[Curve]) -> Option<f64> {
    let mut values = curves.iter().flat_map(|curve| &curve.points).map(|point| point[1]);
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

fn label(place: &HoverPosition<'_>, is_log: bool) -> Option<String> {
    let HoverPosition::NearDataPoint { plot_name, position: PlotPoint { x, y }, .. } = place else {
        return None;
    };
    let value = if is_log { power(*y) } else { *y };
    (!plot_name.is_empty()).then(|| format!("{plot_name}\nstep {x}: {}", significant(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_stands_alone_is_told_from_several() {
        let curve = |points: &[[f64; 2]]| {
            let (name, colour, points) = (String::new(), Color32::RED, points.to_vec());
            Curve { name, colour, look: Look::Dots, points }
        };
        let [one, other] = [curve(&[[9.0, 0.5]]), curve(&[[9.0, 0.5], [18.0, 0.4]])];
        assert_eq!(only_value(&[one, curve(&[])]), Some(0.5));
        assert_eq!((only_value(&[other]), only_value(&[])), (None, None));
    }

    #[test]
    fn a_plot_is_said_by_the_newest_values_of_its_curves() {
        let curve = |name: &str, look, points: &[[f64; 2]]| Curve {
            name: name.to_owned(),
            colour: Color32::RED,
            look,
            points: points.to_vec(),
        };
        let line = [[20.0, 0.5], [40.0, 0.25]];
        let own = |look| curve("CM, loss", look, &line);
        let other = |step| curve("Direct CM, loss", Look::Line, &[[step, 2.0]]);
        let raw = curve("CM, loss", Look::Raw, &[[60.0, 9.0]]);
        let same = [raw, own(Look::Line), own(Look::Dots), other(40.0)];
        let said = "Loss at step 40: CM, loss 0.250; Direct CM, loss 2.00";
        assert_eq!(spoken("Loss", &same), said);
        let said = "Loss: CM, loss 0.250 at step 40; Direct CM, loss 2.00 at step 20";
        assert_eq!(spoken("Loss", &[own(Look::Mean), other(20.0)]), said);
    }

    #[test]
    fn a_logarithmic_axis_leaves_out_what_has_no_logarithm() {
        let points = vec![[0.0, 0.0], [1.0, 100.0], [2.0, -1.0]];
        let curve = Curve { name: String::new(), colour: Color32::RED, look: Look::Line, points };
        assert_eq!(curve.scaled(true).points, [[1.0, 2.0]]);
    }
}
