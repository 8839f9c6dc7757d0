//! Mixtures in the plane: field, flow, maps, and students distilled while one watches.
//!
//! | file | holds |
//! |---|---|
//! | `settings`, `arrangement` | what a person set; mixtures and changes to them |
//! | `panel` | the controls |
//! | `field`, `shading`, `keyboard` | the large plot: density, score, particles, components to drag or push |
//! | `maps` | where noise goes: teacher, CM, Direct CM |
//! | `students`, `curves` | a distillation and its course |

mod arrangement;
mod curves;
mod field;
mod keyboard;
mod maps;
mod panel;
mod settings;
mod shading;
mod students;

use eframe::egui::{Key, Rect, ScrollArea, Ui, UiBuilder, pos2, vec2};

pub use settings::{PlaneSettings, Shown};

use super::{Shared, frame, room::is_slim, theme::UNIT, widget};
use crate::{
    engine::worker::{
        self, Job, Ticket,
        plane::{Finding, Flow, Map, Request, lattice, noises},
    },
    eval::OdeError,
    math::seed::Seed,
};
use shading::Shading;
use students::{SEED, Students};

/// Between the parts of the view.
const GAP: f32 = 16.0;
/// Height of the time's slider.
const SLIDER: f32 = 40.0;
/// Least height of the curves.
const CURVES: f32 = 150.0;
/// The least room for all beside each other.
const LEAST: [f32; 2] = [720.0, 560.0];
/// Height of the field over its width, where all stand below each other.
const FIELD: f32 = 0.9;
/// Seconds from noise to data.
const PLAY_S: f64 = 7.0;

/// See the module.
pub(super) struct Plane {
    /// What is shown, or about to be.
    asked: Option<(Request, Ticket)>,
    flow: Option<Flow>,
    /// The teacher's map; `is_late` where it is of an older teacher.
    map: Option<Map>,
    is_late: bool,
    /// How far the teacher's solution is from the exact flow.
    error: Option<OdeError>,
    students: Option<Students>,
    /// The time on show.
    t: f64,
    is_playing: bool,
    /// The component that was touched last.
    selected: Option<usize>,
    shading: Shading,
    /// What every map starts from.
    noise: Map,
}

impl Default for Plane {
    /// Nothing known yet.
    fn default() -> Self {
        Self {
            asked: None,
            flow: None,
            map: None,
            is_late: true,
            error: None,
            students: None,
            t: 0.0,
            is_playing: false,
            selected: None,
            shading: Shading::default(),
            noise: Map { lattice: lattice::points(), samples: noises() },
        }
    }
}

impl Plane {
    /// An answer to this view's newest request.
    pub(super) fn receive(&mut self, finding: Finding) {
        match finding {
            Finding::Flow(flow) => self.flow = Some(flow),
            Finding::Map(map) => (self.map, self.is_late) = (Some(map), false),
            Finding::Error(error) => self.error = Some(error),
            Finding::Progress(progress) => {
                if let Some(students) = &mut self.students {
                    students.receive(*progress);
                }
            }
        }
    }

    /// Asks for what the settings say, where that is not what is shown or on its way.
    fn ask(&mut self, shared: &mut Shared) {
        let teacher = shared.settings.plane.teacher();
        let stands = |(asked, ticket): &(Request, Ticket)| {
            *asked.teacher() == teacher && shared.link.stands(*ticket)
        };
        if self.asked.as_ref().is_some_and(stands) {
            return;
        }
        self.tell_of_an_end(shared);
        // The program's start opens models; a request would take that back.
        let is_opening = self.asked.is_none() && shared.set.is_none() && shared.link.is_busy();
        // A drag asks at every frame: what it asked before is shown first, or nothing ever would.
        let is_behind = self.is_late
            && matches!(&self.asked, Some((Request::Flow(_), t)) if shared.link.runs(*t));
        if !is_opening && !is_behind {
            self.start(shared, Request::Flow(teacher));
        }
    }

    /// Says so where the work of another view, or a change of the teacher, ends a distillation.
    fn tell_of_an_end(&self, shared: &mut Shared) {
        let (Some((Request::Distil(..), ticket)), Some(students)) = (&self.asked, &self.students)
        else {
            return;
        };
        let what = match (shared.link.stands(*ticket), shared.link.runs(*ticket)) {
            _ if students.are_whole() => return,
            (false, _) => "what was asked for meanwhile",
            (true, true) => "the change of its teacher",
            (true, false) => return,
        };
        let (done, all) = (students.step(), students.training.steps);
        shared.note(format!("{what} ended the distillation at step {done} of {all}"));
    }

    fn start(&mut self, shared: &mut Shared, request: Request) {
        let asked = self.asked.as_ref().map(|(asked, _)| asked.teacher());
        if asked != Some(request.teacher()) {
            (self.is_late, self.error) = (true, None);
        }
        let ticket = shared.start(Job::Plane(request.clone()));
        if let Request::Distil(teacher, training) = &request {
            self.students = Some(Students::new(teacher.clone(), *training, ticket));
        }
        self.asked = Some((request, ticket));
    }

    /// Distils two students of the teacher on show.
    fn distil(&mut self, shared: &mut Shared) {
        let request = shared.settings.plane.distillation(Seed(shared.settings.seed));
        self.start(shared, request);
    }

    /// Distils anew, unless that is being done.
    pub(super) fn again(&mut self, shared: &mut Shared) {
        if self.is_distilling(shared) {
            shared.note("the students are being distilled: Esc stops that, and keeps them");
        } else {
            self.distil(shared);
        }
    }

    /// What has changed since the students on show were distilled, in a word.
    fn outdated_by(&self, shared: &Shared) -> Option<&'static str> {
        let (teacher, seed) = (shared.settings.plane.teacher(), Seed(shared.settings.seed));
        let what = self.students.as_ref()?.outdated_by(&teacher, seed)?;
        // While they are distilled the seed is that of the next ones.
        (what != SEED || !self.is_distilling(shared)).then_some(what)
    }

    /// Whether students are being distilled.
    fn is_distilling(&self, shared: &Shared) -> bool {
        self.students.as_ref().is_some_and(|students| shared.link.runs(students.ticket))
    }

    pub(super) fn ui(&mut self, ui: &mut Ui, shared: &mut Shared) {
        self.t = shared.place.time;
        self.keys(ui, shared);
        self.advance(ui);
        frame::panel(ui, |ui| self.panel(ui, shared));
        frame::body(ui, |ui| self.body(ui, shared));
        self.ask(shared);
        shared.place.time = self.t;
    }

    /// Space plays, Delete and Backspace remove.
    fn keys(&mut self, ui: &Ui, shared: &mut Shared) {
        if ui.egui_wants_keyboard_input() {
            return;
        }
        let pressed = |key| ui.input(|input| input.key_pressed(key));
        if pressed(Key::Space) {
            self.play();
        }
        if pressed(Key::Delete) || pressed(Key::Backspace) {
            self.remove(shared);
        }
    }

    /// Takes the selected component away.
    fn remove(&mut self, shared: &mut Shared) {
        if let Some(k) = self.selected.take() {
            arrangement::remove(&mut shared.settings.plane.mixture, k);
        }
    }

    /// Starts the time, from noise where it has arrived, or holds it.
    fn play(&mut self) {
        self.is_playing = !self.is_playing;
        if self.is_playing && self.t <= 0.0 {
            self.t = worker::plane::PROCESS.terminal_time();
        }
    }

    /// Time goes on: evenly in its root, because most happens near the data.
    fn advance(&mut self, ui: &Ui) {
        if !self.is_playing {
            return;
        }
        let end = worker::plane::PROCESS.terminal_time();
        let passed = f64::from(ui.input(|input| input.stable_dt.min(0.1))) / PLAY_S;
        let root = ((self.t / end).sqrt() - passed).max(0.0);
        self.t = end * root * root;
        self.is_playing = self.t > 0.0;
        ui.request_repaint();
    }

    fn body(&mut self, ui: &mut Ui, shared: &mut Shared) {
        widget::heading(
            ui,
            "A mixture in the plane, its exact flow, and the maps of its students",
            "The mixture's score is known exactly, so the teacher is exact. Its probability-flow ODE takes \
             noise to data; a student takes it there in one step. A map is drawn as the image of a polar \
             lattice of noises: each line keeps the colour of the angle where it started.",
            "dx/ds = -s grad log p(x; s),  f(z, T) ≈ Ψ(z)",
        );
        ui.add_space(UNIT);
        let is_stacked = is_slim(ui.ctx()) || ui.available_width() < LEAST[0];
        ScrollArea::both().auto_shrink(false).show(ui, |ui| {
            if is_stacked {
                return self.stacked(ui, shared);
            }
            let room = ui.available_size().max(vec2(LEAST[0], LEAST[1]));
            let side = maps::side(room);
            let maps = maps::size(side);
            let width = room.x - maps.x - 1.5 * GAP;
            let height = room.y - SLIDER - GAP - CURVES.max(0.22 * room.y);
            let (origin, _) = (ui.cursor().min, ui.allocate_space(room));
            let left = Rect::from_min_size(origin, vec2(width, height));
            self.field(ui, shared, left);
            let below = |top: f32, bottom: f32| {
                Rect::from_min_max(pos2(left.left(), top), pos2(left.right(), bottom))
            };
            let slider = below(left.bottom() + UNIT, left.bottom() + SLIDER);
            ui.scope_builder(UiBuilder::new().max_rect(slider), |ui| self.time(ui));
            self.curves(ui, shared, below(slider.bottom() + GAP, origin.y + room.y));
            let right = Rect::from_min_size(pos2(left.right() + 1.5 * GAP, origin.y), maps);
            self.maps(ui, shared, right, side);
        });
    }

    /// Field, time, maps and curves below each other.
    fn stacked(&mut self, ui: &mut Ui, shared: &mut Shared) {
        let width = ui.available_width();
        let side = (width - GAP) / 2.0;
        let heights = [FIELD * width, SLIDER, maps::size(side).y, CURVES];
        let height = heights.iter().sum::<f32>() + GAP * heights.len() as f32;
        let (mut origin, _) = (ui.cursor().min, ui.allocate_space(vec2(width, height)));
        let [field, slider, maps, curves] = heights.map(|height| {
            let rect = Rect::from_min_size(origin, vec2(width, height));
            origin.y += height + GAP;
            rect
        });
        self.field(ui, shared, field);
        ui.scope_builder(UiBuilder::new().max_rect(slider), |ui| self.time(ui));
        self.maps(ui, shared, maps, side);
        self.curves(ui, shared, curves);
    }
}

#[cfg(test)]
mod tests;
