//! Before there is a run: what will happen, how long it takes, and which runs there are.

use eframe::egui::{Grid, RichText, ScrollArea, Ui};
use web_time::{SystemTime, UNIX_EPOCH};

use super::{Training, panel::about, wishes::Wishes};
use crate::{
    engine::{Recipe, StageName, report::duration},
    gui::{
        Shared,
        theme::{self, UNIT, size},
        widget,
    },
};

/// Least width of a stage's card.
const NARROWEST: f32 = 160.0;

impl Training {
    pub(super) fn welcome(&self, ui: &mut Ui, shared: &mut Shared) {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.add_space(2.0 * UNIT);
            if self.unreadable.is_none() {
                self.prospect(ui, shared);
            }
            self.run_table(ui, shared);
        });
    }

    /// What Start would do.
    fn prospect(&self, ui: &mut Ui, shared: &Shared) {
        let wishes = &shared.settings.training;
        let folder = wishes.folder(&shared.settings.preset);
        let preset = wishes.preset(&shared.settings.preset);
        let text = format!(
            "Start trains the stages below, one after the other, and writes all of it into {}. {}\
             Pause whenever you like: it goes on to the same numbers.",
            folder.display(),
            if wishes.is_usual() { time(&preset) } else { "" },
        );
        ui.scope(|ui| {
            ui.set_max_width(ui.available_width().min(720.0));
            ui.label(text);
        });
        ui.add_space(4.0 * UNIT);
        if let Some(recipe) = self.recipe() {
            stages(ui, recipe, wishes);
        }
        ui.add_space(6.0 * UNIT);
    }

    fn run_table(&self, ui: &mut Ui, shared: &mut Shared) {
        if self.runs.is_empty() {
            return;
        }
        ui.label(RichText::new("Runs that are there").font(theme::strong(size::HEADING)));
        ui.add_space(UNIT);
        ScrollArea::horizontal().show(ui, |ui| {
            Grid::new("runs").num_columns(5).spacing([8.0 * UNIT, 2.0 * UNIT]).show(ui, |ui| {
                for name in ["folder", "preset", "done", "changed"] {
                    widget::small(ui, name);
                }
                ui.end_row();
                for run in &self.runs {
                    let path = run.path.display().to_string();
                    ui.label(RichText::new(&path).font(theme::strong(size::BODY)));
                    ui.label(&run.preset);
                    done(ui, &run.done);
                    widget::small(ui, &run.changed_s.map(ago).unwrap_or_default());
                    let hint = "Look at this run, and go on with it.";
                    let open = ui.button("Open").on_hover_text(hint);
                    widget::name(&open, &format!("Open {path}")); // or all were called the same
                    if open.clicked() {
                        shared.settings.training.folder = Some(path);
                    }
                    ui.end_row();
                }
            });
        });
    }
}

/// The finished stages in their colours.
fn done(ui: &mut Ui, titles: &[String]) {
    ui.horizontal(|ui| {
        if titles.is_empty() {
            widget::small(ui, "nothing yet");
        }
        for (i, title) in titles.iter().enumerate() {
            let order = if title == "Features" { 1 } else { i };
            ui.label(RichText::new(title).color(theme::method(ui, title, order)));
        }
    });
}

/// What each stage is for, and how long it is.
fn stages(ui: &mut Ui, recipe: &Recipe, wishes: &Wishes) {
    let stages = StageName::of(recipe).into_iter().filter(|stage| wishes.has(*stage));
    let stages: Vec<StageName> = stages.collect();
    let (gap, room) = (3.0 * UNIT, ui.available_width());
    let most = (((room + gap) / (NARROWEST + gap)) as usize).clamp(1, stages.len().max(1));
    let width = ((room - gap * (most as f32 - 1.0)) / most as f32).min(300.0);
    for stages in stages.chunks(most) {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = gap;
            stages.iter().for_each(|&name| stage(ui, recipe, name, width));
        });
        ui.add_space(gap);
    }
}

fn stage(ui: &mut Ui, recipe: &Recipe, name: StageName, width: f32) {
    theme::card(ui, 14).show(ui, |ui| {
        ui.set_width(width - 30.0);
        ui.set_min_height(104.0);
        ui.vertical(|ui| {
            let title = name.title();
            let colour = theme::method(ui, &title, 1);
            ui.label(RichText::new(title).font(theme::strong(size::HEADING)).color(colour));
            ui.label(about(name));
            ui.add_space(UNIT);
            widget::small(ui, &length(recipe, name));
        });
    });
}

fn length(recipe: &Recipe, stage: StageName) -> String {
    match recipe.optimisation_of(stage) {
        Some(how) => format!("{} steps of {} samples", how.steps, how.batch),
        None => "exact: a formula, not trained".into(),
    }
}

/// Roughly, as the shipped models took it, and by its speed what does not ship.
fn time(preset: &str) -> &'static str {
    match preset {
        "ring" | "grid" | "tiny" => "On two CPU cores that takes a few minutes. ",
        "cifar10" => "Meant for a GPU: on two CPU cores that takes more than a day. ",
        _ => "On two fast CPU cores that takes about an hour, on a GPU less. ",
    }
}

/// "3 min 20 s ago".
fn ago(then_s: u64) -> String {
    // A clock that was set back makes no difference worth an error.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    match now.as_secs().saturating_sub(then_s) as f64 {
        s if s < 60.0 => "just now".into(),
        s if s > 48.0 * 3600.0 => format!("{:.0} days ago", s / 86400.0),
        s => format!("{} ago", duration(s)),
    }
}
