//! The course of a distillation: losses and ODE errors, on a logarithmic scale.

use eframe::egui::{Align2, Color32, Rangef, Rect, Sense, Ui, UiBuilder, pos2, vec2};
use egui_plot::{AxisHints, GridMark, HoverPosition, Line, Plot, PlotPoints};

use super::{GAP, Plane};
use crate::{
    engine::report::significant,
    gui::{
        Shared,
        axes::{axis, bare},
        theme::{self, palette, size},
        widget::{self, write},
    },
};

/// Height of a plot's name.
const HEADER: f32 = 22.0;
/// Points between grid lines from which on they have labels.
const LABELS: Rangef = Rangef { min: 8.0, max: 14.0 };
/// Room for half of the last number of steps, and what the axis of values takes, in points.
const NUMBER: f32 = 14.0;
const VALUES: f32 = 44.0;
/// How much fainter grid lines are that are close to each other.
const FADE: f32 = 0.5;

impl Plane {
    pub(super) fn curves(&self, ui: &mut Ui, shared: &Shared, rect: Rect) {
        let width = (rect.width() - GAP) / 2.0;
        let left = Rect::from_min_max(rect.min, pos2(rect.left() + width, rect.bottom()));
        let right = left.translate(vec2(width + GAP, 0.0));
        let students = self.students.as_ref();
        let strength = if self.outdated_by(shared).is_none() { 1.0 } else { 0.35 };
        let steps = students.map_or(shared.settings.plane.steps, |s| s.training.steps);
        let none = [Vec::new(), Vec::new()];
        let [losses, errors] = students.map_or([&none, &none], |s| [&s.losses, &s.errors]);
        curve(ui, left, "Loss", losses, steps, strength);
        curve(ui, right, "ODE error", errors, steps, strength);
    }
}

/// CM and Direct CM over steps.
fn curve(
    ui: &mut Ui,
    rect: Rect,
    title: &str,
    values: &[Vec<[f64; 2]>; 2],
    steps: u64,
    strength: f32,
) {
    let colours = palette(ui);
    let methods: [Color32; 2] = ["CM", "Direct CM"].map(|title| theme::method(ui, title, 0));
    let font = theme::strong(size::BODY);
    let name = write(ui, rect.min, Align2::LEFT_TOP, title, font, colours.ink);
    let mut place = name.right_top() + vec2(12.0, 2.5);
    for (title, colour) in ["CM", "Direct CM"].into_iter().zip(methods) {
        let font = theme::plain(size::SMALL);
        place.x = write(ui, place, Align2::LEFT_TOP, title, font, colour).right() + 10.0;
    }
    let plot = rect.with_min_y(rect.top() + HEADER);
    widget::sheet(ui, plot);
    if values.iter().all(Vec::is_empty) {
        let text = "no steps yet";
        let font = theme::plain(size::SMALL);
        write(ui, plot.center(), Align2::CENTER_CENTER, text, font, colours.muted);
        return;
    }
    let inner = UiBuilder::new().max_rect(plot.shrink2(vec2(6.0, 5.0)));
    ui.scope_builder(inner, |ui| {
        let plot = axes(ui, title, steps).show(ui, |plot| {
            for ((values, colour), name) in values.iter().zip(methods).zip(["CM", "Direct CM"]) {
                let points: Vec<[f64; 2]> =
                    values.iter().map(|[x, y]| [*x, y.max(1e-12).log10()]).collect();
                let line = Line::new(name, PlotPoints::from(points)).width(1.6);
                plot.line(line.color(colour.gamma_multiply(strength)));
            }
        });
        let label = spoken(title, values);
        widget::picture(&plot.response, &label);
    });
}

/// Where both curves are, for those who hear them: "Loss at step 40: CM 0.012, Direct CM 0.034".
fn spoken(title: &str, values: &[Vec<[f64; 2]>; 2]) -> String {
    let newest = ["CM", "Direct CM"].into_iter().zip(values);
    let newest = newest.filter_map(|(name, values)| Some((name, values.last()?)));
    let step = newest.clone().map(|(_, [step, _])| *step).fold(0.0, f64::max);
    let each = newest.map(|(name, [_, value])| format!("{name} {}", significant(*value)));
    format!("{title} at step {step:.0}: {}", each.collect::<Vec<_>>().join(", "))
}

/// An empty plot: steps across, powers of ten upwards.
fn axes(ui: &mut Ui, title: &str, steps: u64) -> Plot<'static> {
    let power = |mark: GridMark, _: &_| power_of_ten(mark.value.round() as i32);
    let step = |mark: GridMark, _: &_| format!("{:.0}", mark.value);
    let x = axis(ui, AxisHints::new_x(), "steps").formatter(step).label_spacing(LABELS);
    let y = axis(ui, AxisHints::new_y(), "").formatter(power).label_spacing(LABELS);
    // The last number stands below the end of the curves: half of it needs room beside them.
    let room = (ui.available_width() - VALUES - 2.0 * NUMBER).max(NUMBER);
    let across = (NUMBER / room).clamp(0.05, 0.25);
    let count = if room < 4.0 * 2.5 * NUMBER { 2 } else { 4 };
    bare(ui, ("curve", title))
        .custom_x_axes(vec![x])
        .custom_y_axes(vec![y])
        .x_grid_spacer(move |_| parts(steps, count))
        .y_grid_spacer(|input| decades(input.bounds))
        .include_x(0.0)
        .include_x(steps as f64)
        .label_formatter(|at| match at {
            HoverPosition::NearDataPoint { plot_name, position, .. } => Some(format!(
                "{plot_name}, step {:.0}: {}",
                position.x,
                significant(10f64.powf(position.y))
            )),
            HoverPosition::Elsewhere { .. } => None,
        })
        .show_background(false)
        .grid_fade(FADE)
        .sense(Sense::hover())
        .set_margin_fraction(vec2(across, 0.08))
}

/// 10, 1, 0.1, 0.01, then 1e-3.
fn power_of_ten(exponent: i32) -> String {
    match exponent {
        -2..0 => format!("{:.*}", exponent.unsigned_abs() as usize, 10f64.powi(exponent)),
        0..3 => format!("{:.0}", 10f64.powi(exponent)),
        _ => format!("1e{exponent}"),
    }
}

/// The ends of equal parts of all steps.
fn parts(steps: u64, count: u32) -> Vec<GridMark> {
    let step_size = steps as f64 / f64::from(count);
    (0..=count).map(|i| GridMark { value: f64::from(i) * step_size, step_size }).collect()
}

/// Powers of ten inside the bounds: all of them, or every other where they are many.
fn decades((low, high): (f64, f64)) -> Vec<GridMark> {
    let (low, high) = (low.ceil().max(-30.0) as i64, high.floor().min(30.0) as i64);
    let step = if high - low > 3 { 2 } else { 1 };
    let mark = |exponent: i64| GridMark { value: exponent as f64, step_size: step as f64 };
    (low..=high).filter(|exponent| exponent % step == 0).map(mark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_both_curves_are_said() {
        let values = [vec![[0.0, 1.0], [20.0, 0.5]], vec![[0.0, 2.0], [20.0, 0.25]]];
        assert_eq!(spoken("Loss", &values), "Loss at step 20: CM 0.500, Direct CM 0.250");
    }

    #[test]
    fn decades_lie_inside_and_are_few() {
        let values = |bounds| decades(bounds).iter().map(|mark| mark.value).collect::<Vec<f64>>();
        assert_eq!(values((-2.5, 0.2)), [-2.0, -1.0, 0.0]);
        assert_eq!(values((-5.5, 0.2)), [-4.0, -2.0, 0.0]);
        let said = [-4, -2, -1, 0, 2, 3].map(power_of_ten);
        assert_eq!(said, ["1e-4", "0.01", "0.1", "1", "100", "1e3"]);
        assert!(values((f64::NEG_INFINITY, f64::INFINITY)).len() <= 31);
    }
}
