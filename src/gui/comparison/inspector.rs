//! One cell, enlarged: teacher over student with a wipe, and the map of their difference.

use eframe::egui::{
    Align, Align2, CursorIcon, Id, Rect, Response, Sense, Slider, Ui, Vec2, Window, vec2,
};

use super::Comparison;
use crate::{
    data::Shape,
    engine::{
        report::significant,
        worker::{ColumnKey, SetCard},
    },
    gui::{
        Target,
        picture::Picture,
        room::is_slim,
        theme::{self, palette, size},
        widget,
    },
};

/// The least and the largest width of an enlarged picture, in points.
const SIDES: [f32; 2] = [64.0, 224.0];
/// What its window takes besides two pictures: in width, and in height with the lines below them.
const AROUND: [f32; 2] = [64.0, 180.0];
/// Height of the line below two pictures that says whose each half is.
const SIDE: f32 = 14.0;

/// A sample, its solution, and the map of their distance, as far as they are there.
type Pictures = (Picture, Option<Picture>, Option<Picture>);

impl Comparison {
    /// The enlarged cell in a window of its own within `room`, until it is closed.
    pub(super) fn inspector(
        &mut self,
        ui: &mut Ui,
        set: &SetCard,
        room: Rect,
        is_embedded: bool,
    ) -> Option<Target> {
        let (key, row) = self.place.cell()?;
        // An address, or other models, may name a cell that is not here.
        if !self.columns.contains_key(&key) {
            return None;
        }
        let Some(shape) = set.shape else {
            self.plot_window(ui, set, key, room);
            return None;
        };
        let pictures = self.pictures_of(ui, key, row, shape)?;
        self.is_enlarged = true;
        let (live, _) = self.asked.as_ref()?;
        let title = format!("{}, row {}", live.name(key, set), row + 1);
        let mut open = true;
        let window = Window::new(title).open(&mut open).resizable(false).collapsible(false);
        let [width, height] = AROUND;
        let ratio = shape.height as f32 / shape.width as f32;
        let most = ((room.width() - width) / 2.0).min((room.height() - height) / ratio);
        let width = most.clamp(SIDES[0], SIDES[1]);
        let mut target = None;
        away(ui, window, room, self.marked).show(ui, |ui| {
            let is_compared = pictures.1.is_some();
            ui.horizontal(|ui| self.enlargement(ui, key, pictures, vec2(width, width * ratio)));
            if is_compared {
                sides(ui, set, key, width);
                ui.spacing_mut().slider_width = width - 12.0;
                let slider = widget::bare_slider(ui, Slider::new(&mut self.place.wipe, 0.0..=1.0));
                widget::name(&slider, "Wipe");
                slider.on_hover_text("Left of the line the teacher, right of it the student.");
            }
            let error = self.columns.get(&key).and_then(|column| column.told()?.each.get(row));
            widget::small(ui, &figure(key, error.copied()));
            ui.horizontal(|ui| target = self.ways_on(ui, key, row, is_embedded));
        });
        if !open {
            self.place.cell = None;
        }
        target
    }

    /// What is shown of an enlarged cell; the teacher is compared with nothing.
    fn pictures_of(
        &mut self,
        ui: &Ui,
        key: ColumnKey,
        row: usize,
        shape: Shape,
    ) -> Option<Pictures> {
        let rows = self.asked.as_ref().map_or(row + 1, |(live, _)| live.rows);
        let teacher = self.solutions(key).filter(|_| key.model > 0);
        let [solution, _] =
            teacher.map_or([None, None], |teacher| self.pictures(ui, teacher, row, rows, shape));
        let [own, map] = self.pictures(ui, key, row, rows, shape);
        Some((own?, solution, map))
    }

    /// What can be done with a cell besides looking at it.
    fn ways_on(
        &mut self,
        ui: &mut Ui,
        key: ColumnKey,
        row: usize,
        is_embedded: bool,
    ) -> Option<Target> {
        let hint = "This sample as a PNG file, eight times as large, with all settings inside.";
        let save = ui.button("Save cell").on_hover_text(hint);
        let hint = "See in Trajectory how the teacher comes from this row's noise to its sample.";
        let follow = |ui: &mut Ui| ui.button("Follow this noise").on_hover_text(hint);
        // Within another page no tab leads back.
        if !is_embedded && follow(ui).clicked() {
            self.followed = Some(row);
        }
        save.clicked().then_some(Target::Cell(key, row))
    }

    /// The teacher's column, where it answers the same request as that of `key`: it is drawn after the students'.
    pub(super) fn solutions(&self, key: ColumnKey) -> Option<ColumnKey> {
        let own = self.columns.get(&key)?;
        let (teacher, column) = self.columns.iter().find(|(key, _)| key.model == 0)?;
        own.is_beside(column).then_some(*teacher)
    }

    /// The solution up to the seam, the sample from there on, and the map of their distance.
    fn enlargement(
        &mut self,
        ui: &mut Ui,
        key: ColumnKey,
        (own, solution, map): Pictures,
        side: Vec2,
    ) {
        // The slider below is for the keyboard: nothing more is there to focus.
        let sense = if solution.is_some() { Sense::DRAG } else { Sense::hover() };
        let (rect, response) = ui.allocate_exact_size(side, sense);
        let Some(solution) = solution else {
            own.paint(ui.painter(), rect, 1.0);
            let is_teacher = key.model == 0;
            let of_student = "The sample; the teacher's is not there yet";
            let what = if is_teacher { "The teacher's solution" } else { of_student };
            return widget::picture(&response, what);
        };
        self.drag(&response);
        solution.wipe(&own, ui.painter(), rect, self.place.wipe);
        let seam = rect.left() + rect.width() * self.place.wipe;
        ui.painter().vline(seam, rect.y_range(), (1.5, palette(ui).accent));
        widget::picture(
            &response,
            "The teacher's solution left of the line, the sample right of it",
        );
        response.on_hover_cursor(CursorIcon::ResizeHorizontal);
        let Some(map) = map else { return };
        let (rect, response) = ui.allocate_exact_size(side, Sense::hover());
        map.paint(ui.painter(), rect, 1.0);
        widget::picture(&response, "The distance to the teacher's solution, pixel by pixel");
        response.on_hover_text("|student - teacher|: black is none, white is 1 and more.");
    }

    /// Puts the seam where it is dragged to in the picture.
    fn drag(&mut self, picture: &Response) {
        if let Some(at) = picture.interact_pointer_pos().filter(|_| picture.dragged()) {
            let share = (at.x - picture.rect.left()) / picture.rect.width();
            self.place.wipe = share.clamp(0.0, 1.0);
        }
    }
}

/// Whose the halves of the picture above are: the teacher's is the left one, as in the table.
fn sides(ui: &mut Ui, set: &SetCard, key: ColumnKey, width: f32) {
    let (line, _) = ui.allocate_exact_size(vec2(width, SIDE), Sense::hover());
    let font = theme::plain(size::SMALL);
    let title = |model| set.title(model);
    let colour = |model: usize| theme::method(ui, title(model), model);
    let place = line.left_top();
    let left = widget::write(ui, place, Align2::LEFT_TOP, title(0), font.clone(), colour(0));
    // Where both names have no room, the second one gives way.
    let rest = line.with_min_x(left.right() + SIDE / 2.0).intersect(ui.clip_rect());
    let painter = ui.painter().with_clip_rect(rest);
    let place = line.right_top();
    painter.text(place, Align2::RIGHT_TOP, title(key.model), font, colour(key.model));
}

/// Where what is enlarged stands: on the side of `room` away from its `cell`, until it is dragged elsewhere.
pub(super) fn away<'a>(ui: &Ui, window: Window<'a>, room: Rect, cell: Option<Rect>) -> Window<'a> {
    let far = |at: f32, middle: f32| if at > middle { Align::Min } else { Align::Max };
    let (cell, middle) = (cell.map_or(room.min, |cell| cell.center()), room.center());
    // Where there is little width, only above and below are left.
    let high = if is_slim(ui.ctx()) { far(cell.y, middle.y) } else { Align::Max };
    let corner = Align2([far(cell.x, middle.x), high]);
    // Each corner has its own memory of where it was dragged to.
    let window = window.id(Id::unique(("enlarged", corner))).pivot(corner);
    window.default_pos(corner.pos_in_rect(&room)).constrain_to(room)
}

/// How far a cell is off, in words.
fn figure(key: ColumnKey, error: Option<f64>) -> String {
    match error {
        Some(error) => format!("ODE error {}", significant(error)),
        None if key.model == 0 => "the teacher itself".to_owned(),
        None => "not measured yet".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::comparison::column::Column;

    #[test]
    fn a_student_is_held_against_a_teacher_of_its_own_request_alone() {
        let [teacher, student] = [(0, 50), (1, 1)].map(|(model, steps)| ColumnKey { model, steps });
        let mut comparison = Comparison::default();
        for key in [teacher, student] {
            comparison.columns.insert(key, Column::default());
        }
        assert_eq!(comparison.solutions(student), Some(teacher));
        comparison.columns.values_mut().for_each(Column::stale);
        assert_eq!(comparison.solutions(student), Some(teacher));
        comparison.columns.insert(student, Column::default());
        assert_eq!(comparison.solutions(student), None, "the teacher is drawn last");
        assert_eq!(figure(student, None), "not measured yet");
        assert_eq!(figure(teacher, None), "the teacher itself");
    }
}
