//! What is heard of the run and of the files.

use std::path::{Path, PathBuf};

use web_time::Instant;

use super::{Pace, Phase, Training};
use crate::{
    engine::{
        Event,
        training::{self, Answer, End, News, Question, Record},
    },
    gui::{Shared, training::recorder::Recorder},
};

impl Training {
    /// Hears what happened since the last frame, whatever view is open.
    pub(in crate::gui) fn receive(&mut self, shared: &mut Shared) {
        let news = self.running.as_mut().map(training::Training::poll).unwrap_or_default();
        for news in news {
            match news {
                News::Opened(record) => self.show(Some(record)),
                News::Heard(event) => self.hear(shared, event),
                News::Ended(end) => self.end(shared, end),
            }
        }
        for answer in self.reader.poll() {
            match answer {
                Answer::Runs(runs) => self.runs = runs,
                Answer::Run(root, found) => self.found(root, found),
                Answer::Same => {}
                Answer::Picture(path, found) => self.recorder.album.receive(path, found),
            }
        }
        shared.is_training = self.phase != Phase::Idle;
    }

    fn hear(&mut self, shared: &mut Shared, event: Event) {
        if let Some(record) = &mut self.record {
            record.hear(&event);
            self.plots = None;
        }
        match event {
            Event::Step { seconds, images_per_s, left_s, .. } => {
                self.pace = self.pace.after(seconds, images_per_s, left_s);
            }
            Event::Stage { .. } => self.pace = Pace::begun(),
            Event::Part { what, done, all } => self.pace.part = Some((what, done, all)),
            Event::Saved { what: "samples", .. } => self.recorder.album.renew(),
            Event::Note(text) => shared.note(text),
            _ => {}
        }
    }

    fn end(&mut self, shared: &mut Shared, end: End) {
        let was_pause = self.phase == Phase::Ending { is_pause: true };
        let Some(done) = self.running.take() else { return };
        let root = done.plan.out.clone();
        self.phase = match was_pause && end == End::Stopped {
            true => Phase::Paused(done.plan.clone()),
            false => Phase::Idle,
        };
        match end {
            End::Done => shared.note(format!("The training in {} is done.", root.display())),
            End::Stopped => {
                let what = if self.record.is_some() { "is saved" } else { "had not begun" };
                shared.note(format!("The training in {} {what}.", root.display()));
            }
            End::Failed(sentence) => {
                shared.fail(sentence.clone());
                self.trouble = Some(sentence);
            }
        }
        self.pace = Pace::default();
        // The files have the last word.
        self.reader.ask(Question::Run(root));
        self.list();
    }

    fn found(&mut self, root: PathBuf, found: Result<Option<Box<Record>>, String>) {
        // A run at work is told of by its news.
        if self.running.is_some() || self.asked.as_ref().is_some_and(|asked| *asked != root) {
            return;
        }
        match found {
            Ok(record) => self.show(record),
            Err(sentence) => {
                let sentence = placed(&root, sentence);
                // What was said already may have been dismissed.
                if self.unreadable.as_ref() != Some(&sentence) {
                    self.show(None);
                    (self.trouble, self.unreadable) = (Some(sentence.clone()), Some(sentence));
                }
            }
        }
    }

    fn show(&mut self, record: Option<Box<Record>>) {
        let root = |record: &Option<Box<Record>>| record.as_ref().map(|record| record.root.clone());
        if root(&record) != root(&self.record) {
            self.chosen = None;
            self.recorder = Recorder::default();
        }
        self.recorder.album.renew();
        // What could not be read was put right, or is gone.
        if self.unreadable.take() == self.trouble {
            self.trouble = None;
        }
        (self.record, self.plots) = (record, None);
    }
}

impl Pace {
    /// A stage begins.
    fn begun() -> Self {
        Self { apart_s: f64::INFINITY, heard: Some(Instant::now()), ..Self::default() }
    }

    /// A step was heard of, after so many `seconds` of training.
    fn after(&self, seconds: f64, images_per_s: f64, left_s: f64) -> Self {
        let (apart_s, heard) = (seconds - self.trained_s, Some(Instant::now()));
        Self { images_per_s, left_s, trained_s: seconds, apart_s, heard, part: None }
    }

    /// Seconds of training since the last step was heard of, `elapsed_s` ago. Where the next one is late the network is
    /// looked at, which is no training.
    pub(super) fn since(&self, elapsed_s: f64) -> f64 {
        elapsed_s.min(self.apart_s)
    }
}

/// What is wrong with a run, with its place: a recipe that is none says where in its text, and not in which file.
fn placed(root: &Path, sentence: String) -> String {
    if sentence.contains(&root.display().to_string()) {
        return sentence;
    }
    format!("{}: {sentence}", root.join("config.toml").display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_of_a_training_waits_while_its_network_is_looked_at() {
        let begun = Pace::begun();
        assert_eq!(begun.since(60.0), 60.0, "nobody knows yet how long a step takes");
        let pace = begun.after(100.0, 10.0, 900.0).after(104.0, 10.0, 896.0);
        assert_eq!([1.0, 4.0, 60.0].map(|elapsed_s| pace.since(elapsed_s)), [1.0, 4.0, 4.0]);
    }
}
