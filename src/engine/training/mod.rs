//! Runs beside the worker: a [`crate::engine::Lab`] on a thread of its own, told of by messages.
//!
//! Everything else is as on the command line, files and numbers included: a run that was started here goes
//! on there, and the other way round. A pause is a stop with a checkpoint; to resume is to start again.

mod folder;
mod reader;
mod record;
mod series;
#[cfg(test)]
mod tests;

use std::{collections::VecDeque, path::PathBuf};

use async_channel::{Receiver, Sender, TryRecvError};

pub use folder::RunCard;
pub use reader::{Answer, Question, Reader};
pub use record::{Grid, Record, StageRecord, Written, free_folder, usual_folder};
pub use series::{Series, smoothed};

use super::{Cancel, Event, Lab, LabError, Opened, Recipe, StageName, data, device::keep_up};
use crate::{
    data::{Mixture, Source},
    platform,
    store::{RunFolder, StoreError},
};

/// What to train.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The preset.
    pub preset: String,
    /// A name or a path; none: as the preset has it.
    pub data: Option<String>,
    /// The run's folder.
    pub out: PathBuf,
    /// One after the other, as far as the recipe has them.
    pub stages: Vec<StageName>,
    /// Values over the preset, `key=value`.
    pub set: Vec<String>,
}

impl Plan {
    /// What a new run would train.
    pub fn fresh(&self) -> Result<Recipe, LabError> {
        let mut set = self.set.clone();
        if let Some(data) = &self.data {
            set.push(format!("data.source={}", toml::Value::String(data.clone())));
        }
        Ok(Recipe::resolve(&self.preset, None, &set)?)
    }

    /// Whether there is a run in the folder.
    fn is_run(&self) -> bool {
        RunFolder::at(&self.out).config().exists()
    }

    /// What will be trained: the recipe of the run in the folder, if there is one.
    fn recipe(&self) -> Result<Recipe, LabError> {
        if !self.is_run() {
            return self.fresh();
        }
        let recipe = Recipe::of_run(&self.out)?;
        recipe.check()?;
        Ok(recipe)
    }
}

/// How a training came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// All its stages are done.
    Done,
    /// It was asked to stop; its checkpoint is written.
    Stopped,
    /// In a sentence.
    Failed(String),
}

/// What a training tells.
#[derive(Clone, Debug)]
pub enum News {
    /// The data is loaded, the folder is ours, and this is what happened there before.
    Opened(Box<Record>),
    /// What happens.
    Heard(Event),
    /// The last there is to hear.
    Ended(End),
}

/// A run that goes on; dropping it asks for a clean stop and waits for that.
pub struct Training {
    /// What is trained.
    pub plan: Plan,
    cancel: Cancel,
    news: Receiver<News>,
    has_ended: bool,
}

impl Training {
    /// Starts, or goes on with, the run of `plan`; `wake` is called after each piece of news.
    pub fn start(plan: Plan, opened: Opened, wake: impl Fn() + Send + 'static) -> Self {
        let (sender, news) = async_channel::bounded(256);
        let cancel = Cancel::default();
        let (own, planned) = (cancel.clone(), plan.clone());
        platform::spawn("training", move || async move {
            keep_up(&opened);
            let mut outbox = Outbox { sender, held: VecDeque::new(), wake };
            let end = match run(&planned, &opened, own, &mut outbox).await {
                Ok(()) => End::Done,
                Err(LabError::Stopped) => End::Stopped,
                Err(error) => End::Failed(sentence(error)),
            };
            outbox.close(News::Ended(end)).await;
        });
        Self { plan, cancel, news, has_ended: false }
    }

    /// Asks for a stop: at the next step the training saves a checkpoint and ends.
    pub fn stop(&self) {
        self.cancel.set();
    }

    /// News since the last look; [`News::Ended`] comes once and last.
    pub fn poll(&mut self) -> Vec<News> {
        let mut all = Vec::new();
        while !self.has_ended {
            let news = match self.news.try_recv() {
                Ok(news) => news,
                Err(TryRecvError::Empty) => break,
                // The thread is gone without its last word.
                Err(TryRecvError::Closed) => {
                    News::Ended(End::Failed("the training broke off; the log says where".into()))
                }
            };
            self.has_ended = matches!(news, News::Ended(_));
            all.push(news);
        }
        all
    }
}

impl Drop for Training {
    fn drop(&mut self) {
        self.stop();
        let news = self.news.clone();
        // The program may end right after this: what was trained since the last checkpoint would be lost.
        platform::finish(async move { while news.recv().await.is_ok() {} });
    }
}

/// The training's end of the wire.
struct Outbox<Wake: Fn()> {
    sender: Sender<News>,
    /// What the shell had no room for yet.
    held: VecDeque<News>,
    wake: Wake,
}

impl<Wake: Fn()> Outbox<Wake> {
    /// Never waits. While the shell does not listen, step and part events are dropped.
    fn put(&mut self, news: News) {
        self.held.push_back(news);
        while let Some(news) = self.held.pop_front() {
            if let Err(refused) = self.sender.try_send(news) {
                self.held.push_front(refused.into_inner());
                self.held.retain(|news| {
                    !matches!(news, News::Heard(Event::Step { .. } | Event::Part { .. }))
                });
                break;
            }
        }
        (self.wake)();
    }

    async fn close(mut self, last: News) {
        self.held.push_back(last);
        for news in self.held {
            // A shell that is gone needs no news.
            self.sender.send(news).await.ok();
            (self.wake)();
        }
    }
}

async fn run(
    plan: &Plan,
    opened: &Opened,
    cancel: Cancel,
    outbox: &mut Outbox<impl Fn()>,
) -> Result<(), LabError> {
    let mut recipe = plan.recipe()?;
    require_data(&recipe, plan.is_run())?;
    // A run is measured from other folders too.
    if let Some(path) = data::absolute(&recipe) {
        recipe.data.source = path;
    }
    let mut report = |event| outbox.put(News::Heard(event));
    let lab = Lab::open(recipe, &plan.out, opened, cancel, &mut report)?;
    let stages = plan.stages.iter().copied().filter(|stage| stage.is_in(&lab.recipe));
    let stages: Vec<StageName> = stages.collect();
    lab.require_targets(&stages)?;
    let record = Record::read(&plan.out)?;
    let record = record.unwrap_or_else(|| Record::new(&plan.out, lab.recipe.clone()));
    outbox.put(News::Opened(Box::new(record)));
    for text in lab.warnings(&stages) {
        outbox.put(News::Heard(Event::Note(text)));
    }
    for stage in stages {
        // The stage before may have been asked to stop in its last step.
        if lab.cancel.is_set() {
            return Err(LabError::Stopped);
        }
        lab.train(stage, &mut |event| outbox.put(News::Heard(event))).await?;
    }
    Ok(())
}

/// Says what is missing in words that fit a window, where no other data can be chosen for a run.
fn require_data(recipe: &Recipe, is_run: bool) -> Result<(), LabError> {
    let source = recipe.data.source.as_str();
    let is_name = Source::from(source).is_inside() || Mixture::names().contains(&source);
    if is_name || (!source.is_empty() && std::path::Path::new(source).exists()) {
        return Ok(());
    }
    if is_run {
        return Err(LabError::Request(format!(
            "The run's data is not at {source} any more: bring it back, or go on with `train` on the command line, \
             which can be told where it is now."
        )));
    }
    let files = data::files_of(&recipe.name);
    let found = match files {
        _ if !source.is_empty() => format!("There is no data at {source}"),
        Some(_) => format!("The preset {} comes without data", recipe.name),
        None => "No file or folder is chosen".into(),
    };
    let wanted = files.unwrap_or("a file or folder of images");
    Err(LabError::Request(format!("{found}: choose {wanted}, or data inside the program.")))
}

/// An error as a sentence for a window, without the command line's options.
fn sentence(error: LabError) -> String {
    let LabError::Store(store) = &error else { return error.to_string() };
    match store.cause() {
        StoreError::Busy { path } => format!(
            "Another training is at work in {}: wait until it ends, or choose another folder.",
            path.display()
        ),
        StoreError::NotARun { path } => format!(
            "The folder {} holds other files and no run: choose another one.",
            path.display()
        ),
        StoreError::DifferentConfig { path, keys } => format!(
            "The run in {} no longer fits its data or settings ({}): start a new one in another folder.",
            path.display(),
            keys.join(", ")
        ),
        _ => error.to_string(),
    }
}
