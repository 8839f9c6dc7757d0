//! Where noise goes: the noise itself, the teacher's map, and those of both students.

use eframe::egui::{Align2, Color32, Pos2, Rect, Stroke, Ui, Vec2, pos2, vec2};

use super::{
    GAP, Plane, Shown,
    field::{Frame, angle_colour},
    students::SEED,
};
use crate::{
    data::Mixture,
    engine::{
        report::interval,
        worker::plane::{
            Map,
            lattice::{self, CIRCLES, SPOKES},
        },
    },
    eval::OdeError,
    gui::{
        Shared,
        theme::{self, Palette, palette, size},
        widget::{self, write},
    },
};

/// Height of a panel's name, and of the two lines below it.
const HEADER: f32 = 26.0;
const CAPTION: f32 = 40.0;
/// Half the side of the panel of noise, in data units.
const NOISE_REACH: f64 = 1.1 * lattice::RADIUS;
/// The least half side of the others.
const REACH: f64 = 0.9;
/// Every how many-th circle and spoke is drawn.
const CIRCLE_STEP: usize = 3;
const SPOKE_STEP: usize = 6;

/// A panel's content.
struct Panel<'a> {
    title: &'a str,
    /// What it shows, in a sentence.
    hint: &'static str,
    /// Half its side, in data units.
    reach: f64,
    map: Option<&'a Map>,
    /// How strongly it is drawn.
    strength: f32,
    captions: [String; 2],
    /// Whether the second line is a warning.
    warns: bool,
}

/// The side of a panel where the view has `room`.
pub(super) fn side(room: Vec2) -> f32 {
    ((room.y - GAP) / 2.0 - HEADER - CAPTION).min(0.28 * room.x).max(120.0)
}

/// The size of all four.
pub(super) fn size(side: f32) -> Vec2 {
    vec2(2.0 * side + GAP, 2.0 * (side + HEADER + CAPTION) + GAP)
}

impl Plane {
    pub(super) fn maps(&self, ui: &mut Ui, shared: &Shared, rect: Rect, side: f32) {
        let shown = shared.settings.plane.shown;
        let student = |i| self.student(shared, i);
        let panels = [self.noise(), self.teacher(shared), student(0), student(1)];
        for (i, panel) in panels.into_iter().enumerate() {
            let (column, row) = ((i % 2) as f32, (i / 2) as f32);
            let step = vec2(side + GAP, side + HEADER + CAPTION + GAP);
            let origin = rect.min + vec2(column * step.x, row * step.y);
            let rect = Rect::from_min_size(origin, vec2(side, HEADER + side + CAPTION));
            panel.ui(ui, rect, shown, &self.noise.samples);
        }
    }

    fn noise(&self) -> Panel<'_> {
        Panel {
            title: "Noise",
            hint: "The lattice of noises that every map starts from, coloured by angle.",
            reach: NOISE_REACH,
            map: Some(&self.noise),
            strength: 1.0,
            captions: ["what every map starts from".into(), "colour: angle of z".into()],
            warns: false,
        }
    }

    fn teacher(&self, shared: &Shared) -> Panel<'_> {
        let plane = &shared.settings.plane;
        let first = format!("{}, N = {}", plane.method.title(), plane.intervals);
        let to_exact = |error: OdeError| format!("{} to the exact flow", interval(error.squared));
        Panel {
            title: "Teacher",
            hint: "Where the teacher's solver takes the noise; the students learn this map.",
            reach: reach(&plane.mixture),
            map: self.map.as_ref(),
            strength: if self.is_late { 0.6 } else { 1.0 },
            captions: [first, self.error.map_or_else(String::new, to_exact)],
            warns: false,
        }
    }

    fn student(&self, shared: &Shared, i: usize) -> Panel<'_> {
        let reach = reach(&shared.settings.plane.mixture);
        let title = ["CM", "Direct CM"][i];
        let hint = "Where one step of this student takes the noise.";
        let newest = self.students.as_ref().and_then(|students| students.newest.as_ref());
        let (Some(students), Some(newest)) = (&self.students, newest) else {
            let captions = ["not distilled yet".into(), String::new()];
            return Panel { title, hint, reach, map: None, strength: 1.0, captions, warns: false };
        };
        let outdated_by = self.outdated_by(shared);
        let error = &newest.errors[i];
        let (n, step, steps) = (error.samples, newest.step, students.training.steps);
        let second = match (outdated_by, step < steps) {
            (Some(SEED), _) => "out of date: learnt from another seed".into(),
            (Some(_), _) => "out of date: learnt another teacher".into(),
            (None, true) => format!("{n} noises, step {step} of {steps}"),
            (None, false) => format!("{n} noises, after {steps} steps"),
        };
        let captions = [format!("ODE error {}", interval(error.squared)), second];
        let warns = outdated_by.is_some();
        let strength = if warns { 0.25 } else { 1.0 };
        let map = Some(&newest.maps[i]);
        Panel { title, hint, reach, map, strength, captions, warns }
    }
}

/// Half the side of a panel that shows all of a mixture.
fn reach(mixture: &Mixture) -> f64 {
    let farthest = mixture.means.iter().flatten().fold(0.0, |far: f64, x| far.max(x.abs()));
    (1.1 * farthest + 3.0 * mixture.std).max(REACH)
}

impl Panel<'_> {
    fn ui(&self, ui: &mut Ui, rect: Rect, shown: Shown, noises: &[[f32; 2]]) {
        let colours = palette(ui);
        let colour = match self.title {
            "Noise" => colours.muted,
            title => theme::method(ui, title, 0),
        };
        let top = pos2(rect.left(), rect.top() + HEADER / 2.0 - 2.0);
        let font = theme::strong(size::HEADING);
        write(ui, top, Align2::LEFT_CENTER, self.title, font, colour);
        let plot = Rect::from_min_size(rect.min + vec2(0.0, HEADER), Vec2::splat(rect.width()));
        widget::sheet(ui, plot);
        match (self.map, shown) {
            (Some(map), Shown::Lattice) => self.lattice(ui, plot, &map.lattice),
            (Some(map), Shown::Particles) => self.particles(ui, plot, &map.samples, noises),
            (None, _) => self.empty(ui, plot, &colours),
        }
        for (i, text) in self.captions.iter().enumerate() {
            let place = plot.left_bottom() + vec2(0.0, 5.0 + 16.0 * i as f32);
            let colour = match i {
                0 => colours.ink,
                _ if self.warns => colours.warn,
                _ => colours.muted,
            };
            let font = theme::plain(size::SMALL);
            widget::write_within(ui, place, plot.width(), text, font, colour);
        }
        let label = format!("{}: {}. {}", self.title, self.captions[0], self.captions[1]);
        let response = widget::painted(ui, plot, ui.scope_id().with(self.title), &label);
        // What does not fit below is read here.
        let hint = format!("{}\n{}", self.hint, self.captions.join("\n"));
        response.on_hover_text(hint.trim_end());
    }

    fn frame(&self, plot: Rect) -> Frame {
        Frame { rect: plot, reach: self.reach }
    }

    /// Circles in arcs and spokes whole, each in the colour of its angle; faint towards the outside,
    /// where noise is rare.
    fn lattice(&self, ui: &Ui, plot: Rect, points: &[[f32; 2]]) {
        let (frame, painter) = (self.frame(plot), ui.painter_at(plot.shrink(1.0)));
        if points.len() < CIRCLES * SPOKES {
            return;
        }
        let place = |i: usize| frame.place(points[i].map(f64::from));
        let colour = |spoke: usize, strength: f32| {
            let turn = std::f64::consts::TAU * spoke as f64 / SPOKES as f64;
            theme::around(ui, turn).gamma_multiply(strength * self.strength)
        };
        for circle in (CIRCLE_STEP - 1..CIRCLES).step_by(CIRCLE_STEP) {
            let strength = 1.0 - 0.6 * circle as f32 / CIRCLES as f32;
            for spoke in (0..SPOKES).step_by(SPOKE_STEP) {
                let at = |k: usize| place(circle * SPOKES + (spoke + k) % SPOKES);
                let arc: Vec<Pos2> = (0..=SPOKE_STEP).map(at).collect();
                painter.line(arc, Stroke::new(1.2, colour(spoke + SPOKE_STEP / 2, strength)));
            }
        }
        for spoke in (0..SPOKES).step_by(SPOKE_STEP) {
            let line = (0..CIRCLES).map(|circle| place(circle * SPOKES + spoke)).collect();
            painter.line(line, Stroke::new(1.0, colour(spoke, 0.6)));
        }
    }

    fn particles(&self, ui: &Ui, plot: Rect, points: &[[f32; 2]], noises: &[[f32; 2]]) {
        let (frame, painter) = (self.frame(plot), ui.painter_at(plot.shrink(1.0)));
        for (x, z) in points.iter().zip(noises) {
            let colour: Color32 = angle_colour(ui, *z).gamma_multiply(self.strength);
            painter.circle_filled(frame.place(x.map(f64::from)), 1.8, colour);
        }
    }

    fn empty(&self, ui: &Ui, plot: Rect, colours: &Palette) {
        let text = match self.title {
            "Teacher" => "Not solved yet",
            _ => "Distil to see its map form",
        };
        let font = theme::plain(size::BODY);
        write(ui, plot.center(), Align2::CENTER_CENTER, text, font, colours.muted);
    }
}
