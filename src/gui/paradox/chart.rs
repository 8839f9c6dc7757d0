//! The plot: one description for the screen and the files.

use std::cmp::Reverse;

use eframe::egui::{Color32, Pos2, Rect, Ui, Vec2};
use egui_plot::{PlotPoint, PlotTransform, PlotUi, Points, Polygon};

use super::{
    Paradox,
    labels::{self, Label},
    reading::Said,
    ruler::Ruler,
};
use crate::{
    engine::{
        report::interval,
        worker::{SetCard, quality::Dot as Measured},
    },
    gui::{
        Shared,
        axes::{Axes, line, under_pointer},
        theme::{self, Palette, palette, size},
        widget,
    },
    picture::{
        Axis, Dot, Dots,
        dots::{DotSeries, Rule},
    },
};

const RADIUS: f32 = 5.0;
/// What the numbers and names of the axes take of the plot, in points.
const EDGES: f32 = 56.0;

impl Paradox {
    /// What is on show.
    pub(in crate::gui) fn dots(&self, shared: &Shared, set: &SetCard) -> Dots {
        let settings = &shared.settings.paradox;
        let ruler = self.ruler(shared);
        let series = (1..=set.fast()).filter_map(|model| {
            let title = set.title(model);
            if settings.is_hidden(title) {
                return None;
            }
            let own = self.dots.values().filter(|dot| dot.column.model == model);
            let shown = own.filter(|dot| settings.steps.contains(&dot.column.steps));
            let dots: Vec<Dot> = shown.filter_map(|dot| placed(dot, ruler)).collect();
            Some(DotSeries { name: title.to_owned(), order: model, dots })
        });
        let teacher = self.dots.iter().find(|(key, _)| key.model == 0).map(|(_, dot)| dot);
        let rule = teacher.and_then(|dot| {
            let name = set.title(0).to_owned();
            Some(Rule { name, y: ruler.figure(dot)? })
        });
        Dots {
            title: "ODE error against sample quality".into(),
            subtitle: format!(
                "{} · {} with N = {} · w = {} · seed {} · measured on {} samples of each · {}",
                set.subject(),
                set.method.title(),
                set.intervals,
                set.guidance,
                self.seed(shared),
                self.samples_behind(),
                self.features.map_or("", |(features, _)| features),
            ),
            x: Axis { name: "ODE error (mean squared, model space)".into(), is_logarithmic: true },
            y: Axis { name: ruler.axis()[0].clone(), is_logarithmic: false },
            y_ends: ruler.ends(),
            better: ["solves the ODE better".into(), "better samples".into()],
            is_better_up: !ruler.measure.is_distance(),
            series: series.collect(),
            rules: rule.into_iter().collect(),
            foot: "Beside each dot: steps. Full dots take one step; with more, students add fresh noise in \
                   between, so that rings are no clean measure of ODE solving. Bars: 95% intervals over \
                   samples. The teacher's line: another set of its samples, what a perfect student would \
                   score."
                .into(),
        }
    }

    pub(super) fn chart(
        &self,
        ui: &mut Ui,
        shared: &Shared,
        set: &SetCard,
        said: &Said,
        area: Vec2,
    ) {
        let dots = self.dots(shared, set);
        let [_, short] = self.ruler(shared).axis();
        let names = [
            name(ui, [&dots.x.name, "ODE error"], &dots.better[0], false, area.x - EDGES),
            name(ui, [&dots.y.name, &short], &dots.better[1], dots.is_better_up, area.y - EDGES),
        ];
        let has_dots = dots.series.iter().any(|series| !series.dots.is_empty());
        let are_known = [has_dots, has_dots || !dots.rules.is_empty()];
        let axes = Axes { ranges: dots.ranges(), names, are_known };
        let colours = palette(ui);
        let own = |name: &str, order| theme::method(ui, name, order);
        let series: Vec<_> = dots.series.iter().map(|s| (s, own(&s.name, s.order))).collect();
        let rules: Vec<_> = dots.rules.iter().map(|rule| (rule, own(&rule.name, 0))).collect();
        let content = |plot: &mut PlotUi<'_>| {
            for (rule, colour) in &rules {
                draw_rule(plot, &axes, rule, *colour);
            }
            for (series, colour) in &series {
                draw_series(plot, &axes, series, *colour, &colours);
            }
        };
        let shown = axes.show(ui, "paradox", area, content);
        write_labels(ui, &axes, &shown.transform, &series, &rules);
        widget::picture(&shown.response, said.reading.as_ref().unwrap_or(&dots.title));
        let all = series.iter().flat_map(|(s, _)| s.dots.iter().map(move |dot| (*s, dot)));
        let places =
            all.filter_map(|found| Some((axes.place(found.1.x.mean, found.1.y.mean)?, found)));
        if let Some((series, dot)) = under_pointer(&shown, places) {
            let ruler = self.ruler(shared);
            shown.response.on_hover_ui_at_pointer(|ui| hover(ui, series, dot, ruler));
        }
    }
}

/// The name of an axis that is `room` points long, the short one where the whole does not fit, with an arrow to where
/// it is better: the axis' beginning or its end (the upward one's name is turned with it).
fn name(
    ui: &Ui,
    [whole, short]: [&str; 2],
    better: &str,
    is_better_there: bool,
    room: f32,
) -> String {
    let named = |axis: &str| match is_better_there {
        true => format!("{axis}   ·   {better}  →"),
        false => format!("←  {better}   ·   {axis}"),
    };
    let font = theme::plain(size::SMALL);
    let width = ui.painter().layout_no_wrap(named(whole), font, Color32::PLACEHOLDER).size().x;
    named(if width <= room { whole } else { short })
}

/// Writes the steps beside their dots, and the names of the rules at theirs.
fn write_labels(
    ui: &Ui,
    axes: &Axes,
    transform: &PlotTransform,
    series: &[(&DotSeries, Color32)],
    rules: &[(&Rule, Color32)],
) {
    let at = |dot: &Dot| {
        let [x, y] = axes.place(dot.x.mean, dot.y.mean)?;
        Some(transform.position_from_point(&PlotPoint::new(x, y)))
    };
    let mut labels: Vec<Label> =
        series.iter().flat_map(|(series, colour)| named(series, *colour, at)).collect();
    // Above the right end of a line, or where else there is room.
    let mut lines = Vec::new();
    for (rule, colour) in rules {
        let Some(y) = axes.ranges[1].share(rule.y.mean) else { continue };
        let end = |x| transform.position_from_point(&PlotPoint::new(x, y.clamp(0.0, 1.0)));
        let dots = vec![end(1.0), end(0.0)];
        lines.push(Rect::from_two_pos(dots[0], dots[1]).expand(1.0));
        labels.push(Label { dots, text: rule.name.clone(), colour: *colour, is_below: false });
    }
    labels.sort_by_key(|label| Reverse(label.text.len())); // the long ones need room most
    labels::draw(ui, *transform.frame(), lines, &labels);
}

fn placed(dot: &Measured, ruler: Ruler) -> Option<Dot> {
    let (x, y) = (dot.ode.as_ref()?.figure, ruler.figure(dot)?);
    let steps = dot.column.steps;
    Some(Dot { label: steps.to_string(), x, y, is_hollow: steps > 1 })
}

/// "1 step", "4 steps".
fn steps(count: &str) -> String {
    format!("{count} {}", if count == "1" { "step" } else { "steps" })
}

fn hover(ui: &mut Ui, series: &DotSeries, dot: &Dot, ruler: Ruler) {
    let title = format!("{}, {}", series.name, steps(&dot.label));
    ui.label(eframe::egui::RichText::new(title).font(theme::strong(size::BODY)));
    widget::small(ui, &format!("ODE error {}", interval(dot.x)));
    widget::small(ui, &format!("{} {}", ruler.axis()[1], interval(dot.y)));
}

/// The steps beside each dot; the first also says whose it is.
fn named(series: &DotSeries, colour: Color32, at: impl Fn(&Dot) -> Option<Pos2>) -> Vec<Label> {
    let labels = series.dots.iter().enumerate().filter_map(|(i, dot)| {
        let place = at(dot)?;
        let text = match i {
            0 => format!("{}, {}", series.name, steps(&dot.label)),
            _ => dot.label.clone(),
        };
        // On the side where the line to the next dot does not pass.
        let next = series.dots.get(i + 1).and_then(&at);
        let is_below = next.is_some_and(|next| next.y < place.y);
        Some(Label { dots: vec![place], text, colour, is_below })
    });
    labels.collect()
}

/// The teacher's level over the whole width, with its interval as a band.
fn draw_rule(plot: &mut PlotUi<'_>, axes: &Axes, rule: &Rule, colour: Color32) {
    let share = |y: f64| axes.ranges[1].share(y).map(|share| share.clamp(0.0, 1.0));
    let (Some(low), Some(mean), Some(high)) =
        (share(rule.y.low), share(rule.y.mean), share(rule.y.high))
    else {
        return;
    };
    let corners = vec![[0.0, low], [1.0, low], [1.0, high], [0.0, high]];
    let band = Polygon::new("", corners).fill_color(colour.gamma_multiply(0.1)).width(0.0);
    plot.polygon(band.allow_hover(false));
    plot.line(line(vec![[0.0, mean], [1.0, mean]]).color(colour).width(1.5));
}

/// Bars, the thin line in order of steps, and dots.
fn draw_series(
    plot: &mut PlotUi<'_>,
    axes: &Axes,
    series: &DotSeries,
    colour: Color32,
    colours: &Palette,
) {
    let at = |dot: &Dot| axes.place(dot.x.mean, dot.y.mean);
    let path: Vec<[f64; 2]> = series.dots.iter().filter_map(at).collect();
    plot.line(line(path).color(colour.gamma_multiply(0.4)).width(1.0));
    for dot in &series.dots {
        let across = [axes.place(dot.x.low, dot.y.mean), axes.place(dot.x.high, dot.y.mean)];
        let upwards = [axes.place(dot.x.mean, dot.y.low), axes.place(dot.x.mean, dot.y.high)];
        for [from, to] in [across, upwards] {
            if let (Some(from), Some(to)) = (from, to) {
                plot.line(line(vec![from, to]).color(colour.gamma_multiply(0.75)).width(1.5));
            }
        }
    }
    for dot in &series.dots {
        let Some(place) = at(dot) else { continue };
        let disc = |radius: f32, colour| Points::new("", place).radius(radius).color(colour);
        plot.points(disc(RADIUS, colour).allow_hover(false));
        if dot.is_hollow {
            plot.points(disc(RADIUS - 1.75, colours.panel).allow_hover(false));
        }
    }
}
