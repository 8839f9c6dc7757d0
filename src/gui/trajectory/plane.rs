//! The path of a point in the plane, what everybody sees from it, and a closer look at its end.

use eframe::egui::{self, Align2, Color32, Response, RichText, Sense, Stroke, Ui, vec2};
use egui_plot::{AxisHints, Line, LineStyle, MarkerShape, PlotBounds, PlotPoints, PlotUi, Points};

use super::{
    GAP, PLOTS, Trajectory,
    axes::{few, round},
    film::{Row, fresh},
};
use crate::{
    engine::{
        report::significant,
        worker::{SetCard, trace::Request},
    },
    gui::{
        axes::{axis, bare},
        theme::{self, UNIT, palette, size},
        widget::{self, write},
    },
};

/// Half the side of what is shown around the data, in data units.
const REACH: f64 = 1.5;
/// The share of the height that the planes take.
const SHARE: f32 = 0.58;
/// Least width of the words beside the planes; with less they stand below.
const WORDS: f32 = 240.0;
/// What the numbers at the left of a plane take more than those below it.
const EDGES: f32 = 22.0;
/// Height of a plane's name.
const NAME: f32 = 24.0;

/// One model's view of the path.
struct Track {
    colour: Color32,
    /// `f(x_t, t)` as far as it is there.
    points: Vec<[f64; 2]>,
}

/// All that both planes draw.
struct Scene<'a> {
    data: &'a [[f64; 2]],
    path: Vec<[f64; 2]>,
    end: Option<[f64; 2]>,
    teacher: Track,
    students: Vec<Track>,
    step: usize,
    ink: Color32,
    faint: Color32,
}

impl Trajectory {
    /// The plane, a closer look, the errors, and the curves.
    pub(super) fn points(&mut self, ui: &mut Ui, set: &SetCard, request: &Request) {
        let room = ui.available_size();
        let beside = (room.x - WORDS - 3.0 * GAP) / 2.0;
        let has_words_beside = beside >= PLOTS;
        let widest = if has_words_beside { beside } else { (room.x - 1.5 * GAP) / 2.0 };
        let side = (SHARE * room.y - NAME + EDGES).max(PLOTS).min(widest);
        let scene = self.scene(ui, set, request);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 1.5 * GAP;
            let whole = scene.whole();
            let near = scene.near();
            for (salt, title, bounds) in
                [("plane", "The path", whole), ("end", "Around the end point", near)]
            {
                ui.vertical(|ui| {
                    ui.set_width(side);
                    let (rect, _) = ui.allocate_exact_size(vec2(side, NAME), Sense::hover());
                    let font = theme::strong(size::BODY);
                    write(ui, rect.left_top(), Align2::LEFT_TOP, title, font, palette(ui).ink);
                    let response = plane(ui, salt, side, bounds, &scene);
                    widget::picture(&response, &scene.spoken(title));
                });
            }
            if has_words_beside {
                ui.vertical(|ui| {
                    ui.add_space(NAME);
                    self.words(ui, set, request);
                });
            }
        });
        ui.add_space(GAP);
        if !has_words_beside {
            ui.vertical(|ui| self.words(ui, set, request));
            ui.add_space(GAP);
        }
        let height = ui.available_height().max(PLOTS);
        self.curves(ui, set, request, vec2(room.x, height));
    }

    fn scene(&self, ui: &Ui, set: &SetCard, request: &Request) -> Scene<'_> {
        let (film, colours) = (&self.film, palette(ui));
        let strength = if film.is_stale { 0.35 } else { 1.0 };
        let track = |row: Row| {
            let model = row.model().unwrap_or(0);
            let colour = theme::method(ui, &set.cards[model].title, model);
            Track { colour: colour.gamma_multiply(strength), points: film.points(row) }
        };
        let path = film.points(Row::State);
        Scene {
            data: &film.data,
            end: path.get(request.intervals).copied(),
            path,
            teacher: track(Row::Denoised),
            students: (1..set.cards.len()).map(|model| track(Row::Student(model))).collect(),
            step: self.player.step(request.intervals),
            ink: colours.ink.gamma_multiply(strength),
            faint: colours.muted.gamma_multiply(0.35),
        }
    }

    /// What the marks mean, with the errors at the present time.
    fn words(&self, ui: &mut Ui, set: &SetCard, request: &Request) {
        let step = self.player.step(request.intervals);
        ui.spacing_mut().item_spacing.y = 1.5 * UNIT;
        ui.spacing_mut().interact_size.y = 0.0;
        // One noise is its own mean.
        let has_mean = request.noises > 1;
        egui::Grid::new("errors").spacing([4.0 * UNIT, 1.5 * UNIT]).show(ui, |ui| {
            for title in ["", "error now"] {
                widget::small(ui, title);
            }
            if has_mean {
                widget::small(ui, &format!("mean of {}", request.noises));
            }
            ui.end_row();
            for row in Row::all(set) {
                let Some(model) = row.model() else { continue };
                let colour = theme::method(ui, &set.cards[model].title, model);
                let name = RichText::new(row.title(set)).font(theme::strong(size::BODY));
                ui.label(name.color(colour));
                let number = |value: Option<f64>| value.map_or("–".into(), significant);
                ui.label(number(self.film.error(model, step)));
                if has_mean {
                    let mean = fresh(&self.film.mean, model).map(|curve| &curve.drift.error);
                    ui.label(number(mean.and_then(|error| error.get(step).copied())));
                }
                ui.end_row();
            }
        });
        ui.add_space(UNIT);
        for line in WORDS_OF_MARKS {
            widget::small(ui, line);
        }
    }
}

const WORDS_OF_MARKS: [&str; 4] = [
    "Dots: the states x_t of the teacher's path.",
    "Dashes: its guess x0_hat at each time.",
    "In colour: f(x_t, t) of each student at each time, the present one joined with the end point.",
    "Cross: the end point x_0. Grey: the data.",
];

impl Scene<'_> {
    /// The bounds of the data and the path.
    fn whole(&self) -> PlotBounds {
        let far = self.path.iter().flatten().fold(REACH, |far, v| far.max(v.abs() + 0.1));
        square([0.0, 0.0], far)
    }

    /// The bounds of what the students see.
    fn near(&self) -> PlotBounds {
        let Some(end) = self.end else { return self.whole() };
        let seen = self.students.iter().flat_map(|track| &track.points);
        let distance = |p: &[f64; 2]| (p[0] - end[0]).abs().max((p[1] - end[1]).abs());
        square(end, 1.15 * seen.map(distance).fold(0.02, f64::max))
    }

    /// A plane in a sentence: where the state is, and where it ends.
    fn spoken(&self, title: &str) -> String {
        let place = |at: Option<&[f64; 2]>| {
            at.map_or("not there yet".to_owned(), |[x, y]| format!("{x:.2}, {y:.2}"))
        };
        let (now, end) = (place(self.path.get(self.step)), place(self.end.as_ref()));
        format!("{title}: the state at {now}, the end point at {end}")
    }

    fn draw(&self, plot: &mut PlotUi<'_>) {
        let points = |name: &str, points: &[[f64; 2]], radius: f32, colour: Color32| {
            let points: PlotPoints<'_> = points.iter().copied().collect();
            Points::new(name.to_owned(), points).radius(radius).color(colour).allow_hover(false)
        };
        let line = |name: &str, points: &[[f64; 2]], width: f32, colour: Color32| {
            let stroke = Stroke::new(width, colour);
            let points: PlotPoints<'_> = points.iter().copied().collect();
            Line::new(name.to_owned(), points).stroke(stroke).allow_hover(false)
        };
        plot.points(points("data", self.data, 1.0, self.faint));
        let teacher = self.teacher.colour;
        let dashes = LineStyle::dashed_dense();
        plot.line(
            line("x0_hat", &self.teacher.points, 1.2, teacher.gamma_multiply(0.7)).style(dashes),
        );
        plot.line(line("path", &self.path, 1.0, teacher.gamma_multiply(0.6)));
        plot.points(points("states", &self.path, 1.8, teacher));
        for (i, track) in self.students.iter().enumerate() {
            let colour = track.colour;
            let name = format!("student {i}");
            plot.line(line(&name, &track.points, 1.0, colour.gamma_multiply(0.45)));
            plot.points(points(
                &format!("{name} all"),
                &track.points,
                2.0,
                colour.gamma_multiply(0.7),
            ));
        }
        for (i, track) in self.students.iter().enumerate() {
            let (Some(&now), Some(end)) = (track.points.get(self.step), self.end) else { continue };
            plot.line(line(&format!("error {i}"), &[now, end], 2.0, track.colour));
            plot.points(points(&format!("now {i}"), &[now], 5.0, track.colour));
        }
        if let Some(&now) = self.path.get(self.step) {
            plot.points(points("now", &[now], 5.0, teacher));
        }
        if let Some(end) = self.end {
            let cross = points("end", &[end], 6.0, self.ink).shape(MarkerShape::Plus);
            plot.points(cross);
        }
    }
}

fn square([x, y]: [f64; 2], reach: f64) -> PlotBounds {
    PlotBounds::from_min_max([x - reach, y - reach], [x + reach, y + reach])
}

fn plane(
    ui: &mut Ui,
    salt: &'static str,
    side: f32,
    bounds: PlotBounds,
    scene: &Scene<'_>,
) -> Response {
    let plot = bare(ui, salt)
        .width(side)
        .height(side - EDGES)
        .data_aspect(1.0)
        .sense(Sense::hover())
        .x_grid_spacer(move |input| few(input, side))
        .y_grid_spacer(move |input| few(input, side))
        .custom_x_axes(vec![axis(ui, AxisHints::new_x(), "").formatter(|mark, _| round(mark))])
        .custom_y_axes(vec![
            axis(ui, AxisHints::new_y(), "").min_thickness(36.0).formatter(|mark, _| round(mark)),
        ]);
    let shown = plot.show(ui, |plot| {
        plot.set_plot_bounds(bounds);
        scene.draw(plot);
    });
    shown.response
}
