//! ODE error against sample quality: does who solves the ODE better make better samples?

mod chart;
mod controls;
mod export;
mod figures;
mod labels;
mod reading;
mod ruler;

use std::{collections::BTreeMap, ops::RangeInclusive};

use eframe::egui::{RichText, ScrollArea, Ui, vec2};
use serde::{Deserialize, Serialize};

use super::{
    Shared, frame,
    settings::within,
    theme::{self, UNIT, palette, size},
    waiting, widget,
    work::Work,
};
use crate::{
    engine::worker::{
        ColumnKey, FAST, Job, SetCard, Ticket,
        quality::{self, Dot, Measure, Request},
    },
    math::seed::Seed,
};
use reading::{Kept, Said};
use ruler::{Quality, Ruler};

/// Points of width from which on the figures stand beside the plot.
const WIDE: f32 = 840.0;
/// Least height of the plot.
const LEAST: f32 = 280.0;

/// What a person set in this view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ParadoxSettings {
    /// Samples of each sampler; none: as many as the models can in a short time.
    pub samples: Option<usize>,
    /// What samples are compared with.
    pub quality: Quality,
    /// What they are measured by.
    pub measure: Measure,
    /// Students' steps on show.
    pub steps: Vec<usize>,
    /// Titles of the samplers that are not shown.
    pub hidden: Vec<String>,
}

impl Default for ParadoxSettings {
    /// All students at 1, 2, 4 and 8 steps, by their Frechet distance to their teacher. Beside the teacher in few steps
    /// they may be so near to each other that nothing of them can be told apart.
    fn default() -> Self {
        let (quality, measure) = (Quality::default(), Measure::default());
        Self {
            samples: None,
            quality,
            measure,
            steps: vec![1, 2, 4, 8],
            hidden: vec![FAST.title().into()],
        }
    }
}

/// Samples of each sampler.
const SAMPLES: RangeInclusive<usize> = 64..=4096;

impl ParadoxSettings {
    /// Whether the sampler of this title is not shown.
    fn is_hidden(&self, title: &str) -> bool {
        self.hidden.iter().any(|hidden| hidden == title)
    }

    /// Images take a network's time, points hardly any.
    fn samples(&self, set: &SetCard) -> usize {
        within(self.samples.unwrap_or(if set.shape.is_some() { 512 } else { 2048 }), SAMPLES)
    }
}

/// See the module.
#[derive(Default)]
pub(super) struct Paradox {
    /// What is shown, or on its way.
    asked: Option<(Request, Ticket)>,
    /// What distances are measured on, and the held-out samples there are.
    features: Option<(&'static str, Option<usize>)>,
    /// Nothing is there to measure samples with.
    has_no_features: bool,
    drawn: usize,
    dots: BTreeMap<ColumnKey, Dot>,
    said: Kept,
}

impl Paradox {
    /// Other models are open.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// An answer to this view's newest request.
    pub(super) fn receive(&mut self, finding: quality::Finding) {
        self.said = None;
        match finding {
            quality::Finding::NoFeatures => self.has_no_features = true,
            quality::Finding::Begun { features, held_out } => {
                self.features = Some((features, held_out))
            }
            quality::Finding::Drawn(count) => self.drawn = count,
            quality::Finding::Dot(dot) => _ = self.dots.insert(dot.column, *dot),
        }
    }

    fn ask(&mut self, shared: &mut Shared) {
        let Some(set) = shared.settled_set() else { return };
        let samples = shared.settings.paradox.samples(set);
        let request = Request { seed: Seed(shared.settings.seed), samples };
        if shared.link.answers(self.asked.as_ref(), &request) {
            return;
        }
        // Dots of fewer samples from the same noise stay until there are better ones.
        if self.asked.as_ref().is_some_and(|(asked, _)| asked.seed != request.seed) {
            self.dots.clear();
            (self.drawn, self.said) = (0, None);
        }
        let ticket = shared.start(Job::Quality(request.clone()));
        self.asked = Some((request, ticket));
    }

    /// Whether there is anything to see.
    pub(super) fn has_dots(&self) -> bool {
        !self.dots.is_empty()
    }

    /// The seed of what is on show: while other models are being opened, another may be set already.
    fn seed(&self, shared: &Shared) -> u64 {
        self.asked.as_ref().map_or(shared.settings.seed, |(asked, _)| asked.seed.0)
    }

    /// Draws the samples that are still missing.
    pub(super) fn again(&mut self, shared: &Shared) {
        if shared.work() != Work::Own {
            self.asked = None;
        }
    }

    /// What is on show: beside the teacher where there is no held-out data.
    fn ruler(&self, shared: &Shared) -> Ruler {
        let settings = &shared.settings.paradox;
        let has_data = self.features.is_some_and(|(_, held_out)| held_out.is_some());
        let quality = if has_data { settings.quality } else { Quality::Teacher };
        Ruler { measure: settings.measure, quality }
    }

    pub(super) fn ui(&mut self, ui: &mut Ui, shared: &mut Shared) {
        frame::panel(ui, |ui| self.controls(ui, shared));
        self.ask(shared);
        frame::body(ui, |ui| self.body(ui, shared));
    }

    fn body(&mut self, ui: &mut Ui, shared: &mut Shared) {
        heading(ui, self.ruler(shared));
        let Some(set) = &shared.set else {
            waiting::ui(ui, shared);
            return;
        };
        if self.has_no_features {
            no_features(ui);
            return;
        }
        let said = self.said(shared, set);
        self.sentence(ui, shared, &said);
        ui.add_space(2.0 * UNIT);
        let area = ui.available_size();
        // A solver's name is longer than a student's.
        let is_wide = !shared.settings.paradox.is_hidden(FAST.title());
        let (figures, gap) = (if is_wide { 424.0 } else { 372.0 }, 5.0 * UNIT);
        if area.x < WIDE {
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                let plot = vec2(area.x, area.x.min(area.y.max(LEAST)));
                ui.allocate_ui(plot, |ui| self.chart(ui, shared, set, &said, plot));
                ui.add_space(gap);
                self.figures(ui, shared, set);
            });
            return;
        }
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = gap;
            let plot = vec2(area.x - figures - gap, area.y);
            ui.allocate_ui(plot, |ui| self.chart(ui, shared, set, &said, plot));
            ui.allocate_ui(vec2(figures, area.y), |ui| self.figures(ui, shared, set));
        });
    }

    /// The least and the most samples that a figure is measured on: they differ while a round is under way.
    fn samples_measured(&self) -> [usize; 2] {
        let counts = || self.dots.values().map(|dot| dot.samples);
        [counts().min().unwrap_or(0), counts().max().unwrap_or(0)]
    }

    /// Whether there is nothing left to do for so many `samples`: all may be drawn, and not all measured.
    fn is_whole(&self, samples: usize) -> bool {
        self.has_no_features || self.samples_measured() == [samples; 2]
    }

    /// How many samples each figure is measured on.
    fn samples_behind(&self) -> String {
        match self.samples_measured() {
            [least, most] if least == most => most.to_string(),
            [least, most] => format!("{least} to {most}"),
        }
    }

    /// Why the numbers say nothing so far.
    fn silence(&self, shared: &Shared) -> &'static str {
        let [least, most] = self.samples_measured();
        let ruler = self.ruler(shared);
        if self.has_dots() && self.dots.values().all(|dot| ruler.score(dot).is_none()) {
            return "This measure takes more samples on either side: the white Frechet distance 512 images.";
        }
        match (shared.work() == Work::Own, self.drawn) {
            (true, 0) => "Drawing the first samples.",
            (true, _) => "Measuring.",
            (false, _) if !self.has_dots() => {
                "Stopped before there was anything to measure: Go on."
            }
            (false, _) if least < most => "Stopped while all were measured once more: Go on.",
            (false, _) => "Show two students at the same number of steps to compare them.",
        }
    }

    /// What the numbers say.
    fn sentence(&self, ui: &mut Ui, shared: &Shared, said: &Said) {
        let text = said.reading.as_deref().unwrap_or_else(|| self.silence(shared));
        let colour = palette(ui).ink;
        let text = RichText::new(text).font(theme::plain(size::HEADING)).color(colour);
        ui.add(eframe::egui::Label::new(text).wrap().selectable(true));
        if let Some(others) = &said.others {
            widget::small(ui, others);
        }
        let Some((features, held_out)) = self.features.filter(|_| self.has_dots()) else {
            return;
        };
        let against = match (self.ruler(shared).quality, held_out) {
            (Quality::HeldOut, Some(count)) => format!("{count} held-out samples"),
            _ => "as many of the teacher's from other noise".to_owned(),
        };
        let count = self.samples_behind();
        widget::small(
            ui,
            &format!(
                "N = {count} samples of each against {against}, on {features}. Bars: 95% intervals."
            ),
        );
    }
}

/// The question, and how the plot answers it.
fn heading(ui: &mut Ui, ruler: Ruler) {
    let better = if ruler.measure.is_distance() {
        "further down its samples are, as a set, nearer to the reference"
    } else {
        "further up more of its samples, or of the reference, is like the other"
    };
    let about = format!(
        "Each dot is a student at some number of steps. To the left it is nearer to its teacher's ODE solution \
         from the same noise; {better}. The paper finds that these two need not go together. Full dots take \
         one step: only they are a clean measure of ODE solving, as students add fresh noise between steps. \
         Bars are 95% intervals over samples: at the ODE error by bootstrap, {}.",
        ruler.bars()
    );
    let formula = format!("x = mean (f(z) - Ψ(z))²,   {}", ruler.formula());
    widget::heading(ui, "Does solving the ODE better make better samples?", &about, &formula);
}

/// Why there is no plot, and what to do.
fn no_features(ui: &mut Ui) {
    ui.add_space(4.0 * UNIT);
    let text = RichText::new("There is nothing to measure these samples with.");
    ui.label(text.font(theme::strong(size::HEADING)));
    ui.add_space(UNIT);
    ui.set_max_width(560.0);
    ui.label(
        "All measures compare what a classifier of the same data sees in two sets of samples, and these models \
         came without one (features.safetensors).",
    );
    ui.add_space(UNIT);
    ui.label(
        "Train it with the run's own flags and --stage features, then open the run again; or drop its \
         file into the window; or choose other models. Data without classes has none: there is nothing \
         to classify.",
    );
}

#[cfg(test)]
mod tests;
