//! Where the run stands: its stages, the pace of the one at work, what went wrong.

use eframe::egui::{
    self, Align, Color32, Label, Layout, Margin, Rect, Response, RichText, Role, Sense, Stroke,
    StrokeKind, TextFormat, Ui, WidgetInfo, text::LayoutJob, vec2,
};

use super::{Phase, Training, curves::colour};
use crate::{
    engine::{
        report::duration,
        training::{Record, StageRecord},
    },
    gui::{
        Shared,
        theme::{self, CARD_CORNER, UNIT, palette, size},
        widget::{self, write_within},
    },
};

/// Height of a stage in the strip, and of its name.
const HEIGHT: f32 = 58.0;
const NAME: f32 = 18.0;
/// Letters of a run's folder that are shown.
const FOLDER: usize = 40;

impl Training {
    /// A button that shows the run's models beside each other, once there is a teacher with a student.
    pub(super) fn compare_button(&self, ui: &mut Ui, shared: &mut Shared) {
        if !self.record.as_ref().is_some_and(|record| record.is_comparable()) {
            return;
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let hint = "Draw from this run's teacher and students, from the same noise.";
            if ui.button("Show in comparison").on_hover_text(hint).clicked() {
                self.compare(shared);
            }
        });
    }

    /// Why there is no run here, or why it ended.
    pub(super) fn trouble_line(&mut self, ui: &mut Ui) {
        let Some(sentence) = self.trouble.clone() else { return };
        let colours = palette(ui);
        let frame = egui::Frame::new()
            .fill(colours.bad.gamma_multiply(0.1))
            .corner_radius(CARD_CORNER)
            .inner_margin(Margin::symmetric(12, 8));
        frame.show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let dismiss = widget::quiet(ui, "Dismiss");
                    if dismiss.on_hover_text("Take this message away.").clicked() {
                        self.trouble = None;
                    }
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        let text = RichText::new(sentence).color(colours.bad);
                        ui.add(Label::new(text).wrap().selectable(true));
                    });
                });
            });
        });
        ui.add_space(UNIT);
    }

    /// The stages with their progress; one can be chosen to be looked at.
    pub(super) fn strip(&mut self, ui: &mut Ui) {
        let Some(record) = self.record.take() else { return };
        ui.add_space(UNIT);
        self.figures(ui, &record);
        ui.add_space(UNIT);
        let gap = 3.0 * UNIT;
        let count = record.stages.len() as f32;
        let width = (ui.available_width() - gap * (count - 1.0)) / count;
        let shown = self.stage_of(&record).map(|stage| &stage.name);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = gap;
            for (i, stage) in record.stages.iter().enumerate() {
                let colour = colour(ui, stage, i);
                let is_current =
                    self.running.is_some() && record.current.as_ref() == Some(&stage.name);
                let state = self.state(stage, is_current);
                let is_shown = shown == Some(&stage.name);
                if chip(ui, width, stage, colour, &state, is_shown) {
                    let is_chosen = self.chosen.as_ref() == Some(&stage.name);
                    self.chosen = (!is_chosen).then(|| stage.name.clone());
                }
            }
        });
        self.record = Some(record);
    }

    fn state(&self, stage: &StageRecord, is_current: bool) -> String {
        let has_steps = stage.steps > 0;
        if stage.is_done {
            let what = if has_steps { duration(stage.seconds) } else { "exact".into() };
            return format!("done, {what}");
        }
        if is_current || stage.is_begun() {
            return format!("{} of {}", stage.step, stage.steps);
        }
        let is_planned = |running: &crate::engine::training::Training| {
            running.plan.stages.iter().any(|planned| planned.file_name() == stage.name)
        };
        match &self.running {
            Some(running) if is_planned(running) => "waits".into(),
            Some(_) => "left out".into(),
            None => "not begun".into(),
        }
    }

    /// The pace while something runs; else what the run is.
    fn figures(&self, ui: &mut Ui, record: &Record) {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0 * UNIT;
            let phase = match self.phase {
                Phase::Idle => None,
                Phase::Running if self.pace.heard.is_none() => Some("preparing"),
                Phase::Running => Some("training"),
                Phase::Ending { .. } => Some("saving"),
                Phase::Paused(_) => Some("paused"),
            };
            if self.running.is_some() {
                widget::working(ui);
            }
            let folder = record.root.display().to_string();
            figure(ui, phase.unwrap_or("run"), &ending(&folder)).on_hover_text(folder);
            match record.current().filter(|_| self.running.is_some()) {
                Some(stage) => self.pace(ui, stage),
                None => {
                    figure(ui, "preset", &record.recipe.name);
                    let seconds = record.stages.iter().map(|stage| stage.seconds).sum();
                    figure(ui, "trained for", &duration(seconds));
                }
            }
        });
    }

    /// How far the data are read of a run that has not begun yet.
    pub(super) fn reading(&self, ui: &mut Ui) {
        let has_begun = self.record.as_ref().is_some_and(|record| record.current().is_some());
        let part = self.pace.part.as_ref().filter(|(_, done, all)| done < all);
        let Some((what, done, all)) = part.filter(|_| self.running.is_some() && !has_begun) else {
            return;
        };
        ui.horizontal(|ui| {
            widget::working(ui);
            figure(ui, what, &format!("{done} of {all}"));
        });
        ui.add_space(UNIT);
    }

    fn pace(&self, ui: &mut Ui, stage: &StageRecord) {
        if let Some((what, done, all)) = self.pace.part.as_ref().filter(|(_, done, all)| done < all)
        {
            figure(ui, what, &format!("{done} of {all} samples"));
            return;
        }
        let Some(heard) = self.pace.heard else { return };
        let since = self.pace.since(heard.elapsed().as_secs_f64());
        figure(ui, &stage.title, &format!("step {} of {}", stage.step, stage.steps));
        figure(ui, "elapsed", &duration(stage.seconds + since));
        if self.pace.images_per_s > 0.0 {
            figure(ui, "samples/s", &format!("{:.0}", self.pace.images_per_s));
            figure(ui, "left", &duration((self.pace.left_s - since).max(0.0)));
        }
    }
}

/// A name and its value beside it, in one line.
fn figure(ui: &mut Ui, name: &str, value: &str) -> Response {
    let colours = palette(ui);
    let [small, strong] = [
        TextFormat::simple(theme::plain(size::SMALL), colours.muted),
        TextFormat::simple(theme::strong(size::BODY), colours.ink),
    ];
    let mut job = LayoutJob::default();
    job.append(name, 0.0, small);
    job.append(value, 1.5 * UNIT, strong);
    ui.add(Label::new(job).extend())
}

/// The end of a folder's path, which tells more than its beginning.
fn ending(folder: &str) -> String {
    let beginning = folder.chars().count().saturating_sub(FOLDER);
    if beginning == 0 {
        return folder.to_owned();
    }
    std::iter::once('…').chain(folder.chars().skip(beginning + 1)).collect()
}

/// One stage of the strip; whether it was pressed.
fn chip(
    ui: &mut Ui,
    width: f32,
    stage: &StageRecord,
    colour: Color32,
    state: &str,
    is_shown: bool,
) -> bool {
    let colours = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::click());
    let label = format!("{}: {state}", stage.title);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_shown, &label));
    let edge = match (response.hovered() || response.has_focus(), is_shown) {
        (true, _) => Stroke::new(1.0, colours.accent),
        (_, true) => Stroke::new(1.5, colour),
        _ => Stroke::new(1.0, colours.hairline),
    };
    ui.painter().rect(rect, CARD_CORNER, colours.panel, edge, StrokeKind::Inside);
    let inside = rect.shrink2(vec2(10.0, 8.0));
    let (title, small) = (theme::strong(size::BODY), theme::plain(size::SMALL));
    write_within(ui, inside.left_top(), inside.width(), &stage.title, title, colour);
    let below = inside.left_top() + vec2(0.0, NAME);
    write_within(ui, below, inside.width(), state, small, colours.muted);
    let track = Rect::from_min_max(inside.left_bottom() - vec2(0.0, 4.0), inside.right_bottom());
    ui.painter().rect_filled(track, 2.0, colours.hairline);
    let done = track.with_max_x(track.left() + track.width() * stage.share().clamp(0.0, 1.0));
    if stage.is_begun() {
        ui.painter().rect_filled(done, 2.0, colour);
    }
    response
        .on_hover_text("Look at this stage's curves and samples; again: follow the run.")
        .clicked()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_path_the_end_is_shown() {
        assert_eq!(ending("runs/tiles"), "runs/tiles");
        let long = format!("/home/{}/runs/emoji", "a".repeat(60));
        let shown = ending(&long);
        assert_eq!(shown.chars().count(), FOLDER);
        assert!(shown.starts_with('…') && shown.ends_with("aa/runs/emoji"), "{shown}");
    }
}
