//! What the worker is at, by the view that asked for it: what another view asked for is named before it is ended, and
//! told when it is.

use eframe::egui::Ui;

use super::{Shared, View};
use crate::engine::worker::{Command, Job, Ticket, plane::Request};

/// What a distillation is called: of all work it alone is not taken up again where its view is opened.
const DISTILLATION: &str = "the distillation";

/// What the worker is at, as the view on show sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    Nothing,
    /// What this view asked for, or models are being opened.
    Own,
    /// What another view asked for, in words.
    Other(&'static str),
}

impl Shared {
    /// Starts work of the view on show, in place of what runs.
    pub(super) fn start(&mut self, job: Job) -> Ticket {
        self.tell_of_an_end();
        self.asked_by = Some((self.settings.view, name(&job)));
        self.link.ask(|ticket| Command::Start(ticket, job))
    }

    /// Says so where work of another view ends for that of the view on show, and how to take it up again.
    pub(super) fn tell_of_an_end(&mut self) {
        let (Work::Other(what), Some((view, _))) = (self.work(), self.asked_by) else { return };
        let [own, other] = [self.settings.view, view].map(View::title);
        self.note(if what == DISTILLATION {
            format!("{own} ended {what}: {other} keeps its students, and can distil again")
        } else {
            format!("{own} ended {what}: go back to {other}, and it is taken up again")
        });
    }

    pub(super) fn work(&self) -> Work {
        if !self.link.is_busy() {
            return Work::Nothing;
        }
        let is_other =
            |(view, _): &(View, _)| self.link.is_at_work() && *view != self.settings.view;
        self.asked_by.filter(is_other).map_or(Work::Own, |(_, what)| Work::Other(what))
    }

    /// Ends what runs; what it found so far stays.
    pub(super) fn stop(&mut self) {
        if let Work::Other(what) = self.work() {
            self.note(format!("{what} was stopped: what there is of it is kept"));
        }
        self.link.stop();
    }
}

/// A button that ends what runs, where anything does.
pub(super) fn stop_button(ui: &mut Ui, shared: &mut Shared) {
    let (text, hint) = match shared.work() {
        Work::Nothing => return,
        Work::Own => ("Stop".to_owned(), "Keep what is there (Esc)."),
        Work::Other(what) => (
            format!("Stop {what}"),
            "Another view asked for it; what there is of it is kept (Esc).",
        ),
    };
    if ui.button(text).on_hover_text(hint).clicked() {
        shared.stop();
    }
}

/// What a job is called.
fn name(job: &Job) -> &'static str {
    match job {
        Job::Compare(_) => "the sampling",
        Job::Trace(_) => "the trajectory",
        Job::Plane(Request::Distil(..)) => DISTILLATION,
        Job::Plane(Request::Flow(_)) => "the flow",
        Job::Quality(_) => "the measurement",
        Job::Converge(_) => "the solving",
    }
}
