//! What surrounds every view: tabs above, device and progress below, the log, the list of keys.

use eframe::egui::{self, Align, Layout, Margin, Panel, Rect, RichText, ScrollArea, Ui};

pub(super) use super::room::{body, panel, panel_with_foot};
use super::{
    Shared, View, keys,
    permalink::Encoded,
    room::{has_short_bar, is_narrow},
    theme::{self, UNIT, palette, size},
    widget,
};
use crate::{
    engine::{report::significant, shipped},
    platform,
};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Frame {
    shows_log: bool,
    shows_keys: bool,
    pub(super) wants_tour: bool,
    /// Notices that were on screen, or are settled.
    pub(super) seen: usize,
    /// The address of the whole page.
    address: Encoded,
}

impl Frame {
    pub(super) fn toggle_log(&mut self) {
        self.shows_log = !self.shows_log;
    }

    /// Takes the list of keys away; whether it was there.
    pub(super) fn close_keys(&mut self) -> bool {
        std::mem::take(&mut self.shows_keys)
    }

    pub(super) fn toggle_keys(&mut self) {
        self.shows_keys = !self.shows_keys;
    }

    /// Whether the tour was asked for since the last look.
    pub(super) fn takes_tour(&mut self) -> bool {
        std::mem::take(&mut self.wants_tour)
    }

    /// The name, the views, the look.
    pub(super) fn top(&mut self, ui: &mut Ui, shared: &mut Shared) {
        let is_narrow = is_narrow(ui.ctx());
        let colours = palette(ui);
        let frame = egui::Frame::new().fill(colours.panel).inner_margin(Margin::symmetric(16, 8));
        Panel::top("top").frame(frame).show(ui, |ui| {
            ui.horizontal(|ui| {
                widget::logo(ui);
                ui.add_space(UNIT);
                ui.label(RichText::new("Skipstone").font(theme::strong(size::TITLE)));
                if shared.is_embedded {
                    return self.alone(ui, shared);
                }
                if !is_narrow {
                    ui.add_space(6.0 * UNIT);
                    tabs(ui, shared);
                }
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    if has_short_bar(ui.ctx()) {
                        let menu = ui.menu_button("Menu", |ui| self.menu(ui, shared));
                        menu.response.on_hover_text("Undo, look, tour and keys.");
                    } else {
                        self.commands(ui, shared);
                    }
                });
            });
            if is_narrow && !shared.is_embedded {
                ScrollArea::horizontal().show(ui, |ui| ui.horizontal(|ui| tabs(ui, shared)));
            }
        });
    }

    /// The way from a view within another page to the whole program.
    fn alone(&mut self, ui: &mut Ui, shared: &Shared) {
        let Some(page) = platform::page_address() else { return };
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let whole = format!("{page}#{}", self.address.text(shared.told()));
            let link = egui::Hyperlink::from_label_and_url("Open the whole page", whole);
            ui.add(link.open_in_new_tab(true))
                .on_hover_text("The same models, noise and settings, with all views.");
        });
    }

    /// Device, what runs, a training too, the newest notice.
    pub(super) fn bottom(&mut self, ui: &mut Ui, shared: &mut Shared, is_training: bool) {
        let colours = palette(ui);
        let frame = egui::Frame::new().fill(colours.panel).inner_margin(Margin::symmetric(16, 5));
        Panel::bottom("bottom").frame(frame).show(ui, |ui| {
            ui.horizontal(|ui| {
                if !is_narrow(ui.ctx()) {
                    widget::small(ui, &shared.device)
                        .on_hover_text("Where tensors live and networks run.");
                    widget::small(ui, "·");
                }
                if shared.is_busy() {
                    widget::working(ui);
                    at_work(ui, shared);
                } else if is_training {
                    widget::working(ui);
                    widget::small(ui, "training");
                } else {
                    widget::small(ui, "idle");
                }
                if !is_narrow(ui.ctx()) {
                    cost(ui, shared);
                }
                // From the right, so that a long notice leaves them their room.
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let log = ui.selectable_label(self.shows_log, "Log");
                    let hint = keys::hint(ui, "What happened so far", keys::LOG);
                    if log.on_hover_text(hint).clicked() {
                        self.toggle_log();
                    }
                    self.newest_notice(ui, shared);
                });
            });
        });
        if self.shows_log {
            self.log(ui, shared);
        }
        keys::list(ui, &mut self.shows_keys);
    }

    fn newest_notice(&mut self, ui: &mut Ui, shared: &Shared) {
        let unseen = shared.log.get(self.seen..).unwrap_or_default();
        let Some(newest) = unseen.last() else { return };
        let hint = "Take this message away; the log keeps it.";
        if widget::quiet(ui, "Dismiss").on_hover_text(hint).clicked() {
            self.seen = shared.log.len();
        }
        let errors = unseen.iter().filter(|notice| notice.is_error).count();
        if errors > 1 {
            widget::small(ui, &format!("{} more in the log", errors - 1))
                .on_hover_text("This is not all that went wrong: Log shows the rest.");
        }
        // What went wrong stays until it is taken away, whatever is told after it.
        let wrong = unseen.iter().rfind(|notice| notice.is_error);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            if let Some(wrong) = wrong.filter(|_| !newest.is_error) {
                ui.scope(|ui| {
                    ui.set_max_width(0.5 * ui.available_width());
                    widget::notice(ui, wrong);
                });
            }
            widget::notice(ui, newest);
        });
    }

    fn log(&mut self, ui: &mut Ui, shared: &Shared) {
        let colours = palette(ui);
        let frame = egui::Frame::new().fill(colours.sunken).inner_margin(Margin::symmetric(16, 8));
        Panel::bottom("log").resizable(true).default_size(140.0).frame(frame).show(ui, |ui| {
            ScrollArea::vertical().auto_shrink(false).stick_to_bottom(true).show(ui, |ui| {
                if shared.log.is_empty() {
                    widget::small(ui, "Nothing to tell so far.");
                }
                for notice in &shared.log {
                    let colour = if notice.is_error { colours.bad } else { colours.ink };
                    let text = RichText::new(&notice.text).font(theme::plain(size::SMALL));
                    ui.add(egui::Label::new(text.color(colour)).selectable(true));
                }
            });
        });
    }
}

/// The views.
fn tabs(ui: &mut Ui, shared: &mut Shared) {
    shared.landmarks.tabs = Rect::NOTHING;
    for view in View::shown() {
        let chosen = shared.settings.view == view;
        let tab = widget::tab(ui, view.title(), chosen).on_hover_text(view.hint());
        shared.landmarks.tabs |= tab.rect;
        if tab.clicked() {
            shared.settings.view = view;
        }
    }
}

/// What the worker is at.
fn at_work(ui: &mut Ui, shared: &Shared) {
    // Other models may arrive meanwhile, to be kept for later.
    let arriving = platform::arriving().filter(|_| shared.link.is_opening());
    if let Some([got, all]) = arriving {
        widget::small(ui, &format!("loading {got:.1} of {all:.1} MB"));
    } else if shared.fetched.is_coming() {
        widget::small(ui, "loading weights");
    } else if shared.is_warming {
        widget::small(ui, "warming up")
            .on_hover_text("The GPU compiles what these models need. Later calls are quicker.");
    } else {
        widget::small(ui, "computing");
    }
}

/// What a network call takes, and the program's memory.
fn cost(ui: &mut Ui, shared: &Shared) {
    if let Some(call_ms) = shared.call_ms {
        widget::small(ui, "·");
        widget::small(ui, &format!("{} ms a network call", significant(call_ms)))
            .on_hover_text("Of one sample: the teacher's time in the comparison over its calls.");
    }
    if let Some(bytes) = platform::memory_bytes() {
        widget::small(ui, "·");
        widget::small(ui, &format!("{} MB", bytes / 1_000_000))
            .on_hover_text("Memory that the program holds.");
    }
}

/// The models that can be opened at once, in the panel of every view.
pub(super) fn model_choice(ui: &mut Ui, shared: &mut Shared) {
    let chosen = shared.settings.preset.clone();
    let is_shipped = shared.set.as_ref().is_none_or(|set| set.is_shipped);
    let text = match &shared.set {
        Some(set) if !is_shipped => format!("{} (your files)", set.preset),
        // Others may have been asked for, and failed to open.
        Some(set) if !shared.link.is_opening() => widget::title_case(&set.preset),
        _ => widget::title_case(&chosen),
    };
    let response = widget::list(ui, "models", text, |ui| {
        let mut opened = None;
        for preset in shipped::presets() {
            let is_open = is_shipped && preset == chosen;
            let hint = "Open this teacher and its students, which come with the program.";
            let item = ui.selectable_label(is_open, widget::title_case(preset)).on_hover_text(hint);
            if item.clicked() {
                shared.choose(preset);
                opened = Some(item);
            }
        }
        opened
    });
    widget::name(&response, "Models");
    let what = "The teacher and students on show. These come with the program; yours are opened by dropping \
                their files on the window";
    response.on_hover_text(keys::hint(ui, what, keys::OPEN));
}
