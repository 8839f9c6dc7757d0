//! The wire to the worker: one request at a time, the newest wins.

use std::collections::BTreeSet;

use crate::engine::worker::{Command, Reply, Ticket, Worker};

/// See the module.
pub(super) struct Link {
    worker: Worker,
    /// Not yet taken by the worker: models to open, then the newest request.
    waiting: [Option<Command>; 2],
    /// The newest request.
    newest: Ticket,
    /// Whether it is unanswered.
    busy: bool,
    /// Requests that were answered in full, or stopped on purpose.
    done: BTreeSet<u64>,
}

impl Link {
    pub(super) fn new(worker: Worker) -> Self {
        Self {
            worker,
            waiting: [None, None],
            newest: Ticket::default(),
            busy: false,
            done: BTreeSet::new(),
        }
    }

    /// Asks for something that is answered under a ticket; whatever ran is dropped.
    pub(super) fn ask(&mut self, command: impl FnOnce(Ticket) -> Command) -> Ticket {
        self.newest.0 += 1;
        let command = command(self.newest);
        let place = usize::from(!matches!(command, Command::Open(_)));
        self.waiting[place] = Some(command);
        self.busy = true;
        self.newest
    }

    /// Ends what runs; what it found so far stays.
    pub(super) fn stop(&mut self) {
        self.waiting[1] = Some(Command::Stop);
        self.done.insert(self.newest.0);
        self.busy = false;
    }

    /// Whether a request was answered or still is being answered, rather than dropped for another.
    pub(super) fn stands(&self, ticket: Ticket) -> bool {
        ticket == self.newest || self.done.contains(&ticket.0)
    }

    /// Whether nobody is at the other end any more.
    pub(super) fn is_dead(&self) -> bool {
        self.worker.is_gone()
    }

    /// Whether an answer is still to come.
    pub(super) fn is_busy(&self) -> bool {
        self.busy
    }

    /// Whether this request is still being answered.
    pub(super) fn runs(&self, ticket: Ticket) -> bool {
        self.busy && ticket == self.newest
    }

    /// Sends what waits and takes what came; answers to older requests are thrown away.
    pub(super) fn exchange(&mut self) -> Vec<Reply> {
        for place in &mut self.waiting {
            if let Some(command) = place.take()
                && !self.worker.send(command.clone())
            {
                *place = Some(command);
                break; // the order stays
            }
        }
        let newest = self.newest;
        let replies = self.worker.poll().filter(|reply| reply.ticket().is_none_or(|t| t == newest));
        let replies: Vec<Reply> = replies.collect();
        for reply in &replies {
            if let Reply::Finished(ticket) = reply {
                self.done.insert(ticket.0);
            }
        }
        let is_end = |reply: &Reply| {
            matches!(reply, Reply::Finished(_) | Reply::Opened(_) | Reply::Failed(_))
        };
        self.busy &= !replies.iter().any(is_end);
        replies
    }
}
