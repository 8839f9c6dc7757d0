//! Training: runs that are started, watched, paused and taken up again.
//!
//! The run itself and all reading of files is the engine's; here lies what was heard of it.

mod album;
mod buttons;
mod cards;
mod curves;
mod hyperparameters;
mod news;
mod offer;
mod panel;
mod paper;
mod progress;
mod recorder;
#[cfg(test)]
mod tests;
mod values;
mod welcome;
mod wishes;

use std::path::PathBuf;

use eframe::egui::{Context, ScrollArea, Ui};
use web_time::{Duration, Instant};

use super::{Shared, View, frame, theme::UNIT, widget};
use crate::engine::{
    Opened, Recipe,
    training::{self, Plan, Question, Reader, Record, RunCard, StageRecord},
};
use curves::Plots;
use recorder::Recorder;
pub use wishes::Wishes;

/// What the person asked a training for.
#[derive(Clone, Debug, Default, PartialEq)]
enum Phase {
    /// Nothing runs.
    #[default]
    Idle,
    Running,
    /// It will stop after this step; whether it is to be resumed at once.
    Ending {
        is_pause: bool,
    },
    /// What it goes on with, whatever is set meanwhile.
    Paused(Plan),
}

/// How fast the running stage is.
#[derive(Debug, Default)]
struct Pace {
    images_per_s: f64,
    left_s: f64,
    /// Seconds of training until the last step that was heard of, and between that and the one before.
    trained_s: f64,
    apart_s: f64,
    /// When the last step was heard of.
    heard: Option<Instant>,
    /// What is computed besides steps: what, done, all.
    part: Option<(String, usize, usize)>,
}

/// What a new run would train.
struct Fresh {
    plan: Plan,
    /// The preset's own recipe.
    own: Option<Recipe>,
    /// With the person's values, or what is wrong with them.
    recipe: Result<Recipe, String>,
}

/// See the module.
pub(super) struct Training {
    opened: Opened,
    context: Context,
    reader: Reader,
    running: Option<training::Training>,
    phase: Phase,
    pace: Pace,
    /// The run on show.
    record: Option<Box<Record>>,
    /// The folder that `record` answers.
    asked: Option<PathBuf>,
    /// When it was last looked at for news.
    looked: Option<Instant>,
    /// Why that folder's run cannot be read, or that it holds other files; it is said once.
    unreadable: Option<String>,
    /// The frame in which the view was drawn last: after others it is entered anew.
    drawn: u64,
    /// Why there is no run, or why it ended.
    trouble: Option<String>,
    runs: Vec<RunCard>,
    fresh: Option<Fresh>,
    recorder: Recorder,
    /// Until there is news of the run.
    plots: Option<Plots>,
    /// The stage that the curves and the recorder show; none: the one at work.
    chosen: Option<String>,
    shows_recipe: bool,
}

impl Training {
    pub(super) fn new(context: &Context, opened: Opened) -> Self {
        let waker = context.clone();
        Self {
            opened,
            context: context.clone(),
            reader: Reader::spawn(move || waker.request_repaint()),
            running: None,
            phase: Phase::Idle,
            pace: Pace::default(),
            record: None,
            asked: None,
            looked: None,
            unreadable: None,
            drawn: 0,
            trouble: None,
            runs: Vec::new(),
            fresh: None,
            recorder: Recorder::default(),
            plots: None,
            chosen: None,
            shows_recipe: false,
        }
    }

    /// Whether everything asked for is on screen.
    pub(super) fn is_settled(&self) -> bool {
        self.reader.is_idle() && self.running.is_none()
    }

    /// From now on runs are trained there.
    pub(super) fn compute_on(&mut self, opened: Opened) {
        self.opened = opened;
    }

    fn list(&mut self) {
        self.reader.ask(Question::Runs(PathBuf::from("runs")));
    }

    /// Whether a run is at work.
    pub(super) fn is_at_work(&self) -> bool {
        self.running.is_some()
    }

    /// Starts or goes on.
    fn start(&mut self, plan: Plan) {
        let waker = self.context.clone();
        let wake = move || waker.request_repaint();
        self.trouble = None;
        self.pace = Pace::default();
        self.asked = Some(plan.out.clone());
        self.running = Some(training::Training::start(plan, self.opened.clone(), wake));
        self.phase = Phase::Running;
    }

    /// Ends what runs after its present step.
    fn finish(&mut self, is_pause: bool) {
        if let Some(running) = &self.running {
            running.stop();
            self.phase = Phase::Ending { is_pause };
        }
    }

    /// Reads the folder that the settings name, and what a new run there would train.
    fn follow(&mut self, shared: &Shared) {
        let plan = shared.settings.training.plan(&shared.settings.preset);
        let frame = self.context.cumulative_frame_nr();
        if self.asked.is_none() || frame > self.drawn + 1 {
            self.list();
        }
        self.drawn = frame;
        if self.phase == Phase::Idle && self.asked.as_ref() != Some(&plan.out) {
            (self.trouble, self.unreadable) = (None, None);
            self.reader.ask(Question::Run(plan.out.clone()));
            self.asked = Some(plan.out.clone());
        }
        self.watch();
        if self.fresh.as_ref().is_none_or(|fresh| fresh.plan != plan) {
            let own = Recipe::resolve(&plan.preset, None, &[]).ok();
            let recipe = plan.fresh().map_err(|error| error.to_string());
            self.fresh = Some(Fresh { plan, own, recipe });
        }
    }

    /// Looks now and then whether a run is begun, or the one on show is being trained, by another program; and whether
    /// what cannot be read still cannot: a run that is being deleted is none only in the end.
    fn watch(&mut self) {
        const EVERY: Duration = Duration::from_secs(2);
        let shown = self.record.as_ref().map(|record| (record.root.clone(), record.written));
        // Where nothing was written there is no run.
        let Some((root, written)) = shown.or_else(|| Some((self.asked.clone()?, None))) else {
            return;
        };
        if self.phase != Phase::Idle {
            return;
        }
        self.context.request_repaint_after(EVERY);
        if self.reader.is_idle() && self.looked.is_none_or(|looked| looked.elapsed() >= EVERY) {
            self.looked = Some(Instant::now());
            self.reader.ask(match self.unreadable {
                Some(_) => Question::Run(root),
                None => Question::Since(root, written),
            });
        }
    }

    /// The recipe that counts: that of the run, or of a new one.
    fn recipe(&self) -> Option<&Recipe> {
        let fresh = || self.fresh.as_ref().and_then(|fresh| fresh.recipe.as_ref().ok());
        self.record.as_ref().map(|record| &record.recipe).or_else(fresh)
    }

    /// The stage on show: the chosen one, the one at work, or the last with anything to see.
    fn stage(&self) -> Option<&StageRecord> {
        self.stage_of(self.record.as_ref()?)
    }

    fn stage_of<'a>(&self, record: &'a Record) -> Option<&'a StageRecord> {
        let chosen = self.chosen.as_deref().and_then(|name| record.stage(name));
        let last = || record.stages.iter().rfind(|stage| !stage.curves.is_empty());
        chosen.or_else(|| record.current()).or_else(last)
    }

    /// Opens the run's models in the worker and goes to the comparison.
    fn compare(&self, shared: &mut Shared) {
        let Some(record) = &self.record else { return };
        shared.settings.view = View::Comparison;
        shared.open_run(record.root.clone());
    }

    pub(super) fn ui(&mut self, ui: &mut Ui, shared: &mut Shared) {
        self.follow(shared);
        let buttons = |ui: &mut Ui, (training, shared): &mut (&mut Self, &mut Shared)| {
            training.buttons(ui, shared);
        };
        frame::panel_with_foot(
            ui,
            &mut (&mut *self, &mut *shared),
            |ui, (training, shared)| training.panel(ui, shared),
            Some(buttons),
        );
        frame::body(ui, |ui| self.body(ui, shared));
        self.recipe_window(ui);
        if self.running.is_some() {
            // The clock runs between two pieces of news as well.
            ui.request_repaint_after(Duration::from_secs(1));
        }
    }

    fn body(&mut self, ui: &mut Ui, shared: &mut Shared) {
        ui.horizontal(|ui| {
            widget::heading(
                ui,
                "Training",
                "A teacher learns to denoise; a CM and a Direct CM are distilled from it, from the same \
                 start and the same draws. Everything is written into the run's folder, which the \
                 command line goes on with too.",
                "CM: f(x, t) → f(one step of Ψ, t - 1)     Direct CM: f(x, t) → Ψ(x, t)",
            );
            self.compare_button(ui, shared);
        });
        self.trouble_line(ui);
        self.reading(ui);
        if self.record.is_none() {
            self.welcome(ui, shared);
            return;
        }
        ScrollArea::vertical().id_salt("cards").auto_shrink(false).show(ui, |ui| {
            self.strip(ui);
            ui.add_space(2.0 * UNIT);
            self.cards(ui);
        });
    }
}
