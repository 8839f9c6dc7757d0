//! The values that many want to change, and the whole recipe as text.

use eframe::egui::{self, DragValue, Grid, Label, RichText, ScrollArea, TextEdit, Ui, vec2};

use super::{
    Training,
    hyperparameters::{Choice, GUIDANCE, INTERVALS, LOOKS, OPTIMISERS, PAIRS, RATE, Value},
    wishes::Wishes,
};
use crate::{
    engine::{Recipe, worker::converge},
    gui::{
        theme::{self, UNIT, palette, size},
        widget,
    },
    train::Optimiser,
};

/// Width of a number.
const NUMBER: f32 = 62.0;

/// What a table of values is filled from.
struct Values<'a> {
    wishes: &'a mut Wishes,
    /// What counts now.
    recipe: &'a Recipe,
    /// The preset's own.
    own: &'a Recipe,
}

impl Training {
    /// The values that many want to change; those of a run cannot be.
    pub(super) fn values(&self, ui: &mut Ui, wishes: &mut Wishes) {
        let is_run = self.record.is_some();
        if let Some(sentence) = self.fresh.as_ref().and_then(|fresh| fresh.recipe.as_ref().err())
            && !is_run
        {
            let text = RichText::new(sentence).font(theme::plain(size::SMALL));
            ui.add(Label::new(text.color(palette(ui).bad)).wrap());
        }
        let own = self.fresh.as_ref().and_then(|fresh| fresh.own.as_ref());
        let (Some(recipe), Some(own)) = (self.recipe().or(own), own) else { return };
        let mut values = Values { wishes, recipe, own };
        ui.add_space(2.0 * UNIT);
        // Within a panel that rests already they would be faded twice, and hardly be seen.
        let rests_once = is_run && ui.is_enabled();
        ui.add_enabled_ui(!rests_once, |ui| {
            Grid::new("values").num_columns(3).spacing([1.5 * UNIT, UNIT]).show(ui, |ui| {
                // Rates have more digits than fit with the usual room around them.
                ui.spacing_mut().button_padding.x = UNIT;
                values.pairs(ui);
                values.line(ui, &INTERVALS, |values, ui| values.intervals(ui));
                if recipe.model.network.classes() > 0 {
                    values.line(ui, &GUIDANCE, |values, ui| values.number(ui, &GUIDANCE));
                }
                values.line(ui, &LOOKS, |values, ui| values.number(ui, &LOOKS));
            });
        });
    }

    /// Ways to all values, and back to the preset's.
    pub(super) fn below_values(&mut self, ui: &mut Ui, wishes: &mut Wishes) {
        ui.horizontal(|ui| {
            let hint = "The whole recipe, as it is written into the run's folder.";
            self.shows_recipe ^= widget::quiet(ui, "All values…").on_hover_text(hint).clicked();
            let is_changed = self.record.is_none() && !wishes.values.is_empty();
            let hint = "Set all values back to the preset's own.";
            if is_changed && widget::quiet(ui, "Reset").on_hover_text(hint).clicked() {
                wishes.values.clear();
            }
        });
    }

    /// Closes the recipe's text; whether it was open.
    pub(in crate::gui) fn close_recipe(&mut self) -> bool {
        std::mem::take(&mut self.shows_recipe)
    }

    /// The whole recipe as text.
    pub(super) fn recipe_window(&mut self, ui: &mut Ui) {
        let Some(recipe) = self.recipe().filter(|_| self.shows_recipe) else { return };
        let text = toml::to_string(&recipe.table()).unwrap_or_default();
        let mut open = true;
        let window = egui::Window::new("All values").open(&mut open).collapsible(false);
        window.default_size([400.0, 520.0]).show(ui, |ui| {
            ui.horizontal(|ui| {
                widget::small(ui, "The recipe as TOML; --config takes it back.");
                if ui.button("Copy").on_hover_text("Copy the recipe.").clicked() {
                    ui.copy_text(text.clone());
                }
            });
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                let mut text = text.as_str();
                let field = TextEdit::multiline(&mut text).code_editor();
                let response = ui.add(field.desired_width(f32::INFINITY));
                widget::name(&response, "Recipe");
                widget::describe(&response, "All values of the recipe, to read and to copy.");
            });
        });
        self.shows_recipe = open;
    }
}

impl Values<'_> {
    fn pairs(&mut self, ui: &mut Ui) {
        ui.label("");
        widget::small(ui, "Teacher");
        widget::small(ui, "Students");
        ui.end_row();
        for [teacher, students] in &PAIRS {
            name(ui, teacher.label, teacher.hint);
            self.of_teacher(ui, |values, ui| values.number(ui, teacher));
            self.number(ui, students);
            ui.end_row();
        }
        let [teacher, students] = &OPTIMISERS;
        name(ui, "Optimiser", "What moves weights along their gradients.");
        self.of_teacher(ui, |values, ui| values.optimiser(ui, teacher));
        self.optimiser(ui, students);
        ui.end_row();
    }

    /// What a teacher has that is trained.
    fn of_teacher(&mut self, ui: &mut Ui, control: impl FnOnce(&mut Self, &mut Ui)) {
        if self.recipe.teacher.exact {
            let hint = "A mixture's denoiser is a formula: nothing is trained.";
            widget::small(ui, "exact").on_hover_text(hint);
        } else {
            control(self, ui);
        }
    }

    /// A value of the students alone, or of the run.
    fn line(&mut self, ui: &mut Ui, value: &Value, control: impl FnOnce(&mut Self, &mut Ui)) {
        name(ui, value.label, value.hint);
        control(self, ui);
        ui.end_row();
    }

    fn number(&mut self, ui: &mut Ui, value: &Value) {
        let mut now = (value.read)(self.recipe);
        let (speed, decimals) = match value.label {
            RATE => (now * 0.01, 9),
            label if label == GUIDANCE.label => ((now * 0.01).max(0.05), 2),
            _ => ((now * 0.01).max(0.05), 0),
        };
        let field = DragValue::new(&mut now).range(value.range.clone()).speed(speed);
        // A field that is left takes the number that it shows.
        let field = field.max_decimals(decimals).custom_formatter(|value, _| exact(value));
        let response = ui.add_sized(vec2(NUMBER, ui.spacing().interact_size.y), field);
        widget::name(&response, value.hint);
        if response.on_hover_text(value.hint).changed() {
            self.wishes.set(value.key, now, (value.read)(self.own));
        }
    }

    fn optimiser(&mut self, ui: &mut Ui, value: &Choice) {
        let mut now = (value.read)(self.recipe);
        let items = [
            (Optimiser::Adamw, "Every weight at a pace of its own."),
            (Optimiser::Muon, "Matrices as a whole, which takes fewer steps; AdamW elsewhere."),
        ];
        let items = items.map(|(optimiser, hint)| (optimiser, title(optimiser).to_owned(), hint));
        ui.scope(|ui| {
            // A name and an arrow within the width of a number.
            ui.spacing_mut().icon_width = 2.0 * UNIT;
            ui.spacing_mut().icon_spacing = 0.5 * UNIT;
            let shown = RichText::new(title(now)).font(theme::plain(size::SMALL));
            choose(ui, [value.key, value.hint], shown, &mut now, items);
        });
        if now != (value.read)(self.recipe) {
            self.wishes.set(value.key, now, (value.read)(self.own));
        }
    }

    fn intervals(&mut self, ui: &mut Ui) {
        let mut now = self.recipe.student.intervals;
        let hint = "That many steps of the teacher's solver.";
        let items = converge::INTERVALS.map(|n| (n, n.to_string(), hint));
        choose(ui, [INTERVALS.key, INTERVALS.hint], now.to_string(), &mut now, items);
        if now != self.recipe.student.intervals {
            self.wishes.set(INTERVALS.key, now as f64, (INTERVALS.read)(self.own));
        }
    }
}

/// A list as wide as a number, of what has this key and hint.
fn choose<T: PartialEq>(
    ui: &mut Ui,
    [key, hint]: [&str; 2],
    shown: impl Into<RichText>,
    now: &mut T,
    items: impl IntoIterator<Item = (T, String, &'static str)>,
) {
    let response = ui.scope(|ui| {
        ui.set_max_width(NUMBER);
        widget::choice(ui, key, shown, now, items)
    });
    widget::name(&response.inner, hint);
    response.inner.on_hover_text(hint);
}

fn name(ui: &mut Ui, label: &str, hint: &str) {
    ui.add(Label::new(RichText::new(label).color(palette(ui).muted))).on_hover_text(hint);
}

fn title(optimiser: Optimiser) -> &'static str {
    match optimiser {
        Optimiser::Adamw => "AdamW",
        Optimiser::Muon => "Muon",
    }
}

/// As people write it, 0.0004 or 2.5e-5, and to its last digit: the same number is read back from it.
fn exact(value: f64) -> String {
    let plain = value.to_string();
    if value < 1e-3 && plain.len() > "0.00015".len() { format!("{value:e}") } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_people_write_them_and_read_back_as_they_are() {
        let values = [1e-7, 2.5e-5, 1.0 / 3000.0, 0.00015, 0.0004, 0.001, 1.25, 2.0, 12_000.0, 1e7];
        for value in values {
            assert_eq!(exact(value).parse::<f64>(), Ok(value));
        }
        let shown = [2.5e-5, 0.00015, 0.0004, 0.001, 2.0, 12_000.0].map(exact);
        assert_eq!(shown, ["2.5e-5", "0.00015", "0.0004", "0.001", "2", "12000"]);
    }
}
