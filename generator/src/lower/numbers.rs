//! Bounds: those that the typed reader cannot hold are removed.

use serde_json::{Map, Value};

use super::report::LowerReport;
use crate::diag::{Code, Trail};

/// Keywords whose value is a count.
const COUNTS: [&str; 6] = [
    "maxLength",
    "minLength",
    "maxItems",
    "minItems",
    "maxProperties",
    "minProperties",
];

/// Keywords that compare numbers.
const BOUNDS: [&str; 3] = ["minimum", "maximum", "multipleOf"];

/// The largest whole number that a float holds exactly.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// Corrects the bounds of a schema of this type.
pub(super) fn correct_bounds(
    schema: &mut Map<String, Value>,
    kind: &str,
    trail: &Trail<'_>,
    report: &mut LowerReport<'_>,
) {
    for key in COUNTS {
        let as_count = |value: &Value| whole_number(value).filter(|value| value.is_u64());
        correct_bound(schema, key, as_count, trail, report);
    }
    if kind == "integer" {
        for key in BOUNDS {
            let as_integer = |value: &Value| whole_number(value).filter(|value| value.is_i64());
            correct_bound(schema, key, as_integer, trail, report);
        }
    }
}

fn correct_bound(
    schema: &mut Map<String, Value>,
    key: &str,
    correct: impl Fn(&Value) -> Option<Value>,
    trail: &Trail<'_>,
    report: &mut LowerReport<'_>,
) {
    let Some(value) = schema.get_mut(key) else {
        return;
    };
    match correct(value) {
        Some(corrected) => *value = corrected,
        None => {
            let detail = format!("`{key}: {value}`");
            schema.shift_remove(key);
            report.warn_keyword(Code::ValueCorrected, trail, key, detail);
        }
    }
}

/// A number without a fraction as an integer.
fn whole_number(value: &Value) -> Option<Value> {
    let number = value.as_number()?;
    if number.is_i64() || number.is_u64() {
        return Some(value.clone());
    }
    let float = number.as_f64()?;
    // The cast is exact: the number is whole and small enough.
    let is_exact = float.fract() == 0.0 && float.abs() <= MAX_EXACT;
    is_exact.then(|| Value::from(float as i64))
}
