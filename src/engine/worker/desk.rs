//! The worker's desk: the device, the open models, and the way back to the shell.

use std::cell::RefCell;

use async_channel::Sender;
use burn::prelude::Device;
use serde_json::Value;

use super::{Command, Job, Reply, Source, Ticket, compare, converge, plane, quality, trace};
use crate::{
    data::Shape,
    diffusion::Method,
    engine::{LabError, Model, Opened, recipe::method_problem, shipped::ModelSet},
    platform,
    store::Manifest,
};

/// How a model's golden outputs came out on this device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parity {
    /// Largest difference; none where the file has no golden samples.
    pub difference: Option<f64>,
    /// Largest difference accepted.
    pub tolerance: f64,
}

impl Parity {
    /// Whether the device computes this model right; not-a-number is no.
    pub fn holds(self) -> Option<bool> {
        self.difference.map(|difference| difference <= self.tolerance)
    }
}

/// What a model file says about itself.
#[derive(Clone, Debug)]
pub struct Card {
    /// `Teacher`, `CM`, `Direct CM` or a method's own name.
    pub title: String,
    /// All the file says.
    pub manifest: Manifest,
    /// Its SHA-256.
    pub sha256: String,
}

impl Card {
    fn of(model: &Model) -> Self {
        let (manifest, sha256) = (model.manifest.clone(), model.sha256.clone());
        Self { title: model.title(), manifest, sha256 }
    }

    /// A figure that the training wrote down.
    pub fn metric(&self, name: &str) -> Option<f64> {
        self.manifest.metrics.get(name).and_then(Value::as_f64)
    }
}

/// A set of models as a shell sees it.
#[derive(Clone, Debug)]
pub struct SetCard {
    /// Whether these are the weights that travel with the program.
    pub is_shipped: bool,
    /// The preset's name.
    pub preset: String,
    /// The shape of a sample; none for points in the plane.
    pub shape: Option<Shape>,
    /// Classes; none: unconditional.
    pub classes: u32,
    /// Solvers that run on the models' process.
    pub solvers: Vec<Method>,
    /// The solver that the students were distilled from.
    pub method: Method,
    /// Its intervals N.
    pub intervals: usize,
    /// Its guidance w.
    pub guidance: f64,
    /// The teacher first.
    pub cards: Vec<Card>,
}

impl SetCard {
    /// Values of a sample.
    pub fn dims(&self) -> usize {
        self.shape.map_or(2, |shape| shape.len())
    }

    /// The name of a class, or its number.
    pub fn class_name(&self, class: u32) -> String {
        let names = self.cards.first().and_then(|teacher| teacher.manifest.data.as_ref());
        let name = names.and_then(|data| data.classes.get(class as usize)).cloned();
        name.unwrap_or_else(|| format!("class {class}"))
    }

    fn of(set: &ModelSet, is_shipped: bool) -> Self {
        let recipe = &set.teacher.recipe;
        Self {
            is_shipped,
            preset: recipe.name.clone(),
            shape: crate::engine::lab::shape_of(&recipe.model.network),
            classes: set.teacher.classes(),
            solvers: Method::ALL
                .into_iter()
                .filter(|&method| method_problem(method, recipe.model.process).is_none())
                .collect(),
            method: recipe.student.method,
            intervals: recipe.student.intervals,
            guidance: recipe.student.guidance,
            cards: std::iter::once(&set.teacher).chain(&set.students).map(Card::of).collect(),
        }
    }
}

/// The device failed: nothing more can be computed here.
#[derive(Debug)]
pub(super) struct DeviceFailed;

/// See the module.
pub(super) struct Desk {
    pub(super) opened: Opened,
    set: Option<ModelSet>,
    /// Models of the set whose golden outputs were compared.
    checked: usize,
    /// Samples behind the figures of quality, to go on from.
    pub(super) gathered: RefCell<Option<quality::Gathered>>,
    outbox: Sender<Reply>,
    wake: Box<dyn Fn() + Send>,
}

impl Desk {
    pub(super) fn new(opened: Opened, outbox: Sender<Reply>, wake: Box<dyn Fn() + Send>) -> Self {
        Self { opened, set: None, checked: 0, gathered: RefCell::default(), outbox, wake }
    }

    /// Opens models at once; what takes longer is handed back.
    pub(super) async fn accept(
        &mut self,
        command: Command,
    ) -> Result<Option<(Ticket, Job)>, DeviceFailed> {
        match command {
            Command::Start(ticket, job) => return Ok(Some((ticket, job))),
            Command::Open(source) => {
                let opened = self.open(source).await;
                self.heed(opened).await?;
            }
            Command::Stop => {}
        }
        Ok(None)
    }

    /// All that `command` asks.
    #[cfg(test)]
    pub(super) async fn obey(&mut self, command: Command) {
        let work = self.accept(command).await.expect("the CPU does not fail");
        self.perform(work).await.expect("the CPU does not fail");
    }

    /// Works, then checks what is left to check.
    pub(super) async fn perform(
        &mut self,
        work: Option<(Ticket, Job)>,
    ) -> Result<(), DeviceFailed> {
        if let Some((ticket, job)) = work {
            let done = self.start(ticket, job).await;
            self.heed(done).await?;
        }
        let checked = self.check_models().await;
        self.heed(checked).await
    }

    /// Tells what went wrong, if something did.
    async fn heed(&self, outcome: Result<(), LabError>) -> Result<(), DeviceFailed> {
        let Err(error) = outcome else { return Ok(()) };
        self.tell(Reply::Failed(error.to_string())).await;
        if error.is_of_device() { Err(DeviceFailed) } else { Ok(()) }
    }

    async fn start(&self, ticket: Ticket, job: Job) -> Result<(), LabError> {
        match job {
            Job::Compare(live) => compare::run(self, ticket, &live).await,
            Job::Trace(request) => trace::run(self, ticket, &request).await,
            Job::Plane(request) => plane::run(self, ticket, &request).await,
            Job::Quality(request) => quality::run(self, ticket, &request).await,
            Job::Converge(request) => converge::run(self, ticket, &request).await,
        }?;
        self.tell(Reply::Finished(ticket)).await;
        Ok(())
    }

    /// Where tensors live.
    pub(super) fn device(&self) -> &Device {
        &self.opened.device
    }

    /// How many samples to evaluate at once where `usual` are enough to keep a device busy: fewer where one
    /// thread computes and draws, for it cannot answer a hand in between. Points of the plane are so small that a
    /// call costs about the same for one and for many.
    pub(super) fn at_once(&self, usual: usize, dims: usize) -> usize {
        const ALONE: usize = 4;
        const POINTS: usize = 16;
        let is_alone = !platform::HAS_THREADS && !self.opened.is_gpu();
        let samples = if is_alone { usual.min(ALONE) } else { usual };
        if dims == 2 { POINTS * samples } else { samples }
    }

    /// Sends a reply; where the shell is gone the worker ends by itself.
    pub(super) async fn tell(&self, reply: Reply) {
        self.outbox.send(reply).await.ok();
        (self.wake)();
    }

    /// The open models.
    pub(super) fn set(&self) -> Result<&ModelSet, LabError> {
        self.set.as_ref().ok_or_else(|| LabError::Request("no models are open".into()))
    }

    async fn open(&mut self, source: Source) -> Result<(), LabError> {
        let device = &self.opened.device;
        match &source {
            Source::Shipped(preset) => self.set = Some(ModelSet::shipped(preset, device).await?),
            Source::Run(folder) => self.set = Some(ModelSet::of_run(folder, device)?),
            Source::Files(files) => ModelSet::add_files(&mut self.set, files, device)?,
        }
        self.checked = 0;
        let card = SetCard::of(self.set()?, matches!(source, Source::Shipped(_)));
        self.tell(Reply::Opened(Box::new(card))).await;
        Ok(())
    }

    /// Compares models with their golden outputs, one at a time, where nothing better is to be done.
    async fn check_models(&mut self) -> Result<(), LabError> {
        loop {
            let Some(set) = &self.set else { return Ok(()) };
            let model = std::iter::once(&set.teacher).chain(&set.students).nth(self.checked);
            let Some(model) = model else { return Ok(()) };
            platform::yield_now().await;
            let found = model.golden_difference(&self.opened.device).await?;
            let parity = Parity {
                difference: found.map(|[difference, _]| difference),
                tolerance: found.map_or(0.0, |[_, tolerance]| tolerance),
            };
            self.tell(Reply::Checked(self.checked, parity)).await;
            self.checked += 1;
        }
    }
}
