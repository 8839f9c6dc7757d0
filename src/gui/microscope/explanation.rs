//! What is measured, and against what, in words.

use super::{Microscope, MicroscopeSettings, Place, Target};
use crate::engine::{
    report::significant,
    worker::{SetCard, converge::Reference},
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
        let target = match (settings.target, self.apart(settings)) {
            (_, None) => "Reference: the exact solution.".into(),
            (Target::Own, Some(apart)) => format!(
                "Each solver is compared with the limit of its own chart; the two limits are {} apart.",
                significant(apart)
            ),
            (Target::Exact, Some(_)) => {
                "All are compared with the exact solution; solvers in time converge beside it."
                    .into()
            }
        };
        let is_at_common = settings.place == Place::Common && reference.common.is_some();
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
        format!("{place} {target}{rough}{stand_in}{repeated}")
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

/// Where errors are looked at, and what that shows.
fn place(settings: &MicroscopeSettings, reference: &Reference) -> String {
    let alike = "is one of first order, and the finest detail forms there: all solvers look alike.";
    match (settings.place, reference.common) {
        (Place::Common, Some(time)) => format!(
            "Errors at t = {time}, the last time that all grids share: there the orders show."
        ),
        (Place::End, Some(_)) => format!(
            "Errors at clean data. The last step of every grid, from t = 1000/N to 0, {alike}"
        ),
        (_, None) => format!(
            "Errors at clean data, where all grids meet first. The last step of every grid {alike}"
        ),
    }
}
