//! What the numbers say, in a sentence that claims no more than they do.

use super::{Paradox, Quality};
use crate::{
    engine::{report::significant, worker::SetCard},
    gui::Shared,
    math::statistics::Estimate,
};

/// A student at some number of steps.
struct Student<'a> {
    title: &'a str,
    ode: Estimate,
    quality: Estimate,
}

impl Paradox {
    /// Compares the first two students on show at the fewest steps on show.
    pub(super) fn reading(&self, shared: &Shared, set: &SetCard) -> Option<String> {
        let settings = &shared.settings.paradox;
        let quality = self.measure(shared);
        let steps = *settings.steps.iter().min()?;
        let students =
            self.dots.values().filter(|dot| dot.column.steps == steps).filter_map(|dot| {
                let title = &set.cards.get(dot.column.model)?.title;
                let is_shown = !settings.hidden.contains(title);
                let (ode, quality) = (dot.ode?, Self::quality(dot, quality)?);
                is_shown.then_some((dot.samples, Student { title, ode, quality }))
            });
        let students: Vec<(usize, Student<'_>)> = students.take(2).collect();
        let [(samples, first), (others, second)] = &students[..] else { return None };
        // Halfway through a round the two are not measured on the same samples.
        (samples == others).then(|| sentence(steps, quality, first, second))
    }
}

fn sentence(steps: usize, quality: Quality, first: &Student<'_>, second: &Student<'_>) -> String {
    let plural = if steps == 1 { "step" } else { "steps" };
    let (better, worse) =
        if second.ode.mean < first.ode.mean { (second, first) } else { (first, second) };
    let pair = |a: f64, b: f64| format!("{} against {}", significant(a), significant(b));
    let errors = pair(better.ode.mean, worse.ode.mean);
    let distances = format!("FD {}", pair(better.quality.mean, worse.quality.mean));
    let to = match quality {
        Quality::Teacher => "the teacher's",
        Quality::HeldOut => "held-out data",
    };
    let solves = if apart(better.ode, worse.ode) {
        format!("{} solves the ODE better than {} ({errors})", better.title, worse.title)
    } else {
        format!(
            "{} and {} cannot be told apart as ODE solvers ({errors})",
            better.title, worse.title
        )
    };
    let is_solver = apart(better.ode, worse.ode);
    let samples = match (apart(better.quality, worse.quality), is_solver) {
        (false, true) => {
            format!("its samples are neither better nor worse beyond chance ({distances})")
        }
        (false, false) => format!("nor can their samples ({distances})"),
        (true, _) => {
            let closer = better.quality.mean < worse.quality.mean;
            let subject = if is_solver { "its".to_owned() } else { format!("{}'s", better.title) };
            let word = if closer { "better" } else { "worse" };
            format!(
                "{subject} samples are {word}, as measured by their distance to {to} ({distances})"
            )
        }
    };
    let link = match (is_solver, apart(better.quality, worse.quality)) {
        (true, true) if better.quality.mean > worse.quality.mean => ", and yet ",
        (false, false) => ", ",
        (false, true) => ", but ",
        _ => ", and ",
    };
    format!("At {steps} {plural} {solves}{link}{samples}.")
}

/// Whether two intervals have nothing in common.
fn apart(a: Estimate, b: Estimate) -> bool {
    a.high < b.low || b.high < a.low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn student(title: &str, ode: f64, quality: f64) -> Student<'_> {
        let around = |mean: f64| Estimate { mean, low: 0.9 * mean, high: 1.1 * mean };
        Student { title, ode: around(ode), quality: around(quality) }
    }

    fn said(cm: [f64; 2], direct: [f64; 2]) -> String {
        let [cm, direct] = [("CM", cm), ("Direct CM", direct)].map(|(t, [o, q])| student(t, o, q));
        sentence(1, Quality::Teacher, &cm, &direct)
    }

    #[test]
    fn a_difference_is_claimed_only_where_intervals_do_not_overlap() {
        let paradox = said([0.071, 9.0], [0.031, 12.0]);
        assert!(
            paradox
                .starts_with("At 1 step Direct CM solves the ODE better than CM (0.0310 against")
        );
        assert!(paradox.contains("and yet its samples are worse"), "{paradox}");
        let agrees = said([0.071, 12.0], [0.031, 9.0]);
        assert!(agrees.contains(", and its samples are better"), "{agrees}");
        let unclear = said([0.071, 9.0], [0.031, 9.5]);
        assert!(unclear.contains("neither better nor worse beyond chance"), "{unclear}");
        let alike = said([0.031, 9.0], [0.032, 12.0]);
        assert!(alike.contains("cannot be told apart as ODE solvers"), "{alike}");
        assert!(alike.contains("but CM's samples are better"), "{alike}");
        let same = said([0.031, 9.0], [0.032, 9.0]);
        assert!(same.contains("nor can their samples"), "{same}");
    }
}
