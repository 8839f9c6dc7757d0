//! The window and the page: what is drawn around the worker. It reads replies, sends commands, holds no
//! tensors and never waits.
//!
//! | file | holds |
//! |---|---|
//! | `theme` | every colour, space and font |
//! | `settings` | what a person set; undo |
//! | `link` | the wire to the worker |
//! | `frame`, `commands`, `room` | top bar, status bar, log; its commands; how a view shares its room |
//! | `controls` | the panel at the left |
//! | `comparison`, `trajectory`, `plane`, `paradox`, `microscope`, `training`, `models` | the views |
//! | `shared`, `work` | what all views see and change; what the worker is at |
//! | `share`, `permalink`, `place` | pictures and addresses that remember; where one looks |
//! | `news` | what comes in |
//! | `trouble` | a GPU that fails |
//! | `files`, `dropped`, `fetched` | dialogs, drops and downloads |
//! | `export`, `csv` | what is on screen as a picture for elsewhere, and figures as tables |
//! | `kept` | what stays between runs |
//! | `shell` | what the command line and the page ask of the window |
//! | `tour`, `keys` | the first-run tour; keys that work everywhere |
//! | `picture`, `texture` | samples on screen, from tensor memory or from what was read back |
//! | `steps_plot` | curves over the steps of a training |
//! | `waiting` | a view that has no models yet |
//! | `widget` | small parts that views share |

mod axes;
mod commands;
mod comparison;
mod controls;
mod csv;
mod dropped;
mod export;
mod fetched;
mod files;
mod frame;
mod history;
mod kept;
mod keys;
mod link;
mod microscope;
mod models;
mod news;
mod paradox;
pub mod permalink;
mod picture;
mod place;
mod plane;
mod room;
mod settings;
mod share;
mod shared;
mod shell;
mod steps_plot;
mod texture;
mod theme;
mod tour;
mod training;
mod trajectory;
mod trouble;
mod waiting;
mod widget;
mod work;

use eframe::{
    egui::{self, SurrenderFocusOn},
    egui_wgpu::{RenderState, WgpuSetup, WgpuSetupExisting},
};

pub use kept::Left;
pub use permalink::Link as Address;
pub use place::Place;
pub use plane::{PlaneSettings, Shown};
pub use settings::{Settings, View};
pub use training::Wishes;
pub use trouble::Handover;

use crate::{
    engine::{
        Opened,
        worker::{Source, Worker},
    },
    picture::sign,
};
use export::Target;
use files::Files;
use link::Link;
use shared::{Notice, Shared};
use trouble::Trouble;

/// The key in eframe's storage under which it is noted that the window was open before.
pub const SEEN: &str = "seen";

/// The GPU that networks run on, for a window or a canvas to draw on too; none on the CPU.
pub fn shared_gpu(opened: &Opened) -> Option<WgpuSetup> {
    let setup = opened.setup.as_ref()?;
    Some(WgpuSetup::Existing(WgpuSetupExisting {
        instance: setup.instance.clone(),
        adapter: setup.adapter.clone(),
        device: setup.device.clone(),
        queue: setup.queue.clone(),
    }))
}

/// The window.
pub struct App {
    shared: Shared,
    comparison: comparison::Comparison,
    trajectory: trajectory::Trajectory,
    plane: plane::Plane,
    paradox: paradox::Paradox,
    microscope: microscope::Microscope,
    training: training::Training,
    models: models::Models,
    frame: frame::Frame,
    tour: tour::Tour,
    /// Whether a text field had the focus at the end of the frame before.
    is_typing: bool,
    /// Whether tensors live on a GPU.
    is_gpu: bool,
    /// Whether that GPU computed golden outputs wrongly.
    is_doubtful: bool,
    /// The GPU that the worker computes on.
    gpu: Option<eframe::wgpu::Device>,
    /// Whether the window draws on it too.
    is_on_gpu: bool,
    /// Whether the window draws on a device that failed.
    is_stranded: bool,
    /// Whether the worker is not the first one any more.
    is_replaced: bool,
    trouble: Trouble,
}

/// The program's sign as a window's icon.
pub fn icon() -> egui::IconData {
    egui::IconData { rgba: sign::icon(64), width: 64, height: 64 }
}

impl App {
    /// A window on `opened`.
    pub fn new(context: &egui::Context, opened: Opened, settings: Settings) -> Self {
        theme::apply(context);
        // A drag that begins elsewhere ends what is typed, or keys would still go to the field.
        context.options_mut(|options| {
            options.input_options.surrender_focus_on = SurrenderFocusOn::Presses;
        });
        let (device, is_gpu) = (opened.name.clone(), opened.is_gpu());
        let gpu = opened.setup.as_ref().map(|setup| setup.device.clone());
        let files = Files::new(context.clone());
        let training = training::Training::new(context, opened.clone());
        let context = context.clone();
        let worker = Worker::spawn(opened, move || context.request_repaint());
        let mut shared = Shared::new(Link::new(worker), files, device, settings);
        shared.is_warming = is_gpu;
        shared.open(Source::Shipped(shared.settings.preset.clone()));
        Self {
            shared,
            comparison: Default::default(),
            trajectory: Default::default(),
            plane: Default::default(),
            paradox: Default::default(),
            microscope: Default::default(),
            training,
            models: Default::default(),
            frame: Default::default(),
            tour: Default::default(),
            is_typing: false,
            is_gpu,
            is_doubtful: false,
            gpu,
            is_on_gpu: false,
            is_stranded: false,
            is_replaced: false,
            trouble: Trouble::default(),
        }
    }

    /// Draws from tensor memory, where the window is on the GPU that computes; else pictures go by texture.
    pub fn on_screen(mut self, context: &egui::Context, window: Option<&RenderState>) -> Self {
        let shared = window.filter(|window| self.gpu.as_ref() == Some(&window.device));
        self.is_on_gpu = shared.is_some();
        if let Some(window) = shared {
            self.trouble.listen(context, &window.device);
            self.shared.draws_loans = picture::install(window);
        }
        self
    }
}

impl eframe::App for App {
    fn logic(&mut self, context: &egui::Context, _: &mut eframe::Frame) {
        room::fold(context, self.shared.is_embedded);
        if !View::shown().any(|view| view == self.shared.settings.view) {
            self.shared.settings.view = View::default();
        }
        for reply in self.shared.link.exchange() {
            self.receive(reply);
        }
        self.survive(context);
        // What was typed until now is a change of its own: with the press another one begins.
        if context.input(|input| input.pointer.any_pressed()) {
            self.shared.history.note(&self.shared.settings, true);
        }
        let dropped = context.input_mut(|input| std::mem::take(&mut input.raw.dropped_files));
        if !dropped.is_empty() {
            self.dropped(dropped);
        }
        for arrival in self.shared.files.poll() {
            self.accept(arrival);
        }
        self.shared.warn_of_other_weights();
        self.training.receive(&mut self.shared);
        keys::handle(context, self);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _: &mut eframe::Frame) {
        self.tour.hush(ui.ctx(), self.shared.settings.view == View::Comparison);
        self.frame.top(ui, &mut self.shared);
        self.frame.bottom(ui, &mut self.shared, self.training.is_at_work());
        match self.shared.settings.view {
            View::Comparison => {
                if let Some(target) = self.comparison.ui(ui, &mut self.shared) {
                    self.export(ui.ctx(), target);
                }
                // What it points at is drawn here and nowhere else.
                self.tour.ui(ui.ctx(), &self.shared.landmarks);
            }
            View::Trajectory => self.trajectory.ui(ui, &mut self.shared),
            View::Plane => self.plane.ui(ui, &mut self.shared),
            View::Paradox => self.paradox.ui(ui, &mut self.shared),
            View::Solvers => self.microscope.ui(ui, &mut self.shared),
            View::Training => self.training.ui(ui, &mut self.shared),
            View::Models => self.models.ui(ui, &mut self.shared),
        }
        if self.frame.takes_tour() {
            self.tour.start();
            self.shared.settings.view = View::Comparison;
        }
        self.is_typing = ui.ctx().text_edit_focused();
        let is_held = ui.input(|input| input.pointer.any_down() || keys::are_repeating(input));
        self.shared.history.note(&self.shared.settings, !self.is_typing && !is_held);
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        kept::keep(&self.shared, storage);
        storage.set_string(SEEN, "yes".into());
    }
}

#[cfg(test)]
mod tests;
