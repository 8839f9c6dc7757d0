//! The reader: looks into run folders for a shell that must not wait for a disk.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
};

use async_channel::{Receiver, Sender};
use image::RgbImage;

use super::{
    folder::{self, RunCard},
    record::{Record, Written},
    sentence,
};
use crate::platform;

/// What to look for.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// The runs right below a folder.
    Runs(PathBuf),
    /// What a run wrote so far.
    Run(PathBuf),
    /// The same, where it wrote since then.
    Since(PathBuf, Option<Written>),
    /// A picture that a training wrote.
    Picture(PathBuf),
}

/// What was found; errors are sentences.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Runs, those that changed last first.
    Runs(Vec<RunCard>),
    /// A run; none where one could begin.
    Run(PathBuf, Result<Option<Box<Record>>, String>),
    /// It wrote nothing since then.
    Same,
    /// A picture.
    Picture(PathBuf, Result<RgbImage, String>),
}

/// A shell's end of the wire.
pub struct Reader {
    questions: Sender<Question>,
    answers: Receiver<Answer>,
    /// Not yet taken.
    waiting: VecDeque<Question>,
    /// Questions without an answer.
    open: usize,
}

impl Reader {
    /// Starts a reader; `wake` is called after each answer.
    pub fn spawn(wake: impl Fn() + Send + 'static) -> Self {
        let (questions, inbox) = async_channel::bounded(16);
        let (outbox, answers) = async_channel::bounded(16);
        platform::spawn("reader", move || serve(inbox, outbox, wake));
        Self { questions, answers, waiting: VecDeque::new(), open: 0 }
    }

    /// Asks; a question that waits already is not asked twice.
    pub fn ask(&mut self, question: Question) {
        if !self.waiting.contains(&question) {
            self.waiting.push_back(question);
            self.open += 1;
        }
        self.send();
    }

    /// Answers since the last look.
    pub fn poll(&mut self) -> Vec<Answer> {
        self.send();
        let answers: Vec<Answer> = std::iter::from_fn(|| self.answers.try_recv().ok()).collect();
        self.open -= answers.len();
        answers
    }

    /// Whether every question is answered.
    pub fn is_idle(&self) -> bool {
        self.open == 0
    }

    fn send(&mut self) {
        while let Some(question) = self.waiting.pop_front() {
            if let Err(refused) = self.questions.try_send(question) {
                self.waiting.push_front(refused.into_inner());
                return;
            }
        }
    }
}

/// Answers until the shell is gone.
async fn serve(inbox: Receiver<Question>, outbox: Sender<Answer>, wake: impl Fn()) {
    while let Ok(question) = inbox.recv().await {
        if outbox.send(answer(question)).await.is_err() {
            return;
        }
        wake();
    }
}

fn answer(question: Question) -> Answer {
    match question {
        Question::Runs(root) => Answer::Runs(folder::runs(&root)),
        Question::Run(root) => {
            let found = run(&root);
            Answer::Run(root, found)
        }
        Question::Since(root, written) if folder::written(&root) == written => Answer::Same,
        Question::Since(root, _) => answer(Question::Run(root)),
        Question::Picture(path) => {
            let found = folder::picture(&path);
            Answer::Picture(path, found)
        }
    }
}

fn run(root: &Path) -> Result<Option<Box<Record>>, String> {
    Record::read(root).map(|found| found.map(Box::new)).map_err(sentence)
}
