//! What is measured, and against what, in words.

use serde::Deserialize as _;

use super::{Microscope, MicroscopeSettings, Place, Target};
use crate::{
    engine::{
        report::significant,
        worker::{SetCard, converge::Reference},
    },
    math::schedule::Process,
};

impl Microscope {
    /// What is measured, and against what.
    pub(super) fn explanation(
        &self,
        set: &SetCard,
        settings: &MicroscopeSettings,
        is_solving: bool,
    ) -> String {
        let Some(reference) = &self.reference else {
            let text = if is_solving {
                "Solving the reference to high accuracy; the solvers follow, cheap ones first."
            } else {
                "Stopped before there was a reference: Solve again."
            };
            return text.into();
        };
        let place = place(settings, reference);
        let is_at_common = settings.place == Place::Common && reference.common.is_some();
        let last = exact(set).filter(|_| !is_at_common).map(Process::smallest_time);
        let target = self.target(settings, last.is_some());
        let rest = last.map_or_else(String::new, |time| {
            format!(
                " No grid goes below t = {time}: the noise left there is taken away in one step, so that all \
                 limits lie beside the exact solution."
            )
        });
        let rough = if set.shape.is_some() && is_at_common {
            " A trained network's slope is rough in time: on fine grids errors fall more slowly."
        } else {
            ""
        };
        // It may be so in one chart alone, or for a part of the noises.
        let stand_in = if reference.is_adaptive {
            ""
        } else {
            " Where a reference could not be solved to its accuracy, Heun's method at N = 1000 stands \
             in for it."
        };
        let repeated = self.repeated(is_solving);
        format!("{place} {target}{rest}{rough}{stand_in}{repeated}")
    }

    /// What errors are to; whether no limit is the exact solution.
    fn target(&self, settings: &MicroscopeSettings, are_beside: bool) -> String {
        match (settings.target, self.apart(settings)) {
            (Target::Own, None) if are_beside => "Reference: the limit of all solvers.".into(),
            (_, None) => "Reference: the exact solution.".into(),
            (Target::Own, Some(apart)) => format!(
                "Each solver is compared with the limit of its own chart; that of solvers in time is {} from \
                 the exact solution.",
                significant(apart)
            ),
            (Target::Exact, Some(_)) => {
                "All are compared with the exact solution; solvers in time converge beside it."
                    .into()
            }
        }
    }

    /// That it is measured once more, until it is as far as it was.
    fn repeated(&self, is_solving: bool) -> &'static str {
        if is_solving && self.heard < self.points.len() {
            " Other work ended this: all is solved once more, and what was measured stays."
        } else {
            ""
        }
    }
}

/// The process of a teacher that is a formula: its exact solution goes on below the smallest noise of a network.
fn exact(set: &SetCard) -> Option<Process> {
    let body = &set.cards.first()?.manifest.model["body"];
    Process::deserialize(&body["mixture"][1]).ok()
}

/// Where errors are looked at, and what that shows.
fn place(settings: &MicroscopeSettings, reference: &Reference) -> String {
    let alike = "is one of first order, and the finest detail forms there: all solvers look alike.";
    match (settings.place, reference.common) {
        (Place::Common, Some(time)) => format!(
            "Errors at t = {time}, the last time that all grids share: there the orders show."
        ),
        // Of EDM, which has one chart alone: its grids end at the same noise.
        (Place::End, Some(time)) if reference.apart.is_none() => format!(
            "Errors at clean data. The last step, from t = {time} to 0, is the same on every grid."
        ),
        (Place::End, Some(_)) => format!(
            "Errors at clean data. The last step of every grid, from t = 1000/N to 0, {alike}"
        ),
        (_, None) => format!(
            "Errors at clean data, where all grids meet first. The last step of every grid {alike}"
        ),
    }
}
