//! Layers of a configuration: tables merge, single values are laid over, another kind replaces its table.

use toml::{Table, Value};

use super::{RecipeError, invalid};

pub(super) fn parse(text: &str) -> Result<Table, RecipeError> {
    text.parse().map_err(invalid)
}

/// Tables merge key by key unless they are of different kinds; everything else is replaced.
pub(super) fn lay_over(base: &mut Table, over: Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above))
                if !differ_in_kind(&key, below, &above) =>
            {
                lay_over(below, above);
            }
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// Tables of one key each, which names a kind: `starts = { noise = 0.5 }`.
const CHOICES: [&str; 2] = ["starts", "times"];

/// A U-Net's keys mean nothing to a perceptron.
fn differ_in_kind(key: &str, below: &Table, above: &Table) -> bool {
    if CHOICES.contains(&key) {
        return !above.keys().all(|kind| below.contains_key(kind));
    }
    let kind = |table: &Table| table.get("kind").and_then(Value::as_str).map(str::to_owned);
    matches!((kind(below), kind(above)), (Some(below), Some(above)) if below != above)
}

/// Makes the table `name`, which says what differs from the table `base`, complete; `false` stands for none.
pub(super) fn complete(
    table: &mut Table,
    name: &'static str,
    base: &str,
) -> Result<(), RecipeError> {
    let over = match table.remove(name) {
        None | Some(Value::Boolean(false)) => return Ok(()),
        Some(Value::Table(over)) => over,
        Some(_) => {
            let problem = format!("is a table of what differs from [{base}], or false for none");
            return Err(RecipeError::Value { key: name, problem });
        }
    };
    // Without a base the recipe is refused for that.
    let mut whole = table.get(base).and_then(Value::as_table).cloned().unwrap_or_default();
    lay_over(&mut whole, over);
    table.insert(name.to_owned(), Value::Table(whole));
    Ok(())
}

/// Lays `a.b.c=value` over the table; a value that is no TOML is a string.
pub(super) fn assign(table: &mut Table, assignment: &str) -> Result<(), RecipeError> {
    let malformed = || RecipeError::Assignment(assignment.to_owned());
    let (key, value) = assignment.split_once('=').ok_or_else(malformed)?;
    if value.trim().parse::<u64>().is_ok_and(|number| i64::try_from(number).is_err()) {
        let problem = format!("`{assignment}`: whole numbers go up to {}", i64::MAX);
        return Err(RecipeError::Invalid(problem));
    }
    let value = format!("value = {value}")
        .parse::<Table>()
        .ok()
        .and_then(|mut parsed| parsed.remove("value"))
        .unwrap_or_else(|| Value::String(value.trim().to_owned()));
    let mut path: Vec<&str> = key.trim().split('.').collect();
    let last = path.pop().filter(|last| !last.is_empty()).ok_or_else(malformed)?;
    let mut inner = table;
    for part in path {
        let entry = inner.entry(part).or_insert_with(|| Value::Table(Table::new()));
        let below = format!("`{assignment}`: `{part}` is {entry} here, nothing can be set in it");
        inner = entry.as_table_mut().ok_or(RecipeError::Invalid(below))?;
    }
    inner.insert(last.to_owned(), value);
    Ok(())
}
