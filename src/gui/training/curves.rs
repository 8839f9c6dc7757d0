//! What the run logged: losses, errors, gradient norms.

use eframe::egui::{self, Align, Color32, Layout, RichText, Ui, Vec2, vec2};

use super::Training;
use crate::{
    engine::{
        StageName,
        training::{StageRecord, smoothed},
    },
    gui::{
        steps_plot::{Chart, Curve, Look},
        theme::{self, UNIT, palette, size},
    },
};

/// Share of a curve that its mean is taken over.
const WINDOW: f64 = 0.05;
/// Room inside a card.
const MARGIN: f32 = 10.0;
/// Height of a card's title.
const TITLE: f32 = 24.0;
/// What a press on a plot does.
const PRESS: Option<&str> = Some("A click shows the samples of the step under the pointer.");

/// Quantities that can be compared only within a kind of stage.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Features,
    Teacher,
    Student,
}

fn kind(stage: &StageRecord) -> Kind {
    match stage.stage {
        Some(StageName::Features) => Kind::Features,
        Some(StageName::Teacher) => Kind::Teacher,
        Some(StageName::Student(_) | StageName::Strong) | None => Kind::Student,
    }
}

/// The colour of a stage, that of its method.
pub(super) fn colour(ui: &Ui, stage: &StageRecord, order: usize) -> Color32 {
    let order = if kind(stage) == Kind::Features { 1 } else { order };
    theme::method(ui, &stage.title, order)
}

/// A card of a given size with a name and a note.
pub(super) fn card(
    ui: &mut Ui,
    room: Vec2,
    title: &str,
    note: &str,
    content: impl FnOnce(&mut Ui, Vec2),
) {
    let colours = palette(ui);
    let frame = theme::card(ui, MARGIN as i8);
    frame.show(ui, |ui| {
        let inside = room - Vec2::splat(2.0 * MARGIN + 2.0);
        ui.set_min_size(inside);
        ui.set_max_width(inside.x);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let usual = std::mem::replace(&mut ui.spacing_mut().interact_size.y, TITLE);
            ui.allocate_ui(vec2(inside.x, TITLE), |ui| {
                ui.horizontal(|ui| {
                    ui.label(RichText::new(title).font(theme::strong(size::BODY)));
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                        let note = RichText::new(note).font(theme::plain(size::SMALL));
                        ui.add(egui::Label::new(note.color(colours.muted)).truncate());
                    });
                });
            });
            ui.spacing_mut().interact_size.y = usual;
            content(ui, vec2(inside.x, inside.y - TITLE));
        });
    });
}

impl Training {
    /// The stages of the same kind as the one on show, with their colours.
    fn kin(&self, ui: &Ui) -> Vec<(&StageRecord, Color32)> {
        let (Some(record), Some(shown)) = (&self.record, self.stage()) else { return Vec::new() };
        let stages = record.stages.iter().enumerate();
        stages
            .filter(|(_, stage)| kind(stage) == kind(shown))
            .map(|(i, stage)| (stage, colour(ui, stage, i)))
            .collect()
    }

    pub(super) fn curves(&mut self, ui: &mut Ui) {
        let room = ui.available_size();
        let gap = 3.0 * UNIT;
        ui.spacing_mut().item_spacing = Vec2::splat(gap);
        let top = 0.56 * (room.y - gap);
        let below = vec2((room.x - gap) / 2.0, room.y - gap - top);
        let pressed = [
            self.loss(ui, vec2(room.x, top)),
            ui.horizontal(|ui| {
                let pressed = self.measure(ui, below);
                pressed.or(self.gradient(ui, below))
            })
            .inner,
        ];
        if let Some(step) = pressed.into_iter().flatten().next() {
            self.recorder.go_to(step.max(0.0).round() as u64);
        }
    }

    fn loss(&self, ui: &mut Ui, room: Vec2) -> Option<f64> {
        let kin = self.kin(ui);
        let has_validation =
            kin.iter().any(|(stage, _)| !stage.curve("validation_loss").is_empty());
        let note = match has_validation {
            true => "mean over 5% of the steps · dots: on held-out data",
            false => "mean over 5% of the steps",
        };
        let mut curves = Vec::new();
        for (stage, colour) in &kin {
            curves.extend(with_mean(stage, "loss", *colour));
        }
        for (stage, colour) in &kin {
            let points = stage.curve("validation_loss").to_vec();
            let name = format!("{}, held-out loss", stage.title);
            curves.push(Curve { name, colour: *colour, look: Look::Dots, points });
        }
        self.chart(ui, room, ("Loss", note), true, curves)
    }

    /// What decides the best checkpoint: the students' ODE error, or what their elders have.
    fn measure(&self, ui: &mut Ui, room: Vec2) -> Option<f64> {
        let kin = self.kin(ui);
        let (title, note, name) = match kin.first().map(|(stage, _)| kind(stage)) {
            Some(Kind::Features) => ("Accuracy", "on held-out data", "accuracy"),
            Some(Kind::Teacher) => ("Held-out loss", "of the averaged weights", "validation_loss"),
            _ => ("ODE error", "one step, to the teacher", "ode_error"),
        };
        let mut curves = Vec::new();
        for (stage, colour) in &kin {
            for look in [Look::Line, Look::Dots] {
                curves.push(Curve {
                    name: format!("{}, {}", stage.title, title.to_lowercase()),
                    colour: *colour,
                    look,
                    points: stage.curve(name).to_vec(),
                });
            }
        }
        self.chart(ui, room, (title, note), name != "accuracy", curves)
    }

    fn gradient(&self, ui: &mut Ui, room: Vec2) -> Option<f64> {
        let mut curves = Vec::new();
        for (stage, colour) in self.kin(ui) {
            curves.extend(with_mean(stage, "gradient_norm", colour));
        }
        self.chart(ui, room, ("Gradient norm", "before clipping"), true, curves)
    }

    fn chart(
        &self,
        ui: &mut Ui,
        room: Vec2,
        (name, note): (&'static str, &str),
        is_log: bool,
        curves: Vec<Curve>,
    ) -> Option<f64> {
        let steps = self.kin(ui).iter().map(|(stage, _)| stage.steps).max().unwrap_or(1);
        let marked = self.recorder.marked();
        let mut pressed = None;
        card(ui, room, name, note, |ui, size| {
            pressed = Chart { name, size, steps, is_log, marked, press: PRESS }.show(ui, curves);
        });
        pressed
    }
}

/// A noisy quantity: every point faintly, and its mean.
fn with_mean(stage: &StageRecord, name: &str, colour: Color32) -> [Curve; 2] {
    let points = stage.curve(name).to_vec();
    let mean = smoothed(&points, WINDOW);
    let faint = colour.gamma_multiply(0.3);
    let named = format!("{}, {}", stage.title, name.replace('_', " "));
    [
        Curve { name: named.clone(), colour: faint, look: Look::Raw, points },
        Curve { name: named, colour, look: Look::Mean, points: mean },
    ]
}
