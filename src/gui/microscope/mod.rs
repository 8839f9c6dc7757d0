//! The solver microscope: the teacher's solvers against a reference solution.

mod chart;
mod controls;
mod explanation;
mod export;
mod gallery;
mod table;

use std::{collections::BTreeMap, ops::RangeInclusive};

use eframe::egui::{Color32, ScrollArea, Ui, vec2};
use serde::{Deserialize, Serialize};

use super::{
    Shared, frame,
    settings::within,
    theme::{self, UNIT},
    waiting, widget,
    work::Work,
};
use crate::{
    diffusion::{Chart, Method},
    engine::worker::{
        Job, SetCard, Ticket,
        converge::{self, Errors, INTERVALS, Point, Reference, Request},
    },
    math::{convergence, seed::Seed, statistics::Estimate},
};
use gallery::Gallery;

/// Points of width from which on the table stands beside the plot.
const WIDE: f32 = 760.0;
/// Width of the table of orders: its figures with their intervals, and the card around them.
const TABLE: f32 = 428.0;

/// Where on the way solvers are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// At the last time that all grids share.
    #[default]
    Common,
    /// At clean data.
    End,
}

/// What solvers are compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// Each with what it converges to, in its own chart.
    #[default]
    Own,
    /// All with the exact solution.
    Exact,
}

/// What an error is plotted against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Against {
    /// Intervals N.
    #[default]
    Intervals,
    /// Network evaluations.
    Calls,
}

/// What a person set in this view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MicroscopeSettings {
    /// Noises behind each error; none: as many as the models can in a short time.
    pub samples: Option<usize>,
    /// The number of intervals whose samples are on show.
    pub intervals: usize,
    /// Where on the way solvers are compared.
    pub place: Place,
    /// What they are compared with.
    pub target: Target,
    /// What errors are plotted against.
    pub against: Against,
}

impl Default for MicroscopeSettings {
    /// Where the orders show, each solver with its own limit; the samples of 20 intervals.
    fn default() -> Self {
        Self {
            samples: None,
            intervals: 20,
            place: Place::default(),
            target: Target::default(),
            against: Against::default(),
        }
    }
}

/// Noises behind each error.
const SAMPLES: RangeInclusive<usize> = 3..=256;

impl MicroscopeSettings {
    /// Images take a network's time, points hardly any.
    fn samples(&self, set: &SetCard) -> usize {
        within(self.samples.unwrap_or(if set.shape.is_some() { 4 } else { 64 }), SAMPLES)
    }

    /// The error on show.
    fn error(&self, point: &Point) -> Estimate {
        let at = |errors: Errors| match self.target {
            Target::Own => errors.own,
            Target::Exact => errors.exact,
        };
        match self.place {
            Place::Common => at(point.common.unwrap_or(point.end)),
            Place::End => at(point.end),
        }
    }
}

/// See the module.
#[derive(Default)]
pub(super) struct Microscope {
    /// What is shown, or on its way.
    asked: Option<(Request, Ticket)>,
    reference: Option<Reference>,
    /// By solver and intervals.
    points: BTreeMap<(Method, usize), Point>,
    /// How many came in answer to the newest request; the others did before other work ended the same one.
    heard: usize,
    gallery: Gallery,
}

impl Microscope {
    /// Other models are open.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// An answer to this view's newest request.
    pub(super) fn receive(&mut self, finding: converge::Finding) {
        match finding {
            converge::Finding::Begun(reference) => self.reference = Some(reference),
            converge::Finding::Point(point) => {
                self.heard += 1;
                self.points.insert((point.method, point.intervals), point);
            }
        }
    }

    /// Solves everything again, from another seed where it is not locked.
    pub(super) fn again(&mut self, shared: &mut Shared) {
        self.asked = None;
        shared.reroll();
    }

    fn ask(&mut self, shared: &mut Shared) {
        let Some(set) = shared.settled_set() else { return };
        let settings = &shared.settings;
        let request = Request {
            seed: Seed(settings.seed),
            class: settings.class.filter(|&class| class < set.classes),
            guidance: settings.guidance_of(set),
            samples: settings.microscope.samples(set),
        };
        if shared.link.answers(self.asked.as_ref(), &request) {
            return;
        }
        // What other work ended is asked for once more, and what was measured stays meanwhile.
        if self.asked.as_ref().is_none_or(|(asked, _)| *asked != request) {
            self.forget();
        }
        self.heard = 0;
        let ticket = shared.start(Job::Converge(request.clone()));
        self.asked = Some((request, ticket));
    }

    /// A solver's points, those of few intervals first.
    fn curve(&self, method: Method) -> impl Iterator<Item = &Point> {
        self.points.values().filter(move |point| point.method == method)
    }

    fn order(&self, method: Method, settings: &MicroscopeSettings) -> Option<convergence::Order> {
        let of = |point: &Point| (point.intervals, settings.error(point).mean);
        // Solvers in time come no nearer to the exact solution than their own limit.
        let has_floor = settings.target == Target::Exact && method.parts().chart == Chart::VpTime;
        let floor = if has_floor { 2.0 * self.apart(settings)? } else { 0.0 };
        convergence::order(&self.curve(method).map(of).collect::<Vec<_>>(), floor)
    }

    /// How far the limits of both charts are apart.
    fn apart(&self, settings: &MicroscopeSettings) -> Option<f64> {
        let [common, end] = self.reference.as_ref()?.apart?;
        Some(if settings.place == Place::Common { common } else { end })
    }

    pub(super) fn ui(&mut self, ui: &mut Ui, shared: &mut Shared) {
        frame::panel(ui, |ui| self.controls(ui, shared));
        self.ask(shared);
        frame::body(ui, |ui| self.body(ui, shared));
    }

    fn body(&mut self, ui: &mut Ui, shared: &mut Shared) {
        widget::heading(
            ui,
            "How fast the solvers converge",
            "Every solver starts from the same noises. The reference is Dormand and Prince's method with error \
             control, once in each chart: DDIM, Heun in sigma and DPM-Solver++ step through sigma/alpha; \
             Euler and Heun in time step through t with the paper's discrete coefficients, so that they \
             converge to a slightly different solution. The order is the slope in the plot: with twice the \
             intervals an order of 2 leaves a quarter of the error.",
            "error = ‖y(N) - y‖ / √d ~ N^(-order),   y = x/α",
        );
        let Some(set) = &shared.set else {
            waiting::ui(ui, shared);
            return;
        };
        let settings = &shared.settings.microscope;
        widget::small(ui, &self.explanation(set, settings, shared.work() == Work::Own));
        ui.add_space(2.0 * UNIT);
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let width = ui.available_width();
            let height = (ui.available_height() * 0.52).clamp(260.0, 560.0);
            let gap = 5.0 * UNIT;
            if width < WIDE {
                let plot = vec2(width, height);
                ui.allocate_ui(plot, |ui| self.chart(ui, set, settings, plot));
                ui.add_space(gap);
                ScrollArea::horizontal().show(ui, |ui| {
                    ui.set_max_width(TABLE);
                    self.table(ui, set, settings);
                });
            } else {
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = gap;
                    let plot = vec2(width - TABLE - gap, height);
                    ui.allocate_ui(plot, |ui| self.chart(ui, set, settings, plot));
                    ui.allocate_ui(vec2(TABLE, height), |ui| self.table(ui, set, settings));
                });
            }
            ui.add_space(3.0 * UNIT);
            self.samples(ui, set, settings);
        });
    }
}

/// A solver's colour: the teacher's own has the teacher's.
fn colour(ui: &Ui, set: &SetCard, method: Method) -> Color32 {
    if method == set.method {
        return theme::method(ui, "Teacher", 0);
    }
    let others = Method::ALL.iter().filter(|&&other| other != set.method);
    let order = others.take_while(|&&other| other != method).count();
    theme::method(ui, "", order)
}

/// The number of intervals on show; the nearest of those there are.
fn shown_intervals(settings: &MicroscopeSettings) -> usize {
    let distance = |n: &usize| n.abs_diff(settings.intervals);
    INTERVALS.into_iter().min_by_key(distance).unwrap_or(settings.intervals)
}

#[cfg(test)]
mod tests;
