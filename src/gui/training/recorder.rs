//! The flight recorder: samples from the fixed noise, as they were at every look so far.

use std::path::Path;

use eframe::egui::{
    Align2, Key, Label, Rect, RichText, Sense, Slider, TextureHandle, Ui, Vec2, vec2,
};

use super::{Training, album::Album, curves::card};
use crate::{
    engine::{
        Recipe,
        report::significant,
        training::{Grid, Question, Record, StageRecord},
    },
    gui::{
        picture::Picture,
        theme::{self, UNIT, palette, size},
        widget::{self, write},
    },
};

/// Height of slider and figures.
const CONTROLS: f32 = 76.0;
/// Height of the teacher's name and the space around it.
const CAPTION: f32 = 52.0;

/// See the module.
#[derive(Default)]
pub(super) struct Recorder {
    pub(super) album: Album,
    /// The step to show; none: the newest.
    step: Option<u64>,
    /// The picture before, until the next is there.
    last: Option<TextureHandle>,
}

impl Recorder {
    /// The step on show, where it is not the newest.
    pub(super) fn marked(&self) -> Option<u64> {
        self.step
    }

    /// Shows the samples nearest to `step`.
    pub(super) fn go_to(&mut self, step: u64) {
        self.step = Some(step);
    }

    /// The place in `grids` that is on show.
    fn place(&self, grids: &[Grid]) -> usize {
        let newest = grids.len().saturating_sub(1);
        let Some(step) = self.step else { return newest };
        let distance = |i: &usize| grids[*i].step.abs_diff(step);
        (0..grids.len()).min_by_key(distance).unwrap_or(newest)
    }

    fn show(&mut self, place: usize, grids: &[Grid]) {
        self.step = (place + 1 < grids.len()).then(|| grids[place].step);
    }
}

impl Training {
    pub(super) fn recorder(&mut self, ui: &mut Ui) {
        // A long run's curves are too much to be copied in every frame.
        let Some(record) = self.record.take() else { return };
        self.samples(ui, &record);
        self.record = Some(record);
    }

    fn samples(&mut self, ui: &mut Ui, record: &Record) {
        let shown = self.stage_of(record).filter(|stage| !stage.grids.is_empty());
        let last = || record.stages.iter().rfind(|stage| !stage.grids.is_empty());
        let stage = shown.or_else(last);
        // From the same noise: what a student should have come to.
        let is_student = stage.is_some_and(|stage| stage.name != "teacher");
        let solutions = record.solutions().filter(|_| is_student);
        let (recipe, room) = (&record.recipe, ui.available_size());
        let title = stage.map_or("Samples".into(), |s| format!("Samples of {}", s.title));
        let note = "from the same noise at every look";
        card(ui, room, &title, note, |ui, room| {
            let Some(stage) = stage else {
                let (rect, _) = ui.allocate_exact_size(room, Sense::hover());
                let text = format!("the first ones come at step {}", recipe.output.sample_every);
                let font = theme::plain(size::SMALL);
                write(ui, rect.center(), Align2::CENTER_CENTER, text, font, palette(ui).muted);
                return;
            };
            // Both as large as each other, or they could not be compared.
            let height = match &solutions {
                Some(_) => (room.y - CONTROLS - CAPTION) / 2.0,
                None => room.y - CONTROLS,
            };
            let frame = vec2(room.x, height.max(80.0));
            let place = self.recorder.place(&stage.grids);
            // The neighbours too: scrubbing should not wait.
            for grid in stage.grids[place.saturating_sub(1)..].iter().take(3) {
                self.request(&grid.path);
            }
            let step = stage.grids[place].step;
            let measured = measure(stage, step).map_or_else(String::new, |(name, value)| {
                format!(", {name} {}", significant(value))
            });
            let sentence = format!("Samples of {} at step {step}{measured}", stage.title);
            self.picture(ui, &stage.grids[place].path, recipe, frame, &sentence);
            self.scrubber(ui, stage, room.x);
            if let Some(solutions) = solutions {
                self.solutions(ui, &solutions.path, recipe, frame);
            }
        });
    }

    /// Has a picture read that is not there as it is now, and not on its way.
    pub(super) fn request(&mut self, path: &Path) {
        if self.recorder.album.wants(path) {
            self.reader.ask(Question::Picture(path.to_owned()));
        }
    }

    /// Draws a picture as large as fits.
    fn picture(&mut self, ui: &mut Ui, path: &Path, recipe: &Recipe, room: Vec2, sentence: &str) {
        let album = &mut self.recorder.album;
        let (texture, failed) = (album.texture(ui, path, recipe), album.failure(path));
        // Another one stands in for a moment only.
        let last = || self.recorder.last.clone().filter(|_| failed.is_none());
        let Some(texture) = texture.or_else(last) else {
            let (rect, _) = ui.allocate_exact_size(room, Sense::hover());
            let (text, font) = (failed.unwrap_or_default(), theme::plain(size::SMALL));
            let colour = palette(ui).muted;
            let lines = ui.painter().layout(text.to_owned(), font, colour, room.x);
            let place = Align2::CENTER_CENTER.anchor_size(rect.center(), lines.size());
            ui.painter().galley(place.min, lines, colour);
            return;
        };
        let own = texture.size_vec2();
        // Not over twice its pixels: larger is only blurred.
        let scale = (room.x / own.x).min(room.y / own.y).min(2.0);
        let side = vec2(room.x, own.y * scale);
        let (rect, response) = ui.allocate_exact_size(side, Sense::hover());
        widget::picture(&response, sentence);
        let shown = Rect::from_center_size(rect.center(), own * scale);
        Picture::whole(&texture).paint(ui.painter(), shown, 1.0);
        self.recorder.last = Some(texture);
    }

    /// The teacher's last samples: its solutions from the same noise.
    fn solutions(&mut self, ui: &mut Ui, path: &Path, recipe: &Recipe, room: Vec2) {
        self.request(path);
        ui.add_space(3.0 * UNIT);
        ui.horizontal(|ui| {
            let colour = theme::method(ui, "Teacher", 0);
            ui.label(RichText::new("Teacher").font(theme::strong(size::BODY)).color(colour));
            let note = RichText::new("its solutions from this noise, at the end of its training");
            let note = note.font(theme::plain(size::SMALL)).color(palette(ui).muted);
            ui.add(Label::new(note).truncate());
        });
        ui.add_space(UNIT);
        let student = self.recorder.last.take();
        if self.recorder.album.has(path) {
            self.picture(ui, path, recipe, room, "The teacher's solutions from this noise");
        }
        self.recorder.last = student;
    }

    fn scrubber(&mut self, ui: &mut Ui, stage: &StageRecord, width: f32) {
        let grids = &stage.grids;
        let mut place = self.recorder.place(grids);
        ui.add_space(2.0 * UNIT);
        ui.spacing_mut().slider_width = width;
        let newest = grids.len() - 1;
        let before = place;
        if newest > 0 {
            let response = widget::bare_slider(ui, Slider::new(&mut place, 0..=newest));
            widget::name(&response, "Step of the samples");
            let at = format!("step {}", grids[place].step); // the slider goes by looks
            response.ctx.accesskit_node_builder(response.id, |node| node.set_value(at));
            response.on_hover_text("Back through all looks so far; the arrow keys step.");
        }
        if !ui.egui_wants_keyboard_input() {
            let pressed = |key| ui.input(|input| input.key_pressed(key));
            place = match (pressed(Key::ArrowLeft), pressed(Key::ArrowRight)) {
                (true, false) => place.saturating_sub(1),
                (false, true) => (place + 1).min(newest),
                _ => place,
            };
        }
        let place = place.min(newest);
        if place != before {
            self.recorder.show(place, grids);
        }
        ui.add_space(UNIT);
        let step = grids[place].step;
        ui.horizontal_wrapped(|ui| {
            widget::small(ui, "step");
            ui.label(RichText::new(step.to_string()).font(theme::strong(size::BODY)));
            widget::small(ui, &format!("of {}", stage.steps));
            if let Some((name, value)) = measure(stage, step) {
                ui.add_space(2.0 * UNIT);
                widget::small(ui, name);
                let value = RichText::new(significant(value));
                ui.label(value.font(theme::strong(size::BODY)));
            }
            if self.recorder.step.is_some() {
                ui.add_space(2.0 * UNIT);
                let newest = widget::quiet(ui, "Newest");
                if newest.on_hover_text("Show the newest samples, and each newer one.").clicked() {
                    self.recorder.step = None;
                }
            }
        });
    }
}

/// What was measured at `step`.
fn measure(stage: &StageRecord, step: u64) -> Option<(&'static str, f64)> {
    let names = [("ODE error", "ode_error"), ("held-out loss", "validation_loss")];
    names.into_iter().find_map(|(title, name)| {
        let point = stage.curve(name).iter().find(|point| point[0] == step as f64)?;
        Some((title, point[1]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_on_show_is_the_nearest_look_and_the_newest_is_followed() {
        let grid = |step| Grid { step, path: Default::default() };
        let mut grids = vec![grid(50), grid(100), grid(150)];
        let mut recorder = Recorder::default();
        assert_eq!(recorder.place(&grids), 2);
        recorder.go_to(80);
        assert_eq!(recorder.place(&grids), 1);
        recorder.show(2, &grids);
        grids.push(grid(200));
        assert_eq!((recorder.place(&grids), recorder.marked()), (3, None));
        assert_eq!(recorder.place(&[]), 0);
    }
}
