//! A GPU that fails: what the window survives, and what it goes on with.

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use eframe::{egui::Context, wgpu};

use super::{App, Place, Settings, history::History, shared::Notice};
use crate::{
    engine::{
        Opened,
        shipped::DEFAULT_MODELS,
        worker::{Source, Worker},
    },
    platform,
};

/// What a person is told in each case.
const KEPT: &str = "nothing you set is lost, and the CPU computes now";

/// What the GPU refused, where nobody else hears of it.
#[derive(Clone, Default)]
pub(super) struct Trouble(Arc<Mutex<Option<String>>>);

impl Trouble {
    /// What was refused since the last look.
    fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Listens to the device on which this window draws and its worker computes.
    ///
    /// What the window asks of it in vain costs a frame: a surface, for one, cannot take another size while
    /// the worker hands in work. What others ask in vain ends them, and the window goes on without. Where
    /// all share a thread nobody ends, and what was refused is kept for [`Trouble::take`].
    pub(super) fn listen(&self, context: &Context, device: &wgpu::Device) {
        let (window, trouble, context) = (thread::current().id(), self.0.clone(), context.clone());
        device.on_uncaptured_error(Arc::new(move |error| {
            tracing::warn!("the GPU refuses: {error}");
            if !platform::HAS_THREADS {
                let mut trouble = trouble.lock().unwrap_or_else(PoisonError::into_inner);
                trouble.get_or_insert(error.to_string());
                context.request_repaint();
                return;
            }
            assert!(thread::current().id() == window, "the GPU refuses: {error}");
        }));
    }
}

/// What a window that has to be opened anew takes with it.
pub struct Handover {
    settings: Settings,
    history: History,
    place: Place,
    sources: Vec<Source>,
    log: Vec<Notice>,
    /// How many of its notices were dismissed.
    seen: usize,
}

impl App {
    /// Goes on with a worker on the CPU where the device failed or computes wrongly.
    pub(super) fn survive(&mut self, context: &Context) {
        let why = if self.shared.link.is_dead() {
            Some("was lost, ran out of memory or computes wrongly".to_owned())
        } else if self.is_doubtful {
            Some("computes the models' golden outputs wrongly".to_owned())
        } else {
            self.trouble.take().map(|refused| format!("refuses to go on ({refused})"))
        };
        let Some(why) = why else { return };
        // Wrong numbers are no reason to draw elsewhere.
        self.is_stranded |= self.is_on_gpu && !self.is_doubtful;
        let device = std::mem::replace(&mut self.shared.device, Opened::cpu().name);
        (self.is_gpu, self.is_doubtful, self.gpu) = (false, false, None);
        (self.shared.draws_loans, self.shared.is_warming) = (false, false);
        self.shared.fail(format!("{device} {why}; {KEPT}"));
        let wake = context.clone();
        let worker = Worker::spawn(Opened::cpu(), move || wake.request_repaint());
        let link = self.shared.link.successor(worker);
        let failed = std::mem::replace(&mut self.shared.link, link);
        self.training.compute_on(Opened::cpu());
        if std::mem::replace(&mut self.is_replaced, true) && !failed.is_proven() {
            // The same models would end the next worker too, and so on for ever.
            self.shared.fail("twice in a row nothing was answered: other models are opened");
            self.shared.choose(DEFAULT_MODELS);
        } else {
            self.shared.reopen(failed.sources());
        }
    }

    /// Whether the window draws on the GPU that its worker computes on.
    pub fn is_on_gpu(&self) -> bool {
        self.is_on_gpu
    }

    /// Whether that GPU failed, so that the window has to be opened anew.
    pub fn is_stranded(&self) -> bool {
        self.is_stranded
    }

    /// What another window needs to go on.
    pub fn hand_over(&self) -> Handover {
        Handover {
            settings: self.shared.settings.clone(),
            history: self.shared.history.clone(),
            place: self.shared.place.clone(),
            sources: self.shared.link.sources(),
            log: self.shared.log.clone(),
            seen: self.frame.seen,
        }
    }

    /// Goes on where another window had to leave.
    pub fn take_over(&mut self, handover: Handover) {
        self.shared.settings = handover.settings;
        self.shared.history = handover.history;
        self.shared.place = handover.place;
        (self.shared.log, self.frame.seen) = (handover.log, handover.seen);
        self.shared.fail(format!("the GPU failed, and the window was opened anew; {KEPT}"));
        self.shared.reopen(handover.sources);
    }
}
