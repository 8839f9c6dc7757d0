//! Tables of text that fit a terminal: what is too wide goes on below, under the same first columns.

/// Most characters of a line.
const WIDEST: usize = 120;

/// A table, column by column; all have as many cells.
pub(super) struct Table {
    /// What tells the lines apart, at the left of each part.
    first: Vec<Column>,
    columns: Vec<Column>,
}

/// A heading above its cells.
struct Column {
    heading: String,
    cells: Vec<String>,
}

impl Column {
    fn new(heading: &str, cells: impl IntoIterator<Item = String>) -> Self {
        Self { heading: heading.to_owned(), cells: cells.into_iter().collect() }
    }

    fn width(&self) -> usize {
        let all = std::iter::once(&self.heading).chain(&self.cells);
        all.map(|text| text.chars().count()).max().unwrap_or(0)
    }

    /// The heading, or the cell of a line.
    fn text(&self, line: Option<usize>) -> &str {
        line.map_or(&self.heading, |line| &self.cells[line])
    }
}

impl Table {
    /// A table whose lines are told apart by a name and by steps.
    pub(super) fn new(heading: &str, names: &[String], steps: &[String]) -> Self {
        let first = vec![
            Column::new(heading, names.iter().cloned()),
            Column::new("steps", steps.iter().cloned()),
        ];
        Self { first, columns: Vec::new() }
    }

    /// One more column.
    pub(super) fn column(&mut self, heading: &str, cells: impl IntoIterator<Item = String>) {
        self.columns.push(Column::new(heading, cells));
    }

    /// Its lines, in parts of [`WIDEST`] characters at most; nothing where there are no columns.
    pub(super) fn text(&self) -> String {
        let left: usize = self.first.iter().map(|column| column.width() + 2).sum();
        let (mut parts, mut room) = (Vec::<Vec<&Column>>::new(), 0);
        for column in &self.columns {
            let width = column.width() + 2;
            match parts.last_mut().filter(|_| width <= room) {
                Some(part) => part.push(column),
                None => {
                    parts.push(vec![column]);
                    room = WIDEST.saturating_sub(left).max(width);
                }
            }
            room -= width;
        }
        parts.iter().map(|part| self.part(part)).collect::<Vec<_>>().join("\n")
    }

    fn part(&self, columns: &[&Column]) -> String {
        let lines = self.first.first().map_or(0, |names| names.cells.len());
        let mut text = String::new();
        for line in std::iter::once(None).chain((0..lines).map(Some)) {
            for (place, column) in self.first.iter().chain(columns.iter().copied()).enumerate() {
                let (cell, width) = (column.text(line), column.width());
                text += &match place {
                    0 => format!("{cell:<width$}"),
                    _ => format!("  {cell:>width$}"),
                };
            }
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_is_too_wide_goes_on_below() {
        let own = |words: [&str; 2]| words.map(str::to_owned);
        let mut table = Table::new("sampler", &own(["CM", "Direct CM"]), &own(["1", "20"]));
        table.column("ODE error", own(["0.1", "0.05 ± é"]));
        let narrow = "sampler    steps  ODE error\n\
                      CM             1        0.1\n\
                      Direct CM     20   0.05 ± é\n";
        assert_eq!(table.text(), narrow);
        table.column("wide", own(["x", &"y".repeat(93)]));
        assert_eq!(table.text().lines().map(|line| line.chars().count()).max(), Some(111));
        assert!(table.text().starts_with(narrow) && table.text().contains("\n\nsampler    steps"));
        table.column("no", own(["1", "2"]));
        assert!(table.text().lines().all(|line| line.chars().count() <= WIDEST));
        assert_eq!(table.text().matches("Direct CM").count(), 2, "{}", table.text());
    }

    #[test]
    fn a_column_that_is_wider_than_a_line_stands_alone() {
        let mut table = Table::new("sampler", &["CM".into()], &["1".into()]);
        table.column("a", ["x".repeat(2 * WIDEST)]);
        table.column("b", ["1".into()]);
        assert_eq!(table.text().matches("sampler").count(), 2);
        assert_eq!(Table::new("sampler", &[], &[]).text(), "");
    }
}
