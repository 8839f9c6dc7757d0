//! What shall be trained: recipe, data, folder, stages.

use eframe::egui::{self, Checkbox, Grid, Label, ScrollArea, TextEdit, Ui};

use super::{Phase, Training, wishes::Wishes};
use crate::{
    data::{Mixture, Source},
    distill::Horizon,
    engine::{StageName, recipe::PRESETS, training::free_folder},
    gui::{
        Shared,
        files::{Files, Wanted},
        theme::UNIT,
        widget,
    },
};

/// Width of the names at the left.
const LABEL: f32 = 46.0;
/// What is listed where data is a path.
const YOUR_OWN: &str = "a file or folder";

impl Training {
    pub(super) fn panel(&mut self, ui: &mut Ui, shared: &mut Shared) {
        let is_idle = self.phase == Phase::Idle;
        let models = shared.settings.preset.clone();
        ui.add_enabled_ui(is_idle, |ui| {
            let wishes = &mut shared.settings.training;
            widget::group(ui, "Recipe");
            // A run that is there goes on with its own.
            let own = self.record.as_ref().map(|record| record.recipe.name.as_str());
            preset(ui, wishes, own, &models);
            self.data(ui, wishes, &shared.files);
            self.folder(ui, wishes, &models, &shared.files);
            widget::group(ui, "Stages");
            widget::ticked(ui, |ui| self.stages(ui, wishes));
            self.values(ui, wishes);
            if !wishes.is_usual() {
                wishes.pin(&models); // what is set is of this preset
            }
        });
        self.below_values(ui, &mut shared.settings.training);
    }

    /// Where the data comes from: the preset's own, other data inside the program, or a path.
    fn data(&self, ui: &mut Ui, wishes: &mut Wishes, files: &Files) {
        if let Some(record) = &self.record {
            let source = record.recipe.data.source.clone();
            let name = source.rsplit(['/', '\\']).next().unwrap_or(&source).to_owned();
            row(ui, "Data", "What this run learns from.", |ui| {
                ui.add(Label::new(name).truncate()).on_hover_text(source)
            });
            return;
        }
        let Some(own) = self.fresh.as_ref().and_then(|fresh| fresh.own.as_ref()) else { return };
        let own = own.data.source.as_str();
        let is_of_points = Mixture::names().contains(&own);
        let choices = if is_of_points { Mixture::names() } else { Source::names() };
        let wished = wishes.data.as_deref().unwrap_or(own);
        let is_path = !choices.contains(&wished);
        // None: a path, whatever it is.
        let before = Some(wished).filter(|_| !is_path);
        let shown = before.unwrap_or(YOUR_OWN).to_owned();
        let items =
            choices.iter().map(|&name| (Some(name), name.to_owned(), "Data inside the program."));
        let path = (!is_of_points).then(|| (None, YOUR_OWN.to_owned(), "Your own images."));
        let mut chosen = before;
        row(ui, "Data", "What is learnt: data inside the program, or your own.", |ui| {
            widget::choice(ui, "data", shown, &mut chosen, items.chain(path))
        });
        if chosen != before {
            wishes.data = Some(chosen.unwrap_or_default().to_owned()).filter(|data| data != own);
        }
        if is_path {
            let mut path = wishes.data.clone().unwrap_or_default();
            let hint =
                "A folder or archive of images, MNIST or CIFAR-10 files; or drop it on the window.";
            row(ui, "", hint, |ui| {
                let field = TextEdit::singleline(&mut path).hint_text("path, or drop it here");
                ui.add(field.desired_width(ui.available_width()))
            });
            wishes.data = Some(path).filter(|path| path != own);
            choose_data(ui, files);
        }
    }

    /// Where it goes, and whether a run is there.
    fn folder(&self, ui: &mut Ui, wishes: &mut Wishes, models: &str, files: &Files) {
        let usual = wishes.folder(models).display().to_string();
        let mut folder = wishes.folder.clone().unwrap_or_default();
        ui.horizontal(|ui| {
            let hint =
                "Where checkpoints, weights, log and pictures go; a run that is there goes on.";
            row(ui, "Folder", hint, |ui| {
                let width = ui.available_width() - 38.0;
                ui.add(TextEdit::singleline(&mut folder).hint_text(&usual).desired_width(width))
            });
            let menu = ui.menu_button("…", |ui| {
                if ui.button("Choose…").on_hover_text("Choose the run's folder.").clicked() {
                    files.pick_path(Wanted::Run);
                    ui.close(); // a click does so by itself, a key does not
                }
                self.run_list(ui, &mut folder);
            });
            widget::name(&menu.response, "Runs");
            menu.response
                .on_hover_text("Choose a folder, or one of the runs that are there already.");
        });
        wishes.folder = Some(folder).filter(|folder| !folder.is_empty());
        // The line is there before the run is, so that nothing moves under a hand that has just pressed Start.
        ui.horizontal(|ui| {
            if self.unreadable.is_some() {
                let about = widget::small(ui, "No run can be read there.");
                about.on_hover_text(
                    "Why is said in red, above the runs. It is looked at again now and then.",
                );
                return;
            }
            if self.record.is_none() {
                let about = widget::small(ui, "A new run begins there.");
                about.on_hover_text("No run is in this folder so far.");
                return;
            }
            let about = widget::small(ui, "A run is there: its recipe counts.");
            about.on_hover_text("As with the command line, a run keeps what it began with.");
            let fresh = widget::quiet(ui, "New");
            if fresh.on_hover_text("A new run, in a folder of its own.").clicked() {
                let path = free_folder(&wishes.folder(models));
                wishes.folder = Some(path.display().to_string());
            }
        });
    }

    fn run_list(&self, ui: &mut Ui, folder: &mut String) {
        if self.runs.is_empty() {
            widget::small(ui, "There are no runs in the folder runs.");
        }
        ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
            for run in &self.runs {
                let path = run.path.display().to_string();
                let text = format!("{path}   {}", run.done.join(", "));
                if ui.button(text).on_hover_text("Look at this run, and go on with it.").clicked() {
                    *folder = path;
                    ui.close();
                }
            }
        });
    }

    fn stages(&self, ui: &mut Ui, wishes: &mut Wishes) {
        let stages = self.recipe().map_or_else(|| StageName::ALL.to_vec(), StageName::of);
        Grid::new("stages").num_columns(2).spacing([6.0 * UNIT, UNIT]).show(ui, |ui| {
            for (i, stage) in stages.into_iter().enumerate() {
                let (name, mut is_wanted) = (stage.file_name(), wishes.has(stage));
                let wanted = Checkbox::new(&mut is_wanted, stage.title());
                ui.add_enabled(!self.is_done(stage), wanted)
                    .on_hover_text(about(stage))
                    .on_disabled_hover_text("Done: its weights are in the folder.");
                if is_wanted {
                    wishes.without.remove(&name);
                } else {
                    wishes.without.insert(name);
                }
                if i % 2 == 1 {
                    ui.end_row();
                }
            }
        });
    }
}

/// Dialogs for data of one's own.
fn choose_data(ui: &mut Ui, files: &Files) {
    ui.horizontal(|ui| {
        ui.add_space(LABEL + ui.spacing().item_spacing.x);
        let menu = ui.menu_button("Choose…", |ui| {
            let folder = ui.button("A folder…");
            if folder.on_hover_text("One of images, or of MNIST or CIFAR-10 files.").clicked() {
                files.pick_path(Wanted::DataFolder);
                ui.close();
            }
            let file = ui.button("A file…");
            if file.on_hover_text("An archive of images, or a data file.").clicked() {
                files.pick_path(Wanted::DataFile);
                ui.close();
            }
        });
        menu.response.on_hover_text("Choose a folder or a file in a dialog.");
    });
}

fn preset(ui: &mut Ui, wishes: &mut Wishes, own: Option<&str>, models: &str) {
    let chosen = own.map_or_else(|| wishes.preset(models), str::to_owned);
    let hint = "Data, networks and training that go together; what you set below lies over it.";
    let of_preset = "Take this preset's data, networks and training.";
    let items = PRESETS.iter().map(|&(name, _)| (name, widget::title_case(name), of_preset));
    let mut now = chosen.as_str();
    row(ui, "Preset", hint, |ui| {
        widget::choice(ui, "preset", widget::title_case(&chosen), &mut now, items)
    });
    if now != chosen {
        wishes.choose(now);
    }
}

/// What a stage is for.
pub(super) fn about(stage: StageName) -> &'static str {
    match stage {
        StageName::Features => "A classifier whose features measure Frechet distances.",
        StageName::Teacher => "The diffusion model; its ODE is what the students learn to solve.",
        StageName::Student(Horizon::CM) => {
            "Learns from its own output, one step of the teacher further on."
        }
        StageName::Student(Horizon::Full) => "Direct CM: learns the teacher's whole solution.",
        StageName::Student(Horizon::Steps(_) | Horizon::Random) => {
            "Learns from its own output, some steps of the teacher further on."
        }
        StageName::Strong => "The best in one step: goes on from Direct CM with all that helps.",
    }
}

/// A control with its name at the left, all controls below each other.
fn row(
    ui: &mut Ui,
    label: &str,
    hint: &str,
    control: impl FnOnce(&mut Ui) -> egui::Response,
) -> egui::Response {
    ui.horizontal(|ui| {
        widget::caption(ui, label, LABEL);
        let response = control(ui);
        let name = if label.is_empty() { "Path of the data" } else { label };
        widget::name(&response, name);
        response.on_hover_text(hint)
    })
    .inner
}
