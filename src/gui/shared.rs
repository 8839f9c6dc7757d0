//! What all views see and change: settings, models, the wire, the log.

use std::{path::PathBuf, sync::Arc};

use super::{
    Address, Place, Settings, View,
    fetched::Fetched,
    files::Files,
    history::{self, History},
    link::Link,
    tour::Landmarks,
};
use crate::{
    engine::worker::{Command, Parity, SetCard, Source},
    math::seed::{self, Purpose, Seed},
};

/// Seeds to roll from.
const SEEDS: u64 = 10_000;

/// What all views see.
pub(super) struct Shared {
    pub(super) settings: Settings,
    pub(super) place: Place,
    pub(super) history: History,
    pub(super) link: Link,
    /// Which view asked for the newest work, and what that is called.
    pub(super) asked_by: Option<(View, &'static str)>,
    pub(super) files: Files,
    pub(super) fetched: Fetched,
    /// Whether files are being opened that were dropped or chosen, without a picture's settings: where they hold a
    /// teacher, what depends on the models starts from its.
    pub(super) is_handed: bool,
    /// The open models.
    pub(super) set: Option<Arc<SetCard>>,
    /// Why models could not be opened, the last time that some could not.
    pub(super) refusal: Option<String>,
    /// How their golden outputs came out on this device.
    pub(super) parity: Vec<Option<Parity>>,
    /// Where it is computed, for people.
    pub(super) device: String,
    /// Newest last.
    pub(super) log: Vec<Notice>,
    /// Where things were drawn.
    pub(super) landmarks: Landmarks,
    /// Whether only the view is shown, within another page.
    pub(super) is_embedded: bool,
    /// The first digits of the models' SHA-256 that an address was made with, until they were compared.
    pub(super) expected: Vec<String>,
    /// Whether the window draws on the worker's GPU, from its memory.
    pub(super) draws_loans: bool,
    /// Whether a GPU has yet to answer for the models: it compiles their kernels at the first calls.
    pub(super) is_warming: bool,
    /// Whether a run is being trained, or paused: what it was started with stays.
    pub(super) is_training: bool,
    /// Milliseconds of a network call of the open models, a sample, once the comparison drew one.
    pub(super) call_ms: Option<f64>,
}

/// Something worth telling.
#[derive(Clone)]
pub(super) struct Notice {
    pub(super) text: String,
    pub(super) is_error: bool,
}

impl Notice {
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_error: false }
    }

    pub(super) fn error(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_error: true }
    }
}

impl Shared {
    /// Nothing open yet, nothing done.
    pub(super) fn new(link: Link, files: Files, device: String, settings: Settings) -> Self {
        Self {
            settings,
            place: Place::default(),
            history: History::default(),
            link,
            asked_by: None,
            files,
            fetched: Fetched::default(),
            is_handed: false,
            set: None,
            refusal: None,
            parity: Vec::new(),
            device,
            log: Vec::new(),
            landmarks: Landmarks::default(),
            is_embedded: false,
            expected: Vec::new(),
            draws_loans: false,
            is_warming: false,
            is_training: false,
            call_ms: None,
        }
    }

    pub(super) fn note(&mut self, text: impl Into<String>) {
        self.log.push(Notice::plain(text));
    }

    pub(super) fn fail(&mut self, text: impl Into<String>) {
        self.log.push(Notice::error(text));
    }

    /// What an address tells: the settings, the place, and the models they were set for.
    pub(super) fn told(&self) -> Address {
        let sums = |set: &SetCard| set.cards.iter().map(|card| card.sha256.clone()).collect();
        // Those on show are not the ones that are coming.
        let set = self.set.as_deref().filter(|_| !self.is_coming());
        Address {
            settings: self.settings.clone(),
            place: self.place.clone(),
            weights: self.fetched.addresses(),
            models: set.map_or_else(|| self.expected.clone(), sums),
            ..Address::default()
        }
    }

    /// The open models, for those who ask for work on them: none while others are being opened, as these would answer.
    pub(super) fn settled_set(&self) -> Option<&SetCard> {
        self.set.as_deref().filter(|_| !self.link.is_opening())
    }

    /// Whether models are being opened or fetched.
    fn is_coming(&self) -> bool {
        self.link.is_opening() || self.fetched.is_coming()
    }

    /// Whether anything is being computed, opened or fetched.
    pub(super) fn is_busy(&self) -> bool {
        self.link.is_busy() || self.fetched.is_coming()
    }

    /// Whether the models are a person's own, files or a run, rather than the shipped ones that the settings name.
    pub(super) fn shows_own_files(&self) -> bool {
        let shipped = Source::Shipped(self.settings.preset.clone());
        self.fetched.is_empty() && self.link.sources() != [shipped]
    }

    /// Whether the open models are those of an address, by the first digits of their SHA-256.
    pub(super) fn is_of(&self, models: &[String]) -> bool {
        let Some(set) = self.set.as_ref().filter(|set| set.cards.len() == models.len()) else {
            return false;
        };
        set.cards.iter().zip(models).all(|(card, sum)| card.sha256.starts_with(sum))
    }

    /// Says so, once all are there, where the open models are not those that an address was made with.
    pub(super) fn warn_of_other_weights(&mut self) {
        let Some(set) = self.set.as_ref().filter(|_| !self.is_coming()) else { return };
        let expected = std::mem::take(&mut self.expected);
        let is_other = |(i, sum): (usize, &String)| match set.cards.get(i) {
            Some(card) if card.sha256.starts_with(sum) => None,
            Some(card) => Some(card.title.clone()),
            None => Some(format!("file {}", i + 1)),
        };
        let others: Vec<String> = expected.iter().enumerate().filter_map(is_other).collect();
        if !others.is_empty() {
            let others = others.join(", ");
            self.fail(format!(
                "this address was made with other weights than these ({others}): pictures will differ"
            ));
        }
    }

    /// Shows models that are open now.
    pub(super) fn adopt(&mut self, set: SetCard) {
        let is_another_teacher =
            self.set.as_ref().is_some_and(|old| old.teacher() != set.teacher());
        if self.is_handed && is_another_teacher {
            self.settings.follow_models();
        }
        self.is_handed &= self.link.is_opening();
        (self.set, self.call_ms) = (Some(Arc::new(set)), None);
    }

    /// Something could not be done. Where it was to open other models, the settings go back to those that stay.
    pub(super) fn refuse(&mut self, why: String) {
        self.refusal = Some(why.clone());
        self.fail(why);
        if self.set.is_none() || self.link.is_opening() {
            return;
        }
        if let Some(Source::Shipped(open)) = self.link.sources().into_iter().next() {
            self.history.stay_with(&open);
            self.settings.preset = open;
        }
    }

    /// Opens other models; until they are there the old ones stay.
    pub(super) fn open(&mut self, source: Source) {
        self.tell_of_an_end();
        if !matches!(source, Source::Files(_)) {
            self.fetched.forget();
            self.is_handed = false;
        }
        self.link.ask(|_| Command::Open(source));
    }

    /// Opens the same models again, on another device.
    pub(super) fn reopen(&mut self, sources: Vec<Source>) {
        for source in sources {
            self.link.ask(|_| Command::Open(source));
        }
    }
}

impl Shared {
    /// Another seed, by the clock: which one does not matter, that it can be read and typed does.
    pub(super) fn roll(&mut self) {
        let now = web_time::SystemTime::now().duration_since(web_time::UNIX_EPOCH);
        let ticks = now.map_or(0, |time| time.as_nanos() as u64);
        let next = seed::below(Seed(ticks), Purpose::Shuffle, 0, 0, SEEDS as usize) as u64;
        self.settings.seed = if next == self.settings.seed { next + 1 } else { next };
    }

    /// Another seed, unless it is locked.
    pub(super) fn reroll(&mut self) {
        if !self.settings.keeps_seed {
            self.roll();
        }
    }

    /// Shows other shipped models; what depends on the models starts from theirs.
    pub(super) fn choose(&mut self, preset: &str) {
        let settings = &mut self.settings;
        settings.preset = preset.to_owned();
        settings.follow_models();
        self.place.cell = None;
        self.expected.clear();
        self.open(Source::Shipped(preset.to_owned()));
    }

    /// Shows the models of a run; what depends on the models starts from theirs.
    pub(super) fn open_run(&mut self, run: PathBuf) {
        self.settings.follow_models();
        self.place.cell = None;
        self.expected.clear();
        self.open(Source::Run(run));
    }

    /// Takes settings from a picture or an address, which say nothing of runs.
    pub(super) fn take(&mut self, settings: Settings) {
        let training = self.settings.training.clone();
        self.restore(Settings { training, ..settings });
    }

    /// Sets back the last change; what is still being typed is one.
    pub(super) fn undo(&mut self) {
        self.history.note(&self.settings, true);
        let kept = self.is_training.then_some(&self.settings.training);
        let settings = self.history.undo(kept);
        self.go_to(settings, "undone");
    }

    /// Sets again what was undone.
    pub(super) fn redo(&mut self) {
        self.history.note(&self.settings, true);
        let kept = self.is_training.then_some(&self.settings.training);
        let settings = self.history.redo(kept);
        self.go_to(settings, "redone");
    }

    /// Goes to settings of another time, where there are any, in the view that is open; where that does not show what
    /// was `done` by it, says which one does.
    fn go_to(&mut self, settings: Option<Settings>, done: &str) {
        let Some(settings) = settings else { return };
        if let Some(view) = history::elsewhere(&self.settings, &settings) {
            self.note(format!("{done} in {}", view.title()));
        }
        self.restore(Settings { view: self.settings.view, ..settings });
    }

    /// Goes to other settings, and to their models.
    pub(super) fn restore(&mut self, settings: Settings) {
        let other_models = settings.preset != self.settings.preset;
        self.settings = settings;
        if other_models {
            self.open(Source::Shipped(self.settings.preset.clone()));
        }
    }
}
