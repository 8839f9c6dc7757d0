//! The wire to the worker: one request at a time, the newest wins.

use std::collections::{BTreeSet, VecDeque};

use crate::engine::worker::{Command, Reply, Source, Ticket, Worker};

/// See the module.
pub(super) struct Link {
    worker: Worker,
    /// Models to open that the worker has not taken yet, in order.
    opening: VecDeque<Command>,
    /// Where models are from that are not open yet, in order.
    unopened: VecDeque<Source>,
    /// Where the open models are from: a set, and files laid over it.
    opened: Vec<Source>,
    /// What could not be opened while nothing is open: to be tried again.
    refused: Vec<Source>,
    /// The newest request, if the worker has not taken it yet.
    waiting: Option<Command>,
    /// The newest request.
    newest: Ticket,
    /// Whether it is work, and unanswered.
    is_at_work: bool,
    /// Whether any request was answered in full.
    is_proven: bool,
    /// Requests that were answered in full, or stopped on purpose.
    done: BTreeSet<u64>,
}

impl Link {
    pub(super) fn new(worker: Worker) -> Self {
        Self {
            worker,
            opening: VecDeque::new(),
            unopened: VecDeque::new(),
            opened: Vec::new(),
            refused: Vec::new(),
            waiting: None,
            newest: Ticket::default(),
            is_at_work: false,
            is_proven: false,
            done: BTreeSet::new(),
        }
    }

    /// The wire to another worker in place of this one: its tickets come after all of this one's, or answers that are
    /// on show would be taken for its own.
    pub(super) fn successor(&self, worker: Worker) -> Self {
        Self { newest: Ticket(self.newest.0 + 1), ..Self::new(worker) }
    }

    /// Asks for something that is answered under a ticket; whatever ran is dropped.
    pub(super) fn ask(&mut self, command: impl FnOnce(Ticket) -> Command) -> Ticket {
        self.newest.0 += 1;
        let command = command(self.newest);
        self.is_at_work = matches!(command, Command::Start(..));
        match command {
            Command::Open(source) => {
                if !matches!(source, Source::Files(_)) {
                    self.unopened.truncate(self.unopened.len() - self.opening.len());
                    self.opening.clear(); // another set takes the place of all
                }
                self.unopened.push_back(source.clone());
                self.opening.push_back(Command::Open(source));
            }
            request => self.waiting = Some(request),
        }
        self.newest
    }

    /// Ends what runs; what it found so far stays. Models that are being opened still come.
    pub(super) fn stop(&mut self) {
        self.waiting = Some(Command::Stop);
        self.done.insert(self.newest.0);
        self.is_at_work = false;
    }

    /// Whether a request was answered or still is being answered, rather than dropped for another.
    pub(super) fn stands(&self, ticket: Ticket) -> bool {
        ticket == self.newest || self.done.contains(&ticket.0)
    }

    /// Whether what was `asked` is still what is `wanted`, and stands.
    pub(super) fn answers<T: PartialEq>(&self, asked: Option<&(T, Ticket)>, wanted: &T) -> bool {
        asked.is_some_and(|(asked, ticket)| asked == wanted && self.stands(*ticket))
    }

    /// Whether nobody is at the other end any more.
    pub(super) fn is_dead(&self) -> bool {
        self.worker.is_gone()
    }

    /// Whether an answer is still to come.
    pub(super) fn is_busy(&self) -> bool {
        self.is_at_work || self.is_opening()
    }

    /// Whether work was asked for that is not done yet.
    pub(super) fn is_at_work(&self) -> bool {
        self.is_at_work
    }

    /// Whether the worker has answered a request in full.
    pub(super) fn is_proven(&self) -> bool {
        self.is_proven
    }

    /// Whether models are still being opened.
    pub(super) fn is_opening(&self) -> bool {
        !self.unopened.is_empty()
    }

    /// Where the models are from that are open, or will be once what was asked for is there.
    pub(super) fn sources(&self) -> Vec<Source> {
        let all = self.refused.iter().chain(&self.opened).chain(&self.unopened);
        overlaid(all.cloned().collect())
    }

    /// Whether this request is still being answered.
    pub(super) fn runs(&self, ticket: Ticket) -> bool {
        self.is_busy() && ticket == self.newest
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
                    (self.is_at_work, self.is_proven) = (false, true);
                }
                Reply::Failed(Some(_), _) => self.is_at_work = false,
                Reply::Refused(_) => {
                    let refused = self.unopened.pop_front();
                    self.refused.extend(refused.filter(|_| self.opened.is_empty()));
                }
                Reply::Opened(_) => {
                    self.refused.clear();
                    self.opened.extend(self.unopened.pop_front());
                    self.opened = overlaid(std::mem::take(&mut self.opened));
                }
                Reply::Checked(..) | Reply::Found(..) | Reply::Failed(None, _) => {}
            }
        }
        replies
    }
}

/// The last set, and the files laid over it.
fn overlaid(mut sources: Vec<Source>) -> Vec<Source> {
    let set = sources.iter().rposition(|source| !matches!(source, Source::Files(_)));
    sources.drain(..set.unwrap_or(0));
    sources
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::worker::{Job, Live};

    fn job(ticket: Ticket) -> Command {
        let set = crate::gui::settings::tests::ring();
        let live: Live = crate::gui::Settings::default().live(&set);
        Command::Start(ticket, Job::Compare(live))
    }

    fn shipped(preset: &str) -> Source {
        Source::Shipped(preset.into())
    }

    #[test]
    fn a_file_that_is_refused_ends_neither_the_work_behind_it_nor_what_is_open() {
        let (worker, (_inbox, outbox)) = Worker::silent();
        let mut link = Link::new(worker);
        let hear = |link: &mut Link, reply| {
            outbox.try_send(reply).expect("room for one");
            link.exchange();
        };
        let set = Box::new(crate::gui::settings::tests::ring());
        link.ask(|_| Command::Open(shipped("ring")));
        hear(&mut link, Reply::Opened(set));
        link.ask(|_| Command::Open(Source::Files(Vec::new())));
        let ticket = link.ask(job);
        hear(&mut link, Reply::Refused("no model".into()));
        assert!(link.runs(ticket), "the work is still under way");
        assert_eq!(link.sources(), [shipped("ring")]);
        hear(&mut link, Reply::Finished(ticket));
        assert!(!link.is_busy() && link.stands(ticket) && link.is_proven());
    }

    #[test]
    fn what_could_not_be_opened_can_be_tried_again_until_something_is_open() {
        let (worker, (_inbox, outbox)) = Worker::silent();
        let mut link = Link::new(worker);
        link.ask(|_| Command::Open(shipped("ring")));
        outbox.try_send(Reply::Refused("no network".into())).unwrap();
        link.exchange();
        assert!(!link.is_busy());
        assert_eq!(link.sources(), [shipped("ring")]);
        link.ask(|_| Command::Open(shipped("grid")));
        assert_eq!(link.sources(), [shipped("grid")]);
    }

    #[test]
    fn work_that_fails_late_is_not_heard_and_ends_nothing_that_was_asked_for_since() {
        let (worker, (_inbox, outbox)) = Worker::silent();
        let mut link = Link::new(worker);
        let old = link.ask(job);
        link.ask(|_| Command::Open(shipped("grid")));
        let new = link.ask(job);
        let hear = |link: &mut Link, ticket| {
            outbox.try_send(Reply::Failed(ticket, "no such class".into())).expect("room for one");
            link.exchange().len()
        };
        assert_eq!(hear(&mut link, Some(old)), 0);
        assert!(link.is_at_work() && link.is_opening());
        assert_eq!(link.sources(), [shipped("grid")]);
        assert_eq!(hear(&mut link, None), 1, "a model that cannot be checked");
        assert!(link.is_at_work());
        assert_eq!(hear(&mut link, Some(new)), 1);
        assert!(!link.is_at_work());
    }

    #[test]
    fn a_wire_in_place_of_a_failed_one_takes_none_of_its_answers_for_its_own() {
        let (worker, _ends) = Worker::silent();
        let mut failed = Link::new(worker);
        let ticket = failed.ask(job);
        let (worker, _ends) = Worker::silent();
        let mut link = failed.successor(worker);
        assert!(!link.stands(ticket));
        let next = link.ask(job);
        assert!(next != ticket && !link.stands(ticket) && !link.runs(ticket));
    }
}
