//! The worker's desk: the device, the open models, and the way back to the shell.

use async_channel::Sender;
use burn::prelude::Device;

use super::{Reply, SetCard, Source};
use crate::{
    engine::{LabError, Opened, shipped::ModelSet},
    platform,
};

/// See the module.
pub(super) struct Desk {
    pub(super) opened: Opened,
    set: Option<ModelSet>,
    outbox: Sender<Reply>,
    wake: Box<dyn Fn() + Send>,
}

impl Desk {
    pub(super) fn new(opened: Opened, outbox: Sender<Reply>, wake: Box<dyn Fn() + Send>) -> Self {
        Self { opened, set: None, outbox, wake }
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

    /// Opens models; what was open stays if that fails.
    pub(super) async fn open(&mut self, source: Source) -> Result<(), LabError> {
        let device = &self.opened.device;
        match &source {
            Source::Shipped(preset) => self.set = Some(ModelSet::shipped(preset, device).await?),
            Source::Run(folder) => self.set = Some(ModelSet::of_run(folder, device)?),
            Source::Files(files) => ModelSet::add_files(&mut self.set, files, device)?,
        }
        let card = SetCard::of(self.set()?, matches!(source, Source::Shipped(_)));
        self.tell(Reply::Opened(Box::new(card))).await;
        Ok(())
    }
}
