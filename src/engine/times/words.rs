//! What was found, as tables.

use super::{Beside, Found, Times, Try, Verdict};
use crate::engine::{
    report::{interval, marked, time},
    table::Table,
};

impl Found {
    /// What was tried, a table a student; then what comes of the times found, a table a distance.
    pub fn table(&self) -> String {
        let tried = self.students.iter().map(Times::tried_table);
        let plain = self.verdicts("FD teacher", |verdict| Some(verdict.frechet));
        let white = self.verdicts("white FD-inf teacher", |verdict| verdict.white);
        let tables: Vec<_> = tried.chain(plain).chain(white).collect();
        let [chosen, checked] = self.seeds;
        tables.join("\n")
            + &format!(
                "* an interval without 0; chosen on seed {chosen}, checked on seed {checked}\n"
            )
    }

    /// The times found beside even ones by one distance, where it was measured.
    fn verdicts(&self, measure: &str, find: fn(&Verdict) -> Option<Beside>) -> Option<String> {
        let all: Vec<(&Times, &Verdict, Beside)> = self
            .students
            .iter()
            .flat_map(|own| own.verdicts.iter().map(move |verdict| (own, verdict)))
            .filter_map(|(own, verdict)| Some((own, verdict, find(verdict)?)))
            .collect();
        let names: Vec<_> = all.iter().map(|(own, ..)| own.model.clone()).collect();
        let steps: Vec<_> = all.iter().map(|(_, own, _)| own.times.len().to_string()).collect();
        let mut table = Table::new("student", &names, &steps);
        table.column("times found", all.iter().map(|(_, own, _)| list(&own.times)));
        let cells = |write: fn(&Beside) -> String| all.iter().map(move |(.., own)| write(own));
        table.column(&format!("{measure} (95%)"), cells(|own| interval(own.found)));
        table.column("at even times", cells(|own| interval(own.even)));
        table.column("less even", cells(|own| marked(Some(own.difference), interval)));
        table.column("less one step fewer", cells(|own| marked(Some(own.gain), interval)));
        (!all.is_empty()).then(|| table.text())
    }
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
