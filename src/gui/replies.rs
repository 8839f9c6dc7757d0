//! What the worker tells, on its way to the views; and what is done once it tells nothing any more.

use eframe::egui::Context;

use super::{App, Link};
use crate::engine::{
    Opened,
    worker::{Finding, Reply, Source, Worker},
};

impl App {
    /// Takes in a reply.
    pub(super) fn receive(&mut self, reply: Reply) {
        match reply {
            Reply::Opened(set) => {
                self.shared.parity = vec![None; set.cards.len()];
                self.shared.set = Some(*set);
                self.shared.warn_of_other_weights();
                self.comparison.forget();
                self.trajectory.forget();
                self.paradox.forget();
                self.microscope.forget();
            }
            Reply::Checked(model, parity) => {
                if let Some(slot) = self.shared.parity.get_mut(model) {
                    *slot = Some(parity);
                }
            }
            Reply::Failed(error) => self.shared.fail(error),
            Reply::Finished(ticket) => {
                if let Some(notice) = self.comparison.finished(ticket, self.shared.set.as_ref()) {
                    self.shared.log.push(notice);
                }
            }
            Reply::Found(_, finding) => self.found(finding),
        }
    }

    fn found(&mut self, finding: Finding) {
        let finding = if self.shared.draws_loans { finding } else { finding.without_loans() };
        match finding {
            Finding::Drawn(drawn) => {
                self.shared.call_ms = Some(drawn.sample_ms / drawn.evaluations.max(1) as f64);
                self.comparison.receive(Finding::Drawn(drawn));
            }
            Finding::Measured(_) => self.comparison.receive(finding),
            Finding::Trace(_) => self.trajectory.receive(finding),
            Finding::Plane(_) => self.plane.receive(finding),
            Finding::Quality(_) => self.paradox.receive(finding),
            Finding::Converge(_) => self.microscope.receive(finding),
        }
    }

    /// Goes on with a worker on the CPU where the old one was lost with its device.
    pub(super) fn revive(&mut self, context: &Context) {
        let lost = std::mem::replace(&mut self.shared.device, Opened::cpu().name);
        self.shared.fail(format!(
            "{lost} was lost or ran out of memory; nothing you set is lost, and the CPU computes now"
        ));
        let wake = context.clone();
        let worker = Worker::spawn(Opened::cpu(), move || wake.request_repaint());
        self.shared.link = Link::new(worker);
        self.shared.open(Source::Shipped(self.shared.settings.preset.clone()));
    }
}
