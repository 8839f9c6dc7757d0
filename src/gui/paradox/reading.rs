//! What the numbers say, in sentences that claim no more than they do.

use super::{
    Paradox, ParadoxSettings,
    ruler::{self, Ruler},
};
use crate::{
    engine::{
        report::{self, significant},
        worker::{
            SetCard,
            quality::{Dot, Measure, STEPS},
        },
    },
    gui::Shared,
};

/// What the numbers say of two students.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Said {
    /// By the measure on show; none where there are no two to be compared.
    pub(super) reading: Option<String>,
    /// By the others.
    pub(super) others: Option<String>,
}

/// What was said, and of which settings: to tell two figures apart goes through all samples behind them.
pub(super) type Kept = Option<(ParadoxSettings, Said)>;

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
    /// What the numbers say; it is kept until they, or what is on show of them, are others.
    pub(super) fn said(&mut self, shared: &Shared, set: &SetCard) -> Said {
        let settings = &shared.settings.paradox;
        if let Some((_, said)) = self.said.as_ref().filter(|(of, _)| of == settings) {
            return said.clone();
        }
        let said = Said { reading: self.reading(shared, set), others: self.others(shared, set) };
        self.said = Some((settings.clone(), said.clone()));
        said
    }

    /// Compares the first two students on show at the fewest steps on show.
    fn reading(&self, shared: &Shared, set: &SetCard) -> Option<String> {
        let ruler = self.ruler(shared);
        let [(first, one), (second, other)] = self.pair(shared, set)?;
        let differ = Differ {
            in_ode: one.ode.as_ref()?.differs_from(other.ode.as_ref()?),
            in_quality: ruler.score(one)?.differs_from(ruler.score(other)?),
        };
        let student = |title, dot: &Dot| {
            let (ode, quality) = (dot.ode.as_ref()?.figure.mean, ruler.figure(dot)?.mean);
            Some(Student { title, ode, quality })
        };
        let students = [&student(first, one)?, &student(second, other)?];
        Some(sentence(one.column.steps, ruler, students, differ))
    }

    /// What the other measures say of the same two, for which samples are better may depend on that.
    fn others(&self, shared: &Shared, set: &SetCard) -> Option<String> {
        let ruler = self.ruler(shared);
        let [first, second] = self.pair(shared, set)?;
        let ode = |dot: &Dot| dot.ode.as_ref().map_or(f64::NAN, |score| score.figure.mean);
        let (better, worse) =
            if ode(second.1) < ode(first.1) { (second, first) } else { (first, second) };
        let others = Measure::ALL.into_iter().filter(|measure| *measure != ruler.measure);
        let told =
            others.filter_map(|measure| told(Ruler { measure, ..ruler }, [better.1, worse.1]));
        let told: Vec<String> = told.collect();
        (!told.is_empty())
            .then(|| format!("By other measures {}'s samples are: {}.", better.0, told.join(", ")))
    }

    /// The first two students on show at the fewest steps on show, none while they are not measured on the same samples
    /// (halfway through a round).
    fn pair<'a>(&'a self, shared: &Shared, set: &'a SetCard) -> Option<[(&'a str, &'a Dot); 2]> {
        let settings = &shared.settings.paradox;
        // An address may name steps that are never measured.
        let steps = *settings.steps.iter().filter(|steps| STEPS.contains(steps)).min()?;
        let at_steps = self.dots.values().filter(|dot| dot.column.steps == steps);
        let students = at_steps.filter(|dot| dot.ode.is_some()).filter_map(|dot| {
            let title = set.title(dot.column.model);
            (!settings.is_hidden(title)).then_some((title, dot))
        });
        let pair: [(&str, &Dot); 2] = students.take(2).collect::<Vec<_>>().try_into().ok()?;
        (pair[0].1.samples == pair[1].1.samples).then_some(pair)
    }
}

/// What one measure says of two samplers, of the first.
fn told(ruler: Ruler, [own, other]: [&Dot; 2]) -> Option<String> {
    let [figure, others] = [ruler.figure(own)?.mean, ruler.figure(other)?.mean];
    let verdict = match ruler.score(own)?.differs_from(ruler.score(other)?) {
        false => "neither better nor worse",
        true if ruler.is_better(figure, others) => "better",
        true => "worse",
    };
    let figures = format!("{} against {}", ruler.text(figure), ruler.text(others));
    Some(format!("{verdict} by {} ({figures})", ruler::title(ruler.measure)))
}

fn sentence(steps: usize, ruler: Ruler, students: [&Student<'_>; 2], differ: Differ) -> String {
    let [first, second] = students;
    let (better, worse) = if second.ode < first.ode { (second, first) } else { (first, second) };
    let errors = format!("{} against {}", significant(better.ode), significant(worse.ode));
    let [own, other] = [better, worse].map(|student| ruler.text(student.quality));
    let figures = format!("{} {own} against {other}", ruler.short());
    let has_better_samples = ruler.is_better(better.quality, worse.quality);
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
            format!("its samples are neither better nor worse beyond chance ({figures})")
        }
        (false, false) => format!("nor can their samples ({figures})"),
        (true, _) => {
            let subject =
                if differ.in_ode { "its".to_owned() } else { format!("{}'s", better.title) };
            let word = if has_better_samples { "better" } else { "worse" };
            format!("{subject} samples are {word}, as measured by {} ({figures})", ruler.way())
        }
    };
    let link = match (differ.in_ode, differ.in_quality) {
        (true, true) if !has_better_samples => ", and yet ",
        (false, false) => ", ",
        (false, true) => ", but ",
        _ => ", and ",
    };
    format!("At {} {solves}{link}{samples}.", report::steps(steps))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::paradox::Quality;

    fn said(cm: [f64; 2], direct: [f64; 2]) -> String {
        said_by(Measure::Frechet, cm, direct)
    }

    /// Two that differ where one figure is more than a tenth above the other.
    fn said_by(measure: Measure, cm: [f64; 2], direct: [f64; 2]) -> String {
        let student = |title, [ode, quality]: [f64; 2]| Student { title, ode, quality };
        let differ = |i: usize| !(0.9..1.1).contains(&(cm[i] / direct[i]));
        let differ = Differ { in_ode: differ(0), in_quality: differ(1) };
        let [cm, direct] = [student("CM", cm), student("Direct CM", direct)];
        let ruler = Ruler { measure, quality: Quality::Teacher };
        sentence(1, ruler, [&cm, &direct], differ)
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

    #[test]
    fn more_is_better_where_a_share_is_measured() {
        let found = said_by(Measure::Coverage, [0.071, 80.0], [0.031, 90.0]);
        assert!(found.contains("and its samples are better"), "{found}");
        assert!(found.contains("how much of the teacher's they cover"), "{found}");
        assert!(found.contains("(coverage 90.0% against 80.0%)"), "{found}");
        let found = said_by(Measure::Kernel, [0.071, 0.03], [0.031, 0.09]);
        assert!(found.contains("and yet its samples are worse"), "{found}");
    }
}
