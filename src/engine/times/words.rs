//! What was found, as tables.

use super::{Beside, Found, Times, Try, Verdict};
use crate::engine::{
    report::{interval, marked, time},
    table::Table,
};

impl Found {
    /// What was tried, a table a student; then the times found beside even ones.
    pub fn table(&self) -> String {
        let tried = self.students.iter().map(Times::tried_table);
        tried.chain([self.verdicts_table()]).collect::<Vec<_>>().join("\n")
    }

    fn verdicts_table(&self) -> String {
        let all: Vec<(&str, &Verdict)> = self
            .students
            .iter()
            .flat_map(|own| own.verdicts.iter().map(|verdict| (own.model.as_str(), verdict)))
            .collect();
        let names: Vec<_> = all.iter().map(|(model, _)| (*model).to_owned()).collect();
        let steps: Vec<_> =
            all.iter().map(|(_, verdict)| verdict.times.len().to_string()).collect();
        let mut table = Table::new("student", &names, &steps);
        table.column("times found", all.iter().map(|(_, verdict)| list(&verdict.times)));
        table.column("even times", all.iter().map(|(_, verdict)| list(&verdict.even)));
        beside(&mut table, "FD teacher", &all, |verdict| Some(verdict.frechet));
        if all.iter().any(|(_, verdict)| verdict.white.is_some()) {
            beside(&mut table, "white FD-inf teacher", &all, |verdict| verdict.white);
        }
        let [chosen, checked] = self.seeds;
        table.text()
            + &format!(
                "* an interval without 0; chosen on seed {chosen}, checked on seed {checked}\n"
            )
    }
}

/// Three columns of a distance.
fn beside(
    table: &mut Table,
    measure: &str,
    all: &[(&str, &Verdict)],
    find: fn(&Verdict) -> Option<Beside>,
) {
    let cells = |write: &dyn Fn(Beside) -> String| {
        let cell = |(_, verdict): &(&str, &Verdict)| find(verdict).map_or("-".into(), write);
        all.iter().map(cell).collect::<Vec<_>>()
    };
    table.column(&format!("{measure} (95%)"), cells(&|own| interval(own.found)));
    table.column("at even times", cells(&|own| interval(own.even)));
    table.column("difference", cells(&|own| marked(Some(own.difference), interval)));
}

impl Times {
    /// A single step, then every time that was tried, the chosen ones marked.
    fn tried_table(&self) -> String {
        let single = std::iter::once((1, &self.single));
        let tried = self.tried.iter().enumerate();
        let tried = tried.flat_map(|(i, own)| own.iter().map(move |one| (i + 2, one)));
        let all: Vec<(usize, &Try)> = single.chain(tried).collect();
        let name = |&(steps, own): &(usize, &Try)| {
            let is_chosen = steps > 1 && self.times.get(steps - 1) == Some(&own.time);
            format!("t = {}{}", time(own.time), if is_chosen { " <" } else { "" })
        };
        let names: Vec<_> = all.iter().map(name).collect();
        let steps: Vec<_> = all.iter().map(|(steps, _)| steps.to_string()).collect();
        let mut table = Table::new(&self.model, &names, &steps);
        table.column("FD teacher (95%)", all.iter().map(|(_, own)| interval(own.frechet)));
        if all.iter().any(|(_, own)| own.white.is_some()) {
            let cell = |(_, own): &(usize, &Try)| own.white.map_or("-".into(), interval);
            table.column("white FD-inf teacher (95%)", all.iter().map(cell));
        }
        table.text()
    }
}

/// "1000, 640".
fn list(times: &[f64]) -> String {
    times.iter().map(|&t| time(t)).collect::<Vec<_>>().join(", ")
}
