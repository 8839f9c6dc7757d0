//! Events as people see them: bars on a terminal, plain lines elsewhere.

use std::io::{IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressStyle};
use web_time::{Duration, Instant};

use crate::engine::{Event, measured, report::duration};

/// Says something beside what is computed, which goes on also where nobody listens any more.
pub(super) fn tell(text: impl std::fmt::Display) {
    writeln!(std::io::stderr(), "{text}").ok();
}

/// Between two turns of what only says that something is done.
const TICK: Duration = Duration::from_millis(120);
/// Between two lines of one part.
const LINE_PAUSE: Duration = Duration::from_secs(1);

/// Shows events; one bar at a time.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    is_terminal: bool,
    last_part: Option<usize>,
    /// When a line of it was written last.
    last_line: Option<Instant>,
    /// When the present part was first heard of, and how much of it was done then.
    part_begun: Option<(Instant, usize)>,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self {
            bar: None,
            is_terminal: std::io::stderr().is_terminal(),
            last_part: None,
            last_line: None,
            part_begun: None,
        }
    }

    /// Shows one event.
    pub(super) fn show(&mut self, event: Event) {
        match event {
            Event::Stage { name, step, steps } => {
                self.close();
                if step > 0 {
                    self.line(&format!("{name}: going on from step {step} of {steps}"));
                } else {
                    self.line(&format!("{name}: {steps} steps"));
                }
                self.open(steps, step);
            }
            Event::Done { name } => self.line(&format!("{name}: already done")),
            Event::Step { step, steps, loss, images_per_s, left_s, .. } => {
                let left = duration(left_s);
                let text = format!("loss {loss:.4}, {images_per_s:.1} samples/s, {left} left");
                self.advance(step, &text, &format!("  {step}/{steps}  {text}"));
            }
            Event::Measured { values, .. } => {
                let values = measured(&serde_json::json!(values)).into_iter();
                let values: Vec<_> =
                    values.map(|(title, text)| format!("{title} {text}")).collect();
                self.line(&format!("  measured: {}", values.join(", ")));
            }
            Event::Part { what, done, all } => self.part(&what, done, all),
            Event::Saved { what, path } => {
                self.line(&format!("  {what}: {}", path.display()));
            }
            Event::Note(text) => self.line(&text),
        }
    }

    fn part(&mut self, what: &str, done: usize, all: usize) {
        if self.bar.is_none() && all > 0 {
            self.open(all as u64, 0);
        }
        let pace = self.pace(done, all);
        if self.is_terminal {
            self.advance(done as u64, &format!("{what}{pace}"), "");
        } else {
            let tenth = done * 10 / all.max(1);
            // Into a log no more than a line a second, and the last one.
            let is_soon = self.last_line.is_some_and(|last| last.elapsed() < LINE_PAUSE);
            if self.last_part != Some(tenth) && (done == all || (tenth > 0 && !is_soon)) {
                self.last_line = Some(Instant::now());
                self.line(&format!("  {what}: {done}/{all} samples{pace}"));
            }
            self.last_part = Some(tenth);
        }
        if done >= all {
            self.close();
            (self.last_part, self.part_begun, self.last_line) = (None, None, None);
        }
    }

    /// Rate and time left; empty at the first word, which carries what was compiled on the way.
    fn pace(&mut self, done: usize, all: usize) -> String {
        let (begun, before) = *self.part_begun.get_or_insert_with(|| (Instant::now(), done));
        if done <= before {
            return String::new();
        }
        let rate = (done - before) as f64 / begun.elapsed().as_secs_f64().max(1e-9);
        let left = duration(all.saturating_sub(done) as f64 / rate);
        format!(", {rate:.1} samples/s, {left} left")
    }

    fn open(&mut self, steps: u64, step: u64) {
        if !self.is_terminal {
            return;
        }
        let style = "  {bar:32} {pos}/{len}  {msg}";
        let style = ProgressStyle::with_template(style).expect("a constant template");
        let bar = ProgressBar::new(steps).with_style(style.progress_chars("━╸─"));
        bar.set_position(step);
        // Until there is a rate: a GPU's first step compiles its kernels.
        bar.set_message("warming up");
        self.bar = Some(bar);
    }

    /// Says on a terminal, until the next [`Self::close`], what is done that takes long without parts.
    pub(super) fn wait(&mut self, what: String) {
        if self.is_terminal {
            let bar = ProgressBar::new_spinner().with_message(what);
            bar.enable_steady_tick(TICK);
            self.bar = Some(bar);
        }
    }

    fn advance(&mut self, position: u64, message: &str, plain: &str) {
        match &self.bar {
            Some(bar) => {
                bar.set_position(position);
                bar.set_message(message.to_owned());
            }
            None => tell(plain),
        }
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => tell(text),
        }
    }

    /// Ends the present bar.
    pub(super) fn close(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
