//! The worker: one actor that owns every tensor. Windows and pages only send commands and draw replies.
//!
//! A job is a future that yields between network evaluations, and a newer command drops it: the latest
//! request wins, nothing queues up, and a stop needs no flag.

mod card;
mod clerk;
mod compare;
pub mod converge;
mod desk;
pub mod plane;
pub mod quality;
mod samplers;
pub mod trace;

use std::{
    future::Future,
    path::PathBuf,
    pin::pin,
    sync::Arc,
    task::Poll::{Pending, Ready},
};

use async_channel::{Receiver, Sender};

pub use card::{Card, Parity, SetCard};
pub use compare::{Drawn, Live, Measured};
pub use samplers::{ColumnKey, FAST};

use super::{Opened, device::keep_up};
use crate::platform;
use clerk::{Clerk, DeviceFailed};
use desk::Desk;

/// Which request a reply answers; counted by the shell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ticket(pub u64);

/// Where models come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// The shipped set of this preset.
    Shipped(String),
    /// A run's folder.
    Run(PathBuf),
    /// Files by name, dropped or chosen: a teacher, or students of the teacher that is open.
    Files(Vec<(String, Arc<[u8]>)>),
}

/// The label of sample `number`: the class that was asked for, or else the classes in turn. Of other models it may have
/// been asked, that were open when a person chose it.
fn label(class: Option<u32>, number: usize, classes: u32) -> u32 {
    let known = class.filter(|&class| class < classes.max(1));
    known.unwrap_or(number as u32 % classes.max(1))
}

/// What is asked of the worker; each ends what the one before started.
#[derive(Clone, Debug)]
pub enum Command {
    /// Opens models; what was open stays if that fails.
    Open(Source),
    /// Works on something whose answer comes in parts.
    Start(Ticket, Job),
    /// Ends what runs.
    Stop,
}

/// Work whose answer comes in parts.
#[derive(Clone, Debug)]
pub enum Job {
    /// Draws and measures, row by row, then more samples for the figures.
    Compare(Live),
    /// Follows one noise along the ODE.
    Trace(trace::Request),
    /// Looks at a mixture in the plane.
    Plane(plane::Request),
    /// Sets ODE error against sample quality.
    Quality(quality::Request),
    /// Compares solvers with a reference solution.
    Converge(converge::Request),
}

/// A part of an answer.
#[derive(Clone, Debug)]
pub enum Finding {
    /// Samples of one column.
    Drawn(Drawn),
    /// Errors of all columns so far.
    Measured(Vec<Measured>),
    /// Of a trace.
    Trace(trace::Finding),
    /// Of a mixture in the plane.
    Plane(plane::Finding),
    /// Of sample quality.
    Quality(quality::Finding),
    /// Of solvers.
    Converge(converge::Finding),
}

impl Finding {
    /// Gives lent memory back, for a shell that does not draw on the worker's device.
    pub fn without_loans(mut self) -> Self {
        match &mut self {
            Self::Drawn(drawn) => drawn.lent = None,
            Self::Trace(trace::Finding::State(state)) => state.lent = [None, None],
            Self::Trace(trace::Finding::Seen(seen)) => seen.lent = None,
            Self::Plane(plane::Finding::Flow(flow)) => flow.lent = None,
            _ => {}
        }
        self
    }
}

/// What the worker tells.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Models are open.
    Opened(Box<SetCard>),
    /// A model of the open set was checked against its golden outputs.
    Checked(usize, Parity),
    /// Part of the answer to a request.
    Found(Ticket, Finding),
    /// A request is answered in full.
    Finished(Ticket),
    /// Models could not be opened, and why.
    Refused(String),
    /// Work on a request failed, or one model of those opened could not be read or checked, and why.
    Failed(Option<Ticket>, String),
}

impl Reply {
    /// The request that this answers.
    pub fn ticket(&self) -> Option<Ticket> {
        match self {
            Self::Found(ticket, _) | Self::Finished(ticket) => Some(*ticket),
            Self::Failed(ticket, _) => *ticket,
            Self::Opened(_) | Self::Checked(..) | Self::Refused(_) => None,
        }
    }
}

/// A shell's end of the wire.
pub struct Worker {
    commands: Sender<Command>,
    replies: Receiver<Reply>,
}

impl Worker {
    /// Starts a worker on a device; `wake` is called after each reply.
    pub fn spawn(opened: Opened, wake: impl Fn() + Send + 'static) -> Self {
        let (commands, inbox) = async_channel::bounded(16);
        let (outbox, replies) = async_channel::bounded(256);
        let clerk = move || {
            keep_up(&opened);
            Clerk::new(Desk::new(opened, outbox, Box::new(wake)))
        };
        platform::spawn("worker", move || async move {
            // Where the device fails the wire ends: that is how the shell hears of it.
            serve(clerk(), inbox).await.ok();
        });
        Self { commands, replies }
    }

    /// A worker that is gone, as after the loss of its device.
    #[cfg(test)]
    pub(crate) fn lost() -> Self {
        Self { commands: async_channel::bounded(1).0, replies: async_channel::bounded(1).1 }
    }

    /// A worker that takes commands and never answers, while these ends are kept.
    #[cfg(test)]
    pub(crate) fn silent() -> (Self, (Receiver<Command>, Sender<Reply>)) {
        let (commands, inbox) = async_channel::bounded(16);
        let (outbox, replies) = async_channel::bounded(1);
        (Self { commands, replies }, (inbox, outbox))
    }

    /// Sends a command; false where the worker has not caught up, so that it must be sent again.
    pub fn send(&self, command: Command) -> bool {
        self.commands.try_send(command).is_ok()
    }

    /// Whether the worker ended by itself: its device was lost, ran out of memory or computes wrongly.
    pub fn is_gone(&self) -> bool {
        self.replies.is_closed() && self.replies.is_empty()
    }

    /// Replies since the last look.
    pub fn poll(&self) -> impl Iterator<Item = Reply> + '_ {
        std::iter::from_fn(|| self.replies.try_recv().ok())
    }
}

/// Works until the shell is gone, or the device.
async fn serve(mut clerk: Clerk, inbox: Receiver<Command>) -> Result<(), DeviceFailed> {
    let mut next = inbox.recv().await.ok();
    while let Some(command) = next.take() {
        // Opening is not for dropping: what is asked next builds on it.
        let work = clerk.accept(command).await?;
        next = match until(inbox.recv(), clerk.perform(work)).await {
            First::Interruption(command) => command.ok(),
            First::Work(done) => {
                done?;
                inbox.recv().await.ok()
            }
        };
    }
    Ok(())
}

/// Which of two was there first.
enum First<A, B> {
    Interruption(A),
    Work(B),
}

/// `interruption` if it is ready before `work` is done; asked first each time.
async fn until<A, B>(
    interruption: impl Future<Output = A>,
    work: impl Future<Output = B>,
) -> First<A, B> {
    let (mut interruption, mut work) = (pin!(interruption), pin!(work));
    std::future::poll_fn(|context| {
        if let Ready(value) = interruption.as_mut().poll(context) {
            return Ready(First::Interruption(value));
        }
        match work.as_mut().poll(context) {
            Ready(value) => Ready(First::Work(value)),
            Pending => Pending,
        }
    })
    .await
}
