//! The comparison: rows are noises, columns are samplers, every cell from the row's noise.

mod closer;
mod cloud;
mod column;
mod export;
mod figures;
mod headings;
mod inspector;
mod layout;
mod points;
mod table;
mod tall;

use std::collections::BTreeMap;

use eframe::egui::{Button, Rect, ScrollArea, Ui};

use super::{
    Place, Shared, Target, View, controls, frame, keys,
    room::is_slim,
    share::Memory,
    theme::UNIT,
    waiting, widget,
    work::{Work, stop_button},
};
use crate::engine::worker::{ColumnKey, Drawn, Job, Live, Measured, Ticket};
use column::Column;
pub(super) use export::Export;

/// How far an enlarged cell may come into the margins of the view, in points.
const AROUND: f32 = 8.0;

/// See the module.
pub(super) struct Comparison {
    /// What the columns show, or are about to.
    asked: Option<(Live, Ticket)>,
    columns: BTreeMap<ColumnKey, Column>,
    /// What all start from.
    noise: Column,
    /// Where the person looks, while the view is drawn.
    place: Place,
    /// Whether an enlarged cell was to be seen in the last frame.
    is_enlarged: bool,
    /// Where the cell is that is enlarged.
    marked: Option<Rect>,
    /// Where cells are, and where figures are.
    cells: Rect,
    figures: Rect,
    /// A noise that the person wants to follow along its trajectory.
    followed: Option<usize>,
    /// A picture whose samples should be met again.
    expected: Option<Memory>,
    /// Whether it was said that its teacher is not open.
    is_told: bool,
}

impl Default for Comparison {
    /// Nothing asked for so far.
    fn default() -> Self {
        Self {
            asked: None,
            columns: BTreeMap::new(),
            noise: Column::default(),
            place: Place::default(),
            is_enlarged: false,
            marked: None,
            cells: Rect::NOTHING,
            figures: Rect::NOTHING,
            followed: None,
            expected: None,
            is_told: false,
        }
    }
}

impl Comparison {
    /// Other models are open.
    pub(super) fn forget(&mut self) {
        let (expected, is_told) = (self.expected.take(), self.is_told);
        *self = Self { expected, is_told, ..Self::default() };
    }

    /// Whether any samples are there.
    pub(super) fn has_pictures(&self) -> bool {
        self.columns.values().any(|column| !column.values.is_empty())
    }

    /// Milliseconds of a network call by the teacher's figures in the table, a sample, once it was drawn.
    pub(super) fn call_ms(&self) -> Option<f64> {
        let (_, teacher) = self.columns.iter().find(|(key, _)| key.model == 0)?;
        (teacher.evaluations > 0).then(|| teacher.sample_ms / teacher.evaluations as f64)
    }

    /// Samples of the newest request.
    pub(super) fn receive_samples(&mut self, drawn: Drawn) {
        self.columns.entry(drawn.column).or_default().extend(drawn);
    }

    /// Its figures so far.
    pub(super) fn receive_figures(&mut self, figures: Vec<Measured>) {
        for measured in figures {
            if let Some(column) = self.columns.get_mut(&measured.column) {
                column.measured = Some(measured);
            }
        }
    }

    /// Asks for what the settings say, where that is not what is shown or on its way.
    fn ask(&mut self, shared: &mut Shared) {
        let Some(set) = shared.settled_set() else { return };
        let live = shared.settings.live(set);
        if shared.link.answers(self.asked.as_ref(), &live) {
            return;
        }
        if self.expected.as_ref().is_some_and(|memory| memory.settings.live(set) != live) {
            self.expected = None; // the picture's request is no longer what is asked for
        }
        let keys = self.keys(set, &live);
        self.columns.retain(|key, _| keys.contains(key));
        self.columns.values_mut().for_each(Column::stale);
        if let Some(shape) = set.shape {
            self.noise = Column::noise(live.seed, live.rows, shape);
        }
        let ticket = shared.start(Job::Compare(live.clone()));
        self.asked = Some((live, ticket));
    }

    /// Takes the enlarged cell away; whether it was to be seen.
    pub(super) fn close_cell(&mut self, place: &mut Place) -> bool {
        place.cell = None;
        std::mem::take(&mut self.is_enlarged)
    }

    /// Draws everything again, from another seed where it is not locked.
    pub(super) fn again(&mut self, shared: &mut Shared) {
        self.asked = None;
        shared.reroll();
    }

    /// Draws the view; returns where its picture shall go, if it shall.
    pub(super) fn ui(&mut self, ui: &mut Ui, shared: &mut Shared) -> Option<Target> {
        let mut target = None;
        let panel = frame::panel(ui, |ui| {
            controls::noise(ui, shared);
            controls::teacher(ui, shared);
            controls::students(ui, shared);
            ui.add_space(3.0 * UNIT);
            target = self.buttons(ui, shared);
        });
        self.ask(shared);
        let mut cell = None;
        self.place = std::mem::take(&mut shared.place);
        (self.is_enlarged, self.marked) = (false, None);
        (self.cells, self.figures) = (Rect::NOTHING, Rect::NOTHING);
        let body = frame::body(ui, |ui| cell = self.body(ui, shared));
        shared.place = std::mem::take(&mut self.place);
        (shared.landmarks.panel, shared.landmarks.body) = (panel, body);
        shared.landmarks.cells = self.cells.intersect(body);
        shared.landmarks.figures = self.figures.intersect(body);
        if let Some(row) = self.followed.take() {
            shared.settings.trajectory.row = row;
            shared.settings.view = View::Trajectory;
        }
        target.or(cell)
    }

    /// Notes where a cell is, if it is the one that is enlarged; whether it is.
    fn mark(&mut self, key: ColumnKey, row: usize, rect: Rect) -> bool {
        let is_enlarged = self.place.cell() == Some((key, row));
        if is_enlarged {
            self.marked = Some(rect);
        }
        is_enlarged
    }

    /// How many samples the figures are of, and of how many they will be, while those are more.
    fn part(&self) -> Option<[usize; 2]> {
        let (live, _) = self.asked.as_ref()?;
        let told = self.columns.values().filter_map(Column::told);
        let done = told.map(|measured| measured.ode.samples).min()?;
        let all = live.samples.max(live.rows);
        (done < all).then_some([done, all])
    }

    fn buttons(&mut self, ui: &mut Ui, shared: &mut Shared) -> Option<Target> {
        if shared.work() == Work::Own {
            if widget::primary(ui, "Stop").on_hover_text("Keep what is there (Esc).").clicked() {
                shared.stop();
            }
        } else {
            let sample = widget::primary(ui, "Sample");
            let hint = keys::hint(ui, "Draw everything again", keys::AGAIN);
            if sample.on_hover_text(hint).clicked() {
                self.again(shared);
            }
            stop_button(ui, shared);
        }
        ui.add_space(UNIT);
        ui.horizontal(|ui| {
            let what =
                "A PNG file with all settings inside: dropped on this window it restores them";
            let hint = keys::hint(ui, what, keys::SAVE);
            let save = ui.button("Save picture").on_hover_text(hint);
            let hint = keys::hint(ui, "The picture, for pasting elsewhere", keys::COPY);
            let copy = ui.button("Copy").on_hover_text(hint);
            let hint = "All figures with their intervals, and the error of each row.";
            let table = ui.add_enabled(self.has_figures(), Button::new("CSV"));
            if table.on_hover_text(hint).on_disabled_hover_text(hint).clicked() {
                self.save_csv(shared);
            }
            match (save.clicked(), copy.clicked()) {
                (true, _) => Some(Target::File),
                (_, true) => Some(Target::Clipboard),
                _ => None,
            }
        })
        .inner
    }

    fn body(&mut self, ui: &mut Ui, shared: &mut Shared) -> Option<Target> {
        let room = ui.max_rect().expand(AROUND);
        widget::heading(
            ui,
            "The teacher's ODE solution and its few-step students",
            "From each noise z the teacher follows its probability-flow ODE to a sample; a student jumps \
             there in few steps. Only one-step samples solve the ODE: with more \
             steps a student adds fresh noise in between. Sharpness is the power in fine detail over the teacher's: \
             below 1 a student blurs. Click a cell to look closer.",
            "ODE error = mean (f(z, T) - Ψ(z))²",
        );
        let (Some(set), Some((live, _))) = (&shared.set, &self.asked) else {
            waiting::ui(ui, shared);
            return None;
        };
        let live = live.clone();
        ui.add_space(UNIT);
        let is_slim = is_slim(ui.ctx());
        ScrollArea::both().auto_shrink(false).show(ui, |ui| match set.shape {
            Some(shape) if is_slim => self.tall_table(ui, set, &live, shape),
            Some(shape) => self.table(ui, set, &live, shape),
            None => self.points(ui, set, &live),
        });
        self.inspector(ui, set, room, shared.is_embedded)
    }
}
