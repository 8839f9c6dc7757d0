//! The page: the same [`App`] as the window, in a canvas.
//!
//! What a browser forbids is left out (folders, and so training runs); what only a page has is here: the
//! address that follows the settings, and what is shown where there is no GPU.

mod address;
mod embedded;
mod mirror;
mod shelf;

use std::{rc::Rc, sync::Arc};

use eframe::{
    Storage as _, WebOptions, WebRunner, egui,
    egui_wgpu::{WgpuConfiguration, WgpuSetup},
    wgpu,
};
use wasm_bindgen::{JsCast, prelude::*};
use web_sys::HtmlCanvasElement;

use crate::{
    engine::{DeviceChoice, Opened, device},
    gui::{
        self, Address, App, SEEN, Settings,
        permalink::{self, Encoded},
    },
    platform::{bridge, window},
};
use embedded::Embedded;
use shelf::Shelf;

/// Seconds between two changes of the address: browsers refuse a hundred in half a minute.
const ADDRESS_PAUSE: f64 = 0.5;

/// Rows and samples of a first visit where there is no GPU, if the address was not shared.
const ROWS: usize = 3;
const SAMPLES: usize = 16;
/// Rows of a first visit on a phone: so many samples are large enough to be seen beside each other.
const ROWS_ON_A_PHONE: usize = 4;
/// Points of width below which it is one.
const PHONE: f64 = 500.0;

/// Starts the program in the element `canvas`; a panic becomes a panel that says what to do.
pub fn main() {
    std::panic::set_hook(Box::new(|panic| {
        let title = "Skipstone stopped unexpectedly";
        bridge::failed(title, &format!("Your settings are in the address. {panic}"));
    }));
    wasm_bindgen_futures::spawn_local(async {
        if let Err(error) = start().await {
            bridge::failed(&error, "Reload the page: the site may be changing right now.");
        }
    });
}

async fn start() -> Result<(), String> {
    let link = permalink::decode(&address::parameters());
    address::settle();
    let choice = match link.backend.as_deref() {
        Some("cpu") => DeviceChoice::Cpu,
        Some("webgpu") => DeviceChoice::WebGpu,
        _ => DeviceChoice::Auto,
    };
    // A GPU that cannot be opened is no reason to show nothing.
    let opened =
        device::open(choice).await.unwrap_or_else(|error| Opened::cpu_instead(error.to_string()));
    if let Some(setup) = &opened.setup {
        setup.device.set_device_lost_callback(|reason, message| {
            if reason != wgpu::DeviceLostReason::Destroyed {
                let next = "Reload to go on from the settings in the address, or use the CPU.";
                bridge::failed("The browser took the GPU away", &format!("{next} {message}"));
            }
        });
    }
    let document = window().document().ok_or("There is no document.")?;
    let canvas = document.get_element_by_id("canvas").ok_or("There is no canvas.")?;
    let canvas: HtmlCanvasElement = canvas.dyn_into().map_err(|_| "There is no canvas.")?;
    let embedded = Rc::new(Embedded::new(canvas.clone()));
    let asked = embedded.clone();
    let options = WebOptions {
        wgpu_options: drawn_by(&opened),
        should_prevent_default: Box::new(move |event: &egui::Event| asked.keeps(event)),
        ..WebOptions::default()
    };
    let create = Box::new(move |creation: &eframe::CreationContext<'_>| {
        let page = Page::new(creation, opened, link, embedded);
        Ok(Box::new(page) as Box<dyn eframe::App>)
    });
    if let Err(error) = WebRunner::new().start(canvas, options, create).await {
        let why = "This browser draws neither by WebGPU nor by WebGL, and the live page needs one of them.";
        let advice =
            "Switch hardware acceleration on in its settings, then try the live page again.";
        let said = error.as_string().unwrap_or_else(|| format!("{error:?}"));
        bridge::still(why, &format!("{advice} The browser says: {said}"));
    }
    Ok(())
}

/// One device for networks and canvas; without one, WebGL draws.
fn drawn_by(opened: &Opened) -> WgpuConfiguration {
    let mut configuration = WgpuConfiguration::default();
    match (gui::shared_gpu(opened), &mut configuration.wgpu_setup) {
        (Some(shared), own) => *own = shared,
        (None, WgpuSetup::CreateNew(new)) => {
            new.instance_descriptor.backends = wgpu::Backends::GL;
            let usual = new.device_descriptor.clone();
            new.device_descriptor = Arc::new(move |adapter| {
                let mut descriptor = usual(adapter);
                // Room for a large screen is asked for, which the GPUs of small ones may not have.
                let size = &mut descriptor.required_limits.max_texture_dimension_2d;
                *size = adapter.limits().max_texture_dimension_2d.min(*size);
                descriptor
            });
        }
        (None, WgpuSetup::Existing(_)) => {}
    }
    configuration
}

/// The app, and the address that follows it.
struct Page {
    app: App,
    embedded: Rc<Embedded>,
    shelf: Shelf,
    /// The theme that was chosen, here or by the address.
    theme: egui::ThemePreference,
    /// The theme on show, where an address asked for it and the person has chosen no other since.
    lent: Option<egui::Theme>,
    /// The address's last part, as it was written or followed last.
    hash: String,
    /// What it should be.
    wanted: Encoded,
    /// When the address was changed last.
    written: f64,
    /// What was drawn so far, and what of it the page around was told.
    drawn: Shown,
    told: Shown,
}

/// How far the program has come, as a person sees it.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Shown {
    Nothing,
    Frame,
    /// The first samples.
    Pictures,
}

impl Page {
    fn new(
        creation: &eframe::CreationContext<'_>,
        opened: Opened,
        mut link: Address,
        embedded: Rc<Embedded>,
    ) -> Self {
        let context = creation.egui_ctx.clone();
        let hash = window().location().hash().unwrap_or_default();
        let shelf = Shelf::open();
        let theme = shelf.theme();
        context.set_theme(theme);
        let is_first = shelf.get_string(SEEN).is_none();
        // An address that says something says all; else it is as it was left.
        let is_plain = link.is_plain();
        let (kept, left) = Settings::kept(Some(&shelf));
        if is_plain {
            link.settings = kept;
        }
        let without_gpu = opened.without_gpu.clone();
        // What was shared shows all of it: its address leaves out what is usual.
        let is_shared = link.has_settings || !link.models.is_empty();
        let is_free = !is_shared && !Settings::are_kept(Some(&shelf));
        if is_free && without_gpu.is_some() {
            (link.settings.rows, link.settings.samples) = (ROWS, SAMPLES);
        } else if is_free && is_phone() {
            link.settings.rows = ROWS_ON_A_PHONE;
        }
        let mut app = App::new(&context, opened, link.settings.clone())
            .on_screen(&context, creation.wgpu_render_state.as_ref());
        app.recall(left);
        let lent = look(&context, &link);
        app.heed(link);
        if let Some(why) = without_gpu {
            let few = if is_free { ", a few rows at a time" } else { "" };
            app.note(format!("{why}: computing on the CPU{few}"));
        }
        if is_first && is_plain {
            app.start_tour();
        }
        // Without it the page is silent for screen readers, and works for others.
        if let Ok(mirror) = mirror::Mirror::new(&context) {
            context.add_plugin(mirror);
        }
        embedded.begin(&context);
        address::on_change(move || context.request_repaint());
        let drawn = Shown::Nothing;
        let wanted = Encoded::default();
        Self { app, embedded, shelf, theme, lent, hash, wanted, written: 0.0, drawn, told: drawn }
    }

    /// Tells the page what is on screen: what a frame draws is there once the next one begins.
    fn tell(&mut self) {
        if self.told == Shown::Nothing && self.drawn > Shown::Nothing {
            bridge::painted();
        }
        if self.told < Shown::Pictures && self.drawn == Shown::Pictures {
            bridge::pictured();
        }
        self.told = self.drawn;
    }

    /// Follows the address where a person changed it, else lets it follow the settings.
    fn agree(&mut self, context: &egui::Context) {
        let shown = window().location().hash().unwrap_or_default();
        if shown != self.hash {
            let link = permalink::decode(&address::parameters());
            self.lent = look(context, &link).or(self.lent);
            self.app.follow(link);
            self.hash = shown;
            return;
        }
        let wanted = self.wanted.text(self.app.told());
        if wanted == self.hash.trim_start_matches('#') {
            return;
        }
        let now = context.input(|input| input.time);
        let is_still = !context.input(|input| input.pointer.any_down());
        if !is_still || now - self.written <= ADDRESS_PAUSE {
            context.request_repaint_after_secs(ADDRESS_PAUSE as f32);
        } else {
            // A refusal (too many changes) is tried again with the next one.
            let wanted = format!("#{wanted}");
            let history = window().history();
            let written = history.and_then(|history| {
                history.replace_state_with_url(&JsValue::NULL, "", Some(&wanted))
            });
            self.written = now;
            if written.is_ok() {
                self.hash = window().location().hash().unwrap_or(wanted);
            }
        }
    }
}

fn is_phone() -> bool {
    window().inner_width().ok().and_then(|width| width.as_f64()).is_some_and(|width| width < PHONE)
}

/// Light or dark, where the address says so; which.
fn look(context: &egui::Context, link: &Address) -> Option<egui::Theme> {
    if let Some(theme) = link.theme {
        context.set_theme(theme);
    }
    link.theme
}

impl eframe::App for Page {
    fn logic(&mut self, context: &egui::Context, frame: &mut eframe::Frame) {
        self.app.logic(context, frame);
        self.agree(context);
        self.tell();
        self.embedded.follow(context, self.app.is_embedded());
        self.theme = context.options(|options| options.theme_preference);
        self.lent = self.lent.filter(|lent| self.theme == (*lent).into());
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        let wheel = ui.input(|input| input.smooth_scroll_delta());
        self.app.ui(ui, frame);
        self.embedded.look(ui.ctx(), wheel);
        let now = if self.app.has_pictures() { Shown::Pictures } else { Shown::Frame };
        if now > self.drawn {
            self.drawn = now;
            ui.request_repaint();
        }
    }

    fn save(&mut self, _: &mut dyn eframe::Storage) {
        // What somebody shows within another page is not what this person set.
        if self.app.is_embedded() {
            return;
        }
        self.app.save(&mut self.shelf);
        // One that an address asked for is not this person's either.
        if self.lent.is_none() {
            self.shelf.keep_theme(self.theme);
        }
    }
}
