//! What the numbers say, in a sentence that claims no more than they do.

use super::{Paradox, Quality};
use crate::{
    engine::{
        report::significant,
        worker::{
            SetCard,
            quality::{Dot, distances_differ, means_differ},
        },
    },
    gui::Shared,
};

/// A student at some number of steps.
struct Student<'a> {
    title: &'a str,
    ode: f64,
    quality: f64,
}

/// Whether two students differ beyond chance.
#[derive(Clone, Copy)]
struct Differ {
    in_ode: bool,
    in_quality: bool,
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
                let (ode, quality) = (dot.ode?.mean, Self::quality(dot, quality)?.mean);
                is_shown.then_some((dot, Student { title, ode, quality }))
            });
        let students: Vec<(&Dot, Student<'_>)> = students.take(2).collect();
        let [(one, first), (other, second)] = &students[..] else { return None };
        // Halfway through a round the two are not measured on the same samples.
        (one.samples == other.samples).then(|| {
            let resampled = [one, other].map(|dot| Self::resampled(dot, quality));
            let differ = Differ {
                in_ode: means_differ(&one.chance.errors, &other.chance.errors),
                in_quality: distances_differ([first.quality, second.quality], resampled),
            };
            sentence(steps, quality, [first, second], differ)
        })
    }

    /// The resamples behind [`Self::quality`].
    fn resampled(dot: &Dot, quality: Quality) -> &[f64] {
        match quality {
            Quality::Teacher => &dot.chance.to_teacher,
            Quality::HeldOut => &dot.chance.to_data,
        }
    }
}

fn sentence(steps: usize, quality: Quality, students: [&Student<'_>; 2], differ: Differ) -> String {
    let [first, second] = students;
    let plural = if steps == 1 { "step" } else { "steps" };
    let (better, worse) = if second.ode < first.ode { (second, first) } else { (first, second) };
    let pair = |a: f64, b: f64| format!("{} against {}", significant(a), significant(b));
    let errors = pair(better.ode, worse.ode);
    let distances = format!("FD {}", pair(better.quality, worse.quality));
    let to = match quality {
        Quality::Teacher => "the teacher's",
        Quality::HeldOut => "held-out data",
    };
    let solves = if differ.in_ode {
        format!("{} solves the ODE better than {} ({errors})", better.title, worse.title)
    } else {
        format!(
            "{} and {} cannot be told apart as ODE solvers ({errors})",
            better.title, worse.title
        )
    };
    let samples = match (differ.in_quality, differ.in_ode) {
        (false, true) => {
            format!("its samples are neither better nor worse beyond chance ({distances})")
        }
        (false, false) => format!("nor can their samples ({distances})"),
        (true, _) => {
            let closer = better.quality < worse.quality;
            let subject =
                if differ.in_ode { "its".to_owned() } else { format!("{}'s", better.title) };
            let word = if closer { "better" } else { "worse" };
            format!(
                "{subject} samples are {word}, as measured by their distance to {to} ({distances})"
            )
        }
    };
    let link = match (differ.in_ode, differ.in_quality) {
        (true, true) if better.quality > worse.quality => ", and yet ",
        (false, false) => ", ",
        (false, true) => ", but ",
        _ => ", and ",
    };
    format!("At {steps} {plural} {solves}{link}{samples}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two that differ where one figure is more than a tenth above the other.
    fn said(cm: [f64; 2], direct: [f64; 2]) -> String {
        let student = |title, [ode, quality]: [f64; 2]| Student { title, ode, quality };
        let differ = |i: usize| !(0.9..1.1).contains(&(cm[i] / direct[i]));
        let differ = Differ { in_ode: differ(0), in_quality: differ(1) };
        let [cm, direct] = [student("CM", cm), student("Direct CM", direct)];
        sentence(1, Quality::Teacher, [&cm, &direct], differ)
    }

    #[test]
    fn a_difference_is_claimed_only_beyond_chance() {
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
