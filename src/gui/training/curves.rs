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

/// The plots of a kind of stage: they are kept until there is news of the run.
pub(super) struct Plots {
    /// None: nothing is there to be plotted.
    kind: Option<Kind>,
    /// Whether they have the colours of dark paper.
    is_dark: bool,
    loss: Plot,
    measure: Plot,
    gradient: Plot,
}

/// Curves with what stands at the right above them.
struct Plot {
    note: &'static str,
    chart: Chart,
}

/// Stages of one kind, with their colours.
type Kin<'a> = [(&'a StageRecord, Color32)];

impl Plot {
    fn new(
        (name, note): (&'static str, &'static str),
        is_log: bool,
        kin: &Kin<'_>,
        curves: Vec<Curve>,
    ) -> Self {
        let steps = kin.iter().map(|(stage, _)| stage.steps).max().unwrap_or(1);
        Self { note, chart: Chart::new(name, steps, is_log, curves) }
    }

    /// Draws it as a card; returns the step that was pressed.
    fn card(&self, ui: &mut Ui, room: Vec2, marked: Option<u64>) -> Option<f64> {
        let mut pressed = None;
        card(ui, room, self.chart.name, self.note, |ui, size| {
            pressed = self.chart.show(ui, size, marked, PRESS);
        });
        pressed
    }
}

impl Training {
    /// The plots of the stages that are of the same kind as the one on show.
    fn plots(&mut self, ui: &Ui) -> &Plots {
        let (shown, is_dark) = (self.stage().map(kind), ui.visuals().dark_mode);
        let kept = self.plots.take();
        let kept = kept.filter(|plots| plots.kind == shown && plots.is_dark == is_dark);
        let plots = kept.unwrap_or_else(|| {
            let stages = self.record.iter().flat_map(|record| record.stages.iter().enumerate());
            let kin = stages.filter(|(_, stage)| Some(kind(stage)) == shown);
            let kin: Vec<_> = kin.map(|(i, stage)| (stage, colour(ui, stage, i))).collect();
            let (loss, measure, gradient) = (loss(&kin), measure(shown, &kin), gradient(&kin));
            Plots { kind: shown, is_dark, loss, measure, gradient }
        });
        self.plots.insert(plots)
    }

    pub(super) fn curves(&mut self, ui: &mut Ui) {
        let room = ui.available_size();
        let gap = 3.0 * UNIT;
        ui.spacing_mut().item_spacing = Vec2::splat(gap);
        let top = 0.56 * (room.y - gap);
        let below = vec2((room.x - gap) / 2.0, room.y - gap - top);
        let marked = self.recorder.marked();
        let plots = self.plots(ui);
        let pressed = [
            plots.loss.card(ui, vec2(room.x, top), marked),
            ui.horizontal(|ui| {
                let pressed = plots.measure.card(ui, below, marked);
                pressed.or(plots.gradient.card(ui, below, marked))
            })
            .inner,
        ];
        if let Some(step) = pressed.into_iter().flatten().next() {
            self.recorder.go_to(step.max(0.0).round() as u64);
        }
    }
}

fn loss(kin: &Kin<'_>) -> Plot {
    let has_validation = kin.iter().any(|(stage, _)| !stage.curve("validation_loss").is_empty());
    let note = match has_validation {
        true => "mean over 5% of the steps · dots: on held-out data",
        false => "mean over 5% of the steps",
    };
    let mut curves = Vec::new();
    for (stage, colour) in kin {
        curves.extend(with_mean(stage, "loss", *colour));
    }
    for (stage, colour) in kin {
        let points = stage.curve("validation_loss").to_vec();
        let name = format!("{}, held-out loss", stage.title);
        curves.push(Curve { name, colour: *colour, look: Look::Dots, points });
    }
    Plot::new(("Loss", note), true, kin, curves)
}

/// What decides the best checkpoint: the students' ODE error, or what their elders have.
fn measure(kind: Option<Kind>, kin: &Kin<'_>) -> Plot {
    let (title, note, name) = match kind {
        Some(Kind::Features) => ("Accuracy", "on held-out data", "accuracy"),
        Some(Kind::Teacher) => ("Held-out loss", "of the averaged weights", "validation_loss"),
        Some(Kind::Student) | None => ("ODE error", "one step, to the teacher", "ode_error"),
    };
    let mut curves = Vec::new();
    for (stage, colour) in kin {
        for look in [Look::Line, Look::Dots] {
            curves.push(Curve {
                name: format!("{}, {}", stage.title, title.to_lowercase()),
                colour: *colour,
                look,
                points: stage.curve(name).to_vec(),
            });
        }
    }
    Plot::new((title, note), name != "accuracy", kin, curves)
}

fn gradient(kin: &Kin<'_>) -> Plot {
    let mut curves = Vec::new();
    for (stage, colour) in kin {
        curves.extend(with_mean(stage, "gradient_norm", *colour));
    }
    Plot::new(("Gradient norm", "before clipping"), true, kin, curves)
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
