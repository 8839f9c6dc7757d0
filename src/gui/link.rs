//! The wire to the worker: one request at a time, the newest wins.

use std::collections::{BTreeSet, VecDeque};

use crate::engine::worker::{Command, Reply, Source, Ticket, Worker};

/// See the module.
pub(super) struct Link {
    worker: Worker,
    /// Models to open that the worker has not taken yet, in order.
    opening: VecDeque<Command>,
    /// Models to open that are not open yet.
    unopened: usize,
    /// The newest request, if the worker has not taken it yet.
    waiting: Option<Command>,
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
            opening: VecDeque::new(),
            unopened: 0,
            waiting: None,
            newest: Ticket::default(),
            busy: false,
            done: BTreeSet::new(),
        }
    }

    /// Asks for something that is answered under a ticket; whatever ran is dropped.
    pub(super) fn ask(&mut self, command: impl FnOnce(Ticket) -> Command) -> Ticket {
        self.newest.0 += 1;
        match command(self.newest) {
            Command::Open(source) => {
                if !matches!(source, Source::Files(_)) {
                    self.unopened -= self.opening.len();
                    self.opening.clear(); // another set takes the place of all
                }
                self.unopened += 1;
                self.opening.push_back(Command::Open(source));
            }
            request => self.waiting = Some(request),
        }
        self.busy = true;
        self.newest
    }

    /// Ends what runs; what it found so far stays. Models that are being opened still come.
    pub(super) fn stop(&mut self) {
        self.waiting = Some(Command::Stop);
        self.done.insert(self.newest.0);
        self.busy = self.is_opening();
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

    /// Whether models are still being opened.
    pub(super) fn is_opening(&self) -> bool {
        self.unopened > 0
    }

    /// Whether this request is still being answered.
    pub(super) fn runs(&self, ticket: Ticket) -> bool {
        self.busy && ticket == self.newest
    }

    /// Sends what waits and takes what came; answers to older requests are thrown away.
    pub(super) fn exchange(&mut self) -> Vec<Reply> {
        while let Some(command) = self.opening.front().or(self.waiting.as_ref()) {
            if !self.worker.send(command.clone()) {
                break; // the order stays
            }
            if self.opening.pop_front().is_none() {
                self.waiting = None;
            }
        }
        let newest = self.newest;
        let replies = self.worker.poll().filter(|reply| reply.ticket().is_none_or(|t| t == newest));
        let replies: Vec<Reply> = replies.collect();
        for reply in &replies {
            match reply {
                Reply::Finished(ticket) => {
                    self.done.insert(ticket.0);
                }
                Reply::Opened(_) | Reply::Failed(_) => {
                    self.unopened = self.unopened.saturating_sub(1);
                }
                Reply::Checked(..) | Reply::Found(..) => {}
            }
        }
        let is_end = |reply: &Reply| {
            matches!(reply, Reply::Finished(_) | Reply::Opened(_) | Reply::Failed(_))
        };
        self.busy &= !replies.iter().any(is_end);
        replies
    }
}
