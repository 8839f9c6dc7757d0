//! Start, pause, resume, stop.

use eframe::egui::{self, Button, Ui};

use super::{Phase, Training};
use crate::{
    engine::{StageName, training::Plan},
    gui::{Shared, keys, theme::UNIT, widget},
};

impl Training {
    pub(super) fn buttons(&mut self, ui: &mut Ui, shared: &mut Shared) {
        match self.phase {
            Phase::Idle => self.start_button(ui, shared),
            Phase::Running => {
                ui.columns(2, |columns| {
                    let pause = wide(&mut columns[0], "Pause");
                    let hint = "Save a checkpoint and wait; the settings stay as they are.";
                    if pause.on_hover_text(hint).clicked() {
                        self.finish(true);
                    }
                    let stop = wide(&mut columns[1], "Stop");
                    let hint = "Save a checkpoint and end; the run can be gone on with later.";
                    if stop.on_hover_text(hint).clicked() {
                        self.finish(false);
                    }
                });
            }
            Phase::Ending { .. } => {
                let hint = "What was learnt is being written into the run's folder.";
                let saving = ui.add_enabled_ui(false, |ui| wide(ui, "Saving a checkpoint…")).inner;
                widget::describe(&saving, hint);
                saving.on_disabled_hover_text(hint);
            }
            Phase::Paused(_) => {
                let hint = "Go on from the checkpoint, to the same numbers as without a pause.";
                if widget::primary(ui, "Resume").on_hover_text(hint).clicked() {
                    self.resume();
                }
                ui.add_space(UNIT);
                let hint = "Leave it; the run can be gone on with later.";
                if wide(ui, "Stop").on_hover_text(hint).clicked() {
                    self.phase = Phase::Idle;
                }
            }
        }
    }

    /// Starts, goes on, or says why there is nothing to start.
    pub(in crate::gui) fn again(&mut self, shared: &mut Shared) {
        let plan = shared.settings.training.plan(&shared.settings.preset);
        match self.phase {
            Phase::Paused(_) => self.resume(),
            Phase::Idle if self.is_startable(&plan) => self.begin(shared, plan),
            Phase::Idle => shared.note(self.obstacle(&plan)),
            Phase::Running | Phase::Ending { .. } => {
                shared.note("a training runs already: pause or stop it at the left");
            }
        }
    }

    /// Goes on with the run that was paused.
    fn resume(&mut self) {
        if let Phase::Paused(plan) = &self.phase {
            self.start(plan.clone());
        }
    }

    fn begin(&mut self, shared: &mut Shared, plan: Plan) {
        if !shared.files.is_confined() {
            // Its folder may be the preset's own.
            shared.settings.training.pin(&shared.settings.preset);
            self.start(plan);
        }
    }

    /// The stages of the plan that there are: points have no features to learn, for one.
    fn chosen_stages(&self, plan: &Plan) -> Vec<StageName> {
        let is_there = |stage: &StageName| match &self.record {
            Some(record) => record.stage(&stage.file_name()).is_some(),
            None => self.recipe().is_some_and(|recipe| stage.is_in(recipe)),
        };
        plan.stages.iter().copied().filter(is_there).collect()
    }

    /// Whether the run on show has this stage trained.
    pub(super) fn is_done(&self, stage: StageName) -> bool {
        let record = self.record.as_ref();
        let stage = record.and_then(|record| record.stage(&stage.file_name()));
        stage.is_some_and(|stage| stage.is_done)
    }

    /// Whether the plan has anything left to do.
    pub(super) fn is_startable(&self, plan: &Plan) -> bool {
        let is_left = |stage| !self.is_done(stage);
        self.unreadable.is_none() && self.chosen_stages(plan).into_iter().any(is_left)
    }

    /// Why the plan cannot be started.
    fn obstacle(&self, plan: &Plan) -> &'static str {
        let is_run = self.record.is_some();
        if self.unreadable.is_some() {
            "Choose another folder, or put this one right."
        } else if !is_run && self.recipe().is_none() {
            "Put right first what is said in red."
        } else if is_run && !self.chosen_stages(plan).is_empty() {
            "All chosen stages of this run are trained: choose another one, or a new folder."
        } else {
            "There is nothing to train: choose a stage."
        }
    }

    fn start_button(&mut self, ui: &mut Ui, shared: &mut Shared) {
        let plan = shared.settings.training.plan(&shared.settings.preset);
        let is_startable = self.is_startable(&plan);
        let text = match &self.record {
            None => "Start",
            Some(_) if is_startable || self.chosen_stages(&plan).is_empty() => "Resume",
            Some(_) => "Done",
        };
        let hint = match (&self.record, is_startable) {
            (_, false) => self.obstacle(&plan).to_owned(),
            (None, true) => {
                keys::hint(ui, "Train the chosen stages, one after the other", keys::AGAIN)
            }
            (Some(_), true) => {
                let what = "Go on where the run stopped, to the same numbers";
                keys::hint(ui, what, keys::AGAIN)
            }
        };
        let pressed = ui.add_enabled_ui(is_startable, |ui| widget::primary(ui, text)).inner;
        let clicked = pressed.on_hover_text(&hint).on_disabled_hover_text(&hint).clicked();
        if clicked {
            self.begin(shared, plan);
        }
    }
}

/// A button as wide as its room.
fn wide(ui: &mut Ui, text: &str) -> egui::Response {
    ui.add_sized([ui.available_width(), 8.0 * UNIT], Button::new(text))
}
