//! Figures as a table for elsewhere (RFC 4180), in full precision.

use crate::math::statistics::Estimate;

/// Fields as a line: those with commas, quotes or breaks are quoted.
pub(super) fn line(fields: impl Iterator<Item = String>) -> String {
    let quoted = |field: String| {
        let needs_quotes = field.contains([',', '"', '\n', '\r']);
        if needs_quotes { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
    };
    fields.map(quoted).collect::<Vec<_>>().join(",") + "\r\n"
}

/// A field that is empty where there is nothing.
pub(super) fn optional(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// What the columns of [`numbers`] are called.
pub(super) fn names(figure: &str) -> [String; 3] {
    ["", "_low", "_high"].map(|end| format!("{figure}{end}"))
}

/// A figure with the low and the high end of its interval; empty where it was not taken.
pub(super) fn numbers(figure: Option<Estimate>) -> [String; 3] {
    let numbers = figure.map(|Estimate { mean, low, high }| [mean, low, high]);
    numbers.map_or_else(Default::default, |numbers| numbers.map(|number| number.to_string()))
}

#[cfg(test)]
/// A slow, obvious reader: quotes open and close, two of them inside are one.
pub(super) fn fields(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field, mut is_quoted) = (vec![], vec![], String::new(), false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => row.push(std::mem::take(&mut field)),
            '\r' if !is_quoted => {}
            '\n' if !is_quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            other => field.push(other),
        }
    }
    rows
}
