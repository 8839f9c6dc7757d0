//! What a training measured of itself, in words.

use serde_json::{Map, Value};

use super::report::{interval, significant};
use crate::math::statistics::Estimate;

/// Titles and values of all numbers in `metrics`; an estimate has its interval, which lies beside it as `_low` and `_high`.
pub fn measured(metrics: &Value) -> Vec<(&'static str, String)> {
    let none = Map::new();
    let metrics = metrics.as_object().unwrap_or(&none);
    let number = |name: &str| metrics.get(name).and_then(Value::as_f64);
    let is_end = |name: &str| {
        let of =
            |end| name.strip_suffix(end).is_some_and(|estimate| metrics.contains_key(estimate));
        of("_low") || of("_high")
    };
    let mut lines = Vec::new();
    for name in metrics.keys().filter(|name| !is_end(name)) {
        let Some(value) = number(name) else { continue };
        let text = match ["low", "high"].map(|end| number(&format!("{name}_{end}"))) {
            [Some(low), Some(high)] => interval(Estimate { mean: value, low, high }),
            _ => significant(value),
        };
        lines.push(match name.as_str() {
            "ode_error" => ("ODE error", text),
            "ode_error_normalised" => ("normalised", text),
            "validation_loss" => ("held-out loss", text),
            "accuracy" => ("accuracy", text),
            other => ("measure", format!("{}: {text}", other.replace('_', " "))),
        });
    }
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn measures_have_their_intervals_and_unknown_ones_are_told_too() {
        let metrics = json!({
            "device": "CPU", "ode_error": 0.05, "ode_error_high": 0.06, "ode_error_low": 0.04,
            "sharpness": 0.5, "is_high": 1.0, "note": "text",
        });
        let expected = [
            ("ODE error", "0.0500 [0.0400, 0.0600]".to_owned()),
            ("measure", "sharpness: 0.500".to_owned()),
            ("measure", "is high: 1.00".to_owned()),
        ];
        assert_eq!(measured(&metrics), expected);
        assert!(measured(&json!("nothing")).is_empty());
    }
}
