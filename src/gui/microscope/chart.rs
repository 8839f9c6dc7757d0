//! The convergence plot: error against intervals or calls, both logarithmic.

use eframe::egui::{Align2, Color32, Pos2, Ui, Vec2, pos2, vec2};
use egui_plot::{LineStyle, MarkerShape, PlotPoint, PlotUi, Points};

use super::{Against, Microscope, MicroscopeSettings, colour, shown_intervals};
use crate::{
    diffusion::{Chart, Method},
    engine::{
        report::{interval, significant},
        worker::{
            SetCard,
            converge::{INTERVALS, Point},
        },
    },
    gui::{
        axes::{Axes, line, under_pointer},
        theme::{self, palette, size},
        widget,
    },
    math::convergence::Order,
    picture::{Axis, axis::Range},
};

/// Room for names at the right, in points, and what axis and margins take.
const NAMES: f32 = 130.0;
const FRAME: f32 = 70.0;
/// How much of the lines the paper behind a name hides.
const HALO: f32 = 0.85;

/// A solver's line in the plot.
struct Curve<'a> {
    method: Method,
    colour: Color32,
    points: Vec<&'a Point>,
    order: Option<Order>,
}

impl Microscope {
    pub(super) fn chart(
        &self,
        ui: &mut Ui,
        set: &SetCard,
        settings: &MicroscopeSettings,
        area: Vec2,
    ) {
        let curves: Vec<Curve<'_>> =
            set.solvers().into_iter().map(|method| self.drawn(ui, set, method, settings)).collect();
        let axes = axes(&curves, settings, area.x);
        let x = |point: &Point| abscissa(point, settings);
        let place = |point: &Point| axes.place(x(point), settings.error(point).mean);
        let marked = shown_intervals(settings);
        let accent = palette(ui).accent;
        let content = |plot: &mut PlotUi<'_>| {
            if settings.against == Against::Intervals
                && let Some(at) = axes.ranges[0].share(marked as f64)
            {
                let mark = line(vec![[at, 0.0], [at, 1.0]]);
                plot.line(mark.color(accent.gamma_multiply(0.5)).width(1.5));
            }
            for curve in &curves {
                draw(plot, &axes, curve, settings, marked);
            }
        };
        let shown = axes.show(ui, "convergence", area, content);
        names(ui, &shown.transform, &curves, &place);
        widget::picture(&shown.response, &spoken(&axes, &curves, settings, marked));
        let all = curves.iter().flat_map(|curve| &curve.points);
        let places = all.filter_map(|point| Some((place(point)?, *point)));
        if let Some(point) = under_pointer(&shown, places) {
            shown.response.on_hover_ui_at_pointer(|ui| hover(ui, point, settings));
        }
    }

    fn drawn(
        &self,
        ui: &Ui,
        set: &SetCard,
        method: Method,
        settings: &MicroscopeSettings,
    ) -> Curve<'_> {
        Curve {
            method,
            colour: colour(ui, set, method),
            points: self.curve(method).collect(),
            order: self.order(method, settings),
        }
    }
}

/// The plot in a sentence: each solver's order, and its error at the marked number of intervals.
fn spoken(
    axes: &Axes,
    curves: &[Curve<'_>],
    settings: &MicroscopeSettings,
    marked: usize,
) -> String {
    let each = curves.iter().filter_map(|curve| {
        let point = curve.points.iter().find(|point| point.intervals == marked)?;
        let error = significant(settings.error(point).mean);
        let order = curve.order.as_ref().map(|order| format!(", order {:.2}", order.order));
        Some(format!("{} {error}{}", curve.method.title(), order.unwrap_or_default()))
    });
    let each: Vec<String> = each.collect();
    let values = if each.is_empty() { "nothing yet".to_owned() } else { each.join("; ") };
    let [x, y] = &axes.names;
    format!("{y} against {x}, at N = {marked}: {values}")
}

fn abscissa(point: &Point, settings: &MicroscopeSettings) -> f64 {
    match settings.against {
        Against::Intervals => point.intervals as f64,
        Against::Calls => point.evaluations as f64,
    }
}

fn axes(curves: &[Curve<'_>], settings: &MicroscopeSettings, width: f32) -> Axes {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let axis = |name: &str| Axis { name: name.into(), is_logarithmic: true };
    let name = match settings.against {
        Against::Intervals => "intervals N",
        Against::Calls => "network calls a sample",
    };
    let x = axis(name);
    // All intervals from the first point on, so that nothing moves while points arrive.
    let known = [INTERVALS[0], INTERVALS[INTERVALS.len() - 1]].map(|n| n as f64);
    let all: Vec<f64> = points().map(|point| abscissa(point, settings)).chain(known).collect();
    let [least, most] = [f64::min, f64::max].map(|pick| all.iter().copied().fold(all[0], pick));
    let names = f64::from(NAMES / (width - NAMES - FRAME).max(NAMES));
    let names = most * (most / least).powf(names);
    let across = Range::of([least, names].into_iter(), &x, 0.05);
    let y = axis("root mean squared error");
    let upwards = Range::of(points().map(|point| settings.error(point).mean), &y, 0.08);
    let are_known = [true, points().next().is_some()];
    Axes { ranges: [across, upwards], names: [x.name, y.name], are_known }
}

/// The line, its straight part and its points; those of the marked column are larger.
fn draw(
    plot: &mut PlotUi<'_>,
    axes: &Axes,
    curve: &Curve<'_>,
    settings: &MicroscopeSettings,
    marked: usize,
) {
    let colour = curve.colour;
    let place = |point: &Point| axes.place(abscissa(point, settings), settings.error(point).mean);
    let path: Vec<[f64; 2]> = curve.points.iter().filter_map(|point| place(point)).collect();
    plot.line(line(path).color(colour).width(1.5));
    if let (Some(order), Against::Intervals) = (&curve.order, settings.against) {
        let ends = order.line.map(|(n, error)| axes.place(n, error));
        if let [Some(from), Some(to)] = ends {
            let guide = line(vec![from, to]).color(colour.gamma_multiply(0.45)).width(5.0);
            plot.line(guide.style(LineStyle::Solid));
        }
    }
    let shape = match curve.method.parts().chart {
        Chart::Sigma => MarkerShape::Circle,
        Chart::VpTime => MarkerShape::Square,
    };
    for point in &curve.points {
        let Some(at) = place(point) else { continue };
        let radius = if point.intervals == marked { 5.0 } else { 3.0 };
        let dot = Points::new("", at).radius(radius).shape(shape).color(colour);
        plot.points(dot.allow_hover(false));
    }
}

/// Names at the last points of the lines, moved apart where they would overlap, and readable where lines pass them.
fn names(
    ui: &Ui,
    transform: &egui_plot::PlotTransform,
    curves: &[Curve<'_>],
    place: &dyn Fn(&Point) -> Option<[f64; 2]>,
) {
    let mut ends: Vec<(Pos2, &Curve<'_>)> = Vec::new();
    for curve in curves {
        if let Some([x, y]) = curve.points.last().and_then(|point| place(point)) {
            ends.push((transform.position_from_point(&PlotPoint::new(x, y)), curve));
        }
    }
    ends.sort_by(|a, b| a.0.y.total_cmp(&b.0.y));
    let paper = palette(ui).panel.gamma_multiply(HALO);
    let mut above = f32::NEG_INFINITY;
    let mut names = Vec::new();
    for (end, curve) in ends {
        above = end.y.max(above + 13.0);
        let (title, font) = (curve.method.title().to_owned(), theme::strong(size::SMALL));
        let galley = ui.painter().layout_no_wrap(title, font, curve.colour);
        let place = Align2::LEFT_CENTER.anchor_size(pos2(end.x + 9.0, above), galley.size());
        ui.painter().rect_filled(place.expand2(vec2(2.0, 0.0)), 2.0, paper);
        names.push((place.min, galley, curve.colour));
    }
    // After the paper of all of them, which would lie over the name above.
    for (corner, galley, colour) in names {
        ui.painter().galley(corner, galley, colour);
    }
}

fn hover(ui: &mut Ui, point: &Point, settings: &MicroscopeSettings) {
    let title = format!("{}, N = {}", point.method.title(), point.intervals);
    ui.label(eframe::egui::RichText::new(title).font(theme::strong(size::BODY)));
    widget::small(ui, &format!("error {}", interval(settings.error(point))));
    let cost = format!("{} calls, {} ms a sample", point.evaluations, significant(point.sample_ms));
    widget::small(ui, &cost);
}
