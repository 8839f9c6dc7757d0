//! The worker's clerk: does what commands ask, and checks models where nothing is asked.

use super::{
    Command, Job, Parity, Reply, Ticket, compare, converge, desk::Desk, plane, quality, trace,
};
use crate::{
    engine::{LabError, selftest},
    platform,
};

/// The device failed: nothing more can be computed here.
#[derive(Debug)]
pub(super) struct DeviceFailed;

/// See the module.
pub(super) struct Clerk {
    desk: Desk,
    /// Models of the open set whose golden outputs were compared.
    checked: usize,
    /// Samples behind the figures of quality, to go on from.
    gathered: Option<quality::Gathered>,
    /// Whether networks were seen to learn here as they do on a CPU.
    is_trusted: bool,
}

impl Clerk {
    pub(super) fn new(desk: Desk) -> Self {
        Self { desk, checked: 0, gathered: None, is_trusted: false }
    }

    /// Opens models at once; what takes longer is handed back.
    pub(super) async fn accept(
        &mut self,
        command: Command,
    ) -> Result<Option<(Ticket, Job)>, DeviceFailed> {
        match command {
            Command::Start(ticket, job) => return Ok(Some((ticket, job))),
            Command::Open(source) => {
                let opened = self.desk.open(source).await;
                if opened.is_ok() {
                    self.checked = 0;
                }
                self.heed(opened, Reply::Refused).await?;
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
            self.heed(done, |error| Reply::Failed(Some(ticket), error)).await?;
        }
        let checked = self.check_models().await;
        self.heed(checked, |error| Reply::Failed(None, error)).await
    }

    /// Tells what went wrong, if something did.
    async fn heed(
        &self,
        outcome: Result<(), LabError>,
        reply: impl FnOnce(String) -> Reply,
    ) -> Result<(), DeviceFailed> {
        let Err(error) = outcome else { return Ok(()) };
        self.desk.tell(reply(error.to_string())).await;
        if error.is_of_device() { Err(DeviceFailed) } else { Ok(()) }
    }

    async fn start(&mut self, ticket: Ticket, job: Job) -> Result<(), LabError> {
        if matches!(job, Job::Plane(plane::Request::Distil(..))) && !self.is_trusted {
            // A page has no self-test at its start, and golden outputs say nothing of gradients.
            selftest::require_points(&self.desk.opened).await?;
            self.is_trusted = true;
        }
        let (desk, gathered) = (&self.desk, &mut self.gathered);
        match job {
            Job::Compare(live) => compare::run(desk, ticket, &live).await,
            Job::Trace(request) => trace::run(desk, ticket, &request).await,
            Job::Plane(request) => plane::run(desk, ticket, &request).await,
            Job::Quality(request) => quality::run(desk, gathered, ticket, &request).await,
            Job::Converge(request) => converge::run(desk, ticket, &request).await,
        }?;
        self.desk.tell(Reply::Finished(ticket)).await;
        Ok(())
    }

    /// Compares models with their golden outputs, one at a time, where nothing better is to be done.
    async fn check_models(&mut self) -> Result<(), LabError> {
        loop {
            let Ok(set) = self.desk.set() else { return Ok(()) };
            let Some(model) = set.models().nth(self.checked) else { return Ok(()) };
            platform::yield_now().await;
            let found = model.golden_difference(self.desk.device()).await?;
            let parity = Parity {
                difference: found.map(|[difference, _]| difference),
                tolerance: found.map_or(0.0, |[_, tolerance]| tolerance),
            };
            self.desk.tell(Reply::Checked(self.checked, parity)).await;
            self.checked += 1;
        }
    }
}
