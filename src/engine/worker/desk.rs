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

    /// Opens models, and tells which students of a run cannot be read; what was open stays if that fails.
    pub(super) async fn open(&mut self, source: Source) -> Result<(), LabError> {
        let device = &self.opened.device;
        match &source {
            Source::Shipped(preset) => self.set = Some(ModelSet::shipped(preset, device).await?),
            Source::Run(folder) => self.set = Some(ModelSet::of_run(folder, device)?),
            Source::Files(files) => ModelSet::add_files(&mut self.set, files, device)?,
        }
        let card = SetCard::of(self.set()?, matches!(source, Source::Shipped(_)));
        self.tell(Reply::Opened(Box::new(card))).await;
        // Told once: files that are laid over this set later have nothing to do with it.
        let left_out = self.set.as_mut().map(|set| std::mem::take(&mut set.left_out));
        for why in left_out.into_iter().flatten() {
            self.tell(Reply::Failed(None, why)).await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::engine::shipped;

    #[test]
    fn a_run_is_open_without_a_student_that_cannot_be_read_which_is_told() {
        let run = tempfile::tempdir().unwrap();
        let weights = run.path().join("weights");
        fs::create_dir(&weights).unwrap();
        for name in ["teacher", "cm"] {
            let bytes = shipped::bytes("ring", name).unwrap();
            fs::write(weights.join(name).with_extension("safetensors"), bytes).unwrap();
        }
        fs::write(weights.join("direct.safetensors"), "cut off").unwrap();
        let (outbox, inbox) = async_channel::unbounded();
        let mut desk = Desk::new(Opened::cpu(), outbox, Box::new(|| ()));
        pollster::block_on(desk.open(Source::Run(run.path().into()))).unwrap();
        let Ok(Reply::Opened(set)) = inbox.try_recv() else { panic!("it is not open") };
        let titles: Vec<_> = set.cards.iter().map(|card| card.title.as_str()).collect();
        assert_eq!(titles, ["Teacher", "CM"]);
        let Ok(Reply::Failed(None, why)) = inbox.try_recv() else { panic!("nothing is told") };
        assert!(why.contains("direct.safetensors: it is not a whole skipstone file"), "{why}");

        let good = shipped::bytes("ring", "direct").unwrap();
        let file = ("direct.safetensors".to_owned(), good.into());
        pollster::block_on(desk.open(Source::Files(vec![file]))).unwrap();
        let Ok(Reply::Opened(set)) = inbox.try_recv() else { panic!("it is not open") };
        assert_eq!(set.cards.len(), 3);
        assert!(inbox.is_empty(), "what was told once is told again");
    }
}
